import type { Database, Queryable } from '../../../db/client.js';
import { applyBalanceChanges, BalanceChanges } from '../../../db/repositories/balances.js';
import {
  countLegsToReprice,
  findLegsToReprice,
  lockSettledLegs,
  readChargesOfLegs,
} from '../../../db/repositories/leg-charges.js';
import type { ChargeCursor } from '../../../db/repositories/leg-charges.js';
import { appendPostings } from '../../../db/repositories/ledger.js';
import {
  advanceRerating,
  chargeKey,
  findCorrectedReleases,
  insertCorrections,
  lockRerating,
  setLegsTotal,
  setReratedAmounts,
  setReratingStatus,
} from '../../../db/repositories/reratings.js';
import type { Lease, NewCorrection, ReratingRow } from '../../../db/repositories/reratings.js';
import { inTransaction } from '../../../db/transaction.js';
import { loadChargeDecks } from '../reprice/charge-decks.js';
import { correctionKey, postingOfCorrection } from './correction-posting.js';
import { repriceLegs } from './reprice-legs.js';
import type { RepricedCharge, RepricedLeg } from './reprice-legs.js';
import { readTotals, TotalsBuilder } from './totals.js';
import type { RerateProgress, StoredScope } from './types.js';

/** Corrections a preview keeps; the totals count all of them. */
const MAX_PREVIEWED = 10_000;

export interface BatchOptions {
  readonly lease: Lease;
  readonly batchLegs: number;
}

export type BatchResult =
  | { readonly kind: 'advanced' | 'done'; readonly progress: RerateProgress }
  | { readonly kind: 'stopped' | 'lost' };

/**
 * One step of a run, all in one transaction: the next legs are priced again, what changed is posted
 * and noted, and the run moves on. Whatever goes wrong, a leg is either done and behind the cursor or
 * not done and before it. The run's row is locked first, so that two workers of one run take turns;
 * then the legs in their order, so that two runs over the same legs see each other's corrections;
 * balances come last, as in every transaction.
 */
export async function rerateBatch(
  database: Database,
  id: string,
  options: BatchOptions,
): Promise<BatchResult> {
  return inTransaction(database, async (tx) => {
    const run = await lockRerating(tx, id);
    if (run === undefined) throw new Error(`re-rating ${id}: found none, expected it to exist`);
    if (run.status === 'stopped') return { kind: 'stopped' };
    if (run.status !== 'running' || run.owner !== options.lease.owner) return { kind: 'lost' };
    const scope = scopeOf(run);
    const page = await findLegsToReprice(tx, scope, cursorOf(run), options.batchLegs);
    const last = page.at(-1);
    const legsTotal = await totalOf(tx, run, scope);
    if (last === undefined) {
      await setReratingStatus(tx, id, 'done');
      return { kind: 'done', progress: addUp(run, legsTotal) };
    }
    const legs = await repricePage(tx, run, scope, page);
    const step = await writeStep({ tx, database, run }, legs);
    await advanceRerating(tx, id, { cursor: last, ...step.done }, options.lease);
    await applyBalanceChanges(tx, step.changes.all);
    return { kind: 'advanced', progress: addUp(run, legsTotal, step.done) };
  });
}

/** The stored scope; written by `queueRerating` only. */
export function scopeOf(run: Pick<ReratingRow, 'scope'>): StoredScope {
  return run.scope as StoredScope;
}

function cursorOf({ cursorUs, cursorLeg }: ReratingRow): ChargeCursor | null {
  return cursorLeg === null ? null : { startUs: cursorUs, legUuid: cursorLeg };
}

/** How many legs the run is about, counted when its first step is made. */
async function totalOf(tx: Queryable, run: ReratingRow, scope: StoredScope): Promise<number> {
  if (run.cursorLeg !== null) return run.legsTotal;
  const legsTotal = await countLegsToReprice(tx, scope);
  await setLegsTotal(tx, run.id, legsTotal);
  return legsTotal;
}

async function repricePage(
  tx: Queryable,
  run: ReratingRow,
  scope: StoredScope,
  page: readonly ChargeCursor[],
): Promise<readonly RepricedLeg[]> {
  const legUuids = page.map((leg) => leg.legUuid);
  // What charges are now may be read only after nobody else can change them.
  if (run.mode === 'post') await lockSettledLegs(tx, legUuids);
  const charges = await readChargesOfLegs(tx, scope, legUuids);
  return repriceLegs(charges, await loadChargeDecks(tx, charges));
}

interface StepContext {
  readonly tx: Queryable;
  readonly database: Database;
  readonly run: ReratingRow;
}

interface Done {
  readonly legsSeen: number;
  readonly legsChanged: number;
  readonly legsSkipped: number;
  readonly totals: unknown;
}

async function writeStep(
  context: StepContext,
  legs: readonly RepricedLeg[],
): Promise<{ readonly done: Done; readonly changes: BalanceChanges }> {
  const { tx, run } = context;
  const totals = new TotalsBuilder(readTotals(run.totals));
  const changed: (readonly [RepricedCharge, ...RepricedCharge[]])[] = [];
  let legsSkipped = 0;
  for (const leg of legs) {
    if (leg.kind === 'skipped') {
      legsSkipped += 1;
      totals.addSkippedLeg(leg.legUuid, leg.reason);
      continue;
    }
    for (const { charge, newAmount } of leg.charges) {
      totals.addCharge(charge, charge.amount, newAmount);
    }
    const [first, ...others] = leg.changed;
    if (first !== undefined) changed.push([first, ...others]);
  }
  const changes = new BalanceChanges();
  const transactions =
    run.mode === 'post' ? await post(context, changed, changes) : new Map<string, string>();
  const room = run.mode === 'post' ? Infinity : MAX_PREVIEWED - totals.corrections;
  const rows = await correctionsOf(context, changed.flat().slice(0, room), transactions);
  await insertCorrections(tx, rows);
  totals.addCorrections(rows.length);
  const legsChanged = changed.length;
  const done = { legsSeen: legs.length, legsChanged, legsSkipped, totals: totals.build() };
  return { done, changes };
}

/** Posts the differences of every changed leg; gives the transaction of each leg. */
async function post(
  { tx, database, run }: StepContext,
  changed: readonly (readonly [RepricedCharge, ...RepricedCharge[]])[],
  changes: BalanceChanges,
): Promise<ReadonlyMap<string, string>> {
  const postings = changed.map((charges) => postingOfCorrection(run.id, charges));
  const posted = await appendPostings(tx, database, postings, changes);
  await setReratedAmounts(tx, changed.flat());
  const transactions = new Map<string, string>();
  for (const [{ charge }] of changed) {
    const result = posted.get(correctionKey(run.id, charge.legUuid));
    if (result?.posted !== true) {
      // The leg was before the cursor and yet corrected: the run's row and the ledger disagree.
      throw new Error(`re-rating ${run.id}: leg ${charge.legUuid} was corrected before`);
    }
    transactions.set(charge.legUuid, result.transactionId);
  }
  return transactions;
}

async function correctionsOf(
  { tx, run }: StepContext,
  changed: readonly RepricedCharge[],
  transactions: ReadonlyMap<string, string>,
): Promise<readonly NewCorrection[]> {
  const before = await findCorrectedReleases(
    tx,
    changed.map(({ charge }) => charge.legUuid),
  );
  return changed.map(({ charge, newAmount, releaseId, steps }) => ({
    reratingId: run.id,
    legUuid: charge.legUuid,
    role: charge.role,
    partyId: charge.partyId,
    currency: charge.currency,
    oldAmount: charge.amount,
    newAmount,
    oldReleaseId: before.get(chargeKey(charge)) ?? charge.releaseId,
    newReleaseId: releaseId,
    transactionId: transactions.get(charge.legUuid) ?? null,
    explanation: { steps },
  }));
}

function addUp(run: ReratingRow, legsTotal: number, done?: Done): RerateProgress {
  return {
    legsTotal,
    legsSeen: run.legsSeen + (done?.legsSeen ?? 0),
    legsChanged: run.legsChanged + (done?.legsChanged ?? 0),
    legsSkipped: run.legsSkipped + (done?.legsSkipped ?? 0),
  };
}
