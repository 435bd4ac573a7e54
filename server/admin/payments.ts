import { z } from 'zod';
import type { AccountRow } from '../../db/repositories/admin/stores.js';
import { accountStore, extensionStore } from '../../db/repositories/admin/stores.js';
import { postTransactions } from '../../db/repositories/ledger.js';
import { inTransaction } from '../../db/transaction.js';
import { adjustmentPosting, paymentPosting } from '../../rating/ledger/postings.js';
import { writeAudit } from './audit.js';
import type { Actor, AdminDeps, Change } from './context.js';
import { amount, currency, note, signedAmount } from './fields.js';
import { parseInput } from './records.js';
import { conflict, invalid, notFound } from './refusal.js';

export const isZero = (text: string) => /^-?0*(\.0*)?$/.test(text);

export const moneyNotes = {
  currency: currency()
    .optional()
    .meta({ description: "Given, it must be the account's own currency." }),
  memo: note(255).default(''),
};

export const paymentInput = z.strictObject({
  amount: amount().refine((text) => !isZero(text), 'must be more than zero'),
  ...moneyNotes,
});

export const adjustmentInput = z.strictObject({
  amount: signedAmount().refine((text) => !isZero(text), 'must not be zero'),
  ...moneyNotes,
});

export interface Posted {
  readonly transactionId: string;
  readonly kind: 'payment' | 'adjustment';
  readonly accountId: number;
  /** Whose own money it is; null for the account's. */
  readonly extensionId: number | null;
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

/** Money of its own of an extension, which its account received or corrects. */
export interface WalletTarget {
  readonly extensionId: number;
  readonly postingKey: string;
}

/** Credits money that was received. One transaction of its own, safe to repeat with the same key. */
export async function addPayment(
  deps: AdminDeps,
  actor: Actor,
  target: MoneyTarget | WalletTarget,
  input: z.input<typeof paymentInput>,
): Promise<Posted> {
  const fields = parseInput(paymentInput, input);
  return inTransaction(deps.database, (tx) => postPayment({ tx, deps, actor }, target, fields));
}

export async function postPayment(
  change: Change,
  target: MoneyTarget | WalletTarget,
  input: z.output<typeof paymentInput>,
): Promise<Posted> {
  return post(change, 'payment', target, input);
}

/** Corrects a balance by hand, up or down; the memo should say why. */
export async function postAdjustment(
  change: Change,
  target: MoneyTarget | WalletTarget,
  input: z.output<typeof adjustmentInput>,
): Promise<Posted> {
  return post(change, 'adjustment', target, input);
}

interface Correction {
  readonly amount: string;
  readonly currency?: string | undefined;
  readonly memo: string;
}

async function post(
  change: Change,
  kind: Posted['kind'],
  target: MoneyTarget | WalletTarget,
  input: Correction,
): Promise<Posted> {
  const { account, extensionId } = await ownerOf(change, target);
  checkCurrency(account, input);
  const { postingKey } = target;
  const template = kind === 'payment' ? paymentPosting : adjustmentPosting;
  const made = {
    accountId: account.id,
    extensionId,
    amount: input.amount,
    currency: account.currency,
    memo: input.memo,
  };
  const results = await postTransactions(change.tx, [
    {
      idempotencyKey: postingKey,
      kind,
      reference: extensionId === null ? `account:${account.id}` : `extension:${extensionId}`,
      memo: input.memo,
      entries: template({ ...made, extensionId: extensionId ?? 0 }),
    },
  ]);
  const result = results.get(postingKey);
  if (result === undefined) throw new Error(`posting ${postingKey}: found no result`);
  const { transactionId, posted } = result;
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

interface Owner {
  readonly account: AccountRow;
  readonly extensionId: number | null;
}

async function ownerOf(change: Change, target: MoneyTarget | WalletTarget): Promise<Owner> {
  if ('extensionId' in target) {
    return requireWallet(change, target.extensionId);
  }
  const account = await accountStore.find(change.tx, target.accountId);
  if (account === undefined) throw notFound('account', target.accountId);
  return { account, extensionId: null };
}

/** An extension with money of its own, kept from losing it until the transaction ends. */
export async function requireWallet(
  change: Change,
  extensionId: number,
): Promise<Owner & { readonly creditLimit: string }> {
  const extension = await extensionStore.lock(change.tx, extensionId);
  if (extension === undefined) throw notFound('extension', extensionId);
  if (extension.funds !== 'own') {
    const detail = `Extension ${extension.number} has no money of its own; set funds to "own".`;
    throw conflict('no_own_funds', detail, 'funds');
  }
  const account = await accountStore.find(change.tx, extension.accountId);
  if (account === undefined) throw notFound('account', extension.accountId);
  return { account, extensionId, creditLimit: extension.creditLimit };
}

/** Given at all, the currency is the account's. */
export function checkCurrency(
  account: AccountRow,
  input: { readonly currency?: string | undefined },
): void {
  if (input.currency === undefined || input.currency === account.currency) return;
  throw invalid('currency', `is ${input.currency}, the account's is ${account.currency}`);
}
