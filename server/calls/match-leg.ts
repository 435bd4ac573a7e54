import type { CallRow } from '../../db/repositories/calls.js';
import { decisionOf } from './hold-batch.js';
import type { CallTarget, DecidedRoute, Decision } from './decision.js';
import type { LegIdentity } from './reports.js';

/** A leg's place in what was decided. */
export interface LegMatch {
  readonly kind: 'caller' | 'carrier' | 'extension' | 'unknown';
  readonly call: CallRow | null;
  readonly decision: Decision | null;
  /** Only for carrier legs whose gateway was among the decision's routes. */
  readonly route: DecidedRoute | null;
  readonly routeIndex: number | null;
}

/** A leg whose time its call is charged for. */
export interface PaidLeg extends LegMatch {
  readonly call: CallRow;
  readonly decision: Decision;
}

/** True for a leg by a carrier, and for a caller's own where that is what is charged. */
export function isPaidLeg(match: LegMatch): match is PaidLeg {
  const { kind, call, decision } = match;
  if (call === null || decision === null) return false;
  return kind === 'carrier' || (kind === 'caller' && isMetered(call));
}

/** Whether the caller's own leg is what the call is charged for. */
export function isMetered(call: CallRow): boolean {
  return call.state !== 'refused' && decisionOf(call).metered === 'caller';
}

const UNKNOWN: LegMatch = {
  kind: 'unknown',
  call: null,
  decision: null,
  route: null,
  routeIndex: null,
};

/**
 * Finds the decision a reported leg belongs to among calls read for it. Our marks on the leg come
 * first; a switch that dropped them is understood through the leg that caused this one and the
 * gateway it left by. `startUs` is when the leg began, 0 when not told.
 */
export function matchLeg(leg: LegIdentity, startUs: number, calls: readonly CallRow[]): LegMatch {
  if (leg.direction === 'inbound') return matchCallerLeg(leg, calls);
  const marked = calls.find((call) => call.id === leg.callId);
  if (marked !== undefined) return matchIn(marked, leg) ?? strayLeg(marked, leg);
  const candidates = calls
    .filter((call) => call.aLegUuid === leg.originatingLegUuid)
    .sort((a, b) => b.createdUs - a.createdUs);
  // A transferred caller has several decisions: the leg belongs to the newest it can be part of.
  const before = candidates.filter((call) => startUs === 0 || call.createdUs <= startUs + SKEW_US);
  for (const call of [...before, ...candidates]) {
    const match = matchIn(call, leg);
    if (match !== null) return match;
  }
  return UNKNOWN;
}

/**
 * A leg with our mark that left by a gateway its decision does not have, as when a switch has routes of
 * its own. Its payers talked and pay; what a carrier asks for it is not known here.
 */
function strayLeg(call: CallRow, leg: LegIdentity): LegMatch {
  const decision = decisionOf(call);
  const isPaid = leg.gatewayName !== null && decision.payers.length > 0;
  return isPaid ? { ...UNKNOWN, kind: 'carrier', call, decision } : { ...UNKNOWN, call };
}

/** Clocks of engine and switch may differ by this much before the order of events is doubted. */
const SKEW_US = 2_000_000;

/** A caller that was transferred has several calls: it pays for the metered one, else began the first. */
function matchCallerLeg(leg: LegIdentity, calls: readonly CallRow[]): LegMatch {
  const own = calls
    .filter((call) => call.aLegUuid === leg.legUuid)
    .sort((a, b) => a.createdUs - b.createdUs);
  const call = own.find(isMetered) ?? own[0];
  if (call === undefined) return UNKNOWN;
  return { ...UNKNOWN, kind: 'caller', call, decision: decisionOf(call) };
}

function matchIn(call: CallRow, leg: LegIdentity): LegMatch | null {
  const decision = decisionOf(call);
  if (leg.gatewayName === null) {
    const isPhone = decision.target?.kind === 'extension';
    return isPhone ? { ...UNKNOWN, kind: 'extension', call, decision } : null;
  }
  if (decision.target?.kind === 'emergency') return emergencyLeg(call, leg, decision.target);
  const byGateway = decision.routes.findIndex((route) => route.gatewayName === leg.gatewayName);
  const marked = leg.routeIndex === null ? undefined : decision.routes[leg.routeIndex];
  const index = marked?.gatewayName === leg.gatewayName ? leg.routeIndex : byGateway;
  const route = index === null ? undefined : decision.routes[index];
  if (route === undefined) return null;
  return { kind: 'carrier', call, decision, route, routeIndex: index };
}

/** A leg of an emergency call: it left by a carrier, of whom nothing is bought. */
function emergencyLeg(
  call: CallRow,
  leg: LegIdentity,
  { gateways }: Extract<CallTarget, { readonly kind: 'emergency' }>,
): LegMatch | null {
  const index = gateways.findIndex(({ gatewayName }) => gatewayName === leg.gatewayName);
  if (index < 0) return null;
  return { ...UNKNOWN, kind: 'carrier', call, decision: decisionOf(call), routeIndex: index };
}
