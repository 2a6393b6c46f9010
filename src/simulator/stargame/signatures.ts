import { createHash } from 'node:crypto';

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** How one party signs: what it sends is checked with it, and what it gets is signed with it. */
export type Keys = {
  verify: (xml: string, signature: string) => boolean;
  sign: (xml: string) => string;
};

/** StarGame, General API workflow: types 1 and 3, `md5(secret + xml + secret)`, with a hall's secret or a terminal's password. */
export function digestKeys(secret: string): Keys {
  const sign = (xml: string): string => md5(secret + xml + secret);
  return { sign, verify: (xml, signature) => signature.toLowerCase() === sign(xml) };
}

/** Type 2: the agent's password in base64, whatever is signed. */
export function passwordKeys(password: string): Keys {
  const signature = Buffer.from(password).toString('base64');
  return { sign: () => signature, verify: (_xml, given) => given === signature };
}

/** Signs with the first, takes any. */
export function anyOf(first: Keys, ...others: Keys[]): Keys {
  const all = [first, ...others];
  return { sign: first.sign, verify: (xml, signature) => all.some((keys) => keys.verify(xml, signature)) };
}
