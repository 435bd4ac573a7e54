import type { PayerIdentity } from '../settlement/payer-key.js';
import type { LedgerAccountRef } from './types.js';

/** The ledger account with the money of a payer: its account's, or its own of an extension. */
export function creditOf({ accountId, extensionId = 0 }: PayerIdentity): LedgerAccountRef {
  return extensionId === 0
    ? { kind: 'client_credit', ownerType: 'account', ownerId: accountId }
    : { kind: 'client_credit', ownerType: 'extension', ownerId: extensionId };
}
