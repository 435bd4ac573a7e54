import { and, asc, eq, inArray, lt, ne, sql } from 'drizzle-orm';
import type { Queryable } from '../client.js';
import { insertRows } from '../insert-rows.js';
import { auditEntries, legs } from '../schema/index.js';

export type LegRow = typeof legs.$inferSelect;
export type NewLeg = typeof legs.$inferInsert;

/** Legs that are known already, locked: no other node can settle them while this one decides. */
export async function lockLegs(
  tx: Queryable,
  legUuids: readonly string[],
): Promise<ReadonlyMap<string, LegRow>> {
  if (legUuids.length === 0) return new Map();
  const rows = await tx
    .select()
    .from(legs)
    .where(inArray(legs.legUuid, [...new Set(legUuids)]))
    .orderBy(asc(legs.legUuid))
    .for('update');
  return new Map(rows.map((row) => [row.legUuid, row]));
}

export async function insertLegs(tx: Queryable, rows: readonly NewLeg[]): Promise<void> {
  await insertRows(tx, legs, rows);
}

/** What a final report fills in; the rest of an answered leg's row stays. */
const SETTLED_COLUMNS = [
  'callId',
  'kind',
  'routeIndex',
  'carrierId',
  'gatewayId',
  'gatewayName',
  'destination',
  'callerNumber',
  'state',
  'startUs',
  'progressUs',
  'answerUs',
  'endUs',
  'billUs',
  'lastSeenUs',
  'billedS',
  'price',
  'currency',
  'cost',
  'costCurrency',
  'hangupCause',
  'protocolCause',
  'disposition',
  'source',
  'transactionId',
  'explanation',
] as const satisfies readonly (keyof NewLeg)[];

/** Writes the final state of legs that this transaction found answered and locked. */
export async function settleAnsweredLegs(tx: Queryable, rows: readonly NewLeg[]): Promise<void> {
  await insertRows(tx, legs, rows, { update: SETTLED_COLUMNS });
}

/** Notes answered legs; one that is known already, in whatever state, stays as it is. */
export async function insertAnsweredLegs(tx: Queryable, rows: readonly NewLeg[]): Promise<void> {
  await insertRows(tx, legs, rows, { ignore: true });
}

/** Which of these legs are over. */
export async function findSettledLegs(
  db: Queryable,
  legUuids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (legUuids.length === 0) return new Set();
  const rows = await db
    .select({ legUuid: legs.legUuid })
    .from(legs)
    .where(and(inArray(legs.legUuid, [...legUuids]), eq(legs.state, 'settled')));
  return new Set(rows.map((row) => row.legUuid));
}

/** Moves the proof of life of running legs forward, never back. */
export async function touchLegs(
  tx: Queryable,
  legUuids: readonly string[],
  seenUs: number,
): Promise<void> {
  if (legUuids.length === 0) return;
  await tx
    .update(legs)
    .set({ lastSeenUs: sql`greatest(${legs.lastSeenUs}, ${seenUs})` })
    .where(and(inArray(legs.legUuid, [...legUuids]), eq(legs.state, 'answered')));
}

/** Running legs of one switch, oldest proof of life first. */
export async function findRunningLegs(
  db: Queryable,
  switchId: number,
  limit: number,
): Promise<readonly LegRow[]> {
  return db
    .select()
    .from(legs)
    .where(and(eq(legs.state, 'answered'), eq(legs.switchId, switchId)))
    .orderBy(asc(legs.lastSeenUs))
    .limit(limit);
}

/** Running legs of an earlier run of a switch: nobody will ever report their end. */
export async function findLegsOfDeadRuns(
  db: Queryable,
  switchId: number,
  coreUuid: string,
  limit: number,
): Promise<readonly LegRow[]> {
  return db
    .select()
    .from(legs)
    .where(
      and(eq(legs.state, 'answered'), eq(legs.switchId, switchId), ne(legs.coreUuid, coreUuid)),
    )
    .limit(limit);
}

/** Running legs without a proof of life since the given moment. */
export async function findSilentLegs(
  db: Queryable,
  seenBeforeUs: number,
  limit: number,
): Promise<readonly LegRow[]> {
  return db
    .select()
    .from(legs)
    .where(and(eq(legs.state, 'answered'), lt(legs.lastSeenUs, seenBeforeUs)))
    .orderBy(asc(legs.lastSeenUs))
    .limit(limit);
}

export interface LegDifference {
  readonly legUuid: string;
  readonly settled: Readonly<Record<string, unknown>>;
  readonly reported: Readonly<Record<string, unknown>>;
}

/**
 * Keeps what a second final report said differently; the settled leg itself is not changed. The same
 * story told again, also by another source, is kept once. The legs are locked by the caller.
 */
export async function recordLegDifferences(
  tx: Queryable,
  differences: readonly LegDifference[],
): Promise<void> {
  if (differences.length === 0) return;
  const told = await storiesOf(
    tx,
    differences.map((difference) => difference.legUuid),
  );
  const fresh = differences.filter(({ legUuid, reported }) => {
    const story = storyOf(legUuid, reported);
    if (told.has(story)) return false;
    told.add(story);
    return true;
  });
  if (fresh.length === 0) return;
  await tx.insert(auditEntries).values(
    fresh.map((difference) => ({
      actor: 'engine',
      action: DIFFERS,
      entity: 'leg',
      entityId: difference.legUuid,
      before: difference.settled,
      after: difference.reported,
    })),
  );
}

const DIFFERS = 'leg.final_report_differs';

async function storiesOf(tx: Queryable, legUuids: readonly string[]): Promise<Set<string>> {
  const rows = await tx
    .select({ legUuid: auditEntries.entityId, reported: auditEntries.after })
    .from(auditEntries)
    .where(
      and(
        eq(auditEntries.entity, 'leg'),
        inArray(auditEntries.entityId, [...new Set(legUuids)]),
        eq(auditEntries.action, DIFFERS),
      ),
    );
  return new Set(rows.map((row) => storyOf(row.legUuid, row.reported)));
}

function storyOf(legUuid: string, reported: unknown): string {
  const member = (name: string): unknown =>
    typeof reported === 'object' && reported !== null ? Reflect.get(reported, name) : undefined;
  return JSON.stringify([legUuid, member('billUs'), member('hangupCause')]);
}
