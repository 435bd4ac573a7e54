import { toMoney } from '../../rating/money.js';
import type { GatewayUnavailable } from '../../rating/lcr/types.js';
import type { LiveFacts } from './live-facts.js';
import type { PlannedGateway } from './planned-gateways.js';
import type { RatedCall } from './outbound-call.js';

export interface Unavailability {
  readonly reason: GatewayUnavailable;
  readonly detail?: string;
}

/** The first thing that keeps a gateway from carrying this call whatever it costs; null for none. */
export function unavailability(
  entry: PlannedGateway,
  call: RatedCall,
  live: LiveFacts,
): Unavailability | null {
  const { gateway, carrier } = entry;
  if (carrier.status !== 'active') return { reason: 'carrier_disabled' };
  if (gateway.status !== 'active') return { reason: 'gateway_disabled' };
  if (isExcluded(entry, call)) {
    const detail = `for ${entry.jurisdiction} calls, this one is ${call.jurisdiction ?? 'none'}`;
    return { reason: 'jurisdiction_excluded', detail };
  }
  if (call.triedGatewayIds.includes(gateway.id)) return { reason: 'already_tried' };
  const state = call.switchId === null ? null : live.gatewayDown(call.switchId, gateway.name);
  if (state !== null) return { reason: 'gateway_down', detail: state };
  return codecProblem(entry, call) ?? creditProblem(entry, live);
}

/** Calls outside the United States have no jurisdiction and are asked for none. */
function isExcluded({ jurisdiction }: PlannedGateway, call: RatedCall): boolean {
  return jurisdiction !== 'any' && call.jurisdiction !== null && call.jurisdiction !== jurisdiction;
}

function codecProblem(entry: PlannedGateway, call: RatedCall): Unavailability | null {
  const { offeredCodecs } = call;
  if (entry.gateway.allowTranscoding || offeredCodecs === null) return null;
  if (offeredCodecs.some((codec) => entry.codecNames.has(codec))) return null;
  const detail = `offered ${offeredCodecs.join(',')}, gateway has ${entry.gateway.codecs}`;
  return { reason: 'no_common_codec', detail };
}

function creditProblem({ carrier }: PlannedGateway, live: LiveFacts): Unavailability | null {
  if (carrier.creditLimit === null) return null;
  const owed = live.owedTo(carrier.id) ?? '0';
  if (toMoney(owed).lt(carrier.creditLimit)) return null;
  const detail = `${owed} ${carrier.currency} owed, limit ${carrier.creditLimit}`;
  return { reason: 'carrier_credit_used_up', detail };
}
