/** What has been begun and has not ended, and the signal that it is to end. */
export type UnderWay = {
  signal: AbortSignal;
  track: <T>(work: Promise<T>) => Promise<T>;
  /** Gives the signal; resolves once all has ended, however it did. */
  stop: () => Promise<void>;
};

export function createUnderWay(): UnderWay {
  const stopping = new AbortController();
  const running = new Set<Promise<unknown>>();
  return {
    signal: stopping.signal,
    track: (work) => {
      const ended = work.catch(() => undefined).finally(() => running.delete(ended));
      running.add(ended);
      return work;
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
