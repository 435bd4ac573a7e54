import { v7 as uuidv7 } from 'uuid';
import type { Logger } from 'pino';
import type { Database } from '../../db/client.js';
import { findDueInboxRows, insertInboxRows } from '../../db/repositories/inbox.js';
import type { InboxRow, NewInboxRow } from '../../db/repositories/inbox.js';
import { isUnavailable } from '../../db/transaction.js';
import { Batcher } from '../batcher.js';
import type { LegEnded } from '../calls/reports.js';
import type { Settler } from '../calls/settler.js';
import type { Clock } from '../clock.js';
import { parseCdr } from './parse-cdr.js';

interface Options {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settler: Settler;
}

interface InsertFailure {
  readonly error: unknown;
}

/** Rows younger than this are in the hands of the node that took them. */
const OWN_TIME_US = 5_000_000;
const SWEEP_ROWS = 500;
/** After so many tries a report is settled without the decision it names. */
const MAX_ATTEMPTS = 10;
const MAX_WAITING = 5000;
/** The switch holds the ended leg's thread while it waits, so this is short. */
const LINGER_MS = 4;

/**
 * Takes CDR posts: what they say is committed before the switch is answered, and settled after. A row
 * leaves the inbox in the transaction that settles it, so a node that dies in between loses nothing;
 * any node picks the row up.
 */
export class CdrInbox {
  readonly #options: Options;
  readonly #inserts: Batcher<NewInboxRow, InsertFailure | null>;
  #isSweeping = false;

  constructor(options: Options) {
    this.#options = options;
    this.#inserts = new Batcher({
      run: (rows) => this.#insert(rows),
      maxBatch: 100,
      lingerMs: LINGER_MS,
      concurrency: 2,
      maxWaiting: MAX_WAITING,
    });
  }

  async #store(row: NewInboxRow): Promise<void> {
    const failure = await this.#inserts.submit(row);
    if (failure !== null) throw failure.error;
  }

  /** Rows that cannot go in together go in one by one: one body too large must not fail the others. */
  async #insert(rows: readonly NewInboxRow[]): Promise<readonly (InsertFailure | null)[]> {
    const { orm } = this.#options.database;
    try {
      await insertInboxRows(orm, rows);
      return rows.map(() => null);
    } catch (error) {
      if (rows.length === 1 || isUnavailable(error)) throw error;
    }
    const failures: (InsertFailure | null)[] = [];
    for (const row of rows) {
      const failure = await insertInboxRows(orm, [row]).then(
        () => null,
        (error: unknown) => ({ error }),
      );
      failures.push(failure);
    }
    return failures;
  }

  get waiting(): number {
    return this.#inserts.waiting;
  }

  async drain(): Promise<void> {
    await this.#inserts.drain();
  }

  /** Commits one body. Rejects when it could not be committed; the switch then tries again. */
  async accept(body: string, switchId: number, legHint: string): Promise<void> {
    const nowUs = this.#options.clock.nowUs();
    const parsed = parseCdr(body);
    const row = { id: uuidv7(), switchId, receivedUs: nowUs, notBeforeUs: nowUs + OWN_TIME_US };
    if (parsed.kind === 'unreadable') {
      const { reason } = parsed;
      this.#options.log.error({ switchId, legUuid: legHint, reason }, 'CDR cannot be read');
      await this.#store({
        ...row,
        legUuid: legHint,
        state: 'failed',
        rawBody: body,
        error: reason.slice(0, 255),
      });
      return;
    }
    const { report } = parsed;
    await this.#store({ ...row, legUuid: report.legUuid, report });
    this.#settle(report, switchId, row.id, false);
  }

  /** Keeps a report of another source until its decision is stored; the sweep settles it. */
  async keep(report: LegEnded, switchId: number): Promise<void> {
    const nowUs = this.#options.clock.nowUs();
    const notBeforeUs = nowUs + OWN_TIME_US;
    const { legUuid } = report;
    await this.#store({
      id: uuidv7(),
      switchId,
      legUuid,
      receivedUs: nowUs,
      notBeforeUs,
      report,
    });
  }

  /** Settles what others left behind and what was put off. */
  async sweep(): Promise<number> {
    if (this.#isSweeping) return 0;
    this.#isSweeping = true;
    try {
      const { database, clock } = this.#options;
      const rows = await findDueInboxRows(database.orm, clock.nowUs(), SWEEP_ROWS);
      await Promise.all(rows.map((row) => this.#settleRow(row)));
      return rows.length;
    } finally {
      this.#isSweeping = false;
    }
  }

  #settle(report: LegEnded, switchId: number, inboxId: string, isLastTry: boolean): void {
    this.#options.settler
      .settle({ report, switchId, inboxId, isLastTry })
      .catch((error: unknown) => {
        // It stays in the inbox and the sweep tries again.
        this.#options.log.warn({ err: error, legUuid: report.legUuid }, 'CDR waits in the inbox');
      });
  }

  async #settleRow(row: InboxRow): Promise<void> {
    // Written by `accept` and by nothing else.
    const report = row.report as LegEnded;
    await this.#options.settler.settle({
      report,
      switchId: row.switchId,
      inboxId: row.id,
      isLastTry: row.attempts >= MAX_ATTEMPTS,
    });
  }
}
