import type { Caller, CallPlan, Owner, PlanContext } from './call-plan.js';
import { refuse } from './call-plan.js';
import type { GatewayEntry } from '../snapshot/snapshot.js';
import { accountChain } from './account-chain.js';
import type { DecisionStep, EmergencyGateway } from './decision.js';
import { NOT_RATED } from './visit.js';
import { gatewaysOfPlan } from './planned-gateways.js';

export interface EmergencyCall {
  readonly owner: Owner;
  readonly caller: Caller;
  /** As it was dialled. */
  readonly number: string;
  /** The switch whose gateways would carry it. */
  readonly switchId: number;
  readonly steps: DecisionStep[];
}

/**
 * Sends a call to an emergency number out: free of charge, whatever is wrong with its account, and
 * over the next gateway as long as one fails. Only where no gateway takes such calls is it refused.
 */
export function planEmergency(call: EmergencyCall, context: PlanContext): CallPlan {
  const { owner, caller, number, steps } = call;
  const draft = { direction: 'outbound', owner, caller, destination: number, steps } as const;
  const entries = emergencyGateways(call, context);
  if (entries.length === 0) return refuse('no_carrier', draft);
  const gateways = entries.map((entry) => emergencyGateway(entry, number));
  const names = gateways.map(({ gatewayName }) => gatewayName);
  steps.push({ kind: 'target', target: 'emergency', number, gateways: names });
  return {
    kind: 'free',
    ...draft,
    target: { kind: 'emergency', number, gateways },
    ringTimeoutS: context.settings.ringTimeoutS,
    ...NOT_RATED,
  };
}

/** Those of the caller's plan by priority; every other that may be used where the plan has none. */
function emergencyGateways(call: EmergencyCall, context: PlanContext): readonly GatewayEntry[] {
  const { snapshot, live } = context;
  const planned = planGateways(call.owner, context).filter(isUsable);
  const all =
    planned.length > 0 ? planned : byPriority(snapshot.carriers.gateways.filter(isUsable));
  // A gateway that is down may be up again by the time the others have failed.
  const isDown = ({ gateway }: GatewayEntry) =>
    live.gatewayDown(call.switchId, gateway.name) !== null;
  return [...all.filter((entry) => !isDown(entry)), ...all.filter(isDown)];
}

function planGateways(owner: Owner, { snapshot }: PlanContext): readonly GatewayEntry[] {
  const own = owner.extension?.extension.lcrPlanId ?? null;
  const chain = accountChain(owner.account, snapshot.accounts.accountById) ?? [owner.account];
  const planId = own ?? chain.find((account) => account.lcrPlanId !== null)?.lcrPlanId ?? null;
  if (planId === null) return [];
  const ranked = [...gatewaysOfPlan(snapshot, planId)];
  return ranked.sort((one, other) => one.base.priority - other.base.priority);
}

function byPriority(entries: readonly GatewayEntry[]): readonly GatewayEntry[] {
  return [...entries].sort((one, other) => one.gateway.priority - other.gateway.priority);
}

function isUsable({ gateway, carrier }: GatewayEntry): boolean {
  return gateway.carriesEmergency && gateway.status === 'active' && carrier.status === 'active';
}

function emergencyGateway({ gateway, carrier }: GatewayEntry, number: string): EmergencyGateway {
  return {
    gatewayId: gateway.id,
    gatewayName: gateway.name,
    carrierId: carrier.id,
    number: `${gateway.techPrefix}${number}`,
    codecs: gateway.codecs,
    progressTimeoutS: gateway.progressTimeoutS,
  };
}
