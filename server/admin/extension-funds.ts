import type { ExtensionRow } from '../../db/repositories/admin/stores.js';
import { extensionStore } from '../../db/repositories/admin/stores.js';
import { findSharer, lockWallet } from '../../db/repositories/admin/wallets.js';
import type { Change } from './context.js';
import { conflict, invalid } from './refusal.js';

type Funds = Pick<ExtensionRow, 'accountId' | 'funds' | 'fundsExtensionId'>;

/**
 * Whether an extension may draw on the money it is to draw on. Money is shared over one level only,
 * and nobody is left without the money that somebody shares or that is still there.
 */
export async function checkFunds(
  change: Change,
  before: ExtensionRow | null,
  after: Funds,
): Promise<void> {
  if ((after.funds === 'shared') !== (after.fundsExtensionId !== null)) {
    throw invalid('funds_extension_id', 'is needed by `shared` funds, and by no others');
  }
  if (after.fundsExtensionId !== null) {
    await checkSource(change, after, after.fundsExtensionId, before?.id ?? null);
  }
  if (before?.funds !== 'own') return;
  if (after.funds !== 'own') await checkNobodyNeeds(change, before, 'funds');
  else if (after.accountId !== before.accountId)
    await checkNobodyNeeds(change, before, 'domain_id');
}

async function checkSource(
  change: Change,
  { accountId }: Funds,
  sourceId: number,
  ownId: number | null,
): Promise<void> {
  if (sourceId === ownId) throw invalid('funds_extension_id', 'is this extension itself');
  const source = await extensionStore.find(change.tx, sourceId);
  // One answer for both, so that nothing is told about other tenants' ids.
  if (source?.accountId !== accountId) {
    throw invalid('funds_extension_id', 'does not exist in this account');
  }
  if (source.funds !== 'own') throw invalid('funds_extension_id', 'has no money of its own');
}

/** Its own money is given up: by other funds, or by an account that is not the one that sold it. */
async function checkNobodyNeeds(
  change: Change,
  extension: ExtensionRow,
  field: 'funds' | 'domain_id',
): Promise<void> {
  const sharer = await findSharer(change.tx, extension.id);
  if (sharer !== undefined) {
    throw conflict('funds_shared', `Extension ${sharer} draws on its money.`, field);
  }
  const wallet = await lockWallet(change.tx, extension.id);
  const used = wallet.find(({ balance, held }) => !balance.isZero() || !held.isZero());
  if (used === undefined) return;
  const state = `has ${used.balance.toFixed()} and holds ${used.held.toFixed()}`;
  throw conflict(
    'wallet_not_empty',
    `Its own money ${state}; move it to the account and wait for its calls to end.`,
    field,
  );
}

/** Longer chains of forwards are refused as well, since each step is a decision of its own. */
const MAX_FORWARDS = 5;

type Forward = Pick<ExtensionRow, 'domainId' | 'number' | 'forwardTo'>;

/** A call that is sent on has to arrive somewhere. */
export async function checkForward(
  change: Change,
  before: Forward | null,
  after: Forward,
): Promise<void> {
  const { domainId, number } = after;
  const isSame = before?.forwardTo === after.forwardTo && before.number === number;
  if (isSame && before.domainId === domainId) return;
  let next = after.forwardTo;
  for (let step = 0; next !== null; step += 1) {
    if (next === number) {
      throw invalid('forward_to', step === 0 ? 'is this extension itself' : 'comes back to it');
    }
    if (step >= MAX_FORWARDS) throw invalid('forward_to', 'is sent on too often');
    const target = await extensionStore.findBy(change.tx, { domainId, number: next });
    next = target?.forwardTo ?? null;
  }
}
