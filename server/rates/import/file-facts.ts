import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { DeckFileFault } from '../../../rating/deck-file/types.js';

export type FileEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/** What is known of a file once all of its bytes were seen. */
export interface FileFacts {
  readonly bytes: number;
  /** Hexadecimal SHA-256. */
  readonly sha256: string;
  readonly encoding: FileEncoding;
  /** False where the last line is not ended, as in a file that was cut off. */
  readonly endsWithNewline: boolean;
}

/** Beginnings of files that are often mistaken for text. */
const MAGIC: readonly { readonly bytes: readonly number[]; readonly what: string }[] = [
  { bytes: [0x50, 0x4b, 0x03, 0x04], what: 'an .xlsx workbook or a zip archive' },
  { bytes: [0xd0, 0xcf, 0x11, 0xe0], what: 'an .xls workbook' },
  { bytes: [0x1f, 0x8b], what: 'a gzip archive' },
  { bytes: [0x42, 0x5a, 0x68], what: 'a bzip2 archive' },
  { bytes: [0x37, 0x7a, 0xbc, 0xaf], what: 'a 7z archive' },
  { bytes: [0x52, 0x61, 0x72, 0x21], what: 'a rar archive' },
  { bytes: [0x25, 0x50, 0x44, 0x46], what: 'a PDF document' },
  { bytes: [0x3c, 0x21, 0x44, 0x4f], what: 'an HTML page' },
  { bytes: [0x3c, 0x68, 0x74, 0x6d], what: 'an HTML page' },
];

/**
 * Watches the bytes of a file go by. Nothing is kept of them, so a file of any size may pass.
 *
 * @throws DeckFileFault `binary_file` as soon as the bytes cannot be text
 */
export class FileInspector {
  private readonly hash = createHash('sha256');
  private readonly decoder = new TextDecoder('utf-8', { fatal: true });
  private bytes = 0;
  private head = Buffer.alloc(0);
  private isUtf8 = true;
  private utf16: 'utf-16le' | 'utf-16be' | null = null;
  private tail = Buffer.alloc(0);

  constructor(private readonly given?: FileEncoding) {}

  push(chunk: Buffer): void {
    this.hash.update(chunk);
    this.bytes += chunk.length;
    if (this.head.length < 4) {
      this.head = Buffer.concat([this.head, chunk.subarray(0, 4 - this.head.length)]);
      this.readHead();
    }
    if (this.utf16 === null && chunk.includes(0)) {
      const detail =
        'the file holds NUL bytes: it is not text, or it is UTF-16 without a mark (say so)';
      throw new DeckFileFault('binary_file', 0, detail);
    }
    this.tail = Buffer.from(chunk.subarray(-4));
    if (this.isUtf8 && this.utf16 === null) this.isUtf8 = this.decodes(chunk, true);
  }

  finish(): FileFacts {
    const isUtf8 = this.isUtf8 && this.decodes(Buffer.alloc(0), false);
    const encoding = this.given ?? this.utf16 ?? (isUtf8 ? 'utf-8' : 'windows-1252');
    if (encoding === 'utf-8' && !isUtf8) {
      throw new DeckFileFault('invalid_encoding', 0, 'the file is not valid UTF-8');
    }
    return {
      bytes: this.bytes,
      sha256: this.hash.digest('hex'),
      encoding,
      endsWithNewline: this.tail.includes(0x0a) || this.tail.at(-1) === 0x0d,
    };
  }

  private readHead(): void {
    const found = MAGIC.find(({ bytes }) => bytes.every((byte, at) => this.head[at] === byte));
    if (found !== undefined) {
      const detail = `the file is ${found.what}; save it as CSV`;
      throw new DeckFileFault('binary_file', 0, detail);
    }
    if (this.given === 'utf-16le' || this.given === 'utf-16be') this.utf16 = this.given;
    else if (this.head[0] === 0xff && this.head[1] === 0xfe) this.utf16 = 'utf-16le';
    else if (this.head[0] === 0xfe && this.head[1] === 0xff) this.utf16 = 'utf-16be';
  }

  private decodes(chunk: Buffer, stream: boolean): boolean {
    try {
      this.decoder.decode(chunk, { stream });
      return true;
    } catch {
      return false;
    }
  }
}

/** Reads a whole file once. @throws DeckFileFault */
export async function inspectFile(
  path: string,
  options: { readonly encoding?: FileEncoding; readonly signal?: AbortSignal } = {},
): Promise<FileFacts> {
  const inspector = new FileInspector(options.encoding);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    options.signal?.throwIfAborted();
    // A stream without an encoding gives buffers.
    inspector.push(chunk as Buffer);
  }
  return inspector.finish();
}
