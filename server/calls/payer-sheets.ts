import type { AccountRow } from '../../db/repositories/snapshot.js';
import type { AccountsSnapshot, ExtensionEntry } from '../snapshot/snapshot.js';
import type { RefusalReason } from './decision.js';
import type { RatedCall } from './outbound-call.js';
import type { PayingAccount } from './paying-chain.js';

/** A sheet that may price a call for a payer, and why it is asked. */
export interface PayerSheet {
  readonly of: 'extension' | 'mobile' | 'account' | 'head_office' | 'did';
  readonly sheetId: number;
}

/** One who pays, with the sheets that may price the call for it, in the order they are asked. */
export interface PayerLevel {
  /** Whose money it is; of a wallet, the account the extension belongs to. */
  readonly account: AccountRow;
  /** Present where an extension pays from its own money. */
  readonly wallet?: ExtensionEntry;
  /** Present where a head office pays for this branch. */
  readonly branch?: AccountRow;
  readonly sellerAccountId: number;
  readonly sheets: readonly PayerSheet[];
}

/**
 * Who pays for an outbound call, the caller's own money first, then the customer and everybody it
 * buys from. The sheet of an extension prices the first of them only.
 */
export function outboundLevels(
  call: RatedCall,
  paying: readonly PayingAccount[],
  accounts: AccountsSnapshot,
): readonly PayerLevel[] | { readonly reason: RefusalReason } {
  const wallet = walletOf(call.owner.extension, accounts);
  if (wallet !== null && 'reason' in wallet) return wallet;
  const levels: PayerLevel[] = [];
  for (const [index, one] of paying.entries()) {
    const isCustomer = index === 0;
    const own = isCustomer ? sheet('extension', call.owner.extension?.extension.rateSheetId) : [];
    const usual = accountSheets(one, call.isToMobile);
    if (isCustomer && wallet !== null) {
      const { account } = one;
      const sheets = [...own, ...usual];
      levels.push({ account, wallet, sellerAccountId: account.id, sheets });
    }
    const sheets = wallet === null ? [...own, ...usual] : usual;
    levels.push(levelOf(one, sheets));
  }
  return levels;
}

/** A level that pays from an account. */
export function levelOf(one: PayingAccount, sheets: readonly PayerSheet[]): PayerLevel {
  const { account, payer, sellerAccountId } = one;
  const branch = payer === account ? {} : { branch: account };
  return { account: payer, ...branch, sellerAccountId, sheets };
}

export function sheet(of: PayerSheet['of'], sheetId: number | null | undefined): PayerSheet[] {
  return sheetId === null || sheetId === undefined ? [] : [{ of, sheetId }];
}

/** A branch without a sheet of its own is priced as its head office is. */
function accountSheets({ account, payer }: PayingAccount, isToMobile: boolean): PayerSheet[] {
  const own = sheet('account', account.rateSheetId);
  return [
    ...sheet('mobile', isToMobile ? account.mobileRateSheetId : null),
    ...(own.length > 0 || payer === account ? own : sheet('head_office', payer.rateSheetId)),
  ];
}

/**
 * The extension on whose own money a caller draws; null where its account alone pays. Money that is
 * shared has to be there to be shared: an extension that names another without any may not call.
 */
function walletOf(
  caller: ExtensionEntry | null,
  { extensionById }: AccountsSnapshot,
): ExtensionEntry | { readonly reason: RefusalReason } | null {
  if (caller === null) return null;
  const { funds, fundsExtensionId } = caller.extension;
  if (funds === 'account') return null;
  if (funds === 'own') return caller;
  const shared = extensionById.get(fundsExtensionId ?? 0);
  const isUsable = shared?.extension.funds === 'own' && shared.account.id === caller.account.id;
  return isUsable ? shared : { reason: 'internal_error' };
}
