type Tracked = { what: string; dispose: () => Promise<void> };

const open = new Set<Tracked>();

/** Counts something as open until the returned function is called. What is open when a test file ends fails that file. */
export function track(what: string, dispose: () => Promise<void>): () => void {
  const tracked = { what, dispose };
  open.add(tracked);
  return () => void open.delete(tracked);
}

/** Ends what is still open, the newest first, and says what it was. */
export async function disposeLeaks(): Promise<string[]> {
  const leaks = [...open].reverse();
  open.clear();
  for (const leak of leaks) await leak.dispose();
  return leaks.map(({ what }) => what);
}
