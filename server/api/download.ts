import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';

/** An answer that is a file, produced while it is sent. */
export interface Download {
  /** Pieces of text or bytes. A generator is ended (`return`) when the reader goes away. */
  readonly content: AsyncIterable<string | Uint8Array>;
  /** `text/csv; charset=utf-8` */
  readonly contentType: string;
  /** What a browser saves it as. */
  readonly fileName: string;
}

/**
 * Sends a download. The first piece is fetched before the head goes out, so that what fails until
 * then is still answered as a problem; what fails later cuts the connection, because a file that ends
 * early must not look whole.
 */
export async function sendDownload(
  res: Response,
  download: Download,
  head: { readonly status: number; readonly isHeadOnly: boolean },
): Promise<void> {
  const pieces = download.content[Symbol.asyncIterator]();
  const first = await pieces.next();
  if (res.destroyed) {
    await pieces.return?.();
    return;
  }
  res.status(head.status).set({
    'Content-Type': download.contentType,
    'Content-Disposition': attachment(download.fileName),
  });
  if (head.isHeadOnly) {
    await pieces.return?.();
    res.end();
    return;
  }
  await pipeline(Readable.from(rejoin(first, pieces), { objectMode: false }), res);
}

async function* rejoin<Piece>(
  first: IteratorResult<Piece, unknown>,
  rest: AsyncIterator<Piece>,
): AsyncGenerator<Piece, void> {
  try {
    for (let next = first; next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** True when the reader went away, which is nobody's fault. */
export function isReaderGone(error: unknown): boolean {
  return error instanceof Error && Reflect.get(error, 'code') === 'ERR_STREAM_PREMATURE_CLOSE';
}

/** `Content-Disposition` (RFC 6266): the name in ASCII for old readers, and as it is for the others. */
export function attachment(fileName: string): string {
  const plain = fileName.replace(/[^\x20-\x7e]|["\\%/]/g, '_');
  if (plain === fileName) return `attachment; filename="${plain}"`;
  const exact = encodeURIComponent(fileName.replace(/[\p{Cc}/\\]/gu, '_')).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
}
