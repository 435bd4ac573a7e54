import type { Database } from '../../db/client.js';
import { markCallsAnswered } from '../../db/repositories/calls.js';
import type { CallRow } from '../../db/repositories/calls.js';
import { findSettledLegs, insertAnsweredLegs } from '../../db/repositories/legs.js';
import type { NewLeg } from '../../db/repositories/legs.js';
import { inTransaction } from '../../db/transaction.js';
import { moveClaims } from './channel-claims.js';
import type { FailedAttempt } from './channel-claims.js';
import { isForeign } from './foreign-report.js';
import { lockReportedCalls } from './lock-reported-calls.js';
import { isPaidLeg, matchLeg } from './match-leg.js';
import type { LegMatch } from './match-leg.js';
import type { LegAnswered } from './reports.js';
import { legColumns } from './settled-leg.js';

export interface AnsweredItem {
  readonly report: LegAnswered;
  readonly switchId: number;
}

/** An answered leg as the node watches it. */
export interface RunningLeg {
  readonly legUuid: string;
  readonly callId: string | null;
  /** The leg that caused it; null for a caller's own. */
  readonly callerLegUuid: string | null;
  readonly switchId: number;
  readonly answerUs: number;
  /** Seconds the holds of its call cover; null for a leg that costs nothing. */
  readonly grantedS: number | null;
  /** Its end was known before this report of its answer. */
  readonly isOver: boolean;
}

/**
 * Starts the meter of answered legs: stores them with their decision and keeps their calls open for
 * as long as was granted. Telling it twice changes nothing.
 */
export async function markAnswered(
  database: Database,
  items: readonly AnsweredItem[],
  newsGraceUs: number,
): Promise<readonly RunningLeg[]> {
  return inTransaction(database, async (tx) => {
    const calls = await lockReportedCalls(
      tx,
      items.map((item) => item.report),
    );
    const own = items.filter(({ report, switchId }) => !isForeign(report, switchId, calls));
    const running = own.map((item) => runningLeg(item, calls));
    await insertAnsweredLegs(
      tx,
      running.map(({ leg }) => leg),
    );
    await markCallsAnswered(tx, expiriesOf(running, newsGraceUs));
    await moveClaims(
      tx,
      running.flatMap(({ passed }) => passed ?? []),
    );
    const over = await findSettledLegs(
      tx,
      items.map(({ report }) => report.legUuid),
    );
    const watched = new Map(running.map((one) => [one.watched.legUuid, one.watched]));
    return items.map(({ report, switchId }) => {
      const leg = watched.get(report.legUuid);
      if (leg === undefined) return notWatched(report, switchId);
      return { ...leg, isOver: over.has(report.legUuid) };
    });
  });
}

/** A leg of another switch: nobody here follows it for this one. */
function notWatched({ legUuid, answerUs }: LegAnswered, switchId: number): RunningLeg {
  const nobody = { callId: null, callerLegUuid: null, grantedS: null };
  return { legUuid, switchId, answerUs, ...nobody, isOver: true };
}

function expiriesOf(
  running: readonly ReturnType<typeof runningLeg>[],
  newsGraceUs: number,
): ReadonlyMap<string, number> {
  const expiries = new Map<string, number>();
  for (const { leg, call } of running) {
    if (call === null) continue;
    const limitUs = (call.grantedS ?? 0) * 1_000_000 + newsGraceUs;
    expiries.set(call.id, (leg.answerUs ?? 0) + limitUs);
  }
  return expiries;
}

function runningLeg(item: AnsweredItem, calls: readonly CallRow[]) {
  const { report, switchId } = item;
  const match = matchLeg(report, report.answerUs, calls);
  const leg: NewLeg = {
    ...legColumns(report, match, switchId),
    // Also before its decision is known: its end is looked for among callers.
    ...(report.direction === 'inbound' ? { kind: 'caller' as const } : {}),
    state: 'answered',
    answerUs: report.answerUs,
    lastSeenUs: report.answerUs,
  };
  const watched: Omit<RunningLeg, 'isOver'> = {
    legUuid: report.legUuid,
    callId: match.call?.id ?? null,
    callerLegUuid: report.direction === 'inbound' ? null : (match.call?.aLegUuid ?? null),
    switchId,
    answerUs: report.answerUs,
    grantedS: isPaidLeg(match) ? match.call.grantedS : null,
  };
  return { leg, call: match.call, watched, passed: passedRoute(match) };
}

/**
 * The route before the one that answered, which was passed over whether anybody said so or not: a
 * gateway a switch does not have, or knows to be down, fails without a leg that could be reported.
 */
function passedRoute({ call, decision, routeIndex }: LegMatch): FailedAttempt | null {
  if (call === null || decision === null || routeIndex === null || routeIndex === 0) return null;
  return { callId: call.id, routeIndex: routeIndex - 1, decision };
}
