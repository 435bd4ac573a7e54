import { extensionAddress } from '../snapshot/build-areas.js';
import type { ExtensionEntry, Snapshot } from '../snapshot/snapshot.js';
import { refuse } from './call-plan.js';
import type { Caller, CallPlan, Owner, PlanContext } from './call-plan.js';
import type { CallRequest } from './call-request.js';
import { decisionKeyOf } from './call-request.js';
import type { CallTarget, DecisionStep, RefusalReason } from './decision.js';
import { normalizeNumber, normalizeRoutingNumber, parseDialled } from './normalize-number.js';
import type { Dialled } from './normalize-number.js';
import { planOutbound } from './plan-outbound.js';
import type { OutboundCall } from './plan-outbound.js';
import { callerInside, callerOutside, callerReceived } from './presented-caller.js';
import { seedOf } from './seed.js';

/**
 * Decides a call as far as memory can: who calls, where to, at which prices, by which carriers.
 * Money, call limits and the capacity of carriers come after it, in the database. Never throws for
 * anything a caller can send.
 */
export function planCall(request: CallRequest, context: PlanContext): CallPlan {
  const steps: DecisionStep[] = [];
  const caller = callerReceived(request.callerNumber);
  const dialled = parseDialled(request.dialled);
  if (dialled === null) {
    return refuse('number_unknown', {
      direction: 'outbound',
      owner: null,
      caller,
      destination: '',
      steps,
    });
  }
  const call: Visit = { request, context, dialled, steps };
  return isFromCarrier(request) ? planInbound(call, caller) : planFromInside(call, caller);
}

/** Of calls that nobody pays for. */
const NOT_RATED = { routingNumber: null, routingNumberBy: null, jurisdiction: null } as const;

/** One visit to the dialplan while it is looked at. */
interface Visit {
  readonly request: CallRequest;
  readonly context: PlanContext;
  readonly dialled: Dialled;
  readonly steps: DecisionStep[];
}

/** A new call on the carriers' profile; legs with our marks come back from a call we decided. */
function isFromCarrier({ authenticated }: CallRequest): boolean {
  const { profile, didId, extensionId } = authenticated;
  return profile === 'external' && didId === null && extensionId === null;
}

function planFromInside(call: Visit, stranger: Caller): CallPlan {
  const { dialled, context, steps } = call;
  const { digits } = dialled;
  const owner = identifyOwner(call);
  const phone = owner?.extension?.extension;
  const inside = phone === undefined ? stranger : callerInside(phone);
  const draft = { direction: 'outbound', owner, caller: inside, steps } as const;
  if (owner === null) return refuse('not_authenticated', { ...draft, destination: digits });
  const barred = barredReason(owner);
  if (barred !== null) return refuse(barred, { ...draft, destination: digits });
  const near = planNear(call, owner, inside);
  if (near !== null) return near;
  const destination = normalizeNumber(digits, context.settings);
  if (destination === null) return refuse('number_unknown', { ...draft, destination: digits });
  steps.push({ kind: 'number', dialled: digits, destination });
  if (phone === undefined) return refuse('external_not_allowed', { ...draft, destination });
  return planOutbound(
    {
      owner,
      caller: callerOutside(phone),
      destination,
      isToMobile: false,
      ...routingOf(dialled, destination, owner, context),
      ...channelFacts(call),
      steps,
    },
    context,
  );
}

/**
 * What came with the number is believed of accounts whose switch asks the database itself; for all
 * others it is what was looked up here.
 */
function routingOf(
  dialled: Dialled,
  destination: string,
  owner: Owner,
  context: PlanContext,
): Pick<OutboundCall, 'routingNumber' | 'routingNumberBy'> {
  if (owner.account.trustsLrn && dialled.isDipped) {
    const written = dialled.routingNumber;
    const found = written === null ? null : normalizeRoutingNumber(written, destination);
    return { routingNumber: found, routingNumberBy: 'caller' };
  }
  return lookedUp(context);
}

function lookedUp({ routingNumber }: PlanContext) {
  return { routingNumber, routingNumberBy: routingNumber === null ? null : 'lookup' } as const;
}

function channelFacts({ request }: Visit) {
  return {
    switchId: request.switchId,
    offeredCodecs: request.offeredCodecs,
    triedGatewayIds: request.triedGatewayIds,
    seed: seedOf(decisionKeyOf(request)),
  };
}

/** The account is never taken from what the caller says: only from the digest or our own marks. */
function identifyOwner({ request, context, steps }: Visit): Owner | null {
  const facts = request.authenticated;
  const { accounts, numbers } = context.snapshot;
  if (facts.user !== null && facts.domain !== null) {
    const entry = accounts.extensionByAddress.get(extensionAddress(facts.user, facts.domain));
    // A mobile extension has no phone that could have proved to be it.
    if (entry === undefined || entry.extension.kind === 'mobile') return null;
    return extensionOwner(entry, 'digest', steps);
  }
  if (facts.extensionId !== null) {
    const entry = accounts.extensionById.get(facts.extensionId);
    return entry === undefined ? null : extensionOwner(entry, 'earlier_decision', steps);
  }
  if (facts.didId === null) return null;
  const did = numbers.didById.get(facts.didId);
  const account = did === undefined ? undefined : accounts.accountById.get(did.accountId);
  if (did === undefined || account === undefined) return null;
  steps.push({ kind: 'owner', by: 'did', did: did.number, accountId: account.id });
  return { account, extension: null, didId: did.id };
}

function extensionOwner(entry: ExtensionEntry, by: string, steps: DecisionStep[]): Owner {
  steps.push({
    kind: 'owner',
    by,
    extension: `${entry.extension.number}@${entry.domain}`,
    accountId: entry.account.id,
  });
  return { account: entry.account, extension: entry, didId: null };
}

function barredReason(owner: Owner): RefusalReason | null {
  if (owner.account.status !== 'active') return 'account_suspended';
  return owner.extension?.extension.status === 'paused' ? 'extension_paused' : null;
}

/** Calls that stay inside: another extension of the same domain, or a service of the engine. */
function planNear(call: Visit, owner: Owner, caller: Caller): CallPlan | null {
  const { context, steps } = call;
  const { digits } = call.dialled;
  for (const domain of domainsOf(owner, context.snapshot)) {
    const entry = context.snapshot.accounts.extensionByAddress.get(
      extensionAddress(digits, domain),
    );
    if (entry !== undefined) return planExtension(call, entry, 'internal', owner, caller, digits);
  }
  if (digits !== context.settings.echoNumber) return null;
  steps.push({ kind: 'target', target: 'echo' });
  return {
    kind: 'free',
    direction: 'service',
    owner,
    caller,
    destination: digits,
    target: { kind: 'echo' },
    ringTimeoutS: context.settings.ringTimeoutS,
    ...NOT_RATED,
    steps,
  };
}

function domainsOf(owner: Owner, snapshot: Snapshot): readonly string[] {
  if (owner.extension !== null) return [owner.extension.domain];
  return snapshot.accounts.domainsByAccount.get(owner.account.id) ?? [];
}

function planExtension(
  call: Visit,
  entry: ExtensionEntry,
  direction: 'internal' | 'inbound',
  owner: Owner,
  caller: Caller,
  destination: string,
): CallPlan {
  const { steps } = call;
  const { number, status, ringTimeoutS, kind } = entry.extension;
  const draft = { direction, owner, caller, destination, steps };
  if (status === 'paused') return refuse('extension_paused', draft);
  if (kind === 'mobile') return planMobile(call, entry, owner, caller);
  steps.push({ kind: 'target', target: 'extension', address: `${number}@${entry.domain}` });
  const target: CallTarget = { kind: 'extension', number, domain: entry.domain };
  return {
    kind: 'free',
    ...draft,
    target,
    ringTimeoutS,
    ...NOT_RATED,
  };
}

/**
 * A call to a mobile extension leaves by a carrier and is paid by the extension's account, whoever
 * called. A mobile number that is one of our own would come back by a carrier for ever.
 */
function planMobile(
  call: Visit,
  entry: ExtensionEntry,
  calling: Owner,
  stranger: Caller,
): CallPlan {
  const { context, steps } = call;
  const { extension, account, domain } = entry;
  const phone = calling.extension?.extension;
  const caller = phone === undefined ? stranger : callerOutside(phone);
  const owner: Owner = { account, extension: entry, didId: calling.didId };
  const destination = extension.mobileNumber ?? '';
  const address = `${extension.number}@${domain}`;
  steps.push({
    kind: 'target',
    target: 'mobile',
    address,
    accountId: account.id,
    number: destination,
  });
  const draft = { direction: 'outbound', owner, caller, destination, steps } as const;
  if (normalizeNumber(destination, { internationalPrefix: '' }) === null) {
    return refuse('number_unknown', draft);
  }
  if (context.snapshot.numbers.didByNumber.has(destination)) return refuse('call_loop', draft);
  return planOutbound(
    {
      owner,
      caller,
      destination,
      isToMobile: true,
      ...lookedUp(context),
      ...channelFacts(call),
      steps,
    },
    context,
  );
}

/** A carrier is known by its address alone, whatever else the INVITE says. */
function planInbound(call: Visit, caller: Caller): CallPlan {
  const { request, context, steps } = call;
  const { digits } = call.dialled;
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
    return planExtension(call, entry, 'inbound', owner, caller, number);
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
