/** How base64 packet and signature are put together in a direct answer: the document doesn't say. */
export const ANSWER_FORMS = ['form', 'json', 'base64', 'xml'] as const;
export type AnswerForm = (typeof ANSWER_FORMS)[number];

export type Signed = { xml: string; signature: string };

const packet = ({ xml, signature }: Signed): { reg_xml: string; reg_sign: string } => ({
  reg_xml: Buffer.from(xml).toString('base64'),
  reg_sign: signature,
});

export const formBody = (signed: Signed): URLSearchParams => new URLSearchParams(packet(signed));

/** The last two forms have no room for the signature. */
export const ANSWERS = {
  form: (signed) => ({ type: 'application/x-www-form-urlencoded', body: formBody(signed).toString() }),
  json: (signed) => ({ type: 'application/json', body: JSON.stringify(packet(signed)) }),
  base64: (signed) => ({ type: 'text/plain', body: packet(signed).reg_xml }),
  xml: (signed) => ({ type: 'text/xml; charset=utf-8', body: signed.xml }),
} satisfies Record<AnswerForm, (signed: Signed) => { type: string; body: string }>;
