import { and, asc, eq, gt, gte, inArray, lt, or, sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Jurisdiction } from '../../rating/deck/types.js';
import { cutSeconds } from '../../rating/settlement/price-charge.js';
import type { LegCharge } from '../../rating/settlement/price-leg.js';
import type { Queryable } from '../client.js';
import { insertRows } from '../insert-rows.js';
import { calls, extensions, legCharges, legs } from '../schema/index.js';

export type NewLegCharge = typeof legCharges.$inferInsert;

/**
 * Which charges are meant. The period is that of the calls' decisions, half-open, in epoch
 * microseconds. A charge belongs to one party: `accountId` means what that payer was charged, and its
 * extensions that paid from money of their own, `carrierId` what that carrier asks, and both together mean nothing at all.
 */
export interface ChargeScope {
  readonly fromUs: number;
  readonly toUs: number;
  readonly accountId?: number | null;
  readonly sheetId?: number | null;
  readonly carrierId?: number | null;
}

/** A position in a list of legs that is sorted by the instant of the call, then by leg. */
export interface ChargeCursor {
  readonly startUs: number;
  readonly legUuid: string;
}

/** What one party was charged for a leg, with all that is needed to price it again. */
export interface ChargeToReprice extends LegCharge {
  readonly legUuid: string;
  /** What it is now: the original, or what the last correction made of it. Six decimals. */
  readonly amount: string;
  readonly originalAmount: string;
  /** When the call was decided: the instant for which its rates are looked up. */
  readonly startUs: number;
  /** The number called, in E.164 digits. */
  readonly number: string;
  /** The number it is rated by on sheets that are rated by it; null where it is not ported. */
  readonly routingNumber: string | null;
  /** Null of calls outside the US. */
  readonly jurisdiction: Jurisdiction | null;
  readonly billUs: number;
  /** Seconds granted to the payers, of a leg that was cut at that limit; null of any other. */
  readonly cutAtSeconds: number | null;
  /** The account the call belongs to. */
  readonly accountId: number | null;
  readonly carrierId: number | null;
  /** The posting of the leg, which a correction corrects; null where it cost nobody anything. */
  readonly transactionId: string | null;
}

export async function insertLegCharges(
  tx: Queryable,
  rows: readonly NewLegCharge[],
): Promise<void> {
  await insertRows(tx, legCharges, rows);
}

/**
 * The next legs with charges in the scope, in order of (start, leg): at most `limit` after the cursor.
 * A leg that is settled later than it was read past, of a call from before its end, is not seen: such
 * a scope is to be read again.
 */
export async function findLegsToReprice(
  db: Queryable,
  scope: ChargeScope,
  after: ChargeCursor | null,
  limit: number,
): Promise<readonly ChargeCursor[]> {
  return db
    .select({ startUs: legCharges.startUs, legUuid: legCharges.legUuid })
    .from(legCharges)
    .where(and(inScope(scope), after === null ? undefined : isAfter(after)))
    .groupBy(legCharges.startUs, legCharges.legUuid)
    .orderBy(asc(legCharges.startUs), asc(legCharges.legUuid))
    .limit(limit);
}

/** Locks settled legs, in the order of every transaction, so that nobody else corrects them. */
export async function lockSettledLegs(tx: Queryable, legUuids: readonly string[]): Promise<void> {
  if (legUuids.length === 0) return;
  await tx
    .select({ legUuid: legs.legUuid })
    .from(legs)
    .where(inArray(legs.legUuid, [...legUuids]))
    .orderBy(asc(legs.legUuid))
    .for('update');
}

/** How many legs have charges in the scope. */
export async function countLegsToReprice(db: Queryable, scope: ChargeScope): Promise<number> {
  const [row] = await db
    .select({ count: sql<number>`count(distinct ${legCharges.legUuid})` })
    .from(legCharges)
    .where(inScope(scope));
  return Number(row?.count ?? 0);
}

/** The charges of these legs that are in the scope, in order of (start, leg, role, level). */
export async function readChargesOfLegs(
  db: Queryable,
  scope: ChargeScope,
  legUuids: readonly string[],
): Promise<readonly ChargeToReprice[]> {
  if (legUuids.length === 0) return [];
  const rows = await db
    .select({
      charge: legCharges,
      call: {
        destination: calls.destination,
        routingNumber: calls.routingNumber,
        jurisdiction: calls.jurisdiction,
        grantedS: calls.grantedS,
        accountId: calls.accountId,
      },
      leg: {
        billUs: legs.billUs,
        hangupCause: legs.hangupCause,
        carrierId: legs.carrierId,
        transactionId: legs.transactionId,
      },
    })
    .from(legCharges)
    .innerJoin(legs, eq(legs.legUuid, legCharges.legUuid))
    .innerJoin(calls, eq(calls.id, legs.callId))
    .where(and(inArray(legCharges.legUuid, [...legUuids]), inScope(scope)))
    .orderBy(
      asc(legCharges.startUs),
      asc(legCharges.legUuid),
      asc(legCharges.role),
      asc(legCharges.level),
      asc(legCharges.partyId),
    );
  return rows.map(({ charge, call, leg }) => ({
    legUuid: charge.legUuid,
    role: charge.role,
    partyId: charge.partyId,
    counterpartId: charge.counterpartId,
    level: charge.level,
    sheetId: charge.sheetId,
    releaseId: charge.releaseId,
    rowId: charge.rowId,
    currency: charge.currency,
    amount: charge.reratedAmount ?? charge.amount,
    originalAmount: charge.amount,
    coveredS: charge.coveredS,
    startUs: charge.startUs,
    number: call.destination,
    routingNumber: call.routingNumber,
    jurisdiction: call.jurisdiction,
    billUs: leg.billUs,
    cutAtSeconds: cutSeconds(leg.hangupCause, call.grantedS, leg.billUs),
    accountId: call.accountId,
    carrierId: leg.carrierId,
    transactionId: leg.transactionId,
  }));
}

function inScope(scope: ChargeScope): SQL | undefined {
  const { accountId, sheetId, carrierId } = scope;
  return and(
    gte(legCharges.startUs, scope.fromUs),
    lt(legCharges.startUs, scope.toUs),
    isGiven(accountId) ? or(party('payer', accountId), ownMoneyOf(accountId)) : undefined,
    isGiven(carrierId) ? party('carrier', carrierId) : undefined,
    isGiven(sheetId) ? eq(legCharges.sheetId, sheetId) : undefined,
  );
}

function isGiven(id: number | null | undefined): id is number {
  return id !== null && id !== undefined;
}

function party(role: 'payer' | 'carrier', partyId: number): SQL | undefined {
  return and(eq(legCharges.role, role), eq(legCharges.partyId, partyId));
}

/** Charges of an account's extensions that paid from money of their own. */
function ownMoneyOf(accountId: number): SQL | undefined {
  const own = sql`(select ${extensions.id} from ${extensions} where ${eq(extensions.accountId, accountId)})`;
  return and(eq(legCharges.role, 'extension'), sql`${legCharges.partyId} in ${own}`);
}

function isAfter(cursor: ChargeCursor): SQL | undefined {
  return and(
    // Says nothing new, but lets the server begin in the middle of the index.
    gte(legCharges.startUs, cursor.startUs),
    or(gt(legCharges.startUs, cursor.startUs), gt(legCharges.legUuid, cursor.legUuid)),
  );
}
