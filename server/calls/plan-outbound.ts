import { jurisdictionOf } from '../../rating/jurisdiction/jurisdiction.js';
import type { Jurisdiction } from '../../rating/deck/types.js';
import { accountChain } from './account-chain.js';
import { callLimits } from './call-limits.js';
import { refuse } from './call-plan.js';
import type { CallPlan, PlanContext } from './call-plan.js';
import { chooseRoutes } from './choose-routes.js';
import type { OutboundCall, RatedCall } from './outbound-call.js';
import { normalizeNumber } from './normalize-number.js';
import { outboundLevels } from './payer-sheets.js';
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
  const choice = chooseRoutes(call, payers, chain, context);
  if ('reason' in choice) return refuse(choice.reason, draft);
  return {
    kind: 'paid',
    ...draft,
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
    allowances: [],
    dailyLimits: [],
  };
}

/** From the number the far end is shown to where the call really goes. */
function jurisdictionOfCall(call: OutboundCall, { settings }: PlanContext): Jurisdiction | null {
  const shown = normalizeNumber(call.caller.number, settings) ?? '';
  return jurisdictionOf(shown, call.routingNumber ?? call.destination);
}
