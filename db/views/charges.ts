import { asc, eq, inArray } from 'drizzle-orm';
import type { Queryable } from '../client.js';
import { channelClaims, legCharges } from '../schema/index.js';

export type ChargeView = typeof legCharges.$inferSelect;
export type ClaimView = typeof channelClaims.$inferSelect;

/** What each party was charged for legs: those who paid first, each of them by its level. */
export async function listChargesOfLegs(
  db: Queryable,
  legUuids: readonly string[],
): Promise<ReadonlyMap<string, readonly ChargeView[]>> {
  if (legUuids.length === 0) return new Map();
  const rows = await db
    .select()
    .from(legCharges)
    .where(inArray(legCharges.legUuid, [...legUuids]))
    .orderBy(asc(legCharges.level), asc(legCharges.partyId));
  const charges = new Map<string, ChargeView[]>();
  for (const row of rows) {
    const ofLeg = charges.get(row.legUuid) ?? [];
    // The carrier is paid by nobody above it, so its level says nothing: it comes last.
    if (row.role === 'carrier') ofLeg.push(row);
    else ofLeg.splice(ofLeg.filter(({ role }) => role !== 'carrier').length, 0, row);
    charges.set(row.legUuid, ofLeg);
  }
  return charges;
}

/** The places a call took, and takes while they are open, of what takes a limited number of calls. */
export async function listClaimsOfCall(
  db: Queryable,
  callId: string,
): Promise<readonly ClaimView[]> {
  return db
    .select()
    .from(channelClaims)
    .where(eq(channelClaims.callId, callId))
    .orderBy(asc(channelClaims.resource), asc(channelClaims.resourceId));
}
