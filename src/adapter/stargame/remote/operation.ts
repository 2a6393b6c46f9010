import type { z } from 'zod';

/** StarGame, General API workflow: the three ways to sign a packet, by whose secret it takes. */
export type SignatureType = 'hall' | 'agent' | 'user';

/** What an element of a request may hold; undefined is left out. */
export type WireValue = string | number | bigint | undefined | WireFields;
export type WireFields = { [name: string]: WireValue };

/**
 * One operation of the remote API. Requests are checked by `request`, whose output goes onto the wire in the order of the
 * schema's fields, which is that of the document's tables. `version`, `show_packet` and `response_url` are added to it.
 */
export type Operation<
  Req extends z.ZodType<WireFields> = z.ZodType<WireFields>,
  Ans extends z.ZodType = z.ZodType,
  Code extends string = string,
> = {
  /** On the wire, and the last part of its URL. */
  name: string;
  version: '0.6' | '0.4';
  signature: SignatureType;
  request: Req;
  /** Reads the elements of a successful answer; unknown ones are kept. */
  answer: Ans;
  /** The closed set of its error codes, and what the document says of each. */
  codes: readonly Code[];
  descriptions: Readonly<Record<Code, string>>;
  /** Whether this very request may be sent twice and have the effect of one. */
  isIdempotent(request: z.output<Req>): boolean;
  /** Fields that the answer to this very request must have, beyond those of `answer`. */
  requires(request: z.output<Req>): readonly string[];
  /** The digest that an answer has in its md5 field, where the document has one. */
  digest?(request: z.output<Req>, answer: z.output<Ans>): { given: string | undefined; expected: string };
};

export type RequestOf<T> = T extends Operation<infer Req, infer _Ans, infer _Code> ? z.input<Req> : never;
export type AnswerOf<T> = T extends Operation<infer _Req, infer Ans, infer _Code> ? z.output<Ans> : never;
export type CodeOf<T> = T extends Operation<infer _Req, infer _Ans, infer Code> ? Code : never;

/** StarGame, General API workflow. The document spells the one of a broken XML in two ways; any operation may use either. */
const GENERAL_CODES = {
  request_not_exists: 'Required fields (reg_xml, reg_sign) are not found in POST request',
  required_fields_are_empty: 'Not all required fields in XML request are filled',
  invalid_xml_format: 'Incorrectly formed XML document of the request',
  invalid_xml_sended: 'Incorrectly formed XML document of the request',
  wrong_signature: 'Incorrect request signature',
  wrong_api_version: 'API version is specified incorrectly',
} as const;

export type GeneralCode = keyof typeof GENERAL_CODES;

/** An operation of version 0.6 unless said otherwise; `errors` are its own codes, the general ones are added. */
export function defineOperation<
  Req extends z.ZodType<WireFields>,
  Ans extends z.ZodType,
  Own extends string,
>(definition: {
  name: string;
  version?: '0.6' | '0.4';
  signature: SignatureType;
  request: Req;
  answer: Ans;
  errors: Readonly<Record<Own, string>>;
  isIdempotent: (request: z.output<Req>) => boolean;
  requires?: (request: z.output<Req>) => readonly string[];
  digest?: (request: z.output<Req>, answer: z.output<Ans>) => { given: string | undefined; expected: string };
}): Operation<Req, Ans, Own | GeneralCode> {
  const { errors, version = '0.6', requires = () => [], ...rest } = definition;
  const descriptions = { ...GENERAL_CODES, ...errors };
  return { ...rest, version, requires, descriptions, codes: Object.keys(descriptions) as (Own | GeneralCode)[] };
}
