import type { Logger } from 'pino';
import type { Database } from '../../db/client.js';
import { insertCallsOnce } from '../../db/repositories/calls.js';
import type { NewCall } from '../../db/repositories/calls.js';
import { FlushBehind } from '../flush-behind.js';
import type { DurableWriter } from '../spool/durable-writer.js';

const BATCH = 100;
const LIMIT = 20_000;
const RETRY_MS = 500;
/** A flood of refused calls must not take the room on disk that final reports need. */
const SHARE_OF_DISK = 0.25;

/**
 * Stores decisions that need no money behind the caller's back, so that free calls and refusals are
 * answered from memory alone, also while the database is away; they then wait on disk, as far as a
 * share of it allows. What is in memory when a node is killed is lost: such calls then show as legs
 * without a decision, and none of them is worth money. A decision that is goes through `keep`.
 */
export class DecisionLog {
  readonly #database: Database;
  readonly #log: Logger;
  readonly #writer: DurableWriter;
  #waiting: NewCall[] = [];
  readonly #behind = new FlushBehind({
    write: () => this.#write(),
    isWaiting: () => this.#waiting.length > 0,
    retryMs: RETRY_MS,
  });
  #dropped = 0;

  constructor(database: Database, log: Logger, writer: DurableWriter) {
    this.#database = database;
    this.#log = log;
    this.#writer = writer;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get dropped(): number {
    return this.#dropped;
  }

  add(call: NewCall): void {
    if (this.#waiting.length >= LIMIT) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(call);
    this.#behind.poke();
  }

  /**
   * Stores a decision whose call will be charged, before its caller is answered. The database was found
   * away, so it goes to disk; only where there is none is the database asked again. Rejects when
   * neither takes it; the call must then not be let through.
   */
  async keep(call: NewCall): Promise<void> {
    const item = { kind: 'decision', call } as const;
    await this.#writer.keepOnDisk([item], 1).catch(() => this.#writer.keep(item));
  }

  /** Writes what waits; resolves when it is written or when the database refused it for now. */
  async flush(): Promise<void> {
    await this.#behind.flush();
  }

  /** Tries no more by itself. */
  stop(): void {
    this.#behind.stop();
  }

  async #write(): Promise<void> {
    // One turn later, so that decisions of the same moment share a statement.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH);
      if (!(await this.#writeBatch(batch))) return;
      this.#waiting = this.#waiting.slice(batch.length);
    }
  }

  async #writeBatch(batch: readonly NewCall[]): Promise<boolean> {
    try {
      await insertCallsOnce(this.#database.orm, batch);
      return true;
    } catch (error) {
      const items = batch.map((call) => ({ kind: 'decision' as const, call }));
      const isOnDisk = await this.#writer.keepOnDisk(items, SHARE_OF_DISK).then(
        () => true,
        () => false,
      );
      const waiting = this.#waiting.length;
      if (!isOnDisk) this.#log.warn({ err: error, waiting }, 'decisions wait to be stored');
      return isOnDisk;
    }
  }
}
