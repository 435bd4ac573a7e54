import { jurisdictionOf } from '../../rating/jurisdiction/jurisdiction.js';
import type { Jurisdiction } from '../../rating/deck/types.js';
import type { FrozenPayer } from '../../rating/settlement/types.js';
import { accountChain } from './account-chain.js';
import { callLimits } from './call-limits.js';
import { refuse } from './call-plan.js';
import type { CallPlan, PlanContext } from './call-plan.js';
import { chooseRoutes } from './choose-routes.js';
import { askGuards, dailyLimitsOf } from './guards.js';
import type { GuardedPayer } from './guards.js';
import type { OutboundCall, RatedCall } from './outbound-call.js';
import { packageOffers } from './packages.js';
import type { PackageUser } from './packages.js';
import { normalizeNumber } from './normalize-number.js';
import { outboundLevels } from './payer-sheets.js';
import type { PayerLevel } from './payer-sheets.js';
import { concernedAccounts, payingChain } from './paying-chain.js';
import { ratePayers } from './rate-payers.js';

/** Rates a call for everybody who pays it and finds the carriers it may use. */
export function planOutbound(outbound: OutboundCall, context: PlanContext): CallPlan {
  const call: RatedCall = { ...outbound, jurisdiction: jurisdictionOfCall(outbound, context) };
  const { owner, caller, destination, steps } = call;
  const { routingNumber, routingNumberBy, jurisdiction } = call;
  const draft = {
    direction: 'outbound',
    owner,
    caller,
    destination,
    routingNumber,
    routingNumberBy,
    jurisdiction,
    steps,
  } as const;
  if (routingNumber !== null || jurisdiction !== null) {
    const facts = { routingNumber, by: routingNumberBy, jurisdiction, caller: caller.number };
    steps.push({ kind: 'routing', ...facts });
  }
  const chain = accountChain(owner.account, context.snapshot.accounts.accountById);
  if (chain === null) return refuse('internal_error', draft);
  const { accounts, numbers } = context.snapshot;
  const paying = payingChain(chain, accounts);
  if ('reason' in paying) return refuse(paying.reason, draft);
  const levels = outboundLevels(call, paying, accounts);
  if ('reason' in levels) return refuse(levels.reason, draft);
  const payers = ratePayers(call, levels, context);
  if ('reason' in payers) return refuse(payers.reason, draft);
  const guarded = guardedPayers(levels, payers);
  const findings = askGuards(guarded, { destination, nowMs: context.nowMs, accounts });
  steps.push(...findings.steps);
  const guardEvents = findings.events;
  if (findings.reason !== null) return refuse(findings.reason, { ...draft, guardEvents });
  const inclusive = packageOffers(packageUser(call, levels, context.nowMs), accounts);
  steps.push(...inclusive.steps);
  const choice = chooseRoutes(call, payers, chain, context);
  if ('reason' in choice) return refuse(choice.reason, draft);
  return {
    kind: 'paid',
    ...draft,
    guardEvents,
    payers,
    routes: choice.routes,
    maxRoutes: choice.maxRoutes,
    target: null,
    ringTimeoutS: context.settings.ringTimeoutS,
    limits: callLimits({
      extension: owner.extension?.extension ?? null,
      did: owner.didId === null ? null : (numbers.didById.get(owner.didId) ?? null),
      accounts: concernedAccounts(chain, accounts),
    }),
    allowances: inclusive.offers,
    dailyLimits: dailyLimitsOf(payingAccounts(levels), { nowMs: context.nowMs, accounts }),
  };
}

/** Levels that pay from an account; an extension's own money has no guard. */
function payingAccounts(levels: readonly PayerLevel[]): readonly PayerLevel[] {
  return levels.filter(({ wallet }) => wallet === undefined);
}

/** Each account at the price it is to pay, a branch at the one its head office pays for it. */
function guardedPayers(
  levels: readonly PayerLevel[],
  payers: readonly FrozenPayer[],
): readonly GuardedPayer[] {
  return levels.flatMap(({ account, branch, wallet }, index): GuardedPayer[] => {
    const rate = payers[index]?.rate;
    if (wallet !== undefined || rate === undefined) return [];
    return [...(branch === undefined ? [] : [{ account: branch, rate }]), { account, rate }];
  });
}

/** The first payer's inclusive time: of the calling extension, and of the accounts unless it pays. */
function packageUser(
  { owner, destination }: RatedCall,
  [first]: readonly PayerLevel[],
  nowMs: number,
): PackageUser {
  const isWallet = first?.wallet !== undefined;
  const head = first === undefined || first.account === owner.account ? [] : [first.account];
  return {
    destination,
    nowMs,
    extensionId: owner.extension?.extension.id ?? null,
    accounts: isWallet ? [] : [owner.account, ...head],
    customer: owner.account,
  };
}

/** From the number the far end is shown to where the call really goes. */
function jurisdictionOfCall(call: OutboundCall, { settings }: PlanContext): Jurisdiction | null {
  const shown = normalizeNumber(call.caller.number, settings) ?? '';
  return jurisdictionOf(shown, call.routingNumber ?? call.destination);
}
