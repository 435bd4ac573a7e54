import { refuse } from './call-plan.js';
import type { CallPlan, Owner } from './call-plan.js';
import type { CallTarget } from './decision.js';
import type { CallToExtension } from './call-to-extension.js';
import { planForward, planSentOn } from './forward-call.js';
import { normalizeNumber } from './normalize-number.js';
import { planOutbound } from './plan-outbound.js';
import { callerOutside } from './presented-caller.js';
import { channelFacts, lookedUp, NOT_RATED } from './visit.js';
import type { Visit } from './visit.js';

/** Rings the phone of an extension, or sends the call on where it forwards or is a mobile one. */
export function planExtension(
  visit: Visit,
  call: CallToExtension,
  hops = visit.request.hops ?? 0,
): CallPlan {
  const { steps } = visit;
  const { entry, direction, owner, caller, destination } = call;
  const { number, status, ringTimeoutS, kind, forwardTo } = entry.extension;
  const draft = { direction, owner, caller, destination, steps } as const;
  if (status === 'paused') return refuse('extension_paused', draft);
  if (forwardTo !== null) {
    const forward = { to: forwardTo, hops };
    return planForward(visit, call, forward, (next, more) => planExtension(visit, next, more));
  }
  if (kind === 'mobile') return planMobile(visit, call, hops);
  steps.push({ kind: 'target', target: 'extension', address: `${number}@${entry.domain}` });
  const target: CallTarget = { kind: 'extension', number, domain: entry.domain };
  return { kind: 'free', ...draft, target, ringTimeoutS, ...NOT_RATED };
}

/**
 * A call to a mobile extension leaves by a carrier and is paid by the extension's account, whoever
 * called. A mobile number that is one of our own would come back by a carrier for ever.
 */
function planMobile(visit: Visit, call: CallToExtension, hops: number): CallPlan {
  const { context, steps } = visit;
  const { extension, account, domain } = call.entry;
  const phone = call.owner.extension?.extension;
  const caller = phone === undefined ? call.caller : callerOutside(phone);
  const owner: Owner = { account, extension: call.entry, didId: call.owner.didId };
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
  if (call.isMetered === true) return planSentOn(visit, call, { to: destination, hops: hops + 1 });
  return planOutbound(
    {
      owner,
      caller,
      destination,
      isToMobile: true,
      ...lookedUp(context),
      ...channelFacts(visit),
      steps,
    },
    context,
  );
}
