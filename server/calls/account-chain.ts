import type { AccountRow } from '../../db/repositories/snapshot.js';

/** Deeper trees are taken for a mistake, such as two resellers that are each other's parent. */
const MAX_LEVELS = 16;

/**
 * The account and its ancestors up to the operator, in that order; null when the tree is broken: an
 * ancestor is missing, or the way up has no end.
 */
export function accountChain(
  account: AccountRow,
  accountById: ReadonlyMap<number, AccountRow>,
): readonly AccountRow[] | null {
  const chain = [account];
  let current = account;
  while (current.parentId !== null) {
    const parent = accountById.get(current.parentId);
    if (parent === undefined || chain.length >= MAX_LEVELS) return null;
    chain.push(parent);
    current = parent;
  }
  return chain;
}
