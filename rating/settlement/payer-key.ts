/** Somebody who pays: an account, or an extension with money of its own. */
export interface PayerIdentity {
  readonly accountId: number;
  /** 0, like nothing at all, is the account itself. */
  readonly extensionId?: number;
}

/** A payer by one word: `account:5`, or `extension:7` for a wallet, as their ids may be the same. */
export function payerKey({ accountId, extensionId = 0 }: PayerIdentity): string {
  return extensionId === 0 ? `account:${String(accountId)}` : `extension:${String(extensionId)}`;
}
