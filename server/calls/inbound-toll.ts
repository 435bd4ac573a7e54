import { offerFreeMinutes } from '../../rating/allowance/choose-offers.js';
import type { FrozenPayer } from '../../rating/settlement/types.js';
import type { AccountRow, DidRow } from '../../db/repositories/snapshot.js';
import type { ExtensionEntry } from '../snapshot/snapshot.js';
import { accountChain } from './account-chain.js';
import { callLimits } from './call-limits.js';
import type { PlanContext } from './call-plan.js';
import type {
  AllowanceOffer,
  DailyLimit,
  DecisionStep,
  RefusalReason,
  ResourceLimit,
} from './decision.js';
import { dailyLimitsOf } from './guards.js';
import { offeredStep } from './packages.js';
import { levelOf, sheet } from './payer-sheets.js';
import type { PayerLevel, PayerSheet } from './payer-sheets.js';
import { concernedAccounts, payingChain } from './paying-chain.js';
import type { PayingAccount } from './paying-chain.js';
import { ratePayers } from './rate-payers.js';

/** A call to a number of ours. */
export interface CallToDid {
  readonly did: DidRow;
  readonly account: AccountRow;
  /** The extension the number leads to; null for a menu. */
  readonly entry: ExtensionEntry | null;
  readonly steps: DecisionStep[];
}

/** What a call to a DID costs and counts against, besides nothing. */
export interface InboundToll {
  readonly payers: readonly FrozenPayer[];
  readonly limits: readonly ResourceLimit[];
  readonly allowances: readonly AllowanceOffer[];
  readonly dailyLimits: readonly DailyLimit[];
}

/**
 * Who is charged for being called and whose calls are counted. The customer pays by the number's sheet
 * or its own for inbound calls, everybody above by its own, and whoever has none pays nothing. Free
 * minutes come before money, so without a price they are for nothing.
 */
export function inboundToll(
  call: CallToDid,
  context: PlanContext,
): InboundToll | { readonly reason: RefusalReason } {
  const { did, account, entry, steps } = call;
  const { accounts } = context.snapshot;
  const chain = accountChain(account, accounts.accountById);
  if (chain === null) return { reason: 'internal_error' };
  const concerned = concernedAccounts(chain, accounts);
  const limits = callLimits({ extension: entry?.extension ?? null, did, accounts: concerned });
  if (!isPriced(did, concerned)) {
    return { payers: [], limits, allowances: [], dailyLimits: [] };
  }
  const paying = payingChain(chain, accounts);
  if ('reason' in paying) return paying;
  const levels = inboundLevels(paying, did);
  const number = { destination: did.number, routingNumber: null, jurisdiction: null };
  const payers = ratePayers({ ...number, steps }, levels, context);
  if ('reason' in payers) return payers;
  const isCustomerCharged = levels.some(({ of }) => of === account);
  const allowances = isCustomerCharged ? minutesOf(did, account, context.nowMs) : [];
  if (allowances.length > 0) steps.push(offeredStep(allowances));
  const dailyLimits = dailyLimitsOf(levels, { nowMs: context.nowMs, accounts });
  return { payers, limits, allowances, dailyLimits };
}

/** Whether anybody is charged at all. */
function isPriced(did: DidRow, concerned: readonly AccountRow[]): boolean {
  return (
    did.rateSheetId !== null ||
    concerned.some(({ inboundRateSheetId }) => inboundRateSheetId !== null)
  );
}

/** A level with the account whose call it is, which a head office may pay for. */
interface InboundLevel extends PayerLevel {
  readonly of: AccountRow;
}

function inboundLevels(paying: readonly PayingAccount[], did: DidRow): readonly InboundLevel[] {
  return paying.flatMap((one, index): InboundLevel[] => {
    const sheets = [...(index === 0 ? sheet('did', did.rateSheetId) : []), ...accountSheets(one)];
    return sheets.length === 0 ? [] : [{ ...levelOf(one, sheets), of: one.account }];
  });
}

function accountSheets({ account, payer }: PayingAccount): readonly PayerSheet[] {
  const own = sheet('account', account.inboundRateSheetId);
  if (own.length > 0 || payer === account) return own;
  return sheet('head_office', payer.inboundRateSheetId);
}

function minutesOf(
  { id: didId, freeMinutes }: DidRow,
  { timeZone }: AccountRow,
  atMs: number,
): readonly AllowanceOffer[] {
  return freeMinutes === 0 ? [] : [offerFreeMinutes({ didId, freeMinutes }, { timeZone, atMs })];
}
