import type { IncomingMessage } from 'node:http';

/** Thrown for a body over the limit, of whatever announced or unannounced length. */
export class BodyTooLargeError extends Error {
  readonly code = 'body_too_large';
}

/** Reads a whole body as UTF-8. A sender that exceeds the limit is not read any further. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > maxBytes) throw new BodyTooLargeError(`body: ${String(announced)} bytes`);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    // A request stream without an encoding yields buffers.
    const buffer = chunk as Buffer;
    size += buffer.length;
    if (size > maxBytes) throw new BodyTooLargeError(`body: over ${String(maxBytes)} bytes`);
    chunks.push(buffer);
  }
  const [only] = chunks;
  return (chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)).toString(
    'utf8',
  );
}
