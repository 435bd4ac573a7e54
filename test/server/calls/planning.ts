import type { CallPlan, PaidPlan, PlanContext } from '../../../server/calls/call-plan.js';
import type { CallRequest } from '../../../server/calls/call-request.js';
import { noLiveFacts } from '../../../server/calls/live-facts.js';
import type { LiveFacts } from '../../../server/calls/live-facts.js';
import { planCall } from '../../../server/calls/plan-call.js';
import { phoneRequest, planContext } from '../../support/requests.js';
import { snapshotOf } from '../../support/use-world.js';
import { buildWorld } from '../../support/world.js';
import type { World } from '../../support/world.js';

export const NOW_MS = Date.UTC(2026, 10, 22, 12);

export interface Asked {
  readonly request?: CallRequest;
  readonly live?: Partial<LiveFacts>;
  readonly context?: Partial<PlanContext>;
  readonly change?: (world: World) => void;
}

/** Plans a call of the small company; phone 1001 of acme to Britain unless told otherwise. */
export function planOf({ request, live, context, change }: Asked = {}): CallPlan {
  const world = buildWorld();
  change?.(world);
  return planCall(
    request ?? phoneRequest(),
    planContext(snapshotOf(world), NOW_MS, { live: { ...noLiveFacts, ...live }, ...context }),
  );
}

export function paid(plan: CallPlan): PaidPlan {
  if (plan.kind !== 'paid') throw new Error(`planned ${JSON.stringify(plan.steps)}`);
  return plan;
}

/** The reason of a refusal, or the kind of any other plan. */
export const reasonOf = (plan: CallPlan): string =>
  plan.kind === 'refused' ? plan.reason : plan.kind;

export const gatewaysOf = (plan: CallPlan): readonly string[] =>
  paid(plan).routes.map((route) => route.gatewayName);

/** The first step of a kind. */
export function stepOf(plan: CallPlan, kind: string): Readonly<Record<string, unknown>> {
  const step = plan.steps.find((candidate) => candidate.kind === kind);
  if (step === undefined) throw new Error(`no step ${kind} in ${JSON.stringify(plan.steps)}`);
  return step;
}

/** `gateway reason` of every gateway that was left out. */
export function refusedOf(plan: CallPlan): readonly string[] {
  const refused = stepOf(plan, 'lcr')['refused'] as readonly Record<string, string>[];
  return refused.map((one) => `${one['gateway'] ?? ''} ${one['reason'] ?? ''}`);
}

/** Replaces members of the rows with these ids. */
export function patch<Row extends { readonly id: number }>(
  rows: readonly Row[],
  changes: Readonly<Record<number, Partial<Row>>>,
): Row[] {
  return rows.map((row) => ({ ...row, ...changes[row.id] }));
}
