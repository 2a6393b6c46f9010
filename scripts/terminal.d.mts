export function step<T>(title: string, run: () => Promise<T> | T, describe?: (result: T) => string): Promise<T>;
