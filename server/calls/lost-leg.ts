import type { LegRow } from '../../db/repositories/legs.js';
import type { LegEnded } from './reports.js';

/** Cause of legs whose end nobody reported. */
export const LOST_CAUSE = 'LOST_TRACK';

/** The end of a running leg as far as it is proven: its last sign of life. */
export function lostLeg(leg: LegRow, source: 'reconcile' | 'reaper'): LegEnded {
  const endUs = Math.max(leg.lastSeenUs, leg.answerUs);
  return {
    kind: 'ended',
    source,
    legUuid: leg.legUuid,
    coreUuid: leg.coreUuid,
    direction: leg.kind === 'caller' ? 'inbound' : 'outbound',
    callId: leg.callId,
    routeIndex: leg.routeIndex,
    originatingLegUuid: null,
    gatewayName: leg.gatewayName,
    destination: leg.destination,
    callerNumber: leg.callerNumber,
    startUs: leg.startUs,
    progressUs: leg.progressUs,
    answerUs: leg.answerUs,
    endUs,
    billUs: endUs - leg.answerUs,
    hangupCause: LOST_CAUSE,
    protocolCause: null,
    disposition: null,
  };
}
