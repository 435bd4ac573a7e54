import { refuse } from './call-plan.js';
import type { Caller, CallPlan, Owner } from './call-plan.js';
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
  if (did.extensionId !== null) {
    const entry = snapshot.accounts.extensionById.get(did.extensionId);
    if (entry === undefined) return refuse('number_unknown', found);
    return planExtension(visit, { ...found, entry });
  }
  const menu = did.ivrMenuId === null ? undefined : snapshot.numbers.menuById.get(did.ivrMenuId);
  if (menu === undefined) return refuse('number_unknown', found);
  steps.push({ kind: 'target', target: 'menu', menu: menu.menu.name });
  return {
    kind: 'free',
    ...found,
    target: { kind: 'menu', name: menu.menu.name },
    ringTimeoutS: settings.ringTimeoutS,
    ...NOT_RATED,
  };
}
