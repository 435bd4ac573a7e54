import { extensionAddress } from '../snapshot/build-areas.js';
import type { ExtensionEntry } from '../snapshot/snapshot.js';
import { refuse } from './call-plan.js';
import type { CallPlan } from './call-plan.js';
import type { CallToExtension } from './call-to-extension.js';
import { normalizeNumber } from './normalize-number.js';
import { NOT_RATED } from './visit.js';
import type { Visit } from './visit.js';

/** A call that was sent on so often comes from extensions that send to each other. */
const MAX_HOPS = 5;

const FORWARDABLE = /^\+?[0-9*#]{1,32}$/;

/** Where calls to an extension go at once. */
export interface Forward {
  readonly to: string;
  /** How often the call was sent on before. */
  readonly hops: number;
}

/**
 * Follows a forward: to another extension of the domain here and now, to any other number by a
 * decision of its own, which the extension that forwards pays for. `follow` plans the call to the
 * other extension.
 */
export function planForward(
  visit: Visit,
  call: CallToExtension,
  { to, hops }: Forward,
  follow: (call: CallToExtension, hops: number) => CallPlan,
): CallPlan {
  const { context, steps } = visit;
  const { entry, direction, owner, caller, destination } = call;
  const draft = { direction, owner, caller, destination, steps } as const;
  steps.push({ kind: 'forward', from: addressOf(entry), to, hops: hops + 1 });
  if (hops >= MAX_HOPS) return refuse('call_loop', draft);
  // Nobody is connected to an emergency service without having called it.
  const isEmergency = context.settings.emergencyNumbers.includes(to);
  if (isEmergency || !FORWARDABLE.test(to)) return refuse('number_unknown', draft);
  const { accounts, numbers } = context.snapshot;
  const inside = accounts.extensionByAddress.get(extensionAddress(to, entry.domain));
  if (inside !== undefined) return follow({ ...call, entry: inside }, hops + 1);
  // By way of a carrier it would come back without our marks, for ever.
  const number = normalizeNumber(to, context.settings);
  if (number !== null && numbers.didByNumber.has(number)) return refuse('call_loop', draft);
  return planSentOn(visit, call, { to, hops: hops + 1 });
}

/** Sends the caller's leg back to the dialplan, as a call of the extension that was called. */
export function planSentOn(visit: Visit, call: CallToExtension, { to, hops }: Forward): CallPlan {
  const { entry, direction, owner, caller, destination } = call;
  const extensionId = entry.extension.id;
  visit.steps.push({ kind: 'target', target: 'transfer', to, extensionId });
  return {
    kind: 'free',
    direction,
    owner,
    caller,
    destination,
    target: { kind: 'transfer', to, extensionId, hops },
    ringTimeoutS: entry.extension.ringTimeoutS,
    ...NOT_RATED,
    steps: visit.steps,
  };
}

function addressOf({ extension, domain }: ExtensionEntry): string {
  return `${extension.number}@${domain}`;
}
