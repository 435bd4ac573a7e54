import { and, asc, eq, inArray, lt, notInArray, sql } from 'drizzle-orm';
import type { Queryable } from '../client.js';
import { insertRows } from '../insert-rows.js';
import { calls, holds, legs } from '../schema/index.js';

export type CallRow = typeof calls.$inferSelect;
export type NewCall = typeof calls.$inferInsert;
export type HoldRow = typeof holds.$inferSelect;
export type NewHold = typeof holds.$inferInsert;

const OPEN_STATES = ['authorized', 'answered'] as const;

/** True for a call that is not over, and holds what was set aside for it. */
export function isOpenCall({ state }: Pick<CallRow, 'state'>): boolean {
  return OPEN_STATES.some((open) => open === state);
}

const MAY_BECOME = {
  settled: [...OPEN_STATES, 'released'],
  released: OPEN_STATES,
} as const;

/** Decisions made before under these keys; a repeated dialplan fetch is answered from them. */
export async function findDecisions(
  db: Queryable,
  keys: readonly string[],
): Promise<ReadonlyMap<string, CallRow>> {
  if (keys.length === 0) return new Map();
  const rows = await db
    .select()
    .from(calls)
    .where(inArray(calls.decisionKey, [...keys]));
  return new Map(rows.map((row) => [row.decisionKey, row]));
}

export async function insertCalls(db: Queryable, rows: readonly NewCall[]): Promise<void> {
  await insertRows(db, calls, rows);
}

/** Stores free decisions after the fact; one that is there already is left as it is. */
export async function insertCallsOnce(db: Queryable, rows: readonly NewCall[]): Promise<void> {
  await insertRows(db, calls, rows, { ignore: true });
}

export async function insertHolds(db: Queryable, rows: readonly NewHold[]): Promise<void> {
  await insertRows(db, holds, rows);
}

/** How many calls each account is paying for now. Exact while the accounts' balances are locked. */
export async function countHeldCalls(
  db: Queryable,
  accountIds: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  if (accountIds.length === 0) return new Map();
  const rows = await db
    .select({ accountId: holds.accountId, count: sql<number>`count(*)` })
    .from(holds)
    .where(and(inArray(holds.accountId, [...accountIds]), eq(holds.state, 'held')))
    .groupBy(holds.accountId);
  return new Map(rows.map((row) => [row.accountId, Number(row.count)]));
}

/** Ids of the calls that these caller legs started. */
export async function findCallIdsByCallerLeg(
  db: Queryable,
  legUuids: readonly string[],
): Promise<readonly string[]> {
  if (legUuids.length === 0) return [];
  const rows = await db
    .select({ id: calls.id })
    .from(calls)
    .where(inArray(calls.aLegUuid, [...new Set(legUuids)]));
  return rows.map((row) => row.id);
}

/** Locks calls in id order and reads them. */
export async function lockCalls(
  tx: Queryable,
  ids: readonly string[],
): Promise<readonly CallRow[]> {
  if (ids.length === 0) return [];
  return tx
    .select()
    .from(calls)
    .where(inArray(calls.id, [...new Set(ids)]))
    .orderBy(asc(calls.id))
    .for('update');
}

export async function findHolds(
  tx: Queryable,
  callIds: readonly string[],
): Promise<readonly HoldRow[]> {
  if (callIds.length === 0) return [];
  return tx
    .select()
    .from(holds)
    .where(and(inArray(holds.callId, [...callIds]), eq(holds.state, 'held')))
    .orderBy(asc(holds.id));
}

export async function releaseHolds(
  tx: Queryable,
  holdIds: readonly number[],
  releasedUs: number,
): Promise<void> {
  if (holdIds.length === 0) return;
  await tx
    .update(holds)
    .set({ state: 'released', releasedUs })
    .where(inArray(holds.id, [...holdIds]));
}

/** Sets a hold to a new total. */
export async function setHoldAmount(tx: Queryable, holdId: number, amount: string): Promise<void> {
  await tx.update(holds).set({ amount }).where(eq(holds.id, holdId));
}

export interface CallEnding {
  readonly id: string;
  readonly state: 'settled' | 'released';
  readonly reason: string;
  readonly endedUs: number;
}

/**
 * Ends calls, all that end alike in one statement. A call that ended before stays as it was, but one
 * that was given up for unanswered becomes settled when an answered leg of it turns up.
 */
export async function endCalls(tx: Queryable, endings: readonly CallEnding[]): Promise<void> {
  for (const state of ['settled', 'released'] as const) {
    const group = endings.filter((ending) => ending.state === state);
    if (group.length === 0) continue;
    const ids = group.map((ending) => ending.id);
    const reasons = group.map((ending) => sql`when ${ending.id} then ${ending.reason}`);
    const ends = group.map((ending) => sql`when ${ending.id} then ${ending.endedUs}`);
    await tx
      .update(calls)
      .set({
        state,
        reason: sql`case ${calls.id} ${sql.join(reasons, sql` `)} end`,
        endedUs: sql`case ${calls.id} ${sql.join(ends, sql` `)} end`,
      })
      .where(and(inArray(calls.id, ids), inArray(calls.state, [...MAY_BECOME[state]])));
  }
}

/**
 * Writes open calls that stay open, by a microsecond of no meaning. The lock alone is not known to the
 * other servers of a cluster: two of them that settle the last two legs of a call at once would each
 * leave its end to the other.
 */
export async function touchCalls(tx: Queryable, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .update(calls)
    .set({ expiresUs: sql`${calls.expiresUs} + 1` })
    .where(and(inArray(calls.id, [...ids]), inArray(calls.state, [...OPEN_STATES])));
}

/** Calls of which a leg was answered, and until when each is expected to be heard of. */
export async function markCallsAnswered(
  tx: Queryable,
  answers: ReadonlyMap<string, number>,
): Promise<void> {
  if (answers.size === 0) return;
  const expiries = [...answers].map(([id, expiresUs]) => sql`when ${id} then ${expiresUs}`);
  const expiresUs = sql`case ${calls.id} ${sql.join(expiries, sql` `)} end`;
  await tx
    .update(calls)
    .set({ state: 'answered', expiresUs: sql`greatest(${calls.expiresUs}, ${expiresUs})` })
    .where(and(inArray(calls.id, [...answers.keys()]), eq(calls.state, 'authorized')));
}

export async function extendGrant(
  tx: Queryable,
  callId: string,
  grantedS: number,
  expiresUs: number,
): Promise<void> {
  await tx.update(calls).set({ grantedS, expiresUs }).where(eq(calls.id, callId));
}

/** Calls nobody finished, oldest first: what the reaper looks at. */
export async function findExpiredCalls(
  db: Queryable,
  nowUs: number,
  limit: number,
): Promise<readonly CallRow[]> {
  return db
    .select()
    .from(calls)
    .where(and(inArray(calls.state, [...OPEN_STATES]), lt(calls.expiresUs, nowUs)))
    .orderBy(asc(calls.expiresUs))
    .limit(limit);
}

/** Open calls of one switch that began before the given moment. */
export async function findOpenCalls(
  db: Queryable,
  switchId: number,
  createdBeforeUs: number,
  limit: number,
): Promise<readonly CallRow[]> {
  return db
    .select()
    .from(calls)
    .where(
      and(
        eq(calls.switchId, switchId),
        inArray(calls.state, [...OPEN_STATES]),
        lt(calls.createdUs, createdBeforeUs),
      ),
    )
    .orderBy(asc(calls.createdUs))
    .limit(limit);
}

/** Legs of callers whose own time is charged, of open calls of one switch. */
export async function findMeteredCallers(
  db: Queryable,
  switchId: number,
  limit: number,
): Promise<readonly string[]> {
  const rows = await db
    .select({ aLegUuid: calls.aLegUuid })
    .from(calls)
    .where(
      and(
        eq(calls.switchId, switchId),
        inArray(calls.state, [...OPEN_STATES]),
        eq(calls.direction, 'inbound'),
        // Not read whole: a full switch has thousands of them, and each holds all its prices.
        sql`json_unquote(json_extract(${calls.decision}, '$.metered')) = 'caller'`,
      ),
    )
    .limit(limit);
  return rows.map((row) => row.aLegUuid);
}

/** Of these calls, the ones with a leg that was answered and whose end is not known. */
export async function findCallsWithOpenLegs(
  db: Queryable,
  callIds: readonly string[],
  exceptLegs: readonly string[] = [],
): Promise<ReadonlySet<string>> {
  if (callIds.length === 0) return new Set();
  const rows = await db
    .select({ callId: legs.callId })
    .from(legs)
    .where(
      and(
        inArray(legs.callId, [...callIds]),
        eq(legs.state, 'answered'),
        exceptLegs.length === 0 ? undefined : notInArray(legs.legUuid, [...exceptLegs]),
      ),
    );
  return new Set(rows.flatMap((row) => (row.callId === null ? [] : [row.callId])));
}
