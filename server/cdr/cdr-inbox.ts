import { v7 as uuidv7 } from 'uuid';
import type { Logger } from 'pino';
import type { Database } from '../../db/client.js';
import { findDueInboxRows } from '../../db/repositories/inbox.js';
import type { InboxRow } from '../../db/repositories/inbox.js';
import type { LegEnded } from '../calls/reports.js';
import type { Settler } from '../calls/settler.js';
import type { Clock } from '../clock.js';
import type { DurableWriter } from '../spool/durable-writer.js';
import { parseCdr } from './parse-cdr.js';

interface Options {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settler: Settler;
  readonly writer: DurableWriter;
}

/** Rows younger than this are in the hands of the node that took them. */
const OWN_TIME_US = 5_000_000;
const SWEEP_ROWS = 500;
/** After so many tries a report is settled without the decision it names. */
const MAX_ATTEMPTS = 10;
/** Full reads of one sweep: a long queue is worked off at once, other jobs get their turn as well. */
const SWEEP_READS = 20;

/**
 * Takes CDR posts: what they say is durable before the switch is answered, in the database or on this
 * node's disk, and settled after. A row leaves the inbox in the transaction that settles it, so a node
 * that dies in between loses nothing; any node picks the row up.
 */
export class CdrInbox {
  readonly #options: Options;
  #isSweeping = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Makes one body durable. Rejects when it could not be; the switch then tries again. */
  async accept(body: string, switchId: number, legHint: string): Promise<void> {
    const nowUs = this.#options.clock.nowUs();
    const parsed = parseCdr(body);
    const row = { id: uuidv7(), switchId, receivedUs: nowUs, notBeforeUs: nowUs + OWN_TIME_US };
    if (parsed.kind === 'unreadable') {
      const { reason } = parsed;
      this.#options.log.error({ switchId, legUuid: legHint, reason }, 'CDR cannot be read');
      const error = reason.slice(0, 255);
      const failed = { ...row, legUuid: legHint, state: 'failed' as const, rawBody: body, error };
      await this.#options.writer.keep({ kind: 'report', row: failed });
      return;
    }
    const { report } = parsed;
    const keptIn = await this.#options.writer.keep({
      kind: 'report',
      row: { ...row, legUuid: report.legUuid, report },
    });
    // Of what is on disk the sweep gets to know when it is in the database.
    if (keptIn === 'database') this.#settle(report, switchId, row.id, false);
  }

  /** Keeps a report of another source that cannot be settled yet; the sweep settles it. */
  async keep(report: LegEnded, switchId: number): Promise<void> {
    const nowUs = this.#options.clock.nowUs();
    const notBeforeUs = nowUs + OWN_TIME_US;
    const { legUuid } = report;
    const row = { id: uuidv7(), switchId, legUuid, receivedUs: nowUs, notBeforeUs, report };
    await this.#options.writer.keep({ kind: 'report', row });
  }

  /** Settles what others left behind and what was put off. */
  async sweep(): Promise<number> {
    if (this.#isSweeping) return 0;
    this.#isSweeping = true;
    try {
      const { database, clock } = this.#options;
      let swept = 0;
      for (let reads = 0; reads < SWEEP_READS; reads += 1) {
        const rows = await findDueInboxRows(database.orm, clock.nowUs(), SWEEP_ROWS);
        await Promise.all(rows.map((row) => this.#settleRow(row)));
        swept += rows.length;
        if (rows.length < SWEEP_ROWS) break;
      }
      return swept;
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
