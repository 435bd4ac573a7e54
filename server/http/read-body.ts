import type { IncomingMessage } from 'node:http';

/** Thrown for a body over the limit, of whatever announced or unannounced length. */
export class BodyTooLargeError extends Error {
  readonly code = 'body_too_large';
}

/** Reads a whole body as UTF-8. A sender that exceeds the limit is not read any further. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > maxBytes) {
    return Promise.reject(new BodyTooLargeError(`body: ${String(announced)} bytes`));
  }
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) {
        request.pause();
        reject(new BodyTooLargeError(`body: over ${String(maxBytes)} bytes`));
        return;
      }
      chunks.push(chunk);
    });
    request.on('end', () => {
      resolve(textOf(chunks));
    });
    request.on('aborted', () => {
      reject(new Error('body: the sender went away'));
    });
    request.on('error', reject);
  });
}

function textOf(chunks: readonly Buffer[]): string {
  const [only] = chunks;
  return (chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)).toString(
    'utf8',
  );
}
