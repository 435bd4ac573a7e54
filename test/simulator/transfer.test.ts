import { expect } from 'chai';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import type { HttpPost } from '../../scripts/simulator/engine-http.js';
import { answered, inTurn } from '../../scripts/simulator/far-end.js';
import { dialplanReply, FakeEngine } from './fake-engine.js';
import { outbound, playCall } from './play-call.js';

const NEXT = '33142278186';

describe('a transferred call on the simulated switch', () => {
  const engine = new FakeEngine();

  before(() => engine.start());
  after(() => engine.stop());
  beforeEach(() => {
    engine.requests.length = 0;
    engine.dialplan = (form) =>
      dialplanReply(
        't42',
        outbound(`sofia/gateway/carrierA/${form.get('Hunt-Destination-Number') ?? ''}`),
      );
  });
  afterEach(() => {
    engine.cdrStatus = () => 200;
  });

  it('visits the dialplan again with the same leg when its caller is sent on', async () => {
    const { ended } = await playCall(engine, {
      transfers: [{ kind: 'blind', afterMs: 2_000, to: NEXT, farEnd: inTurn(answered(3_000)) }],
    });
    const visits = engine.lookups('dialplan').map(({ form }) => form);
    expect(visits.map((form) => form.get('Hunt-Destination-Number'))).to.deep.equal([
      '447700900123',
      NEXT,
    ]);
    expect(visits[0]?.get('Unique-ID')).to.equal(visits[1]?.get('Unique-ID'));
    const created = visits.map((form) => form.get('Caller-Profile-Created-Time'));
    expect(created[0]).not.to.equal(created[1]);
    const far = ended.filter(({ direction }) => direction === 'outbound');
    expect(
      far.map(({ destination, billUs, hangupCause }) => [destination, billUs, hangupCause]),
    ).to.deep.equal([
      ['447700900123', 2_000_000, 'BLIND_TRANSFER'],
      [NEXT, 3_000_000, 'NORMAL_CLEARING'],
    ]);
    expect(new Set(far.map(({ originatingLegUuid }) => originatingLegUuid)).size).to.equal(1);
    expect(ended.filter(({ direction }) => direction === 'inbound')).to.have.length(1);
  });

  it('lets the far leg run on when the caller has connected it and left', async () => {
    const { ended, outcome } = await playCall(engine, {
      transfers: [{ kind: 'attended', afterMs: 2_000, staysMs: 4_000 }],
    });
    const caller = ended.find(({ direction }) => direction === 'inbound');
    const far = ended.find(({ direction }) => direction === 'outbound');
    expect(caller?.hangupCause).to.equal('ATTENDED_TRANSFER');
    expect(caller?.billUs).to.equal(2_000_000);
    expect(far?.billUs).to.equal(6_000_000);
    expect(outcome.talkUs).to.equal(6_000_000);
  });

  it('talks to its end where that comes before the transfer', async () => {
    const { ended } = await playCall(engine, {
      farEnd: inTurn(answered(1_000)),
      transfers: [{ kind: 'blind', afterMs: 2_000, to: NEXT, farEnd: inTurn(answered(3_000)) }],
    });
    expect(engine.lookups('dialplan')).to.have.length(1);
    expect(ended.map(({ billUs }) => billUs)).to.deep.equal([1_000_000, 1_000_000]);
  });

  it('says nothing more once the switch was killed', async () => {
    const began: string[] = [];
    const run = await playCall(
      engine,
      {},
      { onLeg: (leg) => void began.push(leg.spec.direction) },
      (sim, clock) => void clock.after(2_000, () => sim.crash()),
    );
    expect(began).to.deep.equal(['inbound', 'outbound']);
    expect(run.names).to.deep.equal(['CHANNEL_ANSWER', 'CHANNEL_ANSWER', 'CHANNEL_BRIDGE']);
    expect(run.outcome.cause).to.equal('SWITCH_CRASHED');
    expect(engine.records()).to.have.length(0);
    expect(run.sim.legs()).to.have.length(0);
  });

  it('hands over a record that no attempt could deliver', async () => {
    engine.cdrStatus = () => 503;
    const lost: HttpPost[] = [];
    const { ended } = await playCall(engine, {}, { onRecordLost: (record) => lost.push(record) });
    expect(engine.records()).to.have.length(4);
    expect(lost.map(({ path }) => path.slice(-36)).sort()).to.deep.equal(
      ended.map(({ legUuid }) => legUuid).sort(),
    );
    expect(JSON.parse(lost[0]?.body ?? '')).to.have.property('variables');
  });
});
