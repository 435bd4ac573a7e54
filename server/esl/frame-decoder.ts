/** One message of the event socket: its header block and, when it has a Content-Length, its body. */
export interface Frame {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface FrameLimits {
  readonly maxHeaderBytes: number;
  readonly maxBodyBytes: number;
}

/** The byte stream is not the event socket protocol; the connection cannot be trusted any more. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

const NEWLINE = 0x0a;
const EMPTY = Buffer.alloc(0);

/** `show channels as json` of some ten thousand channels is about 10 MB; an event is about 10 kB. */
export const DEFAULT_FRAME_LIMITS: FrameLimits = {
  maxHeaderBytes: 64 * 1024,
  maxBodyBytes: 64 * 1024 * 1024,
};

/**
 * Cuts the event socket's byte stream into frames, however the bytes were split on their way.
 *
 * Every byte is looked at once: a partial header remembers only whether it ended in a newline, and a
 * partial body is copied straight into a buffer of its announced size. So a body of n bytes costs n,
 * whether it comes in one piece or in n pieces.
 *
 * Frames are handed to `onFrame` in order, before any error that follows them in the same chunk.
 * The `body` may share memory with the chunk and is valid for as long as the caller keeps it.
 *
 * Wire format: header lines, an empty line, then Content-Length bytes
 * (mod_event_socket.c: read_packet, listener_run).
 */
export class FrameDecoder {
  private headerParts: Buffer[] = [];
  private headerBytes = 0;
  private headerEndsInNewline = false;
  private headers: Record<string, string> = {};
  /** Null between frames; empty until it is known that the body comes in several chunks. */
  private body: Buffer | null = null;
  private bodyLength = 0;
  private bodyFilled = 0;

  constructor(
    private readonly onFrame: (frame: Frame) => void,
    private readonly limits: FrameLimits = DEFAULT_FRAME_LIMITS,
  ) {}

  /** Takes the next bytes. @throws FrameError when the stream is malformed or a limit is passed. */
  push(chunk: Buffer): void {
    let offset = 0;
    while (offset < chunk.length) {
      offset = this.body === null ? this.readHeader(chunk, offset) : this.readBody(chunk, offset);
    }
  }

  private readHeader(chunk: Buffer, from: number): number {
    let offset = from;
    if (this.headerBytes === 0) {
      while (chunk[offset] === NEWLINE) offset += 1;
      if (offset === chunk.length) return offset;
    }
    const end = this.headerEnd(chunk, offset);
    const stop = end === -1 ? chunk.length : end;
    this.headerBytes += stop - offset;
    if (this.headerBytes > this.limits.maxHeaderBytes) {
      throw new FrameError(`header block longer than ${this.limits.maxHeaderBytes} bytes`);
    }
    this.headerParts.push(chunk.subarray(offset, stop));
    this.headerEndsInNewline = chunk[stop - 1] === NEWLINE;
    if (end !== -1) this.finishHeader();
    return stop;
  }

  /** The offset just after the empty line that ends the header block, or -1. */
  private headerEnd(chunk: Buffer, offset: number): number {
    if (this.headerEndsInNewline && chunk[offset] === NEWLINE) return offset + 1;
    const at = chunk.indexOf('\n\n', offset, 'latin1');
    return at === -1 ? -1 : at + 2;
  }

  private finishHeader(): void {
    const [only] = this.headerParts;
    const whole =
      this.headerParts.length === 1 && only !== undefined ? only : Buffer.concat(this.headerParts);
    this.headerParts = [];
    this.headerBytes = 0;
    this.headerEndsInNewline = false;
    this.headers = parseFrameHeaders(whole.toString('utf8'));
    const length = contentLength(this.headers, this.limits.maxBodyBytes);
    if (length === 0) {
      this.onFrame({ headers: this.headers, body: EMPTY });
      return;
    }
    this.body = EMPTY;
    this.bodyFilled = 0;
    this.bodyLength = length;
  }

  private readBody(chunk: Buffer, offset: number): number {
    const missing = this.bodyLength - this.bodyFilled;
    const available = chunk.length - offset;
    if (this.bodyFilled === 0 && available >= missing) {
      this.finishBody(chunk.subarray(offset, offset + missing));
      return offset + missing;
    }
    if (this.bodyFilled === 0) this.body = Buffer.allocUnsafeSlow(this.bodyLength);
    const body = this.body ?? EMPTY;
    const taken = Math.min(missing, available);
    chunk.copy(body, this.bodyFilled, offset, offset + taken);
    this.bodyFilled += taken;
    if (this.bodyFilled === this.bodyLength) this.finishBody(body);
    return offset + taken;
  }

  private finishBody(body: Buffer): void {
    this.body = null;
    this.bodyFilled = 0;
    this.onFrame({ headers: this.headers, body });
  }
}

function parseFrameHeaders(text: string): Record<string, string> {
  // Without a prototype, a header called __proto__ is only a strange name.
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    headers[line.slice(0, colon)] = line.slice(colon + 1).trim();
  }
  return headers;
}

function contentLength(headers: Readonly<Record<string, string>>, maxBodyBytes: number): number {
  const value = headers['Content-Length'];
  if (value === undefined) return 0;
  if (!/^\d{1,15}$/.test(value)) throw new FrameError(`Content-Length is not a number: ${value}`);
  const length = Number(value);
  if (length > maxBodyBytes)
    throw new FrameError(`body of ${value} bytes, at most ${maxBodyBytes}`);
  return length;
}
