import { afterAll } from 'vitest';
import { disposeLeaks } from './leaks.ts';

// Hooks that a test file adds run before this one, so what they stop is not a leak.
afterAll(async () => {
  const leaks = await disposeLeaks();
  if (leaks.length > 0) throw new Error(`this test file did not stop or drop: ${leaks.join(', ')}`);
});
