export type Form = { reg_xml: string | null; reg_sign: string | null };

/**
 * A POST's fields, from a form as browsers send it or from multipart/form-data: PHP's curl sends the latter where it is given an array, as
 * in all of the document's samples. Fields that can't be read are absent.
 */
export async function readForm(body: Buffer, contentType: string): Promise<Form> {
  const fields = contentType.startsWith('multipart/form-data')
    ? await readMultipart(body, contentType)
    : new URLSearchParams(body.toString());
  const read = (name: string): string | null => {
    const value = fields.get(name);
    return typeof value === 'string' && value !== '' ? value : null;
  };
  return { reg_xml: read('reg_xml'), reg_sign: read('reg_sign') };
}

async function readMultipart(body: Buffer, contentType: string): Promise<FormData> {
  try {
    return await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  } catch {
    return new FormData();
  }
}
