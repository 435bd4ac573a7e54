import { useIncluded } from '../../rating/allowance/use-included.js';
import type { IncludedTime } from '../../rating/allowance/use-included.js';
import { payerKey } from '../../rating/settlement/payer-key.js';
import type { CallPlan } from '../calls/call-plan.js';
import { lookupNumber } from '../calls/rate-payers.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { explainedPrice, priceTable, rateAnswer } from './answer-rates.js';
import type { LookedAtPayer } from './answer-payers.js';
import type { PayerStep } from './plan-steps.js';
import type { CandidateAnswer, PayerAnswer } from './types.js';

export interface PayerFacts {
  readonly plan: CallPlan;
  readonly snapshot: Snapshot;
  readonly atMs: number;
  readonly durationS: number;
  /** Seconds each payer could pay, by account; null where the chain has no price. */
  readonly secondsOf: ReadonlyMap<string, number> | null;
  /** Inclusive time of the first payer, in the order of its use. */
  readonly included: readonly IncludedTime[];
}

/** What each payer would be charged, from which row, and which other rows were looked at. */
export function payerAnswers(
  payers: readonly LookedAtPayer[],
  facts: PayerFacts,
): readonly PayerAnswer[] {
  return payers.map((payer, level) => payerAnswer(payer, level === 0, facts));
}

function payerAnswer(payer: LookedAtPayer, isFirst: boolean, facts: PayerFacts): PayerAnswer {
  const { accountId, account, currency, rate, problem, purse, step } = payer;
  const { durationS, secondsOf } = facts;
  const covered = (seconds: number) =>
    isFirst ? useIncluded(seconds, facts.included).coveredSeconds : 0;
  const decks = facts.snapshot.rates.deckBySheet;
  return {
    accountId,
    account,
    wallet: step.wallet ?? null,
    paysFor: branchOf(step, facts),
    currency,
    coveredS: covered(durationS),
    sheets: step.tried.map(({ of, sheetId }) => ({
      of,
      sheetId,
      sheet: decks.get(sheetId)?.terms.sheetName ?? null,
    })),
    rate: rate === null ? null : rateAnswer(rate),
    problem,
    price: rate === null ? null : explainedPrice(rate, durationS, covered(durationS)),
    prices: rate === null ? [] : priceTable(rate, durationS, covered),
    candidates: step.tried.flatMap(({ sheetId }) => candidatesIn(sheetId, facts)),
    money: { ...purse, affordableS: secondsOf?.get(payerKey(payer)) ?? null },
  };
}

function branchOf({ paysFor }: PayerStep, { snapshot }: PayerFacts): string | null {
  if (paysFor === undefined) return null;
  return snapshot.accounts.accountById.get(paysFor)?.name ?? null;
}

function candidatesIn(
  sheetId: number,
  { plan, snapshot, atMs }: PayerFacts,
): readonly CandidateAnswer[] {
  const deck = snapshot.rates.deckBySheet.get(sheetId);
  if (deck === undefined) return [];
  return deck.explain(lookupNumber(deck, plan), atMs).map(({ row, outcome }) => ({
    sheet: deck.terms.sheetName,
    releaseId: row.releaseId,
    rowId: row.id,
    prefix: row.prefix,
    destination: row.destination,
    ratePerMinute: row.ratePerMinute,
    priority: row.priority,
    outcome,
  }));
}
