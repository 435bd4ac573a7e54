import { expect } from 'chai';
import { describe, it } from 'mocha';
import { extendHold } from '../../../server/calls/extend-hold.js';
import type { LegHeartbeat } from '../../../server/calls/reports.js';
import type { LegCommands } from '../../../server/calls/supervisor.js';
import type { Clock } from '../../../server/clock.js';
import { openDatabase } from '../../../db/client.js';
import { cdrInbox } from '../../../db/schema/index.js';
import { callOf, expectCorrectBooks, legOf, openHolds, purseOf } from '../../support/books.js';
import { ANSWER_US, callerEnded, carrierEnded } from '../../support/leg-reports.js';
import type { CallNode } from '../../support/node.js';
import { phoneRequest } from '../../support/requests.js';
import { ACME, BETA, RESELLER, SWITCH_ID } from '../../support/world.js';
import { withCompany } from './company.js';

/** Remembers the limits it was told; refuses while `isDeaf`. */
class FakeSwitch implements LegCommands {
  readonly limits: ({ readonly legUuid: string } & Parameters<LegCommands['limitLeg']>[1])[] = [];
  isDeaf = false;
  /** By how much its clock is ahead of the engine's. */
  aheadUs = 0;

  constructor(private readonly clock: Clock) {}

  async nowUs(): Promise<number> {
    await Promise.resolve();
    return this.clock.nowUs() + this.aheadUs;
  }

  async limitLeg(legUuid: string, limit: Parameters<LegCommands['limitLeg']>[1]): Promise<boolean> {
    await Promise.resolve();
    if (this.isDeaf) throw new Error('no answer');
    this.limits.push({ legUuid, ...limit });
    return true;
  }
}

describe('following a call', () => {
  const company = withCompany();

  it('has an extended leg cut in the first whole second of the switch in which nothing is left', async () => {
    const fake = new FakeSwitch(company().clock);
    const { node, clock } = company();
    const one = node({ commands: () => fake });
    const { beat } = await answeredCall(one);
    // The switch's clock is 7.4 s ahead of this node's, and in the middle of a second.
    fake.aheadUs = 7_400_000;
    clock.advanceS(40);
    await one.supervisor.handle(beat(40), SWITCH_ID);
    expect(fake.limits.map(({ seconds }) => seconds)).to.deep.equal([73]);
  });

  /** A call that was answered, watched by this node. */
  const answeredCall = async (node: CallNode, over: Parameters<typeof phoneRequest>[0] = {}) => {
    const request = phoneRequest(over);
    const { callId } = await company().ask(node, request);
    const leg = carrierEnded(callId, 30);
    await node.supervisor.handle({ ...leg, kind: 'answered' }, SWITCH_ID);
    const beat = (seconds: number): LegHeartbeat => ({
      ...leg,
      kind: 'heartbeat',
      atUs: ANSWER_US + seconds * 1_000_000,
    });
    return { callId, leg, beat, callerLeg: request.legUuid };
  };

  it('starts the meter at the answer and waits for news as long as was granted', async () => {
    const one = company().node();
    const { callId, leg } = await answeredCall(one);
    expect(await legOf(company().database, leg.legUuid)).to.include({
      callId,
      kind: 'carrier',
      state: 'answered',
      answerUs: ANSWER_US,
      lastSeenUs: ANSWER_US,
    });
    const call = await callOf(company().database, callId);
    expect(call).to.include({ state: 'answered' });
    expect(call.expiresUs).to.equal(ANSWER_US + (60 + 120) * 1_000_000);
    expect(one.supervisor.runningLegs).to.equal(1);
  });

  it('hears of an answer twice and changes nothing', async () => {
    const { node, second } = company();
    const one = node();
    const { leg } = await answeredCall(one);
    const again = { ...leg, kind: 'answered', answerUs: ANSWER_US + 9 } as const;
    await node({ database: second }).supervisor.handle(again, SWITCH_ID);
    expect((await legOf(company().database, leg.legUuid))?.answerUs).to.equal(ANSWER_US);
  });

  it('takes a heartbeat for a proof of life, never for an older one', async () => {
    const one = company().node();
    const { leg, beat } = await answeredCall(one);
    await one.supervisor.handle(beat(20), SWITCH_ID);
    await one.supervisor.handle(beat(10), SWITCH_ID);
    const row = await legOf(company().database, leg.legUuid);
    expect(row?.lastSeenUs).to.equal(ANSWER_US + 20_000_000);
  });

  it('extends the hold before it runs out, and tells the switch the new limit', async () => {
    const fake = new FakeSwitch(company().clock);
    const { node, clock, database } = company();
    const one = node({ commands: () => fake });
    const { callId, leg, beat } = await answeredCall(one);
    clock.advanceS(20);
    await one.supervisor.handle(beat(20), SWITCH_ID);
    expect(fake.limits).to.deep.equal([]);
    clock.advanceS(20);
    await one.supervisor.handle(beat(40), SWITCH_ID);
    // 120 s from the answer, of which 40 are over.
    expect(fake.limits).to.deep.equal([
      { legUuid: leg.legUuid, seconds: 80, heartbeatSeconds: 20 },
    ]);
    expect((await callOf(database, callId)).grantedS).to.equal(120);
    expect((await purseOf(database, ACME)).held).to.equal('1.200000');
    await expectCorrectBooks(database);
  });

  it('learns of a running call from its heartbeat and extends it', async () => {
    const fake = new FakeSwitch(company().clock);
    const { node, second, clock } = company();
    const { beat } = await answeredCall(node());
    clock.advanceS(40);
    const late = node({ database: second, commands: () => fake });
    await late.supervisor.handle(beat(40), SWITCH_ID);
    expect(late.supervisor.runningLegs).to.equal(1);
    expect(fake.limits.map(({ seconds }) => seconds)).to.deep.equal([80]);
  });

  it('extends once when two nodes hear the same heartbeat', async () => {
    const fake = new FakeSwitch(company().clock);
    const { node, second, clock, database } = company();
    const nodes = [
      node({ commands: () => fake }),
      node({ database: second, commands: () => fake }),
    ];
    const { callId, leg, beat } = await answeredCall(nodes[0] ?? node());
    await nodes[1]?.supervisor.handle({ ...leg, kind: 'answered' }, SWITCH_ID);
    clock.advanceS(40);
    await Promise.all(nodes.map(({ supervisor }) => supervisor.handle(beat(40), SWITCH_ID)));
    expect((await callOf(database, callId)).grantedS).to.equal(120);
    expect(fake.limits.map(({ seconds }) => seconds)).to.deep.equal([80, 80]);
    expect((await purseOf(database, ACME)).held).to.equal('1.200000');
  });

  for (const why of ['is out of reach', 'does not answer'] as const) {
    it(`tells the limit again when the switch ${why}`, async () => {
      const fake = new FakeSwitch(company().clock);
      let isAway = why === 'is out of reach';
      fake.isDeaf = !isAway;
      const { node, clock, database } = company();
      const one = node({ commands: () => (isAway ? null : fake) });
      const { callId, beat } = await answeredCall(one);
      clock.advanceS(40);
      await one.supervisor.handle(beat(40), SWITCH_ID).catch(() => undefined);
      expect(fake.limits).to.deep.equal([]);
      isAway = false;
      fake.isDeaf = false;
      clock.advanceS(10);
      await one.supervisor.handle(beat(50), SWITCH_ID);
      expect(fake.limits.map(({ seconds }) => seconds)).to.deep.equal([70]);
      expect((await callOf(database, callId)).grantedS).to.equal(120);
    });
  }

  it('extends until the money ends, and then leaves the leg to be cut', async () => {
    const fake = new FakeSwitch(company().clock);
    const { node, clock, database, ask } = company();
    const one = node({ commands: () => fake });
    const { callId, beat } = await answeredCall(one);
    // Another call, of another length, takes nearly everything else.
    for (let other = 0; other < 164; other += 1) await ask(one, phoneRequest());
    const grants: (number | null)[] = [];
    for (let talked = 40; talked < 400; talked += 20) {
      clock.advanceS(20);
      await one.supervisor.handle(beat(talked), SWITCH_ID);
      grants.push((await callOf(database, callId)).grantedS);
    }
    // 100.00 less 164 holds of 0.60 leaves 1.60: 160 seconds and not one more.
    expect(Math.max(...grants.map((grant) => grant ?? 0))).to.equal(160);
    expect(await purseOf(database, ACME)).to.deep.equal({
      balance: '100.000000',
      held: '100.000000',
    });
    await expectCorrectBooks(database);
  });

  it('never extends beyond the longest call', async () => {
    const fake = new FakeSwitch(company().clock);
    const { node, clock, database } = company();
    const one = node({ commands: () => fake, settings: { maxCallS: 100 } });
    const { callId, beat } = await answeredCall(one);
    for (const talked of [40, 60, 80, 99]) {
      clock.advanceS(20);
      await one.supervisor.handle(beat(talked), SWITCH_ID);
    }
    expect((await callOf(database, callId)).grantedS).to.equal(100);
    expect(fake.limits).to.have.lengthOf(1);
  });

  it('extends as far as the reseller can pay', async () => {
    const { node, database } = company();
    const one = node();
    const { callId } = await answeredCall(one, { authenticated: { domain: 'beta.example' } });
    const extend = (knownGrantedS: number, sliceS: number) =>
      extendHold(database, {
        callId,
        knownGrantedS,
        sliceS,
        maxS: 100_000,
        answerUs: ANSWER_US,
        newsGraceUs: 0,
        creditLimitOf: () => '0',
      });
    // The reseller's 100 last 20,000 s at half the price, its customer's only 10,000.
    const last = { grantedS: 10_000, isLast: true };
    expect(await extend(60, 50_000)).to.deep.equal(last);
    expect((await purseOf(database, BETA)).held).to.equal('100.000000');
    expect((await purseOf(database, RESELLER)).held).to.equal('50.000000');
    expect(await extend(60, 60)).to.deep.equal(last);
    expect(await extend(10_000, 60)).to.deep.equal(last);
    await expectCorrectBooks(database);
  });

  it('extends nothing after the end', async () => {
    const { node, database } = company();
    const one = node();
    const { callId, leg } = await answeredCall(one);
    await one.supervisor.handle(leg, SWITCH_ID);
    const extended = await extendHold(database, {
      callId,
      knownGrantedS: 60,
      sliceS: 60,
      maxS: 600,
      answerUs: ANSWER_US,
      newsGraceUs: 0,
      creditLimitOf: () => '1000',
    });
    expect(extended).to.equal(null);
    expect(await openHolds(database)).to.deep.equal([]);
  });

  describe('at its end', () => {
    it('settles it and forgets it', async () => {
      const one = company().node();
      const { leg, callerLeg } = await answeredCall(one);
      await one.supervisor.handle(leg, SWITCH_ID);
      await one.supervisor.handle(callerEnded(callerLeg), SWITCH_ID);
      expect(one.supervisor.runningLegs).to.equal(0);
      expect((await purseOf(company().database, ACME)).balance).to.equal('99.700000');
    });

    it('forgets it also when the events come in the wrong order', async () => {
      const one = company().node();
      const { leg, beat } = await answeredCall(one);
      await Promise.all([
        one.supervisor.handle(beat(50), SWITCH_ID),
        one.supervisor.handle(leg, SWITCH_ID),
      ]);
      await one.supervisor.handle({ ...leg, kind: 'answered' }, SWITCH_ID);
      await one.supervisor.handle(beat(55), SWITCH_ID);
      expect(one.supervisor.runningLegs).to.equal(0);
      expect((await legOf(company().database, leg.legUuid))?.state).to.equal('settled');
    });

    it('keeps a report whose decision is not stored yet, for the sweep', async () => {
      const { node, database, clock } = company();
      const one = node();
      const leg = carrierEnded('00000000-0000-7000-8000-00000000dead', 30);
      await one.supervisor.handle(leg, SWITCH_ID);
      const [row] = await database.orm.select().from(cdrInbox);
      expect(row).to.include({ legUuid: leg.legUuid, state: 'pending' });
      clock.advanceS(10);
      expect(await one.inbox.sweep()).to.equal(1);
    });

    it('leaves a report to the CDR that neither the database nor the disk takes', async () => {
      const { node, database } = company();
      const away = openDatabase({ url: 'mysql://root@127.0.0.1:1/none', poolSize: 2 });
      const broken = node({ database: away });
      const { callId } = await company().ask(node(), phoneRequest());
      const failed = await broken.supervisor
        .handle(carrierEnded(callId, 30), SWITCH_ID)
        .catch((error: unknown) => error);
      expect(failed).to.be.instanceOf(Error);
      broken.decisionLog.stop();
      await away.close();
      expect(await openHolds(database)).to.have.lengthOf(1);
    });
  });
});
