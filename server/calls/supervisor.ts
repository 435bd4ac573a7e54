import type { Logger } from 'pino';
import type { PayerIdentity } from '../../rating/settlement/payer-key.js';
import type { Database } from '../../db/client.js';
import { touchLegs } from '../../db/repositories/legs.js';
import { inTransaction } from '../../db/transaction.js';
import { Batcher } from '../batcher.js';
import { extendHold } from './extend-hold.js';
import type { ExtendResult } from './extend-hold.js';
import { markAnswered } from './mark-answered.js';
import type { AnsweredItem, RunningLeg } from './mark-answered.js';
import type { DecisionLog } from './decision-log.js';
import { isFollowed } from './reports.js';
import type { LegAnswered, LegEnded, LegHeartbeat, LegReport } from './reports.js';
import type { Settler } from './settler.js';

export interface SuperviseSettings {
  readonly holdSliceS: number;
  readonly holdExtendMarginS: number;
  readonly maxCallS: number;
  readonly heartbeatS: number;
  readonly orphanGraceS: number;
  readonly ringTimeoutS: number;
  /** How long before the money ends a tone is heard; 0 for none. */
  readonly limitWarningS: number;
}

/** Commands a running call may need; a switch that is away has none. */
export interface LegCommands {
  /** Now, by the switch's own clock. UTC microseconds. */
  nowUs(): Promise<number>;
  limitLeg(
    legUuid: string,
    limit: {
      readonly seconds: number;
      readonly heartbeatSeconds: number;
      /** Seconds until a tone warns of the end; none where it is absent. */
      readonly warnSeconds?: number;
    },
  ): Promise<boolean>;
}

/** A leg that is followed, as its switch was told last. */
interface WatchedLeg extends RunningLeg {
  /** The switch knows that money ends it at its limit. */
  readonly isLastTold: boolean;
}

interface Options {
  readonly database: Database;
  readonly log: Logger;
  readonly settings: SuperviseSettings;
  readonly settler: Settler;
  readonly decisionLog: DecisionLog;
  readonly commandsOf: (switchId: number) => LegCommands | null;
  readonly creditLimitOf: (payer: PayerIdentity) => string;
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
  readonly #running = new Map<string, WatchedLeg>();
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
    const caller = leg?.callerLegUuid ?? null;
    // A caller that was sent on has another leg by now.
    if (caller !== null && this.#byCaller.get(caller) === legUuid) this.#byCaller.delete(caller);
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

  /** A caller's own leg that is not charged is settled from its end alone. */
  async answered(report: LegAnswered, switchId: number): Promise<void> {
    if (!isFollowed(report) || report.answerUs === 0) return;
    if (this.#running.has(report.legUuid)) return;
    const leg = await this.#answers.submit({ report, switchId });
    // Events can come late: an answer after the end must not be watched for ever.
    if (leg.isOver) return;
    this.#running.set(leg.legUuid, { ...leg, isLastTold: false });
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

  /** A caller's heartbeat proves that the leg it caused lives too: a bridge ends with either. */
  async #heartbeat(report: LegHeartbeat, switchId: number): Promise<void> {
    if (isFollowed(report)) {
      // A node that came after the answer learns of it here.
      if (!this.#running.has(report.legUuid)) {
        await this.answered({ ...report, kind: 'answered' }, switchId);
      }
      await this.#beat(report.legUuid, report.atUs);
    }
    const caused = report.direction === 'inbound' ? this.#byCaller.get(report.legUuid) : undefined;
    if (caused !== undefined) await this.#beat(caused, report.atUs);
  }

  async #beat(legUuid: string, atUs: number): Promise<void> {
    await this.#beats.submit({ legUuid, atUs });
    const leg = this.#running.get(legUuid);
    if (leg !== undefined) await this.#extendWhenDue(leg, atUs);
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

  async #extendWhenDue(leg: WatchedLeg, atUs: number): Promise<void> {
    const { settings } = this.#options;
    if (leg.grantedS === null || leg.callId === null || leg.grantedS >= settings.maxCallS) return;
    const talkedS = (atUs - leg.answerUs) / 1_000_000;
    if (leg.grantedS - talkedS >= settings.holdExtendMarginS) return;
    const { callId, grantedS: knownGrantedS } = leg;
    const extended = await extendHold(this.#options.database, {
      callId,
      knownGrantedS,
      sliceS: settings.holdSliceS,
      maxS: settings.maxCallS,
      answerUs: leg.answerUs,
      newsGraceUs: this.#newsGraceUs(),
      creditLimitOf: this.#options.creditLimitOf,
    });
    if (extended === null) return;
    const { grantedS, isLast } = extended;
    const isMore = grantedS > knownGrantedS;
    if (!isMore) {
      const facts = { callId, legUuid: leg.legUuid, grantedS };
      this.#options.log.info(facts, 'nothing more to hold; leg will be cut');
    }
    // A limit that turned out to be the last is told once more, for its warning.
    if (isMore || (isLast && !leg.isLastTold)) await this.#tellLimit(leg, extended);
  }

  /** A switch that was not told still cuts at the old limit: the next heartbeat tries again. */
  async #tellLimit(leg: WatchedLeg, { grantedS, isLast }: ExtendResult): Promise<void> {
    const { settings } = this.#options;
    const commands = this.#options.commandsOf(leg.switchId);
    if (commands === null) return;
    const endUs = leg.answerUs + grantedS * 1_000_000;
    // The leg was stamped by its switch, whose clock may differ from ours by seconds. Its scheduler
    // knows whole seconds only: the first one in which nothing is left (switch_scheduler.c).
    const nowUs = await commands.nowUs();
    const leftS = Math.ceil(endUs / 1_000_000) - Math.floor(nowUs / 1_000_000);
    const isWarned = isLast && settings.limitWarningS > 0;
    const isTold = await commands.limitLeg(leg.legUuid, {
      seconds: Math.max(1, leftS),
      heartbeatSeconds: settings.heartbeatS,
      ...(isWarned ? { warnSeconds: Math.max(1, leftS - settings.limitWarningS) } : {}),
    });
    if (isTold && this.#running.has(leg.legUuid)) {
      this.#running.set(leg.legUuid, { ...leg, grantedS, isLastTold: isLast });
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
