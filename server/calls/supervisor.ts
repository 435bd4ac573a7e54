import type { Logger } from 'pino';
import type { Database } from '../../db/client.js';
import { touchLegs } from '../../db/repositories/legs.js';
import { inTransaction } from '../../db/transaction.js';
import { Batcher } from '../batcher.js';
import type { Clock } from '../clock.js';
import { extendHold } from './extend-hold.js';
import { markAnswered } from './mark-answered.js';
import type { AnsweredItem, RunningLeg } from './mark-answered.js';
import type { DecisionLog } from './decision-log.js';
import type { LegAnswered, LegEnded, LegHeartbeat, LegReport } from './reports.js';
import type { Settler } from './settler.js';

export interface SuperviseSettings {
  readonly holdSliceS: number;
  readonly holdExtendMarginS: number;
  readonly maxCallS: number;
  readonly heartbeatS: number;
  readonly orphanGraceS: number;
  readonly ringTimeoutS: number;
}

/** Commands a running call may need; a switch that is away has none. */
export interface LegCommands {
  limitLeg(
    legUuid: string,
    limit: { readonly seconds: number; readonly heartbeatSeconds: number },
  ): Promise<boolean>;
}

interface Options {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settings: SuperviseSettings;
  readonly settler: Settler;
  readonly decisionLog: DecisionLog;
  readonly commandsOf: (switchId: number) => LegCommands | null;
  readonly creditLimitOf: (accountId: number) => string;
  /** Keeps a final report that cannot be settled yet: its decision, or the database, is missing. */
  readonly keepForLater: (report: LegEnded, switchId: number) => Promise<void>;
}

/** A new leg may be missing from a switch's list of channels for so long; far more than it is. */
const LISTING_DELAY_US = 60_000_000;
/** Answers and heartbeats share statements; the limits themselves are the switch's business. */
const LINGER_MS = 15;

/**
 * Follows calls while they run: the answer starts the meter, heartbeats prove life and extend the
 * hold before it runs out, the end goes to settlement. What it remembers is a convenience; the
 * database knows all of it, and another node can take over any call.
 */
export class CallSupervisor {
  readonly #options: Options;
  readonly #answers: Batcher<AnsweredItem, RunningLeg>;
  readonly #beats: Batcher<{ readonly legUuid: string; readonly atUs: number }, null>;
  readonly #running = new Map<string, RunningLeg>();
  readonly #byCaller = new Map<string, string>();

  constructor(options: Options) {
    this.#options = options;
    this.#answers = new Batcher({
      run: (items) => this.#markAnswered(items),
      maxBatch: 64,
      lingerMs: LINGER_MS,
      concurrency: 1,
      maxWaiting: 20_000,
    });
    this.#beats = new Batcher({
      run: (items) => this.#touch(items),
      maxBatch: 256,
      lingerMs: LINGER_MS,
      concurrency: 1,
      maxWaiting: 20_000,
    });
  }

  /** Answered legs this node watches. */
  get runningLegs(): number {
    return this.#running.size;
  }

  isWatching(legUuid: string): boolean {
    return this.#running.has(legUuid);
  }

  /** Stops watching legs that a switch no longer has, and that were answered before it was asked. */
  forgetMissing(switchId: number, living: ReadonlySet<string>, askedUs: number): void {
    for (const leg of this.#running.values()) {
      if (leg.switchId !== switchId || living.has(leg.legUuid)) continue;
      if (leg.answerUs < askedUs - LISTING_DELAY_US) this.#forget(leg.legUuid);
    }
  }

  #forget(legUuid: string): void {
    const leg = this.#running.get(legUuid);
    this.#running.delete(legUuid);
    if (leg?.callerLegUuid !== null && leg?.callerLegUuid !== undefined) {
      this.#byCaller.delete(leg.callerLegUuid);
    }
  }

  async drain(): Promise<void> {
    await this.#answers.drain();
    await this.#beats.drain();
  }

  /** Takes one report from a switch. Rejects when it could not be kept; the CDR then carries it. */
  async handle(report: LegReport, switchId: number): Promise<void> {
    switch (report.kind) {
      case 'answered':
        return this.answered(report, switchId);
      case 'heartbeat':
        return this.#heartbeat(report, switchId);
      case 'ended':
        return this.#ended(report, switchId);
    }
  }

  /** Only legs we caused are metered; the caller's own leg is settled from its end alone. */
  async answered(report: LegAnswered, switchId: number): Promise<void> {
    if (report.direction !== 'outbound' || report.answerUs === 0) return;
    if (this.#running.has(report.legUuid)) return;
    const leg = await this.#answers.submit({ report, switchId });
    // Events can come late: an answer after the end must not be watched for ever.
    if (leg.isOver) return;
    this.#running.set(leg.legUuid, leg);
    if (leg.callerLegUuid !== null) this.#byCaller.set(leg.callerLegUuid, leg.legUuid);
  }

  async #markAnswered(items: readonly AnsweredItem[]): Promise<readonly RunningLeg[]> {
    await this.#options.decisionLog.flush();
    return markAnswered(this.#options.database, items, this.#newsGraceUs());
  }

  #newsGraceUs(): number {
    const { ringTimeoutS, orphanGraceS } = this.#options.settings;
    return (ringTimeoutS + orphanGraceS) * 1_000_000;
  }

  async #heartbeat(report: LegHeartbeat, switchId: number): Promise<void> {
    const legUuid =
      report.direction === 'outbound' ? report.legUuid : this.#byCaller.get(report.legUuid);
    if (legUuid === undefined) return;
    if (report.direction === 'outbound' && !this.#running.has(legUuid)) {
      // This node came after the answer: the heartbeat tells as much.
      await this.answered({ ...report, kind: 'answered' }, switchId);
    }
    await this.#beats.submit({ legUuid, atUs: report.atUs });
    const leg = this.#running.get(legUuid);
    if (leg !== undefined) await this.#extendWhenDue(leg, report.atUs);
  }

  async #touch(
    items: readonly { readonly legUuid: string; readonly atUs: number }[],
  ): Promise<readonly null[]> {
    // The oldest moment of the batch: a proof of life may be understated but never overstated.
    const seenUs = Math.min(...items.map((item) => item.atUs));
    const legUuids = items.map((item) => item.legUuid);
    // In a transaction only to be retried: settlement may hold one of these rows.
    await inTransaction(this.#options.database, (tx) => touchLegs(tx, legUuids, seenUs));
    return items.map(() => null);
  }

  async #extendWhenDue(leg: RunningLeg, atUs: number): Promise<void> {
    const { settings } = this.#options;
    if (leg.grantedS === null || leg.callId === null || leg.grantedS >= settings.maxCallS) return;
    const talkedS = (atUs - leg.answerUs) / 1_000_000;
    if (leg.grantedS - talkedS >= settings.holdExtendMarginS) return;
    await this.#extend(leg, leg.callId, leg.grantedS);
  }

  async #extend(leg: RunningLeg, callId: string, knownGrantedS: number): Promise<void> {
    const { database, settings, log, clock } = this.#options;
    const grantedS = await extendHold(database, {
      callId,
      knownGrantedS,
      sliceS: settings.holdSliceS,
      maxS: settings.maxCallS,
      answerUs: leg.answerUs,
      newsGraceUs: this.#newsGraceUs(),
      creditLimitOf: this.#options.creditLimitOf,
    });
    if (grantedS === null || grantedS <= knownGrantedS) {
      log.info({ callId, legUuid: leg.legUuid, grantedS }, 'nothing more to hold; leg will be cut');
      return;
    }
    const endUs = leg.answerUs + grantedS * 1_000_000;
    const seconds = Math.max(1, Math.ceil((endUs - clock.nowUs()) / 1_000_000) + 1);
    const commands = this.#options.commandsOf(leg.switchId);
    const limit = { seconds, heartbeatSeconds: settings.heartbeatS };
    const isTold = (await commands?.limitLeg(leg.legUuid, limit)) ?? false;
    // A switch that was not told still cuts at the old limit: the next heartbeat tries again.
    if (isTold && this.#running.has(leg.legUuid)) {
      this.#running.set(leg.legUuid, { ...leg, grantedS });
    }
  }

  async #ended(report: LegEnded, switchId: number): Promise<void> {
    this.#forget(report.legUuid);
    const { settler, keepForLater, log } = this.#options;
    const item = { report, switchId, inboxId: null, isLastTry: false };
    const outcome = await settler.settle(item).catch((error: unknown) => {
      log.warn({ err: error, legUuid: report.legUuid }, 'final report waits for the database');
      return 'unknown_call' as const;
    });
    // The CDR of the leg says the same; this copy is for switches that could not post one.
    if (outcome === 'unknown_call') await keepForLater(report, switchId);
  }
}
