import type { CallPlan, PaidPlan } from '../calls/call-plan.js';
import { routesWithRoom } from '../calls/claim-channels.js';
import type { RoutesWithRoom } from '../calls/claim-channels.js';
import type { DecidedRoute, DecisionStep, RefusalReason } from '../calls/decision.js';
import type { Affordable } from './answer-limit.js';
import type { LookedAtPayer } from './answer-payers.js';
import type { Capacity } from './read-capacity.js';

/** What would become of a planned call once the database was asked. */
export interface Verdict {
  readonly outcome: 'routed' | 'free' | 'refused';
  readonly refusal: RefusalReason | null;
  /** Routes with room for the call, in order: what the switch is given unless it is refused. */
  readonly routes: readonly DecidedRoute[];
  /** Which routes had no room, and which are not needed. */
  readonly roomSteps: readonly DecisionStep[];
  /** Seconds the first hold covers; null where nothing is held. */
  readonly grantedS: number | null;
  /** What the database would add to the explanation. */
  readonly steps: readonly DecisionStep[];
}

/** Call limits, then room at the carriers, then money: the order in which holds are decided. */
export function judge(
  plan: CallPlan,
  payers: readonly LookedAtPayer[],
  money: Affordable | null,
  capacity: Capacity,
): Verdict {
  const settled = { routes: [], roomSteps: [], grantedS: null, steps: [] };
  if (plan.kind === 'refused') return { outcome: 'refused', refusal: plan.reason, ...settled };
  if (plan.kind === 'free') return { outcome: 'free', refusal: null, ...settled };
  return judgePaid(plan, payers, money, capacity);
}

function judgePaid(
  plan: PaidPlan,
  payers: readonly LookedAtPayer[],
  money: Affordable | null,
  capacity: Capacity,
): Verdict {
  const room = routesWithRoom(plan.routes, plan.maxRoutes, capacity.books);
  const crowded = payers.find(
    ({ purse }) => purse.maxCalls !== null && purse.openCalls >= purse.maxCalls,
  );
  if (crowded !== undefined) {
    const { accountId, purse } = crowded;
    const step = { kind: 'call_limit', accountId, limit: purse.maxCalls };
    return refuseLate('over_call_limit', room, [step]);
  }
  if (room.routes.length === 0) return refuseLate('no_carrier', room, room.steps);
  const seconds = money?.grant.seconds ?? 0;
  const step: DecisionStep = {
    kind: 'grant',
    seconds,
    limitedBy: money?.grant.limitedBy ?? null,
    payers: money?.grant.steps ?? [],
  };
  const steps = [...room.steps, step];
  if (seconds === 0) return refuseLate('insufficient_funds', room, steps);
  const { routes, steps: roomSteps } = room;
  return { outcome: 'routed', refusal: null, routes, roomSteps, grantedS: seconds, steps };
}

function refuseLate(
  refusal: RefusalReason,
  room: RoutesWithRoom,
  steps: readonly DecisionStep[],
): Verdict {
  const told: DecisionStep = { kind: 'refused', reason: refusal };
  return {
    outcome: 'refused',
    refusal,
    routes: room.routes,
    roomSteps: room.steps,
    grantedS: null,
    steps: [...steps, told],
  };
}
