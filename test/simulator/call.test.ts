import { expect } from 'chai';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { legEndedFromVariables } from '../../server/esl/decode-event.js';
import { parseJsonEvent } from '../../server/esl/event-headers.js';
import type { CallPlan } from '../../scripts/simulator/call.js';
import type { VirtualClock } from '../../scripts/simulator/clock.js';
import { answered, type FarEnd, inTurn } from '../../scripts/simulator/far-end.js';
import { runApiCommand } from '../../scripts/simulator/switch-api.js';
import type { SimulatedSwitch, SwitchOptions } from '../../scripts/simulator/switch.js';
import { dialplanReply, FakeEngine } from './fake-engine.js';
import { CALL, outbound, playCall, type Run, START_US } from './play-call.js';

const BUSY: FarEnd = { kind: 'reject', afterMs: 10, status: 486 };
const DOWN: FarEnd = { kind: 'reject', afterMs: 10, status: 503 };

describe('a call on the simulated switch', () => {
  const engine = new FakeEngine();

  before(() => engine.start());
  after(() => engine.stop());
  beforeEach(() => {
    engine.requests.length = 0;
    engine.dialplan = () =>
      dialplanReply('t42', outbound('[rl_route=0]sofia/gateway/carrierA/447700900123'));
  });
  afterEach(() => {
    engine.cdrStatus = () => 200;
  });

  const play = (
    plan: Partial<CallPlan>,
    options?: Partial<SwitchOptions>,
    during?: (sim: SimulatedSwitch, clock: VirtualClock) => void,
  ): Promise<Run> => playCall(engine, plan, options, during);

  it('asks the directory, then the dialplan, with our credentials and the caller in the form', async () => {
    await play({});
    const [auth] = engine.lookups('directory');
    const [dialplan] = engine.lookups('dialplan');
    expect(auth?.path).to.equal('/freeswitch/xml');
    expect(auth?.authorization).to.equal(`Basic ${Buffer.from('fs1:secret').toString('base64')}`);
    expect(Object.fromEntries(auth?.form ?? [])).to.include({
      action: 'sip_auth',
      sip_auth_method: 'INVITE',
      user: '1001',
      domain: 'acme.example',
      sip_to_user: '447700900123',
    });
    expect(Object.fromEntries(dialplan?.form ?? [])).to.include({
      'Hunt-Destination-Number': '447700900123',
      'Hunt-Context': 't42',
      'Caller-Caller-ID-Number': '1001',
      variable_accountcode: 'ACME',
      variable_user_context: 't42',
      variable_sip_authorized: 'true',
      variable_sip_full_from: '"1001" <sip:1001@acme.example>;tag=32132T1',
    });
    expect(dialplan?.form.get('variable_uuid')).to.equal(dialplan?.form.get('Unique-ID'));
    expect(dialplan?.body.length).to.be.within(5000, 7000);
  });

  it('reports an answered call to the microsecond, both legs', async () => {
    const { outcome, ended, names, sizes } = await play({});
    expect(names).to.deep.equal([
      'CHANNEL_ANSWER',
      'CHANNEL_ANSWER',
      'CHANNEL_BRIDGE',
      'CHANNEL_HANGUP',
      'CHANNEL_HANGUP',
      'CHANNEL_HANGUP_COMPLETE',
      'CHANNEL_HANGUP_COMPLETE',
    ]);
    expect(outcome).to.include({
      isAnswered: true,
      attempts: 1,
      talkUs: 5_000_000,
      refusedBy: null,
    });
    const carrierLeg = ended.find((leg) => leg.direction === 'outbound');
    expect(carrierLeg).to.include({
      callId: CALL,
      routeIndex: 0,
      gatewayName: 'carrierA',
      destination: '447700900123',
      callerNumber: '1001',
      originatingLegUuid: outcome.aLegUuid,
      startUs: START_US,
      progressUs: START_US + 20_000,
      answerUs: START_US + 400_000,
      endUs: START_US + 5_400_000,
      billUs: 5_000_000,
      hangupCause: 'NORMAL_CLEARING',
      disposition: 'send_bye',
    });
    const callerLeg = ended.find((leg) => leg.direction === 'inbound');
    expect(callerLeg).to.include({
      callId: CALL,
      disposition: 'recv_bye',
      protocolCause: 'sip:200',
    });
    expect(Math.min(...sizes)).to.be.above(5_000);
  });

  it('posts each record before the event that says the leg is over', async () => {
    const order: string[] = [];
    engine.cdrStatus = () => {
      order.push('record');
      return 200;
    };
    await play({}, { sink: { wants: () => true, publish: (name) => void order.push(name) } });
    const firstComplete = order.indexOf('CHANNEL_HANGUP_COMPLETE');
    expect(order.indexOf('record')).to.be.below(firstComplete);
    expect(order.filter((word) => word === 'record')).to.have.length(2);
  });

  it('posts JSON records that say the same as the events', async () => {
    const { ended } = await play({});
    const [first, second] = engine.records();
    expect([first?.path, second?.path].join(' ')).to.match(/uuid=[0-9a-f-]{36}/);
    expect([first?.path, second?.path].join(' ')).to.match(/uuid=a_[0-9a-f-]{36}/);
    for (const record of [first, second]) {
      expect(record?.contentType).to.equal('application/json');
      const parsed = JSON.parse(record?.body ?? '') as {
        'core-uuid': string;
        variables: Record<string, string>;
        callflow: { caller_profile: Record<string, string> }[];
      };
      const profile = parsed.callflow[0]?.caller_profile;
      const fromRecord = legEndedFromVariables(parsed.variables, {
        source: 'esl',
        coreUuid: parsed['core-uuid'],
        destination: profile?.['destination_number'] ?? '',
        callerNumber: profile?.['caller_id_number'] ?? '',
      });
      const fromEvent = ended.find((leg) => leg.legUuid === parsed.variables['uuid']);
      expect(fromRecord).to.deep.equal(fromEvent);
    }
  });

  it('posts XML records in a form field when told to', async () => {
    await play({}, { cdrFormat: 'xml' });
    const [record] = engine.records();
    const xml = record?.form.get('cdr') ?? '';
    expect(xml).to.match(/^<\?xml version="1\.0"\?>\n<cdr core-uuid="[0-9a-f-]{36}"/);
    expect(xml)
      .to.include(`<rl_call>${CALL}</rl_call>`)
      .and.include('<billusec>5000000</billusec>');
  });

  it('posts a record again when it was not taken, then says so', async () => {
    let refusals = 1;
    engine.cdrStatus = () => {
      refusals -= 1;
      return refusals >= 0 ? 503 : 200;
    };
    const { sim } = await play({});
    expect(engine.records()).to.have.length(3);
    expect(sim.counters).to.include({ records: 2, recordsLost: 0 });
    engine.cdrStatus = () => 500;
    const failing = await play({});
    expect(failing.sim.counters).to.include({ records: 0, recordsLost: 2 });
    expect(failing.names.filter((name) => name === 'CHANNEL_HANGUP_COMPLETE')).to.have.length(2);
  });

  it('goes to the next route when the first answers 503, and reports both attempts', async () => {
    engine.dialplan = () =>
      dialplanReply(
        't42',
        outbound('[rl_route=0]sofia/gateway/a/4477|[rl_route=1]sofia/gateway/b/4477'),
      );
    const { ended, outcome } = await play({ farEnd: inTurn(DOWN, answered(1_000)) });
    const legs = ended.filter((leg) => leg.direction === 'outbound');
    expect(
      legs.map((leg) => [leg.gatewayName, leg.routeIndex, leg.hangupCause, leg.billUs]),
    ).to.deep.equal([
      ['a', 0, 'NORMAL_TEMPORARY_FAILURE', 0],
      ['b', 1, 'NORMAL_CLEARING', 1_000_000],
    ]);
    expect(legs[0]).to.include({ protocolCause: 'sip:503', disposition: 'recv_refuse' });
    expect(outcome.attempts).to.equal(2);
  });

  it('stops at busy when busy is not among the causes to go on after', async () => {
    const setting = ['set', 'continue_on_fail=NORMAL_TEMPORARY_FAILURE'] as const;
    engine.dialplan = () =>
      dialplanReply('t42', [
        ...outbound('sofia/gateway/a/44', setting),
        ['bridge', 'sofia/gateway/b/44'],
      ]);
    const busy = await play({ farEnd: inTurn(BUSY) });
    expect(busy.outcome).to.include({ attempts: 1, cause: 'USER_BUSY', isAnswered: false });
    const down = await play({ farEnd: inTurn(DOWN, answered(1_000)) });
    expect(down.outcome).to.include({ attempts: 2, cause: 'NORMAL_CLEARING', isAnswered: true });
  });

  it('ends a leg that only rings at its own limit and goes on, at call_timeout it stops', async () => {
    engine.dialplan = () =>
      dialplanReply('t42', outbound('[leg_timeout=4]sofia/gateway/a/44|sofia/gateway/b/44'));
    const own = await play({ farEnd: inTurn({ kind: 'ring' }, answered(1_000)) });
    expect(own.ended.map((leg) => leg.hangupCause)).to.include('NO_ANSWER');
    expect(own.outcome).to.include({ attempts: 2, isAnswered: true });
    engine.dialplan = () =>
      dialplanReply(
        't42',
        outbound('sofia/gateway/a/44|sofia/gateway/b/44', ['set', 'call_timeout=3']),
      );
    const whole = await play({ farEnd: inTurn({ kind: 'ring' }) });
    expect(whole.outcome).to.include({ attempts: 1, isAnswered: false });
    expect(whole.ended.find((leg) => leg.direction === 'outbound')).to.include({
      hangupCause: 'NO_ANSWER',
      disposition: 'send_cancel',
      protocolCause: 'sip:487',
    });
  });

  it('gives up a carrier that shows no progress', async () => {
    engine.dialplan = () =>
      dialplanReply(
        't42',
        outbound('[leg_progress_timeout=2]sofia/gateway/a/44|sofia/gateway/b/44'),
      );
    const { ended } = await play({ farEnd: inTurn({ kind: 'silent' }, answered(1_000)) });
    expect(ended[0]).to.include({ hangupCause: 'PROGRESS_TIMEOUT', gatewayName: 'a' });
  });

  it('cuts the carrier leg at its limit, up to a second early', async () => {
    engine.dialplan = () =>
      dialplanReply(
        't42',
        outbound('[execute_on_answer=sched_hangup +4 ALLOTTED_TIMEOUT]sofia/gateway/a/44'),
      );
    const { ended } = await play({ farEnd: inTurn(answered(3_600_000)) });
    const leg = ended.find(({ direction }) => direction === 'outbound');
    expect(leg?.hangupCause).to.equal('ALLOTTED_TIMEOUT');
    // Answered at .650 of a second: the scheduler's fourth second comes 3.35 s later.
    expect(leg?.billUs).to.equal(3_350_000);
  });

  it('sends heartbeats of the carrier leg at the asked pace', async () => {
    engine.dialplan = () =>
      dialplanReply(
        't42',
        outbound('[heartbeat_use_scheduler=true,enable_heartbeat_events=60]sofia/gateway/a/44'),
      );
    const { events } = await play({ farEnd: inTurn(answered(200_000)) });
    const beats = events.filter((event) => event.kind === 'heartbeat');
    expect(beats).to.have.length(3);
    expect(beats.every((beat) => beat.direction === 'outbound' && beat.callId === CALL)).to.equal(
      true,
    );
  });

  it('lets a caller give up while it rings', async () => {
    const { ended, outcome } = await play({ farEnd: inTurn({ kind: 'cancel', afterMs: 2_000 }) });
    expect(outcome).to.include({ isAnswered: false, cause: 'ORIGINATOR_CANCEL' });
    expect(ended.map((leg) => [leg.direction, leg.disposition]).sort()).to.deep.equal([
      ['inbound', 'recv_cancel'],
      ['outbound', 'send_cancel'],
    ]);
  });

  it('refuses with the cause the dialplan answers, and without a route when there is none', async () => {
    engine.dialplan = () => dialplanReply('t42', [['respond', '403 Forbidden']]);
    const refused = await play({});
    expect(refused.outcome).to.include({
      refusedBy: 'dialplan',
      cause: 'CALL_REJECTED',
      attempts: 0,
    });
    engine.dialplan = () => 'not xml';
    expect((await play({})).outcome).to.include({ cause: 'NO_ROUTE_DESTINATION' });
  });

  it('lets in nobody whom the directory does not know or whose password is another', async () => {
    const stranger = { kind: 'phone', user: '1999', domain: 'acme.example' } as const;
    expect((await play({ from: stranger })).outcome).to.include({
      refusedBy: 'directory',
      aLegUuid: null,
    });
    const wrong = { kind: 'phone', user: '1001', domain: 'acme.example', password: 'no' } as const;
    expect((await play({ from: wrong })).outcome).to.include({ refusedBy: 'directory' });
    expect(engine.lookups('dialplan')).to.have.length(0);
  });

  it('brings a carrier call to an extension', async () => {
    engine.dialplan = () =>
      dialplanReply('public', [
        ['set', 'hangup_after_bridge=true'],
        ['bridge', 'sofia/internal/1002%acme.example'],
      ]);
    const from = {
      kind: 'carrier',
      callerNumber: '447911123456',
      domain: '203.0.113.7',
      context: 'public',
    } as const;
    const { ended } = await play({ from, to: '972365987456', farEnd: inTurn(answered(2_000)) });
    expect(ended.map((leg) => [leg.direction, leg.destination, leg.callerNumber])).to.deep.include([
      'inbound',
      '972365987456',
      '447911123456',
    ]);
    const extension = ended.find((leg) => leg.direction === 'outbound');
    expect(extension).to.include({ destination: '1002', gatewayName: null, billUs: 2_000_000 });
    expect(Object.fromEntries(engine.lookups('dialplan')[0]?.form ?? [])).to.include({
      'Hunt-Context': 'public',
      'Hunt-Destination-Number': '972365987456',
      'Caller-Caller-ID-Number': '447911123456',
    });
  });

  it('follows a transfer with a second fetch for the same leg', async () => {
    engine.dialplan = (form) =>
      form.get('Hunt-Destination-Number') === '447700900123'
        ? dialplanReply('t42', [['transfer', '9196 XML other']])
        : dialplanReply('other', [
            ['answer', ''],
            ['echo', ''],
          ]);
    const { outcome } = await play({ patienceMs: 3_000 });
    const fetches = engine.lookups('dialplan').map(({ form }) => form);
    expect(fetches.map((form) => form.get('Hunt-Destination-Number'))).to.deep.equal([
      '447700900123',
      '9196',
    ]);
    expect(fetches[1]?.get('variable_uuid')).to.equal(fetches[0]?.get('variable_uuid'));
    expect(outcome).to.include({ isAnswered: true, talkUs: 3_000_000 });
  });

  it('obeys kill, new limits and dumps while a call runs', async () => {
    const seen: string[] = [];
    const { ended } = await play({ farEnd: inTurn(answered(3_600_000)) }, {}, (sim, clock) => {
      clock.after(10_000, () => {
        const leg = sim.legs().find((one) => one.spec.direction === 'outbound');
        const uuid = leg?.uuid ?? '';
        const run = (command: string, argument: string): number =>
          seen.push(runApiCommand(sim, command, argument));
        run('sched_del', uuid);
        run('sched_hangup', `+5 ${uuid} ALLOTTED_TIMEOUT`);
        run('uuid_kill', '2ecdc890-3da9-4227-a32e-d820398ef69f NORMAL_CLEARING');
        const rows = JSON.parse(runApiCommand(sim, 'show', 'channels as json')) as {
          row_count: number;
        };
        seen.push(String(rows.row_count));
        const dump = parseJsonEvent(runApiCommand(sim, 'uuid_dump', `${uuid} json`));
        seen.push(String(dump?.['variable_rl_call']));
      });
    });
    expect(seen).to.deep.equal(['+OK Deleted: 0\n', '+OK\n', '-ERR No such channel!\n', '2', CALL]);
    const leg = ended.find(({ direction }) => direction === 'outbound');
    expect(leg).to.include({ hangupCause: 'ALLOTTED_TIMEOUT' });
    expect(leg?.billUs).to.be.within(13_000_000, 15_000_000);
  });
});
