import type { CallRow } from '../../db/repositories/calls.js';
import type { LegIdentity } from './reports.js';

/**
 * True for a report about a call that another switch carries. A switch is believed about its own legs
 * only: one that was taken over, or whose records are delivered under a wrong name, can neither charge
 * nor end the calls of others.
 */
export function isForeign(
  report: LegIdentity,
  switchId: number,
  calls: readonly CallRow[],
): boolean {
  const callerLeg = report.direction === 'inbound' ? report.legUuid : report.originatingLegUuid;
  return calls.some((call) => {
    const isMeant = call.id === report.callId || call.aLegUuid === callerLeg;
    return isMeant && call.switchId !== switchId;
  });
}
