import { and, eq } from 'drizzle-orm';
import type { Queryable } from '../../client.js';
import { allowanceBuckets, calls, extensions, ledgerAccounts, legs } from '../../schema/index.js';

/**
 * History keeps the ids of configuration without a foreign key, because it is written in bulk on the
 * path of every call. These look whether a record has any; foreign keys answer for the rest.
 */
export async function accountHasHistory(tx: Queryable, accountId: number): Promise<boolean> {
  return hasLedgerAccount(tx, 'account', accountId);
}

export async function carrierHasHistory(tx: Queryable, carrierId: number): Promise<boolean> {
  if (await hasLedgerAccount(tx, 'carrier', carrierId)) return true;
  const seen = await tx
    .select({ id: legs.legUuid })
    .from(legs)
    .where(eq(legs.carrierId, carrierId))
    .limit(1);
  return seen.length > 0;
}

export async function gatewayHasHistory(
  tx: Queryable,
  gateway: { readonly id: number; readonly carrierId: number },
): Promise<boolean> {
  const rows = await tx
    .select({ id: legs.legUuid })
    .from(legs)
    .where(and(eq(legs.carrierId, gateway.carrierId), eq(legs.gatewayId, gateway.id)))
    .limit(1);
  return rows.length > 0;
}

export async function extensionHasHistory(
  tx: Queryable,
  extension: { readonly id: number; readonly accountId: number },
): Promise<boolean> {
  if (await hasLedgerAccount(tx, 'extension', extension.id)) return true;
  return callExists(
    tx,
    and(eq(calls.accountId, extension.accountId), eq(calls.extensionId, extension.id)),
  );
}

export async function didHasHistory(
  tx: Queryable,
  did: { readonly id: number; readonly accountId: number },
): Promise<boolean> {
  return callExists(tx, and(eq(calls.accountId, did.accountId), eq(calls.didId, did.id)));
}

/** Whether calls ever drew on the inclusive seconds of something. */
export async function allowanceHasHistory(
  tx: Queryable,
  ownerType: (typeof allowanceBuckets.$inferSelect)['ownerType'],
  ownerId: number,
): Promise<boolean> {
  const rows = await tx
    .select({ id: allowanceBuckets.id })
    .from(allowanceBuckets)
    .where(and(eq(allowanceBuckets.ownerType, ownerType), eq(allowanceBuckets.ownerId, ownerId)))
    .limit(1);
  return rows.length > 0;
}

export async function switchHasHistory(tx: Queryable, switchId: number): Promise<boolean> {
  if (await callExists(tx, eq(calls.switchId, switchId))) return true;
  const rows = await tx
    .select({ id: legs.legUuid })
    .from(legs)
    .where(eq(legs.switchId, switchId))
    .limit(1);
  return rows.length > 0;
}

export async function domainHasExtensions(tx: Queryable, domainId: number): Promise<boolean> {
  const rows = await tx
    .select({ id: extensions.id })
    .from(extensions)
    .where(eq(extensions.domainId, domainId))
    .limit(1);
  return rows.length > 0;
}

async function callExists(tx: Queryable, condition: ReturnType<typeof and>): Promise<boolean> {
  const rows = await tx.select({ id: calls.id }).from(calls).where(condition).limit(1);
  return rows.length > 0;
}

async function hasLedgerAccount(
  tx: Queryable,
  ownerType: (typeof ledgerAccounts.$inferSelect)['ownerType'],
  ownerId: number,
): Promise<boolean> {
  const rows = await tx
    .select({ id: ledgerAccounts.id })
    .from(ledgerAccounts)
    .where(and(eq(ledgerAccounts.ownerType, ownerType), eq(ledgerAccounts.ownerId, ownerId)))
    .limit(1);
  return rows.length > 0;
}
