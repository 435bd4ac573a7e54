import type { CallPlan, PaidPlan } from '../calls/call-plan.js';
import { limitProblem, routesWithRoom } from '../calls/claim-channels.js';
import type { RoutesWithRoom } from '../calls/claim-channels.js';
import type { DecidedRoute, DecisionStep, RefusalReason } from '../calls/decision.js';
import type { Affordable } from './answer-limit.js';
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
  /** Whether money is what ends the first hold. */
  readonly limitedByMoney: boolean;
  /** What the database would add to the explanation. */
  readonly steps: readonly DecisionStep[];
}

/** Call limits, then room at the carriers, then money: the order in which holds are decided. */
export function judge(plan: CallPlan, money: Affordable | null, capacity: Capacity): Verdict {
  const settled = { routes: [], roomSteps: [], grantedS: null, limitedByMoney: false, steps: [] };
  if (plan.kind === 'refused') return { outcome: 'refused', refusal: plan.reason, ...settled };
  if (plan.kind === 'free') return { outcome: 'free', refusal: null, ...settled };
  return judgePaid(plan, money, capacity);
}

function judgePaid(plan: PaidPlan, money: Affordable | null, capacity: Capacity): Verdict {
  const room = routesWithRoom(plan.routes, plan.maxRoutes, capacity.books);
  const full = limitProblem(plan.limits, capacity.books);
  if (full !== null) return refuseLate(full.reason, room, [full.step]);
  if (plan.direction === 'outbound' && room.routes.length === 0) {
    return refuseLate('no_carrier', room, room.steps);
  }
  // A plan that is paid has a price for everybody who pays.
  if (money === null) return refuseLate('no_rate', room, room.steps);
  const { grant, refusal, steps: heldSteps } = money.held;
  const steps = [...room.steps, ...heldSteps];
  if (refusal !== null) return refuseLate(refusal, room, steps);
  const { routes, steps: roomSteps } = room;
  return {
    outcome: 'routed',
    refusal: null,
    routes,
    roomSteps,
    grantedS: grant.seconds,
    limitedByMoney: grant.limitedBy !== null,
    steps,
  };
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
    limitedByMoney: false,
    steps: [...steps, told],
  };
}
