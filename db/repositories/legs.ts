import { and, asc, eq, inArray, lt, ne, sql } from 'drizzle-orm';
import type { Queryable } from '../client.js';
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
  if (rows.length > 0) await tx.insert(legs).values([...rows]);
}

/** Writes the final state of a leg that was answered before. */
export async function settleLeg(tx: Queryable, leg: NewLeg): Promise<void> {
  await tx.update(legs).set(leg).where(eq(legs.legUuid, leg.legUuid));
}

/** Notes answered legs; one that is known already, in whatever state, stays as it is. */
export async function insertAnsweredLegs(tx: Queryable, rows: readonly NewLeg[]): Promise<void> {
  if (rows.length > 0)
    await tx
      .insert(legs)
      .ignore()
      .values([...rows]);
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

/** Keeps what a second final report said differently; the settled leg itself is not changed. */
export async function recordLegDifferences(
  tx: Queryable,
  differences: readonly LegDifference[],
): Promise<void> {
  if (differences.length === 0) return;
  await tx.insert(auditEntries).values(
    differences.map((difference) => ({
      actor: 'engine',
      action: 'leg.final_report_differs',
      entity: 'leg',
      entityId: difference.legUuid,
      before: difference.settled,
      after: difference.reported,
    })),
  );
}
