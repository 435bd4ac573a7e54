import { and, asc, desc, eq, gte, inArray, lt, or, sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Queryable } from '../client.js';
import { calls, holds, legs } from '../schema/index.js';

export type CallState = (typeof calls.$inferSelect)['state'];
export type CallDirection = (typeof calls.$inferSelect)['direction'];
export type LegView = typeof legs.$inferSelect;
export type HoldView = typeof holds.$inferSelect;

/** A position in a list that is sorted by time, newest first, and then by id. */
export interface TimeCursor {
  readonly atUs: number;
  readonly id: string;
}

export interface CallFilters {
  readonly accountId?: number;
  readonly extensionId?: number;
  readonly didId?: number;
  readonly aLegUuid?: string;
  readonly state?: CallState;
  readonly direction?: CallDirection;
  readonly reason?: string;
  readonly callerNumber?: string;
  readonly dialled?: string;
  readonly destination?: string;
  readonly switchId?: number;
  /** Half-open period of the decision, in epoch microseconds. */
  readonly fromUs?: number;
  readonly toUs?: number;
}

/** What a call's legs add up to. Amounts are null where no leg is settled in one single currency. */
export interface CallTotals {
  readonly billedS: number;
  readonly price: string | null;
  readonly cost: string | null;
  readonly costCurrency: string | null;
  /** The same after re-rating; null where nothing was changed. */
  readonly reratedPrice: string | null;
  readonly reratedCost: string | null;
}

const listed = {
  id: calls.id,
  state: calls.state,
  reason: calls.reason,
  direction: calls.direction,
  accountId: calls.accountId,
  extensionId: calls.extensionId,
  didId: calls.didId,
  switchId: calls.switchId,
  callerNumber: calls.callerNumber,
  dialled: calls.dialled,
  destination: calls.destination,
  aLegUuid: calls.aLegUuid,
  createdUs: calls.createdUs,
  endedUs: calls.endedUs,
  grantedS: calls.grantedS,
  currency: calls.currency,
};

/** Newest first; `limit` rows after the cursor. The frozen decision is left out: it is large. */
export async function listCalls(
  db: Queryable,
  filters: CallFilters,
  page: { readonly after?: TimeCursor; readonly limit: number },
) {
  return db
    .select(listed)
    .from(calls)
    .where(and(callFilter(filters), page.after && before(page.after)))
    .orderBy(desc(calls.createdUs), desc(calls.id))
    .limit(page.limit);
}

function callFilter(filters: CallFilters): SQL | undefined {
  const equals: readonly (SQL | undefined)[] = [
    filters.accountId === undefined ? undefined : eq(calls.accountId, filters.accountId),
    filters.extensionId === undefined ? undefined : eq(calls.extensionId, filters.extensionId),
    filters.didId === undefined ? undefined : eq(calls.didId, filters.didId),
    filters.aLegUuid === undefined ? undefined : eq(calls.aLegUuid, filters.aLegUuid),
    filters.state === undefined ? undefined : eq(calls.state, filters.state),
    filters.direction === undefined ? undefined : eq(calls.direction, filters.direction),
    filters.reason === undefined ? undefined : eq(calls.reason, filters.reason),
    filters.callerNumber === undefined ? undefined : eq(calls.callerNumber, filters.callerNumber),
    filters.dialled === undefined ? undefined : eq(calls.dialled, filters.dialled),
    filters.destination === undefined ? undefined : eq(calls.destination, filters.destination),
    filters.switchId === undefined ? undefined : eq(calls.switchId, filters.switchId),
    filters.fromUs === undefined ? undefined : gte(calls.createdUs, filters.fromUs),
    filters.toUs === undefined ? undefined : lt(calls.createdUs, filters.toUs),
  ];
  return and(...equals);
}

function before(cursor: TimeCursor): SQL | undefined {
  return or(
    lt(calls.createdUs, cursor.atUs),
    and(eq(calls.createdUs, cursor.atUs), lt(calls.id, cursor.id)),
  );
}

export async function findCall(db: Queryable, id: string) {
  const rows = await db.select().from(calls).where(eq(calls.id, id));
  return rows[0];
}

export async function listLegsOfCalls(
  db: Queryable,
  callIds: readonly string[],
): Promise<readonly LegView[]> {
  if (callIds.length === 0) return [];
  return db
    .select()
    .from(legs)
    .where(inArray(legs.callId, [...callIds]))
    .orderBy(asc(legs.startUs), asc(legs.legUuid));
}

export async function listHoldsOfCall(db: Queryable, callId: string): Promise<readonly HoldView[]> {
  return db.select().from(holds).where(eq(holds.callId, callId)).orderBy(asc(holds.id));
}

/** Sums the legs of calls in the database, where sums of DECIMAL are exact. */
export async function sumLegsOfCalls(
  db: Queryable,
  callIds: readonly string[],
): Promise<ReadonlyMap<string, CallTotals>> {
  if (callIds.length === 0) return new Map();
  const rows = await db
    .select({
      callId: legs.callId,
      billedS: sql<string>`sum(${legs.billedS})`,
      price: sql<string>`sum(${legs.price})`,
      currencies: sql<number>`count(distinct ${legs.currency})`,
      cost: sql<string>`sum(${legs.cost})`,
      costCurrencies: sql<number>`count(distinct ${legs.costCurrency})`,
      costCurrency: sql<string | null>`max(${legs.costCurrency})`,
      reratedPrice: reratedSum(legs.reratedPrice, legs.price),
      reratedCost: reratedSum(legs.reratedCost, legs.cost),
    })
    .from(legs)
    .where(and(inArray(legs.callId, [...callIds]), eq(legs.state, 'settled')))
    .groupBy(legs.callId);
  return new Map(rows.map((row) => [row.callId ?? '', totalsOf(row)]));
}

/** Legs that were not changed count as they are, but only where another one was. */
function reratedSum(
  rerated: typeof legs.reratedPrice | typeof legs.reratedCost,
  first: typeof legs.price | typeof legs.cost,
): SQL<string | null> {
  return sql`if(count(${rerated}) = 0, null, sum(coalesce(${rerated}, ${first})))`;
}

interface LegSums {
  readonly billedS: string;
  readonly price: string;
  readonly currencies: number;
  readonly cost: string;
  readonly costCurrencies: number;
  readonly costCurrency: string | null;
  readonly reratedPrice: string | null;
  readonly reratedCost: string | null;
}

/** A sum over several currencies means nothing, so it is not shown. */
function totalsOf(sums: LegSums): CallTotals {
  const hasOnePrice = Number(sums.currencies) <= 1;
  // Not money: a count of currencies.
  const hasOneCost = Number(sums.costCurrencies) <= 1;
  return {
    // Not money: whole seconds.
    billedS: Number(sums.billedS),
    price: hasOnePrice ? sums.price : null,
    cost: hasOneCost ? sums.cost : null,
    costCurrency: hasOneCost ? sums.costCurrency : null,
    reratedPrice: hasOnePrice ? sums.reratedPrice : null,
    reratedCost: hasOneCost ? sums.reratedCost : null,
  };
}
