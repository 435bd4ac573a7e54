import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { liftBodyDeadline } from '../http/body-deadline.js';
import { HttpProblem } from './problem.js';

/** What an operation takes that reads its body as it arrives, instead of JSON. */
export interface UploadSpec {
  /** Content types that are taken; the first is the one the document recommends. */
  readonly contentTypes: readonly [string, ...string[]];
  /** Most bytes; where unset, what the installation allows (`ApiDeps.maxUploadBytes`). */
  readonly limitBytes?: number;
  readonly description?: string;
}

/** A body on its way in. Whoever is handed it reads it or leaves it; the rest is dealt with. */
export interface Upload {
  /** Fails with an {@link HttpProblem} when the body is too large, stalls or ends too early. */
  readonly stream: Readable;
  /** Lower case and without parameters: `text/csv`. */
  readonly contentType: string;
  /** The `charset` of the content type, lower case; null where none was named. */
  readonly charset: string | null;
  /** Content-Length; null where the sender did not say. */
  readonly announcedBytes: number | null;
}

/** Price lists as browsers, curl and spreadsheets send them. */
export const CSV_TYPES = [
  'text/csv',
  'text/plain',
  'text/tab-separated-values',
  'application/csv',
  'application/vnd.ms-excel',
  'application/octet-stream',
] as const;

/** 1 GiB: five million rows with every column written out. */
export const USUAL_MAX_UPLOAD_BYTES = 1024 * 1024 * 1024;
/** How long a sender may keep a reader waiting that wants more. */
const STALL_MS = 60_000;
/** How long, and for how many bytes, the rest of a refused body is read so that the answer arrives. */
const DRAIN_MS = 5000;
const DRAIN_BYTES = 64 * 1024 * 1024;

/**
 * Opens the body of a request that was authenticated. Nothing is read before somebody reads the
 * stream.
 *
 * @throws HttpProblem 411 without a body, 413 for too many announced bytes, 415 for a wrong type
 */
export function openUpload(req: IncomingMessage, spec: UploadSpec, maxBytes: number): Upload {
  const { contentType, charset } = contentTypeOf(req.headers['content-type']);
  if (!spec.contentTypes.includes(contentType)) {
    const detail = `Send the body as ${spec.contentTypes.join(', ')}.`;
    throw new HttpProblem(415, 'unsupported_content_type', detail);
  }
  const encoding = (req.headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding !== 'identity') {
    throw new HttpProblem(415, 'unsupported_encoding', 'Send the body without Content-Encoding.');
  }
  const length = req.headers['content-length'];
  if (length === undefined && req.headers['transfer-encoding'] === undefined) {
    throw new HttpProblem(411, 'body_missing', 'Send the file as the body of the request.');
  }
  const announcedBytes = length === undefined ? null : Number(length);
  const limit = Math.min(spec.limitBytes ?? maxBytes, maxBytes);
  if (announcedBytes !== null && announcedBytes > limit) throw tooLarge(limit);
  liftBodyDeadline(req);
  return { stream: new UploadBody(req, limit), contentType, charset, announcedBytes };
}

function contentTypeOf(header: string | undefined): {
  readonly contentType: string;
  readonly charset: string | null;
} {
  const [type = '', ...parameters] = (header ?? '').split(';');
  const charset = parameters
    .map((parameter) => /^\s*charset\s*=\s*"?([\w.:-]{1,40})"?\s*$/i.exec(parameter)?.[1])
    .find((value) => value !== undefined);
  return { contentType: type.trim().toLowerCase(), charset: charset?.toLowerCase() ?? null };
}

function tooLarge(limit: number): HttpProblem {
  return new HttpProblem(413, 'body_too_large', `The body is larger than ${limit} bytes.`);
}

/**
 * The body as a stream of its own. Destroying it leaves the request alone: destroying a request
 * destroys its socket, and with it the answer that says what was wrong.
 */
class UploadBody extends Readable {
  readonly #request: IncomingMessage;
  readonly #limit: number;
  #size = 0;
  #stalled: NodeJS.Timeout | undefined;
  #isAttached = false;

  constructor(request: IncomingMessage, limit: number) {
    super();
    this.#request = request;
    this.#limit = limit;
  }

  override _read(): void {
    if (!this.#isAttached) this.#attach();
    this.#watch();
    this.#request.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#detach();
    callback(error);
  }

  #attach(): void {
    this.#isAttached = true;
    this.#request.on('data', this.#onData);
    this.#request.on('end', this.#onEnd);
    this.#request.on('close', this.#onClose);
    this.#request.on('error', this.#onClose);
  }

  #detach(): void {
    clearTimeout(this.#stalled);
    this.#request.off('data', this.#onData);
    this.#request.off('end', this.#onEnd);
    this.#request.off('close', this.#onClose);
    if (!this.#isAttached) return;
    this.#request.pause();
    // The request may yet fail with nobody listening, which would end the process.
    this.#request.off('error', this.#onClose);
    this.#request.on('error', () => undefined);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#size += chunk.length;
    if (this.#size > this.#limit) {
      this.destroy(tooLarge(this.#limit));
    } else if (this.push(chunk)) {
      this.#watch();
    } else {
      // A slow reader is not the sender's fault.
      clearTimeout(this.#stalled);
      this.#request.pause();
    }
  };

  readonly #onEnd = (): void => {
    clearTimeout(this.#stalled);
    this.push(null);
  };

  readonly #onClose = (): void => {
    if (this.#request.complete) return;
    this.destroy(new HttpProblem(400, 'request_aborted', 'The body ended too early.'));
  };

  #watch(): void {
    clearTimeout(this.#stalled);
    this.#stalled = setTimeout(() => {
      this.destroy(new HttpProblem(408, 'upload_stalled', 'Nothing arrived for a minute.'));
    }, STALL_MS).unref();
  }
}

/**
 * Reads away what is left of a body after its answer. Closing at once would make the sender's system
 * throw the answer away together with the connection; a sender that goes on for long is cut off.
 */
export function drainRest(req: IncomingMessage): void {
  if (req.complete || req.destroyed) return;
  let left = DRAIN_BYTES;
  const cut = (): void => {
    req.socket.destroy();
  };
  const timer = setTimeout(cut, DRAIN_MS).unref();
  req.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) cut();
  });
  req.once('error', () => undefined);
  req.once('close', () => {
    clearTimeout(timer);
  });
  req.once('end', () => {
    clearTimeout(timer);
  });
  req.resume();
}
