import { and, asc, eq, inArray, isNotNull, or, sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Queryable } from '../client.js';
import { legCharges, legCorrections, legs, reratings } from '../schema/index.js';
import type { ChargeCursor, ChargeToReprice } from './leg-charges.js';

export type ReratingRow = typeof reratings.$inferSelect;
export type NewRerating = typeof reratings.$inferInsert;
export type ReratingStatus = ReratingRow['status'];
export type NewCorrection = typeof legCorrections.$inferInsert;

export async function insertRerating(tx: Queryable, row: NewRerating): Promise<void> {
  await tx.insert(reratings).values(row);
}

export async function findRerating(db: Queryable, id: string): Promise<ReratingRow | undefined> {
  return (await db.select().from(reratings).where(eq(reratings.id, id)))[0];
}

/** Locks a run and reads it: whoever works on it or stops it has to wait for the others. */
export async function lockRerating(tx: Queryable, id: string): Promise<ReratingRow | undefined> {
  return (await tx.select().from(reratings).where(eq(reratings.id, id)).for('update'))[0];
}

/** Who works on a run and for how long others leave it alone, by the database's clock. */
export interface Lease {
  readonly owner: string;
  readonly seconds: number;
}

/**
 * Takes a run to work on: one that waits, or whose worker has not been heard of for a lease; the
 * oldest, or only the named one. Undefined when there is none. Rows that others have locked are passed
 * over, since somebody works on them.
 */
export async function claimRerating(
  tx: Queryable,
  lease: Lease,
  id?: string,
): Promise<ReratingRow | undefined> {
  const [free] = await tx
    .select({ id: reratings.id })
    .from(reratings)
    .where(and(isFree, id === undefined ? undefined : eq(reratings.id, id)))
    .orderBy(asc(reratings.createdAt), asc(reratings.id))
    .limit(1)
    .for('update', { skipLocked: true });
  if (free === undefined) return undefined;
  await tx
    .update(reratings)
    .set({ status: 'running', owner: lease.owner, leaseUntil: endOf(lease), error: null })
    .where(eq(reratings.id, free.id));
  return findRerating(tx, free.id);
}

const isFree = or(
  eq(reratings.status, 'queued'),
  and(eq(reratings.status, 'running'), sql`${reratings.leaseUntil} < current_timestamp(3)`),
);

function endOf({ seconds }: Lease): SQL {
  return sql`timestampadd(second, ${seconds}, current_timestamp(3))`;
}

/** What one step of a run adds to it. */
export interface ReratingStep {
  readonly cursor: ChargeCursor;
  readonly legsSeen: number;
  readonly legsChanged: number;
  readonly legsSkipped: number;
  readonly totals: unknown;
}

/** Moves a run on, in the transaction that did the step. */
export async function advanceRerating(
  tx: Queryable,
  id: string,
  step: ReratingStep,
  lease: Lease,
): Promise<void> {
  await tx
    .update(reratings)
    .set({
      cursorUs: step.cursor.startUs,
      cursorLeg: step.cursor.legUuid,
      legsSeen: sql`${reratings.legsSeen} + ${step.legsSeen}`,
      legsChanged: sql`${reratings.legsChanged} + ${step.legsChanged}`,
      legsSkipped: sql`${reratings.legsSkipped} + ${step.legsSkipped}`,
      totals: step.totals,
      leaseUntil: endOf(lease),
    })
    .where(eq(reratings.id, id));
}

export async function setLegsTotal(tx: Queryable, id: string, legsTotal: number): Promise<void> {
  await tx.update(reratings).set({ legsTotal }).where(eq(reratings.id, id));
}

/** Ends a run or makes it wait again; nobody owns it afterwards. */
export async function setReratingStatus(
  tx: Queryable,
  id: string,
  status: ReratingStatus,
  error: string | null = null,
): Promise<void> {
  const isOver = status === 'done';
  await tx
    .update(reratings)
    .set({
      status,
      error: error?.slice(0, 500) ?? null,
      owner: null,
      leaseUntil: null,
      finishedAt: isOver ? sql`current_timestamp(3)` : null,
    })
    .where(eq(reratings.id, id));
}

/** Corrections per statement: their explanations make them long. */
const CORRECTIONS_PER_INSERT = 500;

export async function insertCorrections(
  tx: Queryable,
  rows: readonly NewCorrection[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += CORRECTIONS_PER_INSERT) {
    await tx.insert(legCorrections).values(rows.slice(from, from + CORRECTIONS_PER_INSERT));
  }
}

/** The release that a charge was last corrected to, by {@link chargeKey}; only corrected ones. */
export async function findCorrectedReleases(
  tx: Queryable,
  legUuids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (legUuids.length === 0) return new Map();
  const rows = await tx
    .select({
      legUuid: legCorrections.legUuid,
      role: legCorrections.role,
      partyId: legCorrections.partyId,
      releaseId: legCorrections.newReleaseId,
    })
    .from(legCorrections)
    .where(
      and(
        inArray(legCorrections.legUuid, [...new Set(legUuids)]),
        isNotNull(legCorrections.transactionId),
      ),
    )
    .orderBy(asc(legCorrections.id));
  return new Map(rows.map((row) => [chargeKey(row), row.releaseId]));
}

/** Names a charge. */
export function chargeKey(charge: Pick<ChargeToReprice, 'legUuid' | 'role' | 'partyId'>): string {
  return `${charge.legUuid} ${charge.role} ${String(charge.partyId)}`;
}

export interface CorrectedCharge {
  readonly charge: ChargeToReprice;
  readonly newAmount: string;
}

/** Sets what charges are after a correction; what they were at first stays beside it. */
export async function setReratedAmounts(
  tx: Queryable,
  corrected: readonly CorrectedCharge[],
): Promise<void> {
  if (corrected.length === 0) return;
  await tx
    .insert(legCharges)
    .values(
      corrected.map(({ charge, newAmount }) => ({
        legUuid: charge.legUuid,
        role: charge.role,
        partyId: charge.partyId,
        counterpartId: charge.counterpartId,
        level: charge.level,
        sheetId: charge.sheetId,
        releaseId: charge.releaseId,
        rowId: charge.rowId,
        currency: charge.currency,
        amount: charge.originalAmount,
        coveredS: charge.coveredS,
        startUs: charge.startUs,
        reratedAmount: newAmount,
      })),
    )
    // The rows are there: their keys are given only so that one statement finds them all.
    .onDuplicateKeyUpdate({ set: { reratedAmount: sql`values(rerated_amount)` } });
  await setReratedFigures(tx, corrected);
}

/** The same on the legs: their price is the first payer's, their cost the carrier's. */
async function setReratedFigures(
  tx: Queryable,
  corrected: readonly CorrectedCharge[],
): Promise<void> {
  const figures = {
    reratedPrice: new Map<string, string>(),
    reratedCost: new Map<string, string>(),
  };
  for (const { charge, newAmount } of corrected) {
    if (charge.role === 'carrier') figures.reratedCost.set(charge.legUuid, newAmount);
    else if (charge.level === 0) figures.reratedPrice.set(charge.legUuid, newAmount);
  }
  for (const column of ['reratedPrice', 'reratedCost'] as const) {
    const values = [...figures[column]];
    if (values.length === 0) continue;
    // Cast, because the server would otherwise take a quoted amount for a floating-point number.
    const cases = values.map(
      ([legUuid, amount]) => sql`when ${legUuid} then cast(${amount} as decimal(20,6))`,
    );
    await tx
      .update(legs)
      .set({ [column]: sql`case ${legs.legUuid} ${sql.join(cases, sql` `)} end` })
      .where(
        inArray(
          legs.legUuid,
          values.map(([legUuid]) => legUuid),
        ),
      );
  }
}
