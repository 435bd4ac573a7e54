import type { Queryable } from '../../db/client.js';
import {
  closeRouteClaims,
  findProgress,
  openClaims,
} from '../../db/repositories/channel-claims.js';
import type {
  CallProgress,
  ChannelClaim,
  ChannelResource,
} from '../../db/repositories/channel-claims.js';
import { DEFAULT_STOP_CAUSES } from './cause-table.js';
import type { DecidedRoute, Decision } from './decision.js';

/** An attempt that failed unanswered. */
export interface FailedAttempt {
  readonly callId: string;
  readonly routeIndex: number;
  readonly decision: Decision;
  /** Known causes after which the switch tries nothing else move no claim on. */
  readonly hangupCause?: string;
}

/** A way out that takes a limited number of calls. */
interface RouteResource extends ChannelResource {
  readonly resource: 'gateway' | 'carrier';
}

/** What of a route takes a limited number of calls, and so has to be claimed. */
export function limitedResources(route: DecidedRoute): readonly RouteResource[] {
  const { limits, gatewayId, carrierId } = route;
  return [
    ...(limits?.gateway === undefined
      ? []
      : [{ resource: 'gateway', resourceId: gatewayId } as const]),
    ...(limits?.carrier === undefined
      ? []
      : [{ resource: 'carrier', resourceId: carrierId } as const]),
  ];
}

/** Whether a call can have a claim at all: on one of its routes, or on who calls, is called or pays. */
export function isLimited(decision: Decision): boolean {
  return (decision.limits ?? []).length > 0 || hasLimitedRoute(decision);
}

function hasLimitedRoute({ routes }: Decision): boolean {
  return routes.some((route) => limitedResources(route).length > 0);
}

/**
 * Moves the channels of calls on to the routes that are tried next. Where a call stands follows from
 * the furthest of its routes that failed, so telling it twice, late or in another order gives the
 * same claims; a call that is over gets none. A moved claim is not refused for lack of room: the
 * switch is dialling already, and counting it keeps the next call away.
 *
 * Belongs in the transaction that settles the failed legs, with their calls locked. Asks the database
 * nothing where no route of a decision is limited.
 */
export async function moveClaims(tx: Queryable, failed: readonly FailedAttempt[]): Promise<void> {
  const limited = failed.filter(({ decision }) => hasLimitedRoute(decision));
  if (limited.length === 0) return;
  const progress = await findProgress(
    tx,
    limited.map(({ callId }) => callId),
  );
  const wanted = new Map<string, readonly ChannelClaim[]>();
  for (const attempt of furthestOf(limited).values()) {
    wanted.set(attempt.callId, claimsAfter(attempt, progress.get(attempt.callId)));
  }
  await closeRouteClaims(tx, [...wanted.keys()], [...wanted.values()].flat());
  await openClaims(tx, [...wanted.values()].flat());
}

function furthestOf(failed: readonly FailedAttempt[]): ReadonlyMap<string, FailedAttempt> {
  const furthest = new Map<string, FailedAttempt>();
  for (const attempt of failed) {
    const known = furthest.get(attempt.callId);
    if (known === undefined || known.routeIndex < attempt.routeIndex) {
      furthest.set(attempt.callId, attempt);
    }
  }
  return furthest;
}

/** The claims a call should have once this attempt, or a later one that is stored, has failed. */
function claimsAfter(
  attempt: FailedAttempt,
  progress: CallProgress | undefined,
): readonly ChannelClaim[] {
  if (progress?.isOpen !== true) return [];
  const { callId, decision } = attempt;
  const stored = progress.lastFailed;
  const isStoredFurther = stored !== null && stored.routeIndex >= attempt.routeIndex;
  const index = isStoredFurther ? stored.routeIndex : attempt.routeIndex;
  const cause = isStoredFurther ? stored.cause : (attempt.hangupCause ?? null);
  if (cause !== null && isLastWord(decision.routes[index], cause)) return [];
  const next = decision.routes[index + 1];
  return next === undefined
    ? []
    : limitedResources(next).map((resource) => ({ callId, ...resource }));
}

/** True for a cause after which FreeSWITCH hunts no further. */
function isLastWord(route: DecidedRoute | undefined, cause: string): boolean {
  return (route?.stopCauses ?? DEFAULT_STOP_CAUSES).includes(cause);
}
