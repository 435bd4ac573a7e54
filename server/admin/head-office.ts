import { accountStore } from '../../db/repositories/admin/stores.js';
import type { AccountRow } from '../../db/repositories/admin/stores.js';
import type { Change } from './context.js';
import { conflict, invalid } from './refusal.js';

type Branch = Pick<AccountRow, 'kind' | 'currency'> & {
  readonly parentId?: number | null;
  readonly paidById?: number | null;
};

/**
 * Whether an account may be paid for by the one it names, and whether those it pays for itself may
 * still be. A head office stands in for its branch towards the same seller, so it has the same parent
 * and the same currency, and nobody pays for it in turn.
 */
export async function checkHeadOffice(
  change: Change,
  account: Branch,
  ownId: number | null,
): Promise<void> {
  const branch = ownId === null ? undefined : await branchOf(change, ownId);
  if (branch !== undefined && branch.parentId !== (account.parentId ?? null)) {
    throw conflict(
      'pays_for_others',
      `It pays for account ${branch.code}, which has another parent.`,
      'parent_id',
    );
  }
  const paidById = account.paidById ?? null;
  if (paidById === null) return;
  if (account.kind !== 'customer') throw invalid('paid_by_id', 'is of customers only');
  if (paidById === ownId) throw invalid('paid_by_id', 'is this account itself');
  if (branch !== undefined) {
    throw invalid('paid_by_id', `this account pays for account ${branch.code} itself`);
  }
  await checkPayer(change, account, paidById);
}

async function checkPayer(change: Change, account: Branch, paidById: number): Promise<void> {
  const payer = await accountStore.find(change.tx, paidById);
  // One answer for both, so that nothing is told about other tenants' ids.
  if (payer?.parentId !== (account.parentId ?? null) || payer.kind !== 'customer') {
    throw invalid('paid_by_id', 'is no customer of the same parent');
  }
  if (payer.currency !== account.currency) {
    throw invalid('paid_by_id', `has ${payer.currency}, expected ${account.currency}`);
  }
  if (payer.paidById !== null) {
    throw invalid('paid_by_id', 'is paid for by another account itself');
  }
}

function branchOf(change: Change, accountId: number): Promise<AccountRow | undefined> {
  return accountStore.findBy(change.tx, { paidById: accountId });
}
