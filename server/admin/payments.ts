import { z } from 'zod';
import { accountStore } from '../../db/repositories/admin/stores.js';
import { postTransactions } from '../../db/repositories/ledger.js';
import { inTransaction } from '../../db/transaction.js';
import { adjustmentPosting, paymentPosting } from '../../rating/ledger/postings.js';
import { writeAudit } from './audit.js';
import type { Actor, AdminDeps, Change } from './context.js';
import { amount, currency, note, signedAmount } from './fields.js';
import { parseInput } from './records.js';
import { invalid, notFound } from './refusal.js';

const isZero = (text: string) => /^-?0*(\.0*)?$/.test(text);

const common = {
  currency: currency()
    .optional()
    .meta({ description: "Given, it must be the account's own currency." }),
  memo: note(255).default(''),
};

export const paymentInput = z.strictObject({
  amount: amount().refine((text) => !isZero(text), 'must be more than zero'),
  ...common,
});

export const adjustmentInput = z.strictObject({
  amount: signedAmount().refine((text) => !isZero(text), 'must not be zero'),
  ...common,
});

export interface Posted {
  readonly transactionId: string;
  readonly kind: 'payment' | 'adjustment';
  readonly accountId: number;
  readonly amount: string;
  readonly currency: string;
  readonly memo: string;
  /** False when this key had been posted before; nothing was changed then. */
  readonly posted: boolean;
}

export interface MoneyTarget {
  readonly accountId: number;
  /** Under this the ledger knows the posting; a second one with it changes nothing. */
  readonly postingKey: string;
}

/** Credits money that was received. One transaction of its own, safe to repeat with the same key. */
export async function addPayment(
  deps: AdminDeps,
  actor: Actor,
  target: MoneyTarget,
  input: z.input<typeof paymentInput>,
): Promise<Posted> {
  const fields = parseInput(paymentInput, input);
  return inTransaction(deps.database, (tx) => postPayment({ tx, deps, actor }, target, fields));
}

export async function postPayment(
  change: Change,
  target: MoneyTarget,
  input: z.output<typeof paymentInput>,
): Promise<Posted> {
  return post(change, 'payment', target, input);
}

/** Corrects a balance by hand, up or down; the memo should say why. */
export async function postAdjustment(
  change: Change,
  target: MoneyTarget,
  input: z.output<typeof adjustmentInput>,
): Promise<Posted> {
  return post(change, 'adjustment', target, input);
}

async function post(
  change: Change,
  kind: Posted['kind'],
  { accountId, postingKey }: MoneyTarget,
  input: { readonly amount: string; readonly currency?: string | undefined; readonly memo: string },
): Promise<Posted> {
  const account = await accountStore.find(change.tx, accountId);
  if (account === undefined) throw notFound('account', accountId);
  if (input.currency !== undefined && input.currency !== account.currency) {
    throw invalid('currency', `is ${input.currency}, the account's is ${account.currency}`);
  }
  const template = kind === 'payment' ? paymentPosting : adjustmentPosting;
  const entries = template({ accountId, amount: input.amount, currency: account.currency });
  const results = await postTransactions(change.tx, [
    {
      idempotencyKey: postingKey,
      kind,
      reference: `account:${accountId}`,
      memo: input.memo,
      entries,
    },
  ]);
  const result = results.get(postingKey);
  if (result === undefined) throw new Error(`posting ${postingKey}: found no result`);
  const { transactionId, posted } = result;
  const made = { accountId, amount: input.amount, currency: account.currency, memo: input.memo };
  if (posted) {
    await writeAudit(change, {
      action: `${kind}.create`,
      entity: 'transaction',
      entityId: transactionId,
      after: made,
    });
  }
  return { transactionId, kind, ...made, posted };
}
