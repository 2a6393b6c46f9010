/** Which player a user is: never changes once it is so, and hence may be remembered. Bounded. */
export type Directory = {
  get: (userKey: string) => bigint | undefined;
  set: (userKey: string, playerId: bigint) => void;
};

const MAX_ENTRIES = 200_000;

export function createDirectory(maxEntries = MAX_ENTRIES): Directory {
  const playerIds = new Map<string, bigint>();
  return {
    get: (userKey) => playerIds.get(userKey),
    set: (userKey, playerId) => {
      if (playerIds.size >= maxEntries) {
        const [oldest] = playerIds.keys();
        if (oldest !== undefined) playerIds.delete(oldest);
      }
      playerIds.set(userKey, playerId);
    },
  };
}
