import type { RouteCandidate } from '../../rating/lcr/types.js';
import type { PlanCarrierRow } from '../../db/repositories/snapshot.js';
import type {
  CarriersSnapshot,
  GatewayEntry,
  PlansSnapshot,
  Snapshot,
} from '../snapshot/snapshot.js';
import { isDefaultStops, stopCausesOf } from './cause-table.js';
import type { CapacityLimit, RouteLimits } from './decision.js';

/** A gateway as a member of a plan, with everything about it that no call changes. */
export interface PlannedGateway extends GatewayEntry {
  readonly jurisdiction: PlanCarrierRow['jurisdiction'];
  /** Codec names in capitals, without rates and packet times. */
  readonly codecNames: ReadonlySet<string>;
  /** After which causes no further carrier is tried; null for the usual ones. */
  readonly stopCauses: readonly string[] | null;
  /** Null where neither the gateway nor its carrier has a limit. */
  readonly limits: RouteLimits | null;
  readonly base: Omit<RouteCandidate, 'deck' | 'unavailable'>;
}

type Plans = Map<number, readonly PlannedGateway[]>;

/** Joined once for each pair of areas, which are replaced whole and never edited. */
const known = new WeakMap<PlansSnapshot, WeakMap<CarriersSnapshot, Plans>>();

/** The gateways of a plan's carriers; none for a plan without members. */
export function gatewaysOfPlan(snapshot: Snapshot, planId: number): readonly PlannedGateway[] {
  const plans = plansOf(snapshot);
  const found = plans.get(planId);
  if (found !== undefined) return found;
  const members = snapshot.plans.carriersByPlan.get(planId) ?? [];
  const joined = members.flatMap((member) => {
    const entries = snapshot.carriers.gatewaysByCarrier.get(member.carrierId) ?? [];
    const active = entries.filter(({ gateway }) => gateway.status === 'active').length;
    return entries.map((entry) => plannedGateway(entry, member, Math.max(1, active)));
  });
  plans.set(planId, joined);
  return joined;
}

function plansOf({ plans, carriers }: Snapshot): Plans {
  const byCarriers = known.get(plans) ?? new WeakMap<CarriersSnapshot, Plans>();
  known.set(plans, byCarriers);
  const found = byCarriers.get(carriers) ?? new Map<number, readonly PlannedGateway[]>();
  byCarriers.set(carriers, found);
  return found;
}

function plannedGateway(
  entry: GatewayEntry,
  member: PlanCarrierRow,
  siblings: number,
): PlannedGateway {
  const { gateway, carrier } = entry;
  const stops = stopCausesOf(carrier.causes);
  return {
    ...entry,
    jurisdiction: member.jurisdiction,
    codecNames: new Set(gateway.codecs.split(',').map(codecName)),
    stopCauses: isDefaultStops(stops) ? null : stops,
    limits: limitsOf(entry),
    base: {
      gatewayId: gateway.id,
      gatewayName: gateway.name,
      carrierId: carrier.id,
      carrierName: carrier.name,
      // The plan ranks carriers; a carrier's own gateways are ranked within it.
      priority: member.priority * 1000 + gateway.priority,
      weight: member.weight * gateway.weight,
      currency: carrier.currency,
      // The share is the carrier's: its gateways divide it.
      sharePercent: member.sharePercent / siblings,
    },
  };
}

/** `PCMA@8000h@20i` is PCMA with a rate and a packet time. */
function codecName(codec: string): string {
  return (codec.trim().split('@', 1)[0] ?? '').toUpperCase();
}

function limitsOf({ gateway, carrier }: GatewayEntry): RouteLimits | null {
  const own = limitOf(gateway);
  const shared = limitOf(carrier);
  if (own === null && shared === null) return null;
  return {
    ...(own === null ? {} : { gateway: own }),
    ...(shared === null ? {} : { carrier: shared }),
  };
}

function limitOf(row: {
  readonly maxChannels: number | null;
  readonly maxCps: number | null;
}): CapacityLimit | null {
  const { maxChannels: channels, maxCps: perSecond } = row;
  return channels === null && perSecond === null ? null : { channels, perSecond };
}
