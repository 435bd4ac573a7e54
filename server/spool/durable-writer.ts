import type { Logger } from 'pino';
import type { Database } from '../../db/client.js';
import { isBadData } from '../../db/transaction.js';
import { Batcher } from '../batcher.js';
import { withDeadline } from '../deadline.js';
import type { Spool } from './spool.js';
import { decodeItem, encodeItem, storeItems } from './spool-item.js';
import type { SpoolItem } from './spool-item.js';

export interface DurableWriterOptions {
  readonly database: Database;
  /** Null where there is no disk to fall back on: what the database does not take is refused. */
  readonly spool: Spool | null;
  readonly log: Logger;
  /** How long the database may take before the disk is used instead. */
  readonly patienceMs?: number;
}

/** Where an item was made durable. */
export type KeptIn = 'database' | 'disk';

type Outcome = KeptIn | { readonly error: unknown };

/** A switch waits five seconds for an answer to its record and holds the leg's thread meanwhile. */
const PATIENCE_MS = 2000;
const LINGER_MS = 4;
const MAX_WAITING = 5000;
const BATCH = 100;

/**
 * Makes items durable: in the database, or on disk while it is away. Order is kept: as long as
 * anything waits on disk, new items go behind it, and the last of it is stored while they wait.
 */
export class DurableWriter {
  readonly #options: DurableWriterOptions;
  readonly #patienceMs: number;
  readonly #batches: Batcher<SpoolItem, Outcome>;
  #handover: Promise<void> | null = null;
  #emptying: Promise<number> | null = null;
  #isAwayTold = false;

  constructor(options: DurableWriterOptions) {
    this.#options = options;
    this.#patienceMs = options.patienceMs ?? PATIENCE_MS;
    this.#batches = new Batcher({
      run: (items) => this.#keep(items),
      maxBatch: BATCH,
      lingerMs: LINGER_MS,
      concurrency: 2,
      maxWaiting: MAX_WAITING,
    });
  }

  get waiting(): number {
    return this.#batches.waiting;
  }

  async drain(): Promise<void> {
    await this.#batches.drain();
    await this.#emptying;
  }

  /** Resolves when the item is durable. Rejects when neither the database nor the disk takes it. */
  async keep(item: SpoolItem): Promise<KeptIn> {
    const outcome = await this.#batches.submit(item);
    if (typeof outcome === 'string') return outcome;
    throw outcome.error;
  }

  /**
   * Puts items on disk without asking the database, for who asked it already. Rejects when there is
   * no room: these items may use no more than the given share of the disk's limit.
   */
  async keepOnDisk(items: readonly SpoolItem[], share: number): Promise<void> {
    const { spool } = this.#options;
    if (spool === null || spool.usedShare > share) throw new Error('no room on disk for these');
    await toDisk(spool, items);
  }

  /**
   * Stores what waits on disk, in order; resolves with the number of items when nothing is left or
   * the database is away again. Storing an item twice changes nothing.
   */
  async emptySpool(): Promise<number> {
    const { spool } = this.#options;
    if (spool === null || spool.isEmpty) return 0;
    this.#emptying ??= this.#empty(spool).finally(() => {
      this.#emptying = null;
    });
    return this.#emptying;
  }

  async #keep(items: readonly SpoolItem[]): Promise<readonly Outcome[]> {
    const { spool } = this.#options;
    if (this.#handover !== null) await withDeadline(this.#handover, this.#patienceMs);
    if (spool === null) return (await this.#store(items)).map(failureOf);
    if (!spool.isEmpty) return toDisk(spool, items);
    const results = await this.#storeInTime(items);
    const left = items.filter((_item, index) => isAway(results[index]));
    if (left.length === 0) return results.map(failureOf);
    await toDisk(spool, left);
    return results.map((result) => (isAway(result) ? 'disk' : failureOf(result)));
  }

  /** What the database still does with items it was too slow for does no harm: their ids stay. */
  async #storeInTime(items: readonly SpoolItem[]): Promise<readonly unknown[]> {
    const error = new Error(`database: found no answer for ${String(this.#patienceMs)} ms`);
    const results = await withDeadline(this.#store(items), this.#patienceMs);
    return results ?? items.map(() => error);
  }

  /** An error for each item, null for those that are stored. One that does not fit fails alone. */
  async #store(items: readonly SpoolItem[]): Promise<readonly unknown[]> {
    const { database, log } = this.#options;
    const error = await storeItems(database, items).then(() => null, asError);
    if (error === null) return items.map(() => null);
    if (items.length === 1 || !isBadData(error)) {
      log.warn({ err: error, items: items.length }, 'the database did not take reports');
      return items.map(() => error);
    }
    const results: unknown[] = [];
    for (const item of items) {
      results.push(await storeItems(database, [item]).then(() => null, asError));
    }
    return results;
  }

  async #empty(spool: Spool): Promise<number> {
    let stored = 0;
    let endHandover = (): void => undefined;
    try {
      for (let isLeft = true; isLeft;) {
        if (this.#handover === null && spool.records <= BATCH) {
          this.#handover = new Promise((resolve) => (endHandover = resolve));
          await spool.settled();
        }
        isLeft = await spool.takeOldest(async (payloads) => {
          stored += await this.#storePayloads(spool, payloads);
        });
      }
      if (stored > 0) this.#options.log.info({ stored }, 'the spool is empty again');
      this.#isAwayTold = false;
    } catch (error) {
      if (!this.#isAwayTold) this.#options.log.warn({ err: error }, 'the spool has to wait');
      this.#isAwayTold = true;
    } finally {
      this.#handover = null;
      endHandover();
    }
    return stored;
  }

  async #storePayloads(spool: Spool, payloads: readonly Buffer[]): Promise<number> {
    let stored = 0;
    for (let from = 0; from < payloads.length; from += BATCH) {
      stored += await this.#storeBatch(spool, payloads.slice(from, from + BATCH));
    }
    return stored;
  }

  async #storeBatch(spool: Spool, payloads: readonly Buffer[]): Promise<number> {
    const known: { readonly payload: Buffer; readonly item: SpoolItem }[] = [];
    for (const payload of payloads) {
      const item = decodeItem(payload);
      if (item === null) await spool.refuse(payload, new Error('unknown kind of record'));
      else known.push({ payload, item });
    }
    if (known.length === 0) return 0;
    const results = await this.#store(known.map(({ item }) => item));
    let stored = 0;
    for (const [index, { payload }] of known.entries()) {
      const error = results[index];
      if (error === null) stored += 1;
      else if (isAway(error)) throw error;
      // It would fail for ever.
      else await spool.refuse(payload, error);
    }
    return stored;
  }
}

async function toDisk(spool: Spool, items: readonly SpoolItem[]): Promise<readonly KeptIn[]> {
  await Promise.all(items.map((item) => spool.append(encodeItem(item))));
  return items.map(() => 'disk');
}

/** Whatever is not the item's own fault may be gone the next time. */
function isAway(error: unknown): boolean {
  return error !== null && !isBadData(error);
}

function failureOf(error: unknown): Outcome {
  return error === null ? 'database' : { error };
}

function asError(error: unknown): unknown {
  return error ?? new Error('unknown error');
}
