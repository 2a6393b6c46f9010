import type { IncomingMessage, ServerResponse } from 'node:http';

/** What is read and thrown away of a refused body, so that the peer gets to see the answer before the connection closes. */
const MAX_DISCARDED_BYTES = 1024 * 1024;
const MAX_DISCARD_MS = 2_000;

/** Reads a request's body; calls one of the two, or none where the peer goes away first. */
export function readBody(
  request: IncomingMessage,
  limitBytes: number,
  onBody: (body: Buffer) => void,
  onTooLarge: () => void,
): void {
  if (declaredBytes(request) > limitBytes) {
    onTooLarge();
    return;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= limitBytes) {
      chunks.push(chunk);
      return;
    }
    request.removeAllListeners('data').removeAllListeners('end');
    onTooLarge();
  });
  request.on('end', () => onBody(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
}

/**
 * Answers without having read the body. What of it still comes is thrown away within bounds: a connection that is closed over
 * unread bytes is reset, and the answer lost. With `close`, the connection ends after that.
 */
export function answerUnread(
  request: IncomingMessage,
  response: ServerResponse,
  status: 403 | 404 | 413,
  close: boolean,
): void {
  const headers: Record<string, string> = { 'Content-Length': '0' };
  if (close) headers.Connection = 'close';
  response.writeHead(status, headers);
  if (request.complete) {
    response.end();
    return;
  }
  response.flushHeaders();

  let bytes = 0;
  const timer = setTimeout(() => request.destroy(), MAX_DISCARD_MS);
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_DISCARDED_BYTES) request.destroy();
  });
  request.on('end', () => response.end());
  request.on('close', () => clearTimeout(timer));
}

function declaredBytes(request: IncomingMessage): number {
  return Number(request.headers['content-length'] ?? 0);
}
