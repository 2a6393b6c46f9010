import { readFileSync } from 'node:fs';
import { ConfigError } from './config.ts';

/** A PEM file named by a variable; an unreadable one is a mistake in the configuration. */
export function readPem(variable: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    throw new ConfigError([`${variable}: can't read ${path}`]);
  }
}
