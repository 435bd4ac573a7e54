import type { AccountRow } from '../../db/repositories/snapshot.js';
import type { AccountsSnapshot } from '../snapshot/snapshot.js';
import type { RefusalReason } from './decision.js';

/** One level of the chain: the account whose call it is, and the one whose money is used. */
export interface PayingAccount {
  /** Whose sheets price the call: the customer, or a reseller above it. */
  readonly account: AccountRow;
  /** The same account, or the head office that pays for it. */
  readonly payer: AccountRow;
  readonly sellerAccountId: number;
}

/**
 * Those who pay for calls of a chain of accounts, the customer first and without the operator, who
 * sells to the last. All of them have to be in good standing, and a branch as much as its head office.
 */
export function payingChain(
  chain: readonly AccountRow[],
  accounts: AccountsSnapshot,
): readonly PayingAccount[] | { readonly reason: RefusalReason } {
  const levels: PayingAccount[] = [];
  for (const account of chain) {
    if (account.parentId === null) break;
    const payer = payerOf(account, accounts);
    if (payer === undefined) return { reason: 'internal_error' };
    const reason = standingProblem([account, payer], accounts);
    if (reason !== null) return { reason };
    levels.push({ account, payer, sellerAccountId: payer.parentId ?? account.parentId });
  }
  return levels;
}

/** Every account whose limits a call counts against: the chain, and the head offices that pay. */
export function concernedAccounts(
  chain: readonly AccountRow[],
  accounts: AccountsSnapshot,
): readonly AccountRow[] {
  return chain.flatMap((account) => {
    const payer = payerOf(account, accounts);
    return payer === undefined || payer === account ? [account] : [account, payer];
  });
}

function payerOf(account: AccountRow, { accountById }: AccountsSnapshot): AccountRow | undefined {
  return account.paidById === null ? account : accountById.get(account.paidById);
}

function standingProblem(
  concerned: readonly AccountRow[],
  { blocksByAccount }: AccountsSnapshot,
): RefusalReason | null {
  if (concerned.some(({ status }) => status !== 'active')) return 'account_suspended';
  return concerned.some(({ id }) => blocksByAccount.has(id)) ? 'account_blocked' : null;
}
