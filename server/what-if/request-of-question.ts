import { invalid } from '../admin/refusal.js';
import type { AuthenticatedFacts, CallRequest } from '../calls/call-request.js';
import { extensionAddress } from '../snapshot/build-areas.js';
import type { SwitchEntry } from '../snapshot/snapshot.js';
import type { BaseSnapshot } from './load-base.js';
import { bareNumber } from './question.js';
import type { RouteQuestion } from './question.js';

/** Stands where a real call has its own ids; nothing is ever stored under it. */
export const PLACEHOLDER_UUID = '00000000-0000-4000-8000-000000000000';

const NOBODY: AuthenticatedFacts = {
  user: null,
  domain: null,
  profile: 'internal',
  extensionId: null,
  didId: null,
};

/** Contexts of the FreeSWITCH configuration that comes with the engine. */
const PHONE_CONTEXT = 'default';
const CARRIER_CONTEXT = 'public';

/** What FreeSWITCH would ask if this call were made, and by which FreeSWITCH. */
export interface Asked {
  readonly request: CallRequest;
  /** Null in an installation without an active one. */
  readonly switch: SwitchEntry | null;
}

/** @throws Refusal `invalid` for a caller or a switch that does not exist. */
export function requestOfQuestion(question: RouteQuestion, snapshot: BaseSnapshot): Asked {
  const entry = findSwitch(question.switchName, snapshot);
  return {
    switch: entry,
    request: {
      // No switch has the id 0, so nothing is known of its gateways.
      switchId: entry?.row.id ?? 0,
      coreUuid: PLACEHOLDER_UUID,
      legUuid: PLACEHOLDER_UUID,
      dialled: bareNumber(question.to),
      profileCreatedUs: String(question.atMs * 1000),
      offeredCodecs: null,
      triedGatewayIds: [],
      ...callerSide(question, snapshot),
    },
  };
}

type CallerSide = Pick<
  CallRequest,
  'context' | 'callerNumber' | 'networkAddress' | 'authenticated'
>;

function callerSide({ from, caller }: RouteQuestion, snapshot: BaseSnapshot): CallerSide {
  if (from.includes('@')) return phoneSide(from, caller, snapshot);
  const did = snapshot.numbers.didByNumber.get(bareNumber(from).replace(/^\+/, ''));
  if (did !== undefined) {
    return {
      context: PHONE_CONTEXT,
      callerNumber: caller ?? did.number,
      networkAddress: '',
      authenticated: { ...NOBODY, didId: did.id },
    };
  }
  return carrierSide(from, caller, snapshot);
}

function phoneSide(from: string, caller: string | null, snapshot: BaseSnapshot): CallerSide {
  const at = from.lastIndexOf('@');
  const [user, domain] = [from.slice(0, at), from.slice(at + 1).toLowerCase()];
  if (!snapshot.accounts.extensionByAddress.has(extensionAddress(user, domain))) {
    throw invalid('from', `there is no extension ${user}@${domain}`);
  }
  return {
    context: PHONE_CONTEXT,
    callerNumber: caller ?? user,
    networkAddress: '',
    authenticated: { ...NOBODY, user, domain },
  };
}

/** A call that a carrier sends us; it is known by the address it comes from. */
function carrierSide(from: string, caller: string | null, snapshot: BaseSnapshot): CallerSide {
  const entry = snapshot.carriers.gateways.find(({ gateway }) => gateway.name === from);
  if (entry === undefined) {
    const forms = 'an extension (number@domain), a DID number or the name of a gateway';
    throw invalid('from', `found ${JSON.stringify(from)}, expected ${forms} that exists`);
  }
  const address = entry.inbound.cidrs[0]?.split('/')[0];
  if (address === undefined) {
    throw invalid('from', `gateway ${from} has no address that calls may come from`);
  }
  return {
    context: CARRIER_CONTEXT,
    callerNumber: caller ?? 'anonymous',
    networkAddress: address,
    authenticated: { ...NOBODY, profile: 'external' },
  };
}

function findSwitch(name: string | null, { switches }: BaseSnapshot): SwitchEntry | null {
  const entries = [...switches.byId.values()].sort((one, other) => one.row.id - other.row.id);
  if (name === null) return entries[0] ?? null;
  const found = entries.find(({ row }) => row.name === name);
  if (found === undefined) throw invalid('switch', `there is no active switch ${name}`);
  return found;
}

/**
 * The snapshot with another number on record for the calling extension, so that a caller's number can
 * be tried out; the same snapshot where none is to be tried.
 */
export function withCallerNumber<S extends BaseSnapshot>(
  snapshot: S,
  { authenticated }: CallRequest,
  caller: string | null,
): S {
  const { user, domain } = authenticated;
  if (caller === null || user === null || domain === null) return snapshot;
  const address = extensionAddress(user, domain);
  const entry = snapshot.accounts.extensionByAddress.get(address);
  if (entry === undefined) return snapshot;
  const changed = { ...entry, extension: { ...entry.extension, callerIdNumber: caller } };
  const extensionByAddress = new Map(snapshot.accounts.extensionByAddress).set(address, changed);
  return { ...snapshot, accounts: { ...snapshot.accounts, extensionByAddress } };
}
