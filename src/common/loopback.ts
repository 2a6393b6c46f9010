import { isIPv4 } from 'node:net';

/** Whether only this machine can be on the other side of `host`. Names other than localhost are not looked up: they count as remote. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'));
}
