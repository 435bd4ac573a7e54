import { payerKey } from '../../rating/settlement/payer-key.js';
import type { CallPlan } from '../calls/call-plan.js';
import { lookupNumber } from '../calls/rate-payers.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { explainedPrice, priceTable, rateAnswer } from './answer-rates.js';
import type { LookedAtPayer } from './answer-payers.js';
import type { CandidateAnswer, PayerAnswer } from './types.js';

export interface PayerFacts {
  readonly plan: CallPlan;
  readonly snapshot: Snapshot;
  readonly atMs: number;
  readonly durationS: number;
  /** Seconds each payer could pay, by account; null where the chain has no price. */
  readonly secondsOf: ReadonlyMap<string, number> | null;
}

/** What each payer would be charged, from which row, and which other rows were looked at. */
export function payerAnswers(
  payers: readonly LookedAtPayer[],
  facts: PayerFacts,
): readonly PayerAnswer[] {
  return payers.map((payer) => payerAnswer(payer, facts));
}

function payerAnswer(payer: LookedAtPayer, facts: PayerFacts): PayerAnswer {
  const { accountId, account, currency, rate, problem, purse, step } = payer;
  const { durationS, secondsOf } = facts;
  const decks = facts.snapshot.rates.deckBySheet;
  return {
    accountId,
    account,
    currency,
    sheets: step.tried.map(({ of, sheetId }) => ({
      of,
      sheetId,
      sheet: decks.get(sheetId)?.terms.sheetName ?? null,
    })),
    rate: rate === null ? null : rateAnswer(rate),
    problem,
    price: rate === null ? null : explainedPrice(rate, durationS),
    prices: rate === null ? [] : priceTable(rate, durationS),
    candidates: step.tried.flatMap(({ sheetId }) => candidatesIn(sheetId, facts)),
    money: { ...purse, affordableS: secondsOf?.get(payerKey({ accountId })) ?? null },
  };
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
