import type { Logger } from 'pino';
import { Batcher } from '../batcher.js';
import { lockFolder } from './folder-lock.js';
import { frameRecord } from './frames.js';
import {
  appendDurably,
  closeSegment,
  createSegment,
  listSegments,
  loadSegment,
  makeFolder,
  nextSegmentName,
  removeSegment,
  setAside,
  writeRefused,
} from './segment-files.js';
import type { LoadedSegment, OpenSegment } from './segment-files.js';

/** A segment is closed at this size, so that space comes back while a long queue is drained. */
const SEGMENT_BYTES = 8_388_608;
const MAX_WAITING = 50_000;

/** What waits would be more than the limit allows. */
export class SpoolFullError extends Error {
  readonly code = 'spool_full';
}

interface Waiting {
  readonly name: string;
  records: number;
  bytes: number;
}

export interface SpoolOptions {
  readonly folder: string;
  /** Most bytes that may wait. */
  readonly maxBytes: number;
  readonly log: Logger;
}

/**
 * A queue of records on disk: appended in order, durable when `append` resolves, taken out in order.
 * It holds what the database cannot take now. One process at a time uses a folder.
 */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #appends: Batcher<Buffer, null>;
  #folder: string | null = null;
  #unlock: () => void = () => undefined;
  /** Oldest first; the last may be the one that is being appended to. */
  #segments: Waiting[] = [];
  #open: OpenSegment | null = null;
  #lastName: string | undefined;
  #appending = 0;
  /** Appends and closings follow each other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: SpoolOptions) {
    this.#options = options;
    this.#appends = new Batcher({
      run: (frames) => this.#inTurn(() => this.#append(frames)),
      maxBatch: 500,
      concurrency: 1,
      maxWaiting: MAX_WAITING,
    });
  }

  /**
   * Takes the folder and finds what an earlier process left.
   *
   * @throws FolderInUseError when another process has it
   */
  async open(): Promise<void> {
    const folder = await makeFolder(this.#options.folder);
    this.#unlock = await lockFolder(folder);
    for (const name of await listSegments(folder)) {
      const { payloads, bytes } = await loadSegment(folder, name);
      this.#segments.push({ name, records: payloads.length, bytes });
      this.#lastName = name;
    }
    this.#folder = folder;
  }

  async close(): Promise<void> {
    await this.#appends.drain();
    await this.#inTurn(() => this.#seal(false));
    this.#unlock();
    this.#folder = null;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  get records(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.records, 0);
  }

  /** How much of the limit is used, from 0 to 1. */
  get usedShare(): number {
    return this.bytes / this.#options.maxBytes;
  }

  /** Nothing waits, and nothing is about to. */
  get isEmpty(): boolean {
    return this.#segments.length === 0 && this.#appending === 0;
  }

  /**
   * Resolves when the record is on disk. Records of the same moment share one flush.
   *
   * @throws SpoolFullError, or what the file system says
   */
  async append(payload: Buffer): Promise<void> {
    const frame = frameRecord(payload);
    this.#appending += 1;
    try {
      await this.#appends.submit(frame);
    } finally {
      this.#appending -= 1;
    }
  }

  /** Resolves when the appends of this moment are over. */
  async settled(): Promise<void> {
    await this.#appends.drain();
  }

  /**
   * Hands the oldest segment's records to `store` and removes it when that resolves; when it rejects,
   * all of them come again. New records go to another segment meanwhile. False when nothing waits.
   */
  async takeOldest(store: (payloads: readonly Buffer[]) => Promise<void>): Promise<boolean> {
    const oldest = await this.#inTurn(async () => {
      const first = this.#segments[0];
      if (first !== undefined && first.name === this.#open?.name) await this.#seal(false);
      return first;
    });
    if (oldest === undefined) return false;
    const segment = await this.#load(oldest.name);
    if (segment !== null) {
      if (segment.payloads.length > 0) await store(segment.payloads);
      await this.#putAway(oldest.name, segment);
    }
    this.#segments = this.#segments.filter((segment) => segment !== oldest);
    return true;
  }

  /** Keeps a record that nobody can store in a file of its own, for a person to look at. */
  async refuse(payload: Buffer, error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : 'unknown';
    this.#options.log.error({ err: error }, 'a spooled record cannot be stored; kept in a file');
    await writeRefused(this.#openFolder(), payload, reason);
  }

  /** One that cannot be read must not hold up the others; it stays, and the next start looks again. */
  async #load(name: string): Promise<LoadedSegment | null> {
    try {
      return await loadSegment(this.#openFolder(), name);
    } catch (error) {
      this.#options.log.error({ err: error, segment: name }, 'a spool segment cannot be read');
      return null;
    }
  }

  async #putAway(name: string, { tail, bytes, goodBytes }: LoadedSegment): Promise<void> {
    const { log } = this.#options;
    const folder = this.#openFolder();
    if (tail === 'damaged') {
      log.error({ segment: name, goodBytes, bytes }, 'a spool segment is damaged; kept aside');
      await setAside(folder, name);
      return;
    }
    // A torn end was never acknowledged: its sender still has it.
    if (tail === 'torn') log.warn({ segment: name, goodBytes, bytes }, 'a spool segment was torn');
    await removeSegment(folder, name);
  }

  async #append(frames: readonly Buffer[]): Promise<readonly null[]> {
    const bytes = Buffer.concat(frames);
    const { maxBytes } = this.#options;
    const wouldBe = this.bytes + bytes.length;
    if (wouldBe > maxBytes) {
      throw new SpoolFullError(
        `spool_full: found ${String(wouldBe)} bytes, expected ${String(maxBytes)}`,
      );
    }
    const segment = this.#open ?? (await this.#create());
    try {
      await appendDurably(segment, bytes);
    } catch (error) {
      // What the disk now holds is uncertain, so nothing is ever written behind it.
      await this.#seal(true);
      throw error;
    }
    const waiting = this.#segments.at(-1);
    if (waiting !== undefined) {
      waiting.records += frames.length;
      waiting.bytes = segment.bytes;
    }
    if (segment.bytes >= SEGMENT_BYTES) await this.#seal(false);
    return frames.map(() => null);
  }

  async #create(): Promise<OpenSegment> {
    const name = nextSegmentName(this.#lastName);
    this.#lastName = name;
    const segment = await createSegment(this.#openFolder(), name);
    this.#open = segment;
    this.#segments.push({ name, records: 0, bytes: segment.bytes });
    return segment;
  }

  async #seal(hasFailed: boolean): Promise<void> {
    const segment = this.#open;
    this.#open = null;
    if (segment !== null) await closeSegment(segment, hasFailed);
  }

  #openFolder(): string {
    if (this.#folder === null) throw new Error('spool: found it closed, expected it open');
    return this.#folder;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}
