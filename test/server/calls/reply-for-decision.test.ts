import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { CallTarget, Decision, RefusalReason } from '../../../server/calls/decision.js';
import { decisionReply, refusalReply } from '../../../server/calls/reply-for-decision.js';
import type { DialplanRecord } from '../../../xml/records.js';
import { carriableText } from '../../../xml/dial-string.js';
import { dialplanDocument } from '../../../xml/documents/dialplan.js';
import { lintDocument } from '../../../xml/lint.js';
import { rate } from '../../rating/builders.js';
import { goldenFiles } from '../../support/golden.js';
import { HOSTILE } from '../../xml/hostile.js';

const expectGolden = goldenFiles('server/calls/golden');

const CALL = '0199f000-0000-7000-8000-000000000001';

function decision(over: Partial<Decision> = {}): Decision {
  return {
    version: 1,
    context: 'default',
    callerNumber: '442071838750',
    callerName: 'Acme Sales',
    ringTimeoutS: 60,
    operatorAccountId: 1,
    extensionId: 7,
    didId: null,
    payers: [],
    routes: [],
    target: null,
    steps: [],
    ...over,
  };
}

const ROUTES: Decision['routes'] = (['carrierA', 'carrierB', 'carrierC'] as const).map(
  (gatewayName, index) => ({
    gatewayId: index + 1,
    gatewayName,
    carrierId: index + 1,
    currency: 'EUR',
    rate: rate(),
    number: index === 0 ? '77#447700900123' : '447700900123',
    codecs: index === 2 ? 'PCMA' : 'PCMU,PCMA',
    progressTimeoutS: 8 - index,
  }),
);

function missingRoute(): never {
  throw new Error('there are three routes');
}

const inside: CallTarget = { kind: 'extension', number: '1002', domain: 'acme.example' };

/** The document as it leaves, which must pass the linter whatever went into it. */
function documentOf(record: DialplanRecord): string {
  const text = dialplanDocument(record);
  expect(lintDocument(text)).to.deep.equal([]);
  return text;
}

const replyTo = (over: Partial<Decision>, grantedS: number | null = null): string =>
  documentOf(decisionReply(CALL, decision(over), grantedS, { heartbeatS: 60, limitWarningS: 30 }));

const REASONS: readonly RefusalReason[] = [
  'account_blocked',
  'account_suspended',
  'call_loop',
  'call_over',
  'carrier_unknown',
  'daily_spend_reached',
  'database_unavailable',
  'destination_blocked',
  'did_paused',
  'extension_paused',
  'external_not_allowed',
  'insufficient_funds',
  'internal_error',
  'new_country',
  'night_rule',
  'no_carrier',
  'no_lcr_plan',
  'no_rate',
  'not_authenticated',
  'number_unknown',
  'over_call_limit',
  'over_call_rate',
  'price_too_high',
  'would_lose_money',
];

describe('the dialplan reply', () => {
  it('to a paid call is one bridge over all routes, each leg with its limit and marks', () => {
    expectGolden('outbound.xml', replyTo({ routes: ROUTES }, 300));
  });

  it('to a call over carriers that mean different things by their causes is a bridge for each run', () => {
    const goesOnAfterBusy = ['CALL_REJECTED', 'ORIGINATOR_CANCEL'];
    const routes = [0, 1, 2, 1].map((from, index) => ({
      ...(ROUTES[from] ?? missingRoute()),
      ...(from === 1 ? { stopCauses: goesOnAfterBusy } : {}),
      gatewayId: index + 1,
    }));
    expectGolden('outbound-causes.xml', replyTo({ routes }, 300));
  });

  it('to a call over carriers that all mean the same, however unusual, is one bridge', () => {
    const routes = ROUTES.map((route) => ({ ...route, stopCauses: ['CALL_REJECTED'] }));
    const reply = replyTo({ routes }, 300);
    expect(reply.match(/application="bridge"/g)).to.have.lengthOf(1);
    expect(reply).to.contain('{sip_cid_type=pid,fail_on_single_reject=CALL_REJECTED}');
    expect(reply).not.to.contain('failure_causes');
  });

  it('to an internal call rings the extension', () => {
    expectGolden('internal.xml', replyTo({ target: inside, ringTimeoutS: 25 }));
  });

  it('to a call from outside marks the leg with the number it came for', () => {
    const fromOutside = { target: inside, extensionId: null, didId: 4, context: 'public' };
    expectGolden('inbound.xml', replyTo(fromOutside));
  });

  it('to a call for a menu answers and runs it', () => {
    const target = { kind: 'menu', name: 'acme-main' } as const;
    expectGolden('menu.xml', replyTo({ target, extensionId: null, didId: 5, context: 'public' }));
  });

  it('to a call of somebody whose money ends it warns before the cut', () => {
    expectGolden('outbound-warned.xml', replyTo({ routes: ROUTES, limitedByMoney: true }, 300));
  });

  for (const [what, over, grantedS, limitWarningS] of [
    ['where only the length of a hold ends it', {}, 300, 30],
    ['where nobody wants one', { limitedByMoney: true }, 300, 0],
    ['for a call that is shorter than the warning', { limitedByMoney: true }, 30, 30],
  ] as const) {
    it(`gives no warning ${what}`, () => {
      const settings = { heartbeatS: 60, limitWarningS };
      const asked = decision({ routes: ROUTES, ...over });
      const reply = documentOf(decisionReply(CALL, asked, grantedS, settings));
      expect(reply).not.to.contain('sched_broadcast');
      expect(reply).to.contain(`sched_hangup +${grantedS + 1} `);
    });
  }

  it('to a paid call to a number limits the leg of the caller, before it is answered', () => {
    const fromOutside = {
      extensionId: null,
      didId: 4,
      context: 'public',
      metered: 'caller',
    } as const;
    expectGolden('inbound-metered.xml', replyTo({ ...fromOutside, target: inside }, 120));
    const target = { kind: 'menu', name: 'acme-main' } as const;
    const warned = { ...fromOutside, limitedByMoney: true, target };
    expectGolden('menu-metered.xml', replyTo(warned, 120));
  });

  it('to a call that is sent on marks who pays from then on, and asks again', () => {
    const target = { kind: 'transfer', to: '+447700900777', extensionId: 8, hops: 1 } as const;
    expectGolden('forward.xml', replyTo({ target }));
  });

  it('to a paid call to a number that is sent on limits the leg and asks again', () => {
    const target = { kind: 'transfer', to: '447700900777', extensionId: 8, hops: 2 } as const;
    const reply = replyTo({ target, didId: 4, metered: 'caller' }, 120);
    const names = [...reply.matchAll(/application="(\w+)" data="([^= ]+)/g)].map(
      ([, application, name]) => `${application ?? ''} ${name ?? ''}`,
    );
    expect(names).to.deep.equal([
      'set rl_call',
      'set rl_did',
      'set rl_metered',
      'set heartbeat_use_scheduler',
      'set enable_heartbeat_events',
      'set execute_on_answer',
      'set rl_ext',
      'set rl_hops',
      'transfer 447700900777',
    ]);
  });

  it('to an emergency call hunts on after every failure, and nothing ever cuts it', () => {
    const gateways = ROUTES.map((route) => ({ ...route, number: '112' }));
    const target = { kind: 'emergency', number: '112', gateways } as const;
    const reply = replyTo({ target });
    expectGolden('emergency.xml', reply);
    expect(reply).not.to.match(/sched_hangup|fail_on_single_reject|failure_causes|heartbeat/);
  });

  it('to the echo number answers and echoes', () => {
    expectGolden('echo.xml', replyTo({ target: { kind: 'echo' } }));
  });

  it('to a decision without any place to go is a reject', () => {
    expect(replyTo({})).to.contain('application="respond" data="500 Server Error"');
  });

  it('to each refusal is a positive reject with a status of its own', () => {
    const texts = REASONS.map((reason) => documentOf(refusalReply('default', reason)));
    expectGolden('refusals.xml', texts.join('\n'));
  });

  it('cuts a leg a second after what was granted, for the switch may be a second early', () => {
    expect(replyTo({ routes: ROUTES.slice(0, 1) }, 1)).to.contain(
      'sched_hangup +2 ALLOTTED_TIMEOUT',
    );
  });

  it('carries no price', () => {
    const text = replyTo({ routes: ROUTES }, 300);
    expect(text).not.to.match(/0\.6|EUR|rate/i);
  });

  for (const [what, text] of Object.entries(HOSTILE)) {
    it(`stays one bridge when the caller is called ${what}`, () => {
      const callerName = carriableText(text);
      const reply = replyTo({ routes: ROUTES, callerName, limitedByMoney: true }, 60);
      expect(reply.match(/<action /g)).to.have.lengthOf(6);
      expect(reply.match(/application="bridge"/g)).to.have.lengthOf(1);
      expect(reply.match(/sofia\/gateway\//g)).to.have.lengthOf(3);
    });
  }
});
