import type { Queryable } from '../../db/client.js';
import { countHeldCalls } from '../../db/repositories/calls.js';
import { findBalance, findWalletBalance } from '../../db/views/ledger.js';
import type { FrozenRate } from '../../rating/deck/types.js';
import { payerKey } from '../../rating/settlement/payer-key.js';
import type { CallPlan } from '../calls/call-plan.js';
import { lookupNumber } from '../calls/rate-payers.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { payerSteps } from './plan-steps.js';
import type { PayerStep } from './plan-steps.js';

/** One level of the chain with what it was planned to pay and what it has. */
export interface LookedAtPayer {
  readonly accountId: number;
  /** Present where an extension's own money pays. */
  readonly extensionId?: number;
  readonly account: string;
  readonly currency: string;
  readonly step: PayerStep;
  /** Null where no sheet has a rate for the number. */
  readonly rate: FrozenRate | null;
  readonly problem: 'no_rate' | 'destination_blocked' | 'currency_mismatch' | null;
  readonly purse: Purse;
}

export interface Purse {
  readonly balance: string;
  readonly creditLimit: string;
  readonly held: string;
  readonly available: string;
  readonly openCalls: number;
  readonly maxCalls: number | null;
}

/** Everybody the plan looked at for the money, refused or not; nothing is locked. */
export async function lookAtPayers(
  db: Queryable,
  plan: CallPlan,
  snapshot: Snapshot,
  atMs: number,
): Promise<readonly LookedAtPayer[]> {
  const payers: LookedAtPayer[] = [];
  for (const step of payerSteps(plan.steps)) {
    const account = snapshot.accounts.accountById.get(step.accountId);
    if (account === undefined) continue;
    const rate = rateOf(step, plan, snapshot, atMs);
    payers.push({
      accountId: account.id,
      ...(step.extensionId === undefined ? {} : { extensionId: step.extensionId }),
      account: account.name,
      currency: account.currency,
      step,
      rate,
      problem: problemOf(step, rate),
      purse: await purseOf(db, step, account.maxCalls),
    });
  }
  return payers;
}

/** The very rate of the plan; for a refused call, of which none is kept, it is looked up once more. */
function rateOf(
  step: PayerStep,
  plan: CallPlan,
  { rates }: Snapshot,
  atMs: number,
): FrozenRate | null {
  if (plan.kind === 'paid') {
    return plan.payers.find((payer) => payerKey(payer) === keyOfStep(step))?.rate ?? null;
  }
  const deck = step.sheetId === undefined ? undefined : rates.deckBySheet.get(step.sheetId);
  if (deck === undefined) return null;
  return deck.find(lookupNumber(deck, plan), atMs, plan.jurisdiction ?? undefined);
}

function problemOf(step: PayerStep, rate: FrozenRate | null): LookedAtPayer['problem'] {
  if (rate === null) return 'no_rate';
  if (step.problem === 'currency_mismatch') return step.problem;
  return rate.row.blocked ? 'destination_blocked' : null;
}

function keyOfStep({ accountId, extensionId = 0 }: PayerStep): string {
  return payerKey({ accountId, extensionId });
}

async function purseOf(
  db: Queryable,
  { accountId, extensionId }: PayerStep,
  maxCalls: number | null,
): Promise<Purse> {
  const found =
    extensionId === undefined
      ? await findBalance(db, accountId)
      : await findWalletBalance(db, extensionId);
  const counts = await countHeldCalls(db, [accountId]);
  return {
    balance: found?.balance ?? '0.000000',
    creditLimit: found?.creditLimit ?? '0.000000',
    held: found?.held ?? '0.000000',
    available: found?.available ?? '0.000000',
    openCalls: counts.get(accountId) ?? 0,
    maxCalls,
  };
}
