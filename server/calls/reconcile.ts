import type { Logger } from 'pino';
import type { Database } from '../../db/client.js';
import { findOpenCalls, findMeteredCallers } from '../../db/repositories/calls.js';
import { findLegsOfDeadRuns, findRunningLegs, touchLegs } from '../../db/repositories/legs.js';
import { findLegsInInbox } from '../../db/repositories/inbox.js';
import type { LegRow } from '../../db/repositories/legs.js';
import { inTransaction } from '../../db/transaction.js';
import type { Clock } from '../clock.js';
import type { LegIdentity } from './reports.js';
import type { CallSupervisor } from './supervisor.js';
import { closeCalls } from './close-calls.js';
import { lostLeg } from './lost-leg.js';
import type { Settler } from './settler.js';
import type { WatchTime } from './watch-time.js';

/** What reconciliation needs of a connected switch. */
export interface SwitchView {
  showChannels(): Promise<readonly { readonly legUuid: string; readonly direction: string }[]>;
  uuidDump(legUuid: string): Promise<{
    readonly identity: LegIdentity;
    readonly answerUs: number;
  } | null>;
  coreUuid(): Promise<string>;
  /** Now, by the switch's own clock, which is the one its legs are stamped with. UTC microseconds. */
  nowUs(): Promise<number>;
}

export interface ReconcileResult {
  /** Answered legs this node had not known of. */
  readonly adopted: number;
  /** Legs settled at their last proof of life, because nobody will report their end. */
  readonly settled: number;
  /** Calls released because their caller is gone. */
  readonly released: number;
}

interface Options {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settler: Settler;
  readonly supervisor: CallSupervisor;
  readonly orphanGraceS: number;
  /** How long reports could be taken; without it, as if they always could. */
  readonly watch?: WatchTime;
}

const LIMIT = 5000;

/** The list of channels is written behind by up to a second (mod_commands reads the core's database). */
const LISTING_DELAY_US = 5_000_000;

/** A leg that is listed may have ended so long ago: it surely lived before. */
const LISTING_BEHIND_US = 1_000_000;

/** A switch that will not describe so many legs in a row is not asked for more of them. */
const MAX_DUMP_FAILURES = 5;

const ADOPTED_AT_ONCE = 64;

/** What a switch said of itself, and when it was asked. */
interface SwitchSeen {
  readonly switchId: number;
  readonly coreUuid: string;
  readonly askedUs: number;
  /** The same moment by the switch's clock; the two may be seconds apart. */
  readonly switchUs: number;
  /** Whoever is gone had time to be reported to us. */
  readonly isWatched: boolean;
  readonly living: ReadonlySet<string>;
}

/**
 * Compares the channels of a switch with our open calls, both ways. Living legs we did not know are
 * adopted with their true answer time; legs of an earlier run of the switch are settled at once,
 * since their CDR can never come; legs and callers that are gone are given time for their CDR first.
 * After an outage of ours nothing is done without a report until that time is over: what ended in it,
 * even before its switch did, may wait in the switch's error directory.
 */
export async function reconcileSwitch(
  options: Options,
  switchId: number,
  view: SwitchView,
): Promise<ReconcileResult> {
  const coreUuid = await view.coreUuid();
  const switchUs = await view.nowUs();
  const askedUs = options.clock.nowUs();
  const channels = await view.showChannels();
  const living = new Set(channels.map((channel) => channel.legUuid));
  options.supervisor.forgetMissing(switchId, living, switchUs);
  const adopted = await adoptLegs(options, switchId, view, channels);
  const graceUs = options.orphanGraceS * 1_000_000;
  const isWatched = options.watch?.look({ nowUs: options.clock.nowUs(), graceUs }) ?? true;
  const seen: SwitchSeen = { switchId, coreUuid, askedUs, switchUs, isWatched, living };
  const settled = await settleLost(options, seen);
  const released = await releaseVanished(options, seen);
  const result = { adopted, settled, released };
  if (adopted + settled + released > 0) {
    options.log.info({ switchId, ...result }, 'open calls compared with the switch');
  }
  return result;
}

async function adoptLegs(
  options: Options,
  switchId: number,
  view: SwitchView,
  channels: readonly { readonly legUuid: string; readonly direction: string }[],
): Promise<number> {
  const running = await findRunningLegs(options.database.orm, switchId, LIMIT);
  const known = new Set(running.map((leg) => leg.legUuid));
  const charged = new Set(await findMeteredCallers(options.database.orm, switchId, LIMIT));
  const unknown = channels.filter(
    ({ legUuid, direction }) =>
      (direction === 'outbound' || charged.has(legUuid)) && !options.supervisor.isWatching(legUuid),
  );
  let adopted = 0;
  let failures = 0;
  const adopt = async ({ legUuid }: { readonly legUuid: string }): Promise<void> => {
    try {
      const dump = await view.uuidDump(legUuid);
      if (dump === null || dump.answerUs === 0) return;
      const { identity, answerUs } = dump;
      const metered = { isMetered: charged.has(legUuid) };
      const answered = { ...identity, ...metered, kind: 'answered', answerUs } as const;
      await options.supervisor.answered(answered, switchId);
      if (!known.has(legUuid)) adopted += 1;
      failures = 0;
    } catch (error) {
      // One leg that cannot be read must not keep the others' money held.
      options.log.warn({ err: error, legUuid }, 'leg cannot be adopted');
      failures += 1;
      if (failures >= MAX_DUMP_FAILURES) throw error;
    }
  };
  // Many at a time: they share statements, and a full switch is to be followed again within seconds.
  for (let from = 0; from < unknown.length; from += ADOPTED_AT_ONCE) {
    await Promise.all(unknown.slice(from, from + ADOPTED_AT_ONCE).map(adopt));
  }
  return adopted;
}

async function settleLost(options: Options, seen: SwitchSeen): Promise<number> {
  const { database, orphanGraceS } = options;
  const { switchId, coreUuid, switchUs, isWatched, living } = seen;
  const dead = isWatched ? await findLegsOfDeadRuns(database.orm, switchId, coreUuid, LIMIT) : [];
  const running = await findRunningLegs(database.orm, switchId, LIMIT);
  const alive = running.filter((leg) => living.has(leg.legUuid)).map((leg) => leg.legUuid);
  await inTransaction(database, (tx) => touchLegs(tx, alive, switchUs - LISTING_BEHIND_US));
  const overdue = isWatched ? switchUs - orphanGraceS * 1_000_000 : 0;
  const lost = running.filter((leg) => !living.has(leg.legUuid) && leg.lastSeenUs < overdue);
  const byUuid = new Map([...dead, ...lost].map((leg) => [leg.legUuid, leg]));
  return settleLegs(options, [...byUuid.values()]);
}

/**
 * Settles running legs at their last proof of life: never more than is known to have happened. Those
 * with a final report in the inbox are left to it, for it knows better.
 */
export async function settleLegs(
  options: Pick<Options, 'settler' | 'database'>,
  legs: readonly LegRow[],
  source: 'reconcile' | 'reaper' = 'reconcile',
): Promise<number> {
  const reported = await findLegsInInbox(
    options.database.orm,
    legs.map((leg) => leg.legUuid),
  );
  const outcomes = await Promise.all(
    legs
      .filter((leg) => !reported.has(leg.legUuid))
      .map((leg) =>
        options.settler.settle({
          report: lostLeg(leg, source),
          switchId: leg.switchId,
          inboxId: null,
          isLastTry: true,
        }),
      ),
  );
  return outcomes.filter((outcome) => outcome === 'settled').length;
}

async function releaseVanished(options: Options, seen: SwitchSeen): Promise<number> {
  const { database, clock, orphanGraceS } = options;
  const { switchId, coreUuid, askedUs, isWatched, living } = seen;
  const before = isWatched ? askedUs - orphanGraceS * 1_000_000 : 0;
  const calls = await findOpenCalls(database.orm, switchId, askedUs - LISTING_DELAY_US, LIMIT);
  const gone = calls.filter((call) => {
    if (living.has(call.aLegUuid)) return false;
    return (isWatched && call.coreUuid !== coreUuid) || call.createdUs < before;
  });
  return closeCalls(
    database,
    gone.map((call) => call.id),
    clock.nowUs(),
  );
}
