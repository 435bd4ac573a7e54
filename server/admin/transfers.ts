import { z } from 'zod';
import type { AccountRow } from '../../db/repositories/admin/stores.js';
import { lockBalances, resolveClientCredit } from '../../db/repositories/balances.js';
import { postTransactions } from '../../db/repositories/ledger.js';
import { transferPosting } from '../../rating/ledger/postings.js';
import { Decimal } from '../../rating/money.js';
import { payerKey } from '../../rating/settlement/payer-key.js';
import type { PayerIdentity } from '../../rating/settlement/payer-key.js';
import { writeAudit } from './audit.js';
import type { Change } from './context.js';
import { amount } from './fields.js';
import { checkCurrency, isZero, moneyNotes, requireWallet } from './payments.js';
import type { WalletTarget } from './payments.js';
import { conflict } from './refusal.js';

export const transferInput = z.strictObject({
  direction: z.enum(['to_extension', 'to_account']).meta({
    description: "From the account's credit to the extension's own money, or back.",
  }),
  amount: amount().refine((text) => !isZero(text), 'must be more than zero'),
  ...moneyNotes,
});

export interface Transferred {
  readonly transactionId: string;
  readonly kind: 'transfer';
  readonly direction: 'to_extension' | 'to_account';
  readonly accountId: number;
  readonly extensionId: number;
  readonly amount: string;
  readonly currency: string;
  readonly memo: string;
  /** False when this key had been posted before; nothing was changed then. */
  readonly posted: boolean;
}

/**
 * Moves money between an account's credit and its extension's own. What calls in progress have set
 * aside stays, and so does what credit does not cover: both balances are locked while it is decided.
 */
export async function postTransfer(
  change: Change,
  { extensionId, postingKey }: WalletTarget,
  input: z.output<typeof transferInput>,
): Promise<Transferred> {
  const { account, creditLimit } = await requireWallet(change, extensionId);
  checkCurrency(account, input);
  const { direction, memo } = input;
  const giver =
    direction === 'to_extension'
      ? { accountId: account.id, creditLimit: account.creditLimit }
      : { accountId: account.id, extensionId, creditLimit };
  await requireAvailable(change, account, giver, input.amount);
  const amountOut = direction === 'to_extension' ? input.amount : `-${input.amount}`;
  const moved = { accountId: account.id, extensionId, currency: account.currency };
  const results = await postTransactions(change.tx, [
    {
      idempotencyKey: postingKey,
      kind: 'transfer',
      reference: `extension:${extensionId}`,
      memo,
      entries: transferPosting({ ...moved, amount: amountOut }),
    },
  ]);
  const result = results.get(postingKey);
  if (result === undefined) throw new Error(`posting ${postingKey}: found no result`);
  const { transactionId, posted } = result;
  const made = { ...moved, direction, amount: input.amount, memo };
  if (posted) {
    await writeAudit(change, {
      action: 'transfer.create',
      entity: 'transaction',
      entityId: transactionId,
      after: made,
    });
  }
  return { transactionId, kind: 'transfer', ...made, posted };
}

async function requireAvailable(
  change: Change,
  { id: accountId, currency }: AccountRow,
  giver: PayerIdentity & { readonly creditLimit: string },
  wanted: string,
): Promise<void> {
  const other = giver.extensionId === undefined ? [] : [{ accountId, currency }];
  const owners = [{ ...giver, currency }, ...other];
  const ids = await resolveClientCredit(change.tx, change.tx, owners);
  // Every balance the posting will change, in the one order of all transactions.
  const rows = await lockBalances(change.tx, [...ids.values()]);
  const row = rows.get(ids.get(payerKey(giver)) ?? 0);
  if (row === undefined) throw new Error(`${payerKey(giver)}: found no balance, expected one`);
  const available = row.balance.plus(giver.creditLimit).minus(row.held);
  if (available.gte(new Decimal(wanted))) return;
  const detail = `${available.toFixed(6)} ${currency} is available, expected ${wanted}.`;
  throw conflict('insufficient_funds', detail, 'amount');
}
