import { Decimal } from '../../rating/money.js';
import type { FrozenPayer } from '../../rating/settlement/types.js';
import type { Decision } from '../../server/calls/decision.js';
import type { HoldPayer, HoldRequest } from '../../server/calls/hold-request.js';
import { rate } from '../rating/builders.js';
import { CORE, nextUuid } from './requests.js';
import { ACME, CARRIER_A, OPERATOR, SWITCH_ID } from './world.js';

interface HoldRequestOver extends Partial<Omit<HoldRequest, 'payers' | 'decision'>> {
  readonly payers?: readonly Partial<HoldPayer>[];
  readonly decision?: Partial<Decision>;
}

/** A cent a second for the account, unless something else is said. */
export function holdPayer(over: Partial<HoldPayer> = {}): HoldPayer {
  return {
    accountId: ACME,
    sellerAccountId: OPERATOR,
    currency: 'EUR',
    rate: rate({ ratePerMinute: '0.6' }),
    creditLimit: new Decimal(0),
    ...over,
  };
}

/**
 * A call of acme's by carrier A, granted a minute at a time: for what no plan of the tests' world
 * makes. Another call every time.
 */
export function holdRequest(over: HoldRequestOver = {}): HoldRequest {
  const callId = nextUuid();
  const payers = (over.payers ?? [{}]).map(holdPayer);
  const decision: Decision = {
    version: 1,
    context: 'default',
    callerNumber: '1001',
    callerName: '1001',
    ringTimeoutS: 60,
    operatorAccountId: OPERATOR,
    extensionId: null,
    didId: null,
    payers: payers.map(frozen),
    routes: [route()],
    target: null,
    ...(over.limits === undefined ? {} : { limits: over.limits }),
    ...(over.dailyLimits === undefined ? {} : { dailyLimits: over.dailyLimits }),
    steps: [],
    ...over.decision,
  };
  return {
    callId,
    decisionKey: callId,
    sliceS: 60,
    maxS: 600,
    nowUs: 1_795_000_000_000_000,
    maxRoutes: 5,
    limits: [],
    allowances: [],
    dailyLimits: [],
    newsGraceUs: 60_000_000,
    call: {
      id: callId,
      decisionKey: callId,
      switchId: SWITCH_ID,
      coreUuid: CORE,
      aLegUuid: nextUuid(),
      direction: decision.metered === undefined ? 'outbound' : 'inbound',
      accountId: ACME,
      callerNumber: '1001',
      dialled: '447700900123',
      destination: '447700900123',
      createdUs: 1_795_000_000_000_000,
    },
    ...over,
    payers,
    decision,
  };
}

function frozen(payer: HoldPayer): FrozenPayer {
  const { accountId, sellerAccountId, currency, extensionId } = payer;
  const wallet = extensionId === undefined ? {} : { extensionId };
  return { accountId, ...wallet, sellerAccountId, currency, rate: payer.rate };
}

function route(): Decision['routes'][number] {
  return {
    gatewayId: 1,
    gatewayName: 'carrierA',
    carrierId: CARRIER_A,
    currency: 'EUR',
    rate: rate({ ratePerMinute: '0.12' }),
    number: '447700900123',
    codecs: 'PCMA',
    progressTimeoutS: 8,
  };
}
