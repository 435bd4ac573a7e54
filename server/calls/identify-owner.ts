import { extensionAddress } from '../snapshot/build-areas.js';
import type { ExtensionEntry } from '../snapshot/snapshot.js';
import type { Owner } from './call-plan.js';
import type { CallRequest } from './call-request.js';
import type { DecisionStep, RefusalReason } from './decision.js';
import type { Visit } from './visit.js';

/** The account is never taken from what the caller says: only from the digest or our own marks. */
export function identifyOwner({ request, context, steps }: Visit): Owner | null {
  const facts = request.authenticated;
  const { accounts, numbers } = context.snapshot;
  if (facts.user !== null && facts.domain !== null && !isSentOn(request)) {
    const entry = accounts.extensionByAddress.get(extensionAddress(facts.user, facts.domain));
    // A mobile extension has no phone that could have proved to be it.
    if (entry === undefined || entry.extension.kind === 'mobile') return null;
    return extensionOwner(entry, facts.vouchedBy ?? 'digest', steps);
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

/** Whether an extension sent this leg on: from then on it is that extension's call, whoever began it. */
export function isSentOn({ hops = 0, authenticated }: CallRequest): boolean {
  return hops > 0 && authenticated.extensionId !== null;
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

/** Why an owner may not call at all; null where it may. */
export function barredReason(owner: Owner): RefusalReason | null {
  if (owner.account.status !== 'active') return 'account_suspended';
  return owner.extension?.extension.status === 'paused' ? 'extension_paused' : null;
}
