import type { Queryable } from '../../db/client.js';
import { findCallIdsByCallerLeg, lockCalls } from '../../db/repositories/calls.js';
import type { CallRow } from '../../db/repositories/calls.js';
import type { LegIdentity } from './reports.js';

/**
 * Locks and reads the calls that reported legs may belong to: those our marks name, those a caller's
 * leg started, and, for a leg without marks, those of the leg that caused it. Every transaction about
 * legs begins with this, so that calls are always locked before legs.
 */
export async function lockReportedCalls(
  tx: Queryable,
  reports: readonly LegIdentity[],
): Promise<readonly CallRow[]> {
  const marked = reports.flatMap(({ callId }) => (callId === null ? [] : [callId]));
  const found = await findCallIdsByCallerLeg(tx, reports.flatMap(callerLegOf));
  return lockCalls(tx, [...marked, ...found]);
}

function callerLegOf(report: LegIdentity): readonly string[] {
  if (report.direction === 'inbound') return [report.legUuid];
  const isUnmarked = report.callId === null && report.originatingLegUuid !== null;
  return isUnmarked ? [report.originatingLegUuid] : [];
}
