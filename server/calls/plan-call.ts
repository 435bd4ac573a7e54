import { extensionAddress } from '../snapshot/build-areas.js';
import type { ExtensionEntry, Snapshot } from '../snapshot/snapshot.js';
import { refuse } from './call-plan.js';
import type { CallPlan, Owner, PlanSettings } from './call-plan.js';
import type { CallRequest } from './call-request.js';
import type { CallTarget, DecisionStep, RefusalReason } from './decision.js';
import { dialledDigits, normalizeNumber } from './normalize-number.js';
import { planOutbound } from './plan-outbound.js';

/**
 * Decides a call as far as memory can: who calls, where to, at which prices, by which carriers.
 * Money and call limits come after it, in the database. Never throws for anything a caller can send.
 */
export function planCall(
  request: CallRequest,
  snapshot: Snapshot,
  settings: PlanSettings,
  nowMs: number,
): CallPlan {
  const steps: DecisionStep[] = [];
  const dialled = dialledDigits(request.dialled);
  if (dialled === null) return refuse('number_unknown', 'outbound', null, '', steps);
  if (isFromCarrier(request)) {
    return planInbound(request, dialled, snapshot, settings, steps);
  }
  const owner = identifyOwner(request, snapshot, steps);
  if (owner === null) return refuse('not_authenticated', 'outbound', null, dialled, steps);
  const barred = barredReason(owner);
  if (barred !== null) return refuse(barred, 'outbound', owner, dialled, steps);
  const near = planNear(owner, dialled, snapshot, settings, steps);
  if (near !== null) return near;
  const destination = normalizeNumber(dialled, settings);
  if (destination === null) return refuse('number_unknown', 'outbound', owner, dialled, steps);
  steps.push({ kind: 'number', dialled, destination });
  if (owner.extension === null) {
    return refuse('external_not_allowed', 'outbound', owner, destination, steps);
  }
  return planOutbound({ owner, destination, snapshot, settings, nowMs, steps });
}

/** A new call on the carriers' profile; legs with our marks come back from a call we decided. */
function isFromCarrier({ authenticated }: CallRequest): boolean {
  const { profile, didId, extensionId } = authenticated;
  return profile === 'external' && didId === null && extensionId === null;
}

/** The account is never taken from what the caller says: only from the digest or our own marks. */
function identifyOwner(
  request: CallRequest,
  snapshot: Snapshot,
  steps: DecisionStep[],
): Owner | null {
  const facts = request.authenticated;
  const { accounts, numbers } = snapshot;
  if (facts.user !== null && facts.domain !== null) {
    const entry = accounts.extensionByAddress.get(extensionAddress(facts.user, facts.domain));
    return entry === undefined ? null : extensionOwner(entry, 'digest', steps);
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
function planNear(
  owner: Owner,
  dialled: string,
  snapshot: Snapshot,
  settings: PlanSettings,
  steps: DecisionStep[],
): CallPlan | null {
  for (const domain of domainsOf(owner, snapshot)) {
    const entry = snapshot.accounts.extensionByAddress.get(extensionAddress(dialled, domain));
    if (entry !== undefined) return planExtension(entry, 'internal', owner, dialled, steps);
  }
  if (dialled !== settings.echoNumber) return null;
  steps.push({ kind: 'target', target: 'echo' });
  return {
    kind: 'free',
    direction: 'service',
    owner,
    destination: dialled,
    target: { kind: 'echo' },
    ringTimeoutS: settings.ringTimeoutS,
    steps,
  };
}

function domainsOf(owner: Owner, snapshot: Snapshot): readonly string[] {
  if (owner.extension !== null) return [owner.extension.domain];
  return snapshot.accounts.domainsByAccount.get(owner.account.id) ?? [];
}

function planExtension(
  entry: ExtensionEntry,
  direction: 'internal' | 'inbound',
  owner: Owner,
  destination: string,
  steps: DecisionStep[],
): CallPlan {
  const { number, status, ringTimeoutS } = entry.extension;
  if (status === 'paused') return refuse('extension_paused', direction, owner, destination, steps);
  steps.push({ kind: 'target', target: 'extension', address: `${number}@${entry.domain}` });
  const target: CallTarget = { kind: 'extension', number, domain: entry.domain };
  return { kind: 'free', direction, owner, destination, target, ringTimeoutS, steps };
}

/** A carrier is known by its address alone, whatever else the INVITE says. */
function planInbound(
  request: CallRequest,
  dialled: string,
  snapshot: Snapshot,
  settings: PlanSettings,
  steps: DecisionStep[],
): CallPlan {
  const gateway = snapshot.carriers.gateways.find(
    ({ carrier, inbound }) => carrier.status === 'active' && inbound.has(request.networkAddress),
  );
  if (gateway === undefined) return refuse('carrier_unknown', 'inbound', null, dialled, steps);
  steps.push({
    kind: 'carrier',
    carrierId: gateway.carrier.id,
    gateway: gateway.gateway.name,
    address: request.networkAddress,
  });
  const number = normalizeNumber(dialled, settings);
  const did = number === null ? undefined : snapshot.numbers.didByNumber.get(number);
  const account = did === undefined ? undefined : snapshot.accounts.accountById.get(did.accountId);
  if (did === undefined || account === undefined || number === null) {
    return refuse('number_unknown', 'inbound', null, number ?? dialled, steps);
  }
  const owner: Owner = { account, extension: null, didId: did.id };
  steps.push({ kind: 'owner', by: 'did', did: number, accountId: account.id });
  if (did.status !== 'active') return refuse('did_paused', 'inbound', owner, number, steps);
  if (account.status !== 'active') {
    return refuse('account_suspended', 'inbound', owner, number, steps);
  }
  if (did.extensionId !== null) {
    const entry = snapshot.accounts.extensionById.get(did.extensionId);
    if (entry === undefined) return refuse('number_unknown', 'inbound', owner, number, steps);
    return planExtension(entry, 'inbound', owner, number, steps);
  }
  const menu = did.ivrMenuId === null ? undefined : snapshot.numbers.menuById.get(did.ivrMenuId);
  if (menu === undefined) return refuse('number_unknown', 'inbound', owner, number, steps);
  steps.push({ kind: 'target', target: 'menu', menu: menu.menu.name });
  return {
    kind: 'free',
    direction: 'inbound',
    owner,
    destination: number,
    target: { kind: 'menu', name: menu.menu.name },
    ringTimeoutS: settings.ringTimeoutS,
    steps,
  };
}
