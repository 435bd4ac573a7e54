import { and, asc, eq, gt, inArray, lt, or, sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Queryable } from '../client.js';
import { insertRows } from '../insert-rows.js';
import { calls, channelClaims, channelLocks, legs } from '../schema/index.js';
import { isOpenCall } from './calls.js';

/** In the order of the columns' enumeration, which is the order of the locks. */
const RESOURCES = ['gateway', 'carrier', 'account', 'extension', 'did'] as const;
/** What moves on with the hunt for a carrier; the rest stays with the call. */
const OF_ROUTES = ['gateway', 'carrier'] as const;

/** Something that takes a limited number of calls: a way out, or who calls, is called or pays. */
export interface ChannelResource {
  readonly resource: (typeof RESOURCES)[number];
  readonly resourceId: number;
}

export interface ChannelClaim extends ChannelResource {
  readonly callId: string;
}

export interface NewClaim extends ChannelClaim {
  readonly createdUs: number;
}

/** What is in use of a resource. */
export interface ChannelUse extends ChannelResource {
  readonly open: number;
  /** Claims made after the moment asked about, whether still open or not. */
  readonly recent: number;
}

/**
 * Locks resources for the rest of the transaction, always in one order, making their rows the first
 * time. Whoever counts and claims holds these locks, so that no two see the same free channel. The
 * rows are written and not only locked: a cluster does not tell its servers of locks, but of two that
 * wrote the same row it refuses the later commit.
 */
export async function lockResources(
  tx: Queryable,
  resources: readonly ChannelResource[],
): Promise<void> {
  if (resources.length === 0) return;
  const locked = await touchLocks(tx, resources);
  if (locked === resources.length) return;
  const rows = [...resources].sort(inLockOrder).map(({ resource, resourceId }) => ({
    resource,
    resourceId,
  }));
  await tx.insert(channelLocks).ignore().values(rows);
  await touchLocks(tx, resources);
}

async function touchLocks(tx: Queryable, resources: readonly ChannelResource[]): Promise<number> {
  const [result] = await tx
    .update(channelLocks)
    .set({ claims: sql`${channelLocks.claims} + 1` })
    .where(isOneOf(channelLocks, resources))
    .orderBy(asc(channelLocks.resource), asc(channelLocks.resourceId));
  return result.affectedRows;
}

function inLockOrder(first: ChannelResource, second: ChannelResource): number {
  if (first.resource === second.resource) return first.resourceId - second.resourceId;
  return RESOURCES.indexOf(first.resource) - RESOURCES.indexOf(second.resource);
}

/** How many claims are open, and how many were made after `sinceUs`. Exact under the locks. */
export async function countClaims(
  db: Queryable,
  resources: readonly ChannelResource[],
  sinceUs: number,
): Promise<readonly ChannelUse[]> {
  if (resources.length === 0) return [];
  const open = await countWhere(db, resources, eq(channelClaims.state, 'open'));
  const recent = await countWhere(db, resources, gt(channelClaims.createdUs, sinceUs));
  return resources.map(({ resource, resourceId }) => {
    const key = `${resource}:${String(resourceId)}`;
    return { resource, resourceId, open: open.get(key) ?? 0, recent: recent.get(key) ?? 0 };
  });
}

async function countWhere(
  db: Queryable,
  resources: readonly ChannelResource[],
  condition: SQL,
): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .select({
      resource: channelClaims.resource,
      resourceId: channelClaims.resourceId,
      count: sql<number>`count(*)`,
    })
    .from(channelClaims)
    .where(and(isOneOf(channelClaims, resources), condition))
    .groupBy(channelClaims.resource, channelClaims.resourceId);
  return new Map(
    rows.map((row) => [`${row.resource}:${String(row.resourceId)}`, Number(row.count)]),
  );
}

type ResourceColumns = Pick<typeof channelClaims, 'resource' | 'resourceId'>;

function isOneOf(
  table: ResourceColumns | typeof channelLocks,
  resources: readonly ChannelResource[],
): SQL | undefined {
  const idsOf = (kind: ChannelResource['resource']): number[] =>
    resources.filter(({ resource }) => resource === kind).map(({ resourceId }) => resourceId);
  const parts = RESOURCES.flatMap((kind) => {
    const ids = idsOf(kind);
    return ids.length === 0 ? [] : [and(eq(table.resource, kind), inArray(table.resourceId, ids))];
  });
  return or(...parts);
}

/** Claims channels of calls that are just being decided. */
export async function insertClaims(tx: Queryable, claims: readonly NewClaim[]): Promise<void> {
  await insertRows(tx, channelClaims, claims);
}

/** Gives back all that calls had claimed. */
export async function closeClaims(tx: Queryable, callIds: readonly string[]): Promise<void> {
  if (callIds.length > 0) await closeWhere(tx, callIds, undefined);
}

/**
 * Gives back the gateways and carriers of calls, all but those in `except`. What their account,
 * extension or DID has claimed stays as it is.
 */
export async function closeRouteClaims(
  tx: Queryable,
  callIds: readonly string[],
  except: readonly ChannelClaim[],
): Promise<void> {
  if (callIds.length === 0) return;
  const { callId, resource, resourceId } = channelClaims;
  const kept = except.map((claim) =>
    and(eq(callId, claim.callId), eq(resource, claim.resource), eq(resourceId, claim.resourceId)),
  );
  const isOfRoute = inArray(resource, [...OF_ROUTES]);
  const isOver = kept.length === 0 ? isOfRoute : and(isOfRoute, sql`not (${or(...kept)})`);
  await closeWhere(tx, callIds, isOver);
}

async function closeWhere(
  tx: Queryable,
  callIds: readonly string[],
  condition: SQL | undefined,
): Promise<void> {
  const { callId, state } = channelClaims;
  await tx
    .update(channelClaims)
    .set({ state: 'closed' })
    .where(and(inArray(callId, [...callIds]), eq(state, 'open'), condition));
}

/**
 * Opens claims of running calls as of now. One that is open already stays as it is, so that telling it
 * twice counts it once.
 */
export async function openClaims(tx: Queryable, claims: readonly ChannelClaim[]): Promise<void> {
  if (claims.length === 0) return;
  const nowUs = sql<number>`cast(unix_timestamp(now(6)) * 1000000 as unsigned)`;
  const { createdUs, state } = channelClaims;
  await tx
    .insert(channelClaims)
    .values(claims.map((claim) => ({ ...claim, createdUs: nowUs })))
    .onDuplicateKeyUpdate({
      set: {
        // Before the state is set: the server assigns from left to right.
        createdUs: sql`if(${state} = 'open', ${createdUs}, values(${sql.identifier('created_us')}))`,
        state: 'open',
      },
    });
}

/** How far the hunt of a call has come. */
export interface CallProgress {
  readonly isOpen: boolean;
  /** The last route that failed, and how, as far as its leg is stored; null for none. */
  readonly lastFailed: { readonly routeIndex: number; readonly cause: string | null } | null;
}

/** What is stored of calls whose attempts fail. */
export async function findProgress(
  tx: Queryable,
  callIds: readonly string[],
): Promise<ReadonlyMap<string, CallProgress>> {
  if (callIds.length === 0) return new Map();
  const rows = await tx
    .select({
      id: calls.id,
      state: calls.state,
      routeIndex: legs.routeIndex,
      cause: legs.hangupCause,
    })
    .from(calls)
    .leftJoin(
      legs,
      and(
        eq(legs.callId, calls.id),
        eq(legs.kind, 'carrier'),
        eq(legs.state, 'settled'),
        eq(legs.billUs, 0),
      ),
    )
    .where(inArray(calls.id, [...new Set(callIds)]))
    .orderBy(asc(calls.id), asc(legs.routeIndex));
  const progress = new Map<string, CallProgress>();
  for (const { id, state, routeIndex, cause } of rows) {
    // Ascending, so the last one of a call stays.
    progress.set(id, {
      isOpen: isOpenCall({ state }),
      lastFailed: routeIndex === null ? null : { routeIndex, cause },
    });
  }
  return progress;
}

const PURGE_ROWS = 5000;

/**
 * Deletes closed claims from before `beforeUs`: they count for nothing any more. Goes resource by
 * resource, because that is how claims are found. Returns how many were deleted.
 */
export async function purgeClaims(db: Queryable, beforeUs: number): Promise<number> {
  const resources = await db.select().from(channelLocks);
  let deleted = 0;
  for (const { resource, resourceId } of resources) {
    const [result] = await db
      .delete(channelClaims)
      .where(
        and(
          eq(channelClaims.resource, resource),
          eq(channelClaims.resourceId, resourceId),
          eq(channelClaims.state, 'closed'),
          lt(channelClaims.createdUs, beforeUs),
        ),
      )
      .limit(PURGE_ROWS);
    deleted += result.affectedRows;
  }
  return deleted;
}
