import type { AuthenticatedFacts, CallRequest } from '../../server/calls/call-request.js';
import type { PlanContext, PlanSettings } from '../../server/calls/call-plan.js';
import { noLiveFacts } from '../../server/calls/live-facts.js';
import type { Snapshot } from '../../server/snapshot/snapshot.js';
import type { AuthorizeSettings } from '../../server/calls/authorize-call.js';
import { SWITCH_ID } from './world.js';

export const CORE = 'c0fe0000-0000-4000-8000-000000000001';

export const planSettings: PlanSettings = {
  internationalPrefix: '00',
  echoNumber: '9196',
  ringTimeoutS: 60,
  emergencyNumbers: ['112', '911'],
};

/** What a call is planned from where a test says nothing else. */
export function planContext(
  snapshot: Snapshot,
  nowMs: number,
  over: Partial<PlanContext> = {},
): PlanContext {
  return {
    snapshot,
    settings: planSettings,
    nowMs,
    live: noLiveFacts,
    routingNumber: null,
    ...over,
  };
}

/** A minute per hold: short enough to see extensions. */
export const authorizeSettings: AuthorizeSettings = {
  ...planSettings,
  holdSliceS: 60,
  maxCallS: 600,
  heartbeatS: 20,
  orphanGraceS: 60,
  limitWarningS: 30,
  inboundWithoutDatabase: 'accept',
};

let legs = 0;

/** Another uuid every time, the same ones in every run. */
export function nextUuid(): string {
  legs += 1;
  return `1e600000-0000-4000-8000-${String(legs).padStart(12, '0')}`;
}

const NOBODY: AuthenticatedFacts = {
  user: null,
  domain: null,
  profile: 'internal',
  extensionId: null,
  didId: null,
};

type RequestOver = Partial<Omit<CallRequest, 'authenticated'>> & {
  readonly authenticated?: Partial<AuthenticatedFacts>;
};

/** Phone 1001 of acme dials a number in Britain. */
export function phoneRequest(over: RequestOver = {}): CallRequest {
  const { authenticated, ...rest } = over;
  return {
    switchId: SWITCH_ID,
    coreUuid: CORE,
    legUuid: nextUuid(),
    context: 'default',
    dialled: '447700900123',
    callerNumber: '1001',
    profileCreatedUs: '1795327068670479',
    networkAddress: '192.0.2.77',
    offeredCodecs: null,
    triedGatewayIds: [],
    ...rest,
    authenticated: { ...NOBODY, user: '1001', domain: 'acme.example', ...authenticated },
  };
}

/** Carrier A sends a call for a DID of acme. */
export function carrierRequest(over: RequestOver = {}): CallRequest {
  return phoneRequest({
    context: 'public',
    dialled: '972365987456',
    callerNumber: '447700900999',
    networkAddress: '203.0.113.5',
    ...over,
    authenticated: { user: null, domain: null, profile: 'external', ...over.authenticated },
  });
}
