import { extensionAddress } from '../snapshot/build-areas.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { refuse } from './call-plan.js';
import type { Caller, CallPlan, Owner, PlanContext } from './call-plan.js';
import type { CallRequest } from './call-request.js';
import type { DecisionStep } from './decision.js';
import { planEmergency } from './emergency.js';
import { barredReason, identifyOwner, isSentOn } from './identify-owner.js';
import { normalizeNumber, normalizeRoutingNumber, parseDialled } from './normalize-number.js';
import type { Dialled } from './normalize-number.js';
import { planExtension } from './plan-extension.js';
import { planInbound } from './plan-inbound.js';
import { planOutbound } from './plan-outbound.js';
import type { OutboundCall } from './outbound-call.js';
import { callerInside, callerOutside, callerReceived } from './presented-caller.js';
import { channelFacts, lookedUp, NOT_RATED } from './visit.js';
import type { Visit } from './visit.js';

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
  const visit: Visit = { request, context, dialled, steps };
  return isFromCarrier(request) ? planInbound(visit, caller) : planFromInside(visit, caller);
}

/** A new call on the carriers' profile; legs with our marks come back from a call we decided. */
function isFromCarrier({ authenticated }: CallRequest): boolean {
  const { profile, didId, extensionId } = authenticated;
  return profile === 'external' && didId === null && extensionId === null;
}

function planFromInside(visit: Visit, stranger: Caller): CallPlan {
  const { dialled, context, steps } = visit;
  const { digits } = dialled;
  const owner = identifyOwner(visit);
  const phone = owner?.extension?.extension;
  const inside = phone === undefined ? stranger : callerInside(phone);
  const draft = { direction: 'outbound', owner, caller: inside, steps } as const;
  if (owner === null) return refuse('not_authenticated', { ...draft, destination: digits });
  if (phone !== undefined && isEmergency(visit)) {
    const { request } = visit;
    const call = { owner, caller: callerOutside(phone), number: digits, steps };
    return planEmergency({ ...call, switchId: request.switchId }, context);
  }
  const barred = barredReason(owner);
  if (barred !== null) return refuse(barred, { ...draft, destination: digits });
  const near = planNear(visit, owner, inside);
  if (near !== null) return near;
  const destination = normalizeNumber(digits, context.settings);
  if (destination === null) return refuse('number_unknown', { ...draft, destination: digits });
  steps.push({ kind: 'number', dialled: digits, destination });
  if (phone === undefined) return refuse('external_not_allowed', { ...draft, destination });
  // What was sent on to the mobile number of an extension, and not dialled there.
  const isToMobile = phone.kind === 'mobile' && phone.mobileNumber === destination;
  return planOutbound(
    {
      owner,
      caller: isToMobile ? stranger : callerOutside(phone),
      destination,
      isToMobile,
      ...routingOf(dialled, destination, owner, context),
      ...channelFacts(visit),
      steps,
    },
    context,
  );
}

/** Who forwards to an emergency number has not called it: whoever calls then never meant to. */
function isEmergency({ request, dialled, context }: Visit): boolean {
  return !isSentOn(request) && context.settings.emergencyNumbers.includes(dialled.digits);
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
    const routingNumber = written === null ? null : normalizeRoutingNumber(written, destination);
    // One that cannot be read is no answer: then what was looked up here counts.
    if (written === null || routingNumber !== null) {
      return { routingNumber, routingNumberBy: 'caller' };
    }
  }
  return lookedUp(context);
}

/** Calls that stay inside: another extension of the same domain, or a service of the engine. */
function planNear(visit: Visit, owner: Owner, caller: Caller): CallPlan | null {
  const { context, steps } = visit;
  const { digits } = visit.dialled;
  for (const domain of domainsOf(owner, context.snapshot)) {
    const entry = context.snapshot.accounts.extensionByAddress.get(
      extensionAddress(digits, domain),
    );
    if (entry !== undefined) {
      const draft = { direction: 'internal', owner, caller, destination: digits } as const;
      return planExtension(visit, { ...draft, entry });
    }
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
