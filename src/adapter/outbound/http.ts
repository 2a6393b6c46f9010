/** Why an exchange has no answer. */
export type HttpErrorKind = 'not_sent' | 'unknown' | 'malformed' | 'aborted';

/** An exchange that has no answer. The message never has what was sent or came. */
export class HttpError extends Error {
  readonly kind: HttpErrorKind;

  constructor(kind: HttpErrorKind, message: string) {
    super(message);
    this.name = 'HttpError';
    this.kind = kind;
  }
}

/** `form` null: a GET. */
export type HttpRequest = { form: string | null; headers?: Readonly<Record<string, string>> | undefined };

/** `retryAfter`: the header as it came. */
export type HttpAnswer = { status: number; body: Buffer; retryAfter: string | null };

export type HttpOptions = { timeoutMs: number; maxBytes: number; signal?: AbortSignal | undefined };

/** Nobody has seen the request where one of these is the reason. */
const BEFORE_SENDING =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|CERT_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*|ERR_TLS_CERT_.*)$/;

/** Sends the form to `url`, or asks for it where there is none. Redirects are not followed, the answer is bounded while it is read. */
export async function exchange(url: string, request: HttpRequest, options: HttpOptions): Promise<HttpAnswer> {
  const { form, headers } = request;
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  try {
    const response = await fetch(url, {
      method: form === null ? 'GET' : 'POST',
      body: form,
      headers: {
        accept: '*/*',
        'accept-encoding': 'identity',
        ...(form === null ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        ...headers,
      },
      redirect: 'manual',
      signal,
    });
    const retryAfter = response.headers.get('retry-after');
    return { status: response.status, body: await readBounded(response, options.maxBytes), retryAfter };
  } catch (error) {
    if (error instanceof HttpError) throw error;
    if (options.signal?.aborted) throw new HttpError('aborted', 'given up while it was on its way');
    if (timeout.aborted) throw new HttpError('unknown', `no answer within ${options.timeoutMs} ms`);
    const code = codeOf(error);
    const wasSent = !BEFORE_SENDING.test(code);
    throw new HttpError(
      wasSent ? 'unknown' : 'not_sent',
      wasSent ? `the connection was lost (${code})` : `no connection (${code})`,
    );
  }
}

async function readBounded(response: Response, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels what would still come.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new HttpError('malformed', `the answer has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** fetch hides the reason in the cause of its error. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : 'no reason given';
}
