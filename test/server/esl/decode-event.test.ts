import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { CallEvent, LegEnded } from '../../../server/calls/reports.js';
import {
  decodeEvent,
  decodeUrlText,
  legEndedFromVariables,
  readEventFrame,
} from '../../../server/esl/decode-event.js';
import { parseJsonEvent, parsePlainEvent } from '../../../server/esl/event-headers.js';
import { eventsOf, framesOf, recordedBytes, scenariosWith } from './recorded.js';

const CORE = '35a9d1ac-1cfa-49e3-8ec4-d65d2f05b6b8';
const LEG = '2ecdc890-3da9-4227-a32e-d820398ef69f';
const CALL = '0f6d2c9a-9a0e-4b0e-8d9c-3f4f3c1b2a10';

function recordedEvents(scenario: string): readonly CallEvent[] {
  return eventsOf(framesOf(recordedBytes(scenario, 'esl.json.raw')));
}

function endedLegs(scenario: string): readonly LegEnded[] {
  return recordedEvents(scenario).filter((event): event is LegEnded => event.kind === 'ended');
}

function legHeaders(more: Record<string, unknown>): Record<string, unknown> {
  return { 'Core-UUID': CORE, 'Unique-ID': LEG, 'Call-Direction': 'outbound', ...more };
}

describe('decoding recorded events', () => {
  it('reads the same headers from the JSON and from the plain recording of a scenario', () => {
    let compared = 0;
    for (const scenario of scenariosWith('esl.json.raw')) {
      const json = framesOf(recordedBytes(scenario, 'esl.json.raw')).map(readEventFrame);
      const plain = framesOf(recordedBytes(scenario, 'esl.plain.raw')).map(readEventFrame);
      expect(plain.length, scenario).to.equal(json.length);
      json.forEach((headers, index) => {
        expect({ ...plain[index] }, `${scenario} ${index}`).to.deep.equal({ ...headers });
        compared += headers === null ? 0 : 1;
      });
    }
    expect(compared).to.be.above(150);
  });

  it('tells answer, heartbeats and end of both legs of an answered call', () => {
    const events = recordedEvents('05-outbound-answered');
    expect(events.map((event) => event.kind)).to.deep.equal([
      'answered',
      'answered',
      'heartbeat',
      'heartbeat',
      'heartbeat',
      'ended',
      'ended',
    ]);
  });

  it('gives the charged leg its gateway, its origin and exact microseconds', () => {
    const [leg] = endedLegs('05-outbound-answered');
    expect(leg).to.deep.equal({
      kind: 'ended',
      source: 'esl',
      legUuid: LEG,
      coreUuid: CORE,
      direction: 'outbound',
      callId: null,
      routeIndex: null,
      originatingLegUuid: 'f8717fd1-6caa-41e4-8016-868ec9130243',
      gatewayName: 'carrierB',
      destination: '33142278186',
      callerNumber: '1001',
      startUs: 1795327082570515,
      progressUs: 1795327082591021,
      answerUs: 1795327082990736,
      endUs: 1795327088330494,
      billUs: 5339758,
      hangupCause: 'NORMAL_CLEARING',
      protocolCause: null,
      disposition: 'send_bye',
    });
  });

  const ends: readonly [string, readonly (readonly [string, string, string | null, number])[]][] = [
    [
      '04-outbound-failover-503-then-answered',
      [
        ['carrierA', 'NORMAL_TEMPORARY_FAILURE', 'sip:503', 0],
        ['carrierB', 'NORMAL_CLEARING', null, 5342099],
        ['', 'NORMAL_CLEARING', 'sip:200', 5322103],
      ],
    ],
    [
      '06-outbound-cut-by-sched-hangup',
      [
        ['carrierB', 'NORMAL_CLEARING', null, 3519997],
        ['', 'ALLOTTED_TIMEOUT', null, 3519989],
      ],
    ],
    ['07-outbound-rejected-403', [['', 'CALL_REJECTED', null, 0]]],
    [
      '08-outbound-no-answer',
      [
        ['', 'NORMAL_CLEARING', null, 0],
        ['carrierC', 'NO_ANSWER', 'sip:487', 0],
      ],
    ],
    [
      '16-both-carriers-fail-busy',
      [
        ['carrierA', 'NORMAL_TEMPORARY_FAILURE', 'sip:503', 0],
        ['carrierB', 'USER_BUSY', 'sip:486', 0],
        ['', 'NORMAL_CLEARING', 'sip:486', 0],
      ],
    ],
  ];
  for (const [scenario, expected] of ends) {
    it(`tells how every leg of ${scenario} ended`, () => {
      const seen = endedLegs(scenario).map((leg) => [
        leg.gatewayName ?? '',
        leg.hangupCause,
        leg.protocolCause,
        leg.billUs,
      ]);
      expect(seen).to.deep.equal(expected);
    });
  }

  it('reads the heartbeat of the switch as a sign of life', () => {
    const alive = recordedEvents('06-outbound-cut-by-sched-hangup').find(
      (event) => event.kind === 'alive',
    );
    expect(alive).to.deep.equal({ kind: 'alive', coreUuid: CORE, atUs: 1795327092430489 });
  });

  it('sees nothing of interest in a registration', () => {
    expect(recordedEvents('01-register')).to.deep.equal([]);
  });
});

describe('decoding single events', () => {
  it('takes our call id and route index from the leg', () => {
    const event = decodeEvent(
      legHeaders({
        'Event-Name': 'CHANNEL_ANSWER',
        'Caller-Channel-Answered-Time': '1795327082990736',
        variable_rl_call: CALL,
        variable_rl_route: '1',
      }),
    );
    expect(event).to.include({ kind: 'answered', callId: CALL, routeIndex: 1 });
  });

  it('takes no call id and no route that is not of their form', () => {
    const event = decodeEvent(
      legHeaders({
        'Event-Name': 'CHANNEL_ANSWER',
        'Event-Date-Timestamp': '1795327082990736',
        variable_rl_call: "1'; drop table calls",
        variable_rl_route: '-1',
      }),
    );
    expect(event).to.include({ callId: null, routeIndex: null, answerUs: 1795327082990736 });
  });

  it('falls back to the other leg for the origin of an outbound leg, and only there', () => {
    const other = { 'Event-Date-Timestamp': '1', 'Other-Leg-Unique-ID': CALL };
    const named = { ...other, 'Event-Name': 'CHANNEL_ANSWER' };
    expect(decodeEvent(legHeaders(named))).to.include({ originatingLegUuid: CALL });
    const inbound = { ...named, 'Call-Direction': 'inbound' };
    expect(decodeEvent(legHeaders(inbound))).to.include({ originatingLegUuid: null });
  });

  it('uses the first value of a header that came twice', () => {
    const headers = legHeaders({
      'Event-Name': 'SESSION_HEARTBEAT',
      'Event-Date-Timestamp': '1795327082990736',
      variable_rl_call: [CALL, LEG],
    });
    expect(decodeEvent(headers)).to.include({ kind: 'heartbeat', callId: CALL, answerUs: 0 });
  });

  it('knows no leg without a uuid or a direction', () => {
    const name = { 'Event-Name': 'CHANNEL_ANSWER', 'Event-Date-Timestamp': '1' };
    expect(decodeEvent(legHeaders({ ...name, 'Unique-ID': 'x' }))).to.equal(null);
    expect(decodeEvent(legHeaders({ ...name, 'Call-Direction': 'sideways' }))).to.equal(null);
    expect(decodeEvent({ ...name })).to.equal(null);
  });

  it('reports a gateway that fails its pings as down whatever its registration says', () => {
    const headers = {
      'Event-Name': 'CUSTOM',
      'Event-Subclass': 'sofia::gateway_state',
      'Core-UUID': CORE,
      Gateway: 'carrierA',
      State: 'NOREG',
    };
    const gateway = { kind: 'gateway', coreUuid: CORE, gatewayName: 'carrierA' };
    expect(decodeEvent({ ...headers, 'Ping-Status': 'UP' })).to.deep.equal({
      ...gateway,
      state: 'NOREG',
    });
    expect(decodeEvent({ ...headers, 'Ping-Status': 'DOWN' })).to.deep.equal({
      ...gateway,
      state: 'DOWN',
    });
  });

  it('gives null for a body that is no JSON object', () => {
    for (const body of ['', '{', '[]', '"x"', 'null', '{"a":1']) {
      expect(parseJsonEvent(body), body).to.equal(null);
    }
  });

  it('keeps an event whose text holds a percent sign that escapes nothing', () => {
    const event = parsePlainEvent('Event-Name: HEARTBEAT\nA: 100%\nB: %zz%41%C3%A9\n\n');
    expect({ ...event }).to.deep.equal({ 'Event-Name': 'HEARTBEAT', A: '100%', B: '%zzAé' });
  });

  it('undoes the switch percent-encoding byte by byte', () => {
    expect(decodeUrlText('1001%40acme.example')).to.equal('1001@acme.example');
    expect(decodeUrlText('a+b')).to.equal('a+b');
    expect(decodeUrlText('%C3%A9%')).to.equal('é%');
    expect(decodeUrlText('%ff%')).to.equal('\ufffd%');
  });
});

describe('the end of a leg from its variables', () => {
  const variables = {
    uuid: LEG,
    direction: 'outbound',
    rl_call: CALL,
    rl_route: '0',
    start_uepoch: '1795327082570515',
    answer_uepoch: '1795327082990736',
    end_uepoch: '1795327088330494',
    billusec: '5339758',
    billsec: '6',
    hangup_cause: 'NORMAL_CLEARING',
  };
  const extras = { source: 'cdr', coreUuid: CORE, destination: '1', callerNumber: '2' } as const;

  it('uses the microseconds of the switch, not its truncated seconds', () => {
    expect(legEndedFromVariables(variables, extras)).to.include({
      source: 'cdr',
      legUuid: LEG,
      callId: CALL,
      routeIndex: 0,
      billUs: 5339758,
      destination: '1',
    });
  });

  it('counts from answer to end when the switch did not say how long', () => {
    const ended = legEndedFromVariables({ ...variables, billusec: undefined }, extras);
    expect(ended?.billUs).to.equal(1795327088330494 - 1795327082990736);
  });

  it('bills nothing for a leg that was never answered', () => {
    const ended = legEndedFromVariables({ ...variables, answer_uepoch: '0' }, extras);
    expect(ended).to.include({ answerUs: 0, billUs: 0 });
  });

  it('is nothing without an end, unless the report around it knows one', () => {
    const endless = { ...variables, end_uepoch: undefined };
    expect(legEndedFromVariables(endless, extras)).to.equal(null);
    expect(legEndedFromVariables(endless, { ...extras, endUs: 7 })).to.include({ endUs: 7 });
  });
});
