import type { Logger } from 'pino';
import type { Database } from '../../db/client.js';
import { failInboxRows, postponeInboxRows } from '../../db/repositories/inbox.js';
import { isUnavailable } from '../../db/transaction.js';
import { Batcher } from '../batcher.js';
import type { Clock } from '../clock.js';
import type { DecisionLog } from './decision-log.js';
import type { LegEnded } from './reports.js';
import { settleReports } from './settle-batch.js';
import type { SettleItem, SettleOutcome } from './settle-batch.js';
import { isSameEnd } from './settled-leg.js';
import type { FinalWord } from './settled-leg.js';

const MAX_BATCH = 128;
const MAX_WAITING = 50_000;
const REMEMBERED = 20_000;
const RETRY_DELAY_US = 10_000_000;
/**
 * Nobody waits for a settlement, so it may wait for others and share their commit: above all for the
 * other leg of its call, which ends in the same moment and is told a little later.
 */
const LINGER_MS = 40;

interface UnderWay {
  readonly report: LegEnded;
  readonly outcome: Promise<SettleOutcome>;
}

export interface SettleCounts {
  settled: number;
  already_settled: number;
  differs: number;
  unknown_call: number;
  foreign: number;
  failed: number;
}

/**
 * Brings final reports to settlement, in batches. It remembers what this node settled lately, so
 * that the second report of a leg, which nearly every leg has, costs no database work when it agrees.
 */
export class Settler {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #decisionLog: DecisionLog;
  readonly #batches: Batcher<SettleItem, SettleOutcome>;
  readonly #recent = new Map<string, FinalWord>();
  /** Reports in a batch that is not committed yet. */
  readonly #underWay = new Map<string, UnderWay>();
  readonly counts: SettleCounts = {
    settled: 0,
    already_settled: 0,
    differs: 0,
    unknown_call: 0,
    foreign: 0,
    failed: 0,
  };

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly log: Logger;
    readonly decisionLog: DecisionLog;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#decisionLog = options.decisionLog;
    this.#batches = new Batcher({
      run: (items) => this.#settle(items),
      maxBatch: MAX_BATCH,
      lingerMs: LINGER_MS,
      concurrency: 1,
      maxWaiting: MAX_WAITING,
    });
  }

  get waiting(): number {
    return this.#batches.waiting;
  }

  async drain(): Promise<void> {
    await this.#batches.drain();
  }

  /** Settles one report. Rejects when the database is away: the report then waits in the inbox. */
  async settle(item: SettleItem): Promise<SettleOutcome> {
    const { report } = item;
    const recent = this.#recent.get(report.legUuid);
    if (item.inboxId === null && recent !== undefined && isSameEnd(recent, report)) {
      this.counts.already_settled += 1;
      return 'already_settled';
    }
    const underWay = this.#underWay.get(report.legUuid);
    if (item.inboxId === null && underWay !== undefined && isSameEnd(underWay.report, report)) {
      await underWay.outcome;
      this.counts.already_settled += 1;
      return 'already_settled';
    }
    const outcome = await this.#submit(item);
    this.counts[outcome] += 1;
    if (outcome === 'differs') {
      this.#log.warn({ legUuid: item.report.legUuid }, 'two final reports of a leg differ');
    }
    if (outcome === 'foreign') {
      const { switchId } = item;
      this.#log.error({ legUuid: report.legUuid, switchId }, 'report of a leg of another switch');
    }
    return outcome;
  }

  async #submit(item: SettleItem): Promise<SettleOutcome> {
    const { report } = item;
    const outcome = this.#batches.submit(item);
    this.#underWay.set(report.legUuid, { report, outcome });
    try {
      return await outcome;
    } finally {
      if (this.#underWay.get(report.legUuid)?.outcome === outcome) {
        this.#underWay.delete(report.legUuid);
      }
    }
  }

  async #settle(items: readonly SettleItem[]): Promise<readonly SettleOutcome[]> {
    await this.#decisionLog.flush();
    try {
      const outcomes = await settleReports(this.#database, items, this.#clock.nowUs());
      items.forEach((item, index) => {
        if (outcomes[index] === 'settled') this.#remember(item.report);
      });
      return outcomes;
    } catch (error) {
      if (isUnavailable(error)) throw error;
      if (items.length === 1) return this.#giveUp(items[0], error);
      const outcomes: SettleOutcome[] = [];
      for (const item of items) outcomes.push(...(await this.#settle([item])));
      return outcomes;
    }
  }

  /** One report that cannot be settled must not stop the others: it is put off and told. */
  async #giveUp(item: SettleItem | undefined, error: unknown): Promise<readonly SettleOutcome[]> {
    this.counts.failed += 1;
    this.#log.error({ err: error, legUuid: item?.report.legUuid }, 'a leg cannot be settled');
    if (item?.inboxId !== null && item?.inboxId !== undefined) {
      const notBefore = this.#clock.nowUs() + RETRY_DELAY_US;
      const reason = error instanceof Error ? error.message.slice(0, 200) : 'unknown error';
      const db = this.#database.orm;
      if (item.isLastTry) await failInboxRows(db, [item.inboxId], reason);
      else await postponeInboxRows(db, [item.inboxId], notBefore, reason);
    }
    return ['unknown_call'];
  }

  #remember(report: LegEnded): void {
    const { billUs, hangupCause } = report;
    this.#recent.set(report.legUuid, { billUs, hangupCause });
    if (this.#recent.size <= REMEMBERED) return;
    const oldest = this.#recent.keys().next().value;
    if (oldest !== undefined) this.#recent.delete(oldest);
  }
}
