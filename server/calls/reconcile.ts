import type { Logger } from 'pino';
import type { Database } from '../../db/client.js';
import { findOpenCalls } from '../../db/repositories/calls.js';
import { findLegsOfDeadRuns, findRunningLegs, touchLegs } from '../../db/repositories/legs.js';
import type { LegRow } from '../../db/repositories/legs.js';
import type { Clock } from '../clock.js';
import type { LegIdentity } from './reports.js';
import type { CallSupervisor } from './supervisor.js';
import { closeCalls } from './close-calls.js';
import { lostLeg } from './lost-leg.js';
import type { Settler } from './settler.js';

/** What reconciliation needs of a connected switch. */
export interface SwitchView {
  showChannels(): Promise<readonly { readonly legUuid: string; readonly direction: string }[]>;
  uuidDump(legUuid: string): Promise<{
    readonly identity: LegIdentity;
    readonly answerUs: number;
  } | null>;
  coreUuid(): Promise<string>;
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
}

const LIMIT = 5000;

/**
 * Compares the channels of a switch with our open calls, both ways. Living legs we did not know are
 * adopted with their true answer time; legs of an earlier run of the switch are settled at once,
 * since their CDR can never come; legs and callers that are gone are given time for their CDR first.
 */
export async function reconcileSwitch(
  options: Options,
  switchId: number,
  view: SwitchView,
): Promise<ReconcileResult> {
  const coreUuid = await view.coreUuid();
  const channels = await view.showChannels();
  const living = new Set(channels.map((channel) => channel.legUuid));
  const adopted = await adoptLegs(options, switchId, view, channels);
  const settled = await settleLost(options, switchId, coreUuid, living);
  const released = await releaseVanished(options, switchId, coreUuid, living);
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
  const unknown = channels.filter(
    (channel) =>
      channel.direction === 'outbound' && !options.supervisor.isWatching(channel.legUuid),
  );
  let adopted = 0;
  for (const channel of unknown) {
    const dump = await view.uuidDump(channel.legUuid);
    if (dump === null || dump.answerUs === 0) continue;
    await options.supervisor.answered(
      { ...dump.identity, kind: 'answered', answerUs: dump.answerUs },
      switchId,
    );
    if (!known.has(channel.legUuid)) adopted += 1;
  }
  return adopted;
}

async function settleLost(
  options: Options,
  switchId: number,
  coreUuid: string,
  living: ReadonlySet<string>,
): Promise<number> {
  const { database, clock, orphanGraceS } = options;
  const dead = await findLegsOfDeadRuns(database.orm, switchId, coreUuid, LIMIT);
  const running = await findRunningLegs(database.orm, switchId, LIMIT);
  const nowUs = clock.nowUs();
  const alive = running.filter((leg) => living.has(leg.legUuid));
  await touchLegs(
    database.orm,
    alive.map((leg) => leg.legUuid),
    nowUs,
  );
  const overdue = nowUs - orphanGraceS * 1_000_000;
  const lost = running.filter((leg) => !living.has(leg.legUuid) && leg.lastSeenUs < overdue);
  return settleLegs(options, [
    ...new Map([...dead, ...lost].map((leg) => [leg.legUuid, leg])).values(),
  ]);
}

/** Settles running legs at their last proof of life: never more than is known to have happened. */
export async function settleLegs(
  options: Pick<Options, 'settler'>,
  legs: readonly LegRow[],
  source: 'reconcile' | 'reaper' = 'reconcile',
): Promise<number> {
  const outcomes = await Promise.all(
    legs.map((leg) =>
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

async function releaseVanished(
  options: Options,
  switchId: number,
  coreUuid: string,
  living: ReadonlySet<string>,
): Promise<number> {
  const { database, clock, orphanGraceS } = options;
  const nowUs = clock.nowUs();
  const before = nowUs - orphanGraceS * 1_000_000;
  const calls = await findOpenCalls(database.orm, switchId, nowUs, LIMIT);
  const gone = calls.filter((call) => {
    if (living.has(call.aLegUuid)) return false;
    return call.coreUuid !== coreUuid || call.createdUs < before;
  });
  return closeCalls(
    database,
    gone.map((call) => call.id),
    nowUs,
  );
}
