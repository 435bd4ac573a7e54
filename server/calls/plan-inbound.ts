import { refuse } from './call-plan.js';
import type { Caller, CallPlan, Owner } from './call-plan.js';
import { inboundToll } from './inbound-toll.js';
import type { InboundToll } from './inbound-toll.js';
import { normalizeNumber } from './normalize-number.js';
import { planExtension } from './plan-extension.js';
import { NOT_RATED } from './visit.js';
import type { Visit } from './visit.js';

/** A carrier is known by its address alone, whatever else the INVITE says. */
export function planInbound(visit: Visit, caller: Caller): CallPlan {
  const { request, context, steps } = visit;
  const { digits } = visit.dialled;
  const { snapshot, settings } = context;
  const gateway = snapshot.carriers.gateways.find(
    ({ carrier, inbound }) => carrier.status === 'active' && inbound.has(request.networkAddress),
  );
  const draft = { direction: 'inbound', caller, steps } as const;
  if (gateway === undefined) {
    return refuse('carrier_unknown', { ...draft, owner: null, destination: digits });
  }
  steps.push({
    kind: 'carrier',
    carrierId: gateway.carrier.id,
    gateway: gateway.gateway.name,
    address: request.networkAddress,
  });
  const number = normalizeNumber(digits, settings);
  const did = number === null ? undefined : snapshot.numbers.didByNumber.get(number);
  const account = did === undefined ? undefined : snapshot.accounts.accountById.get(did.accountId);
  if (did === undefined || account === undefined || number === null) {
    return refuse('number_unknown', { ...draft, owner: null, destination: number ?? digits });
  }
  const owner: Owner = { account, extension: null, didId: did.id };
  steps.push({ kind: 'owner', by: 'did', did: number, accountId: account.id });
  const found = { ...draft, owner, destination: number };
  if (did.status !== 'active') return refuse('did_paused', found);
  if (account.status !== 'active') return refuse('account_suspended', found);
  const { accounts, numbers } = snapshot;
  const entry = did.extensionId === null ? null : accounts.extensionById.get(did.extensionId);
  if (entry === undefined) return refuse('number_unknown', found);
  const toll = inboundToll({ did, account, entry, steps }, context);
  if ('reason' in toll) return refuse(toll.reason, found);
  const isMetered = toll.payers.length > 0 || toll.limits.length > 0;
  if (entry !== null) {
    return withToll(planExtension(visit, { ...found, entry, isMetered }), toll, isMetered);
  }
  const menu = did.ivrMenuId === null ? undefined : numbers.menuById.get(did.ivrMenuId);
  if (menu === undefined) return refuse('number_unknown', found);
  steps.push({ kind: 'target', target: 'menu', menu: menu.menu.name });
  const free: CallPlan = {
    kind: 'free',
    ...found,
    target: { kind: 'menu', name: menu.menu.name },
    ringTimeoutS: settings.ringTimeoutS,
    ...NOT_RATED,
  };
  return withToll(free, toll, isMetered);
}

/** A call that would be free is one the database is asked about: the caller's leg is charged. */
function withToll(plan: CallPlan, toll: InboundToll, isMetered: boolean): CallPlan {
  if (!isMetered || plan.kind !== 'free') return plan;
  return { ...plan, kind: 'paid', direction: 'inbound', ...toll, routes: [], maxRoutes: 0 };
}
