import { expect } from 'chai';
import { describe, it } from 'mocha';
import { eq } from 'drizzle-orm';
import { openDatabase } from '../../../db/client.js';
import { calls, channelClaims, legCharges, legs } from '../../../db/schema/index.js';
import { decisionOf } from '../../../server/calls/hold-batch.js';
import { reapCalls } from '../../../server/calls/reaper.js';
import { reconcileSwitch } from '../../../server/calls/reconcile.js';
import type { LegAnswered, LegEnded, LegHeartbeat } from '../../../server/calls/reports.js';
import type { LegCommands } from '../../../server/calls/supervisor.js';
import { callOf, expectCorrectBooks, legOf, openHolds, purseOf } from '../../support/books.js';
import { ANSWER_US, callerEnded, carrierEnded } from '../../support/leg-reports.js';
import { bucketsOf } from '../../support/money-calls.js';
import type { CallNode } from '../../support/node.js';
import { carrierRequest, CORE, phoneRequest } from '../../support/requests.js';
import { snapshotOf } from '../../support/use-world.js';
import {
  ACME,
  ACME_1001,
  buildWorld,
  rateRow,
  SHEET_ACME,
  SWITCH_ID,
} from '../../support/world.js';
import type { World } from '../../support/world.js';
import { withCompany } from './company.js';
import { patch } from './planning.js';

/** A call to acme's first number costs it a cent a second. */
function charged(did: Partial<World['dids'][number]> = {}) {
  const world = buildWorld();
  world.rows.push(rateRow(90, SHEET_ACME, '972', '0.6'));
  world.dids = patch(world.dids, { 1: { rateSheetId: SHEET_ACME, ...did } });
  return snapshotOf(world);
}

type Told = { readonly legUuid: string } & Parameters<LegCommands['limitLeg']>[1];

describe('a paid call to a number', () => {
  const company = withCompany();

  /** A call that came in, and what its caller's leg reports. */
  const called = async (node: CallNode, snapshot = charged()) => {
    const request = carrierRequest();
    const answer = await node.authorizer.authorize(request, snapshot);
    const callId = answer.callId ?? '';
    const ended = (talkedS: number, over: Partial<LegEnded> = {}): LegEnded =>
      callerEnded(request.legUuid, {
        callId,
        isMetered: true,
        answerUs: talkedS > 0 ? ANSWER_US : 0,
        endUs: ANSWER_US + talkedS * 1_000_000,
        billUs: talkedS * 1_000_000,
        ...over,
      });
    const answered: LegAnswered = { ...ended(0), kind: 'answered', answerUs: ANSWER_US };
    const beat = (atS: number): LegHeartbeat => {
      return { ...answered, kind: 'heartbeat', atUs: ANSWER_US + atS * 1_000_000 };
    };
    return { request, answer, callId, ended, answered, beat };
  };

  const phoneLeg = (callId: string, talkedS: number) =>
    carrierEnded(callId, talkedS, { gatewayName: null, destination: '1002' });

  it('holds the money of who is called', async () => {
    const { node, database } = company();
    const { callId, answer } = await called(node());
    expect(answer.refusal).to.equal(null);
    const call = await callOf(database, callId);
    expect(call).to.include({ direction: 'inbound', state: 'authorized', grantedS: 60 });
    expect(decisionOf(call)).to.include({ metered: 'caller' });
    expect((await purseOf(database, ACME)).held).to.equal('0.600000');
    expect(answer.reply.actions).to.deep.include({ application: 'set', data: 'rl_metered=true' });
    await expectCorrectBooks(database);
  });

  it("is charged for the caller's leg, without a carrier, and not for the phone's", async () => {
    const { node, database } = company();
    const one = node();
    const { callId, ended, answered } = await called(one);
    const phone = phoneLeg(callId, 25);
    await one.supervisor.handle(answered, SWITCH_ID);
    await one.supervisor.handle({ ...phone, kind: 'answered' }, SWITCH_ID);
    await one.supervisor.handle(phone, SWITCH_ID);
    // The phone hung up its leg, as in an attended transfer: the caller talks on.
    expect(await openHolds(database)).to.have.lengthOf(1);
    expect((await callOf(database, callId)).state).to.equal('answered');
    const leg = ended(30);
    await one.supervisor.handle(leg, SWITCH_ID);
    expect(await legOf(database, leg.legUuid)).to.include({
      callId,
      kind: 'caller',
      price: '0.300000',
      cost: '0.000000',
    });
    expect(await legOf(database, phone.legUuid)).to.include({ price: '0.000000' });
    const charges = await database.orm.select().from(legCharges);
    expect(charges.map(({ role, amount }) => [role, amount])).to.deep.equal([
      ['payer', '0.300000'],
    ]);
    expect((await callOf(database, callId)).state).to.equal('settled');
    expect(await purseOf(database, ACME)).to.deep.equal({
      balance: '99.700000',
      held: '0.000000',
    });
    expect(one.supervisor.runningLegs).to.equal(0);
    await expectCorrectBooks(database);
  });

  it("is over with the caller's leg, though the phone's was not reported yet", async () => {
    const { node, database } = company();
    const one = node();
    const { callId, ended, answered } = await called(one);
    const phone = phoneLeg(callId, 30);
    await one.supervisor.handle(answered, SWITCH_ID);
    await one.supervisor.handle({ ...phone, kind: 'answered' }, SWITCH_ID);
    await one.supervisor.handle(ended(30), SWITCH_ID);
    expect(await openHolds(database)).to.deep.equal([]);
    expect((await callOf(database, callId)).state).to.equal('settled');
    await one.supervisor.handle(phone, SWITCH_ID);
    expect((await callOf(database, callId)).state).to.equal('settled');
    await expectCorrectBooks(database);
  });

  it('costs nothing when nobody answers', async () => {
    const { node, database } = company();
    const one = node();
    const { callId, ended } = await called(one);
    await one.supervisor.handle(ended(0), SWITCH_ID);
    expect((await callOf(database, callId)).state).to.equal('released');
    expect(await purseOf(database, ACME)).to.deep.equal({
      balance: '100.000000',
      held: '0.000000',
    });
  });

  it("is extended by the caller's heartbeats, with a warning before the last limit", async () => {
    const { node, clock, database } = company();
    const told: Told[] = [];
    const commands: LegCommands = {
      nowUs: () => Promise.resolve(clock.nowUs()),
      limitLeg: (legUuid, limit) => {
        told.push({ legUuid, ...limit });
        return Promise.resolve(true);
      },
    };
    const one = node({ commands: () => commands, settings: { maxCallS: 20_000 } });
    const { request, callId, answered, beat } = await called(one);
    await one.supervisor.handle(answered, SWITCH_ID);
    clock.advanceS(40);
    await one.supervisor.handle(beat(40), SWITCH_ID);
    expect(told).to.deep.equal([{ legUuid: request.legUuid, seconds: 80, heartbeatSeconds: 20 }]);
    expect((await callOf(database, callId)).grantedS).to.equal(120);
    // Everything else goes to others: what is held is all there is.
    for (let other = 0; other < 163; other += 1) await company().ask(one, phoneRequest());
    await company().ask(one, phoneRequest());
    clock.advanceS(60);
    await one.supervisor.handle(beat(100), SWITCH_ID);
    await one.supervisor.handle(beat(110), SWITCH_ID);
    const { grantedS } = await callOf(database, callId);
    expect(grantedS).to.equal(160);
    expect(told.slice(1)).to.deep.equal([
      { legUuid: request.legUuid, seconds: 60, heartbeatSeconds: 20, warnSeconds: 50 },
    ]);
    await expectCorrectBooks(database);
  });

  it('warns once of a limit that turns out to be the last', async () => {
    const { node, clock } = company();
    const told: Told[] = [];
    const commands: LegCommands = {
      nowUs: () => Promise.resolve(clock.nowUs()),
      limitLeg: (legUuid, limit) => {
        told.push({ legUuid, ...limit });
        return Promise.resolve(true);
      },
    };
    const one = node({ commands: () => commands });
    const { answered, beat, request } = await called(one);
    await one.supervisor.handle(answered, SWITCH_ID);
    for (let other = 0; other < 166; other += 1) await company().ask(one, phoneRequest());
    clock.advanceS(40);
    await one.supervisor.handle(beat(35), SWITCH_ID);
    await one.supervisor.handle(beat(40), SWITCH_ID);
    expect(told).to.deep.equal([
      { legUuid: request.legUuid, seconds: 20, heartbeatSeconds: 20, warnSeconds: 10 },
    ]);
  });

  it('uses the free minutes of the number first', async () => {
    const { node, database } = company();
    const one = node();
    const snapshot = charged({ freeMinutes: 1 });
    const first = await called(one, snapshot);
    await one.supervisor.handle(first.ended(50), SWITCH_ID);
    const second = await called(one, snapshot);
    await one.supervisor.handle(second.ended(50), SWITCH_ID);
    expect(await bucketsOf(database)).to.deep.equal(['did 1 60 0 60']);
    expect((await purseOf(database, ACME)).balance).to.equal('99.600000');
    await expectCorrectBooks(database);
  });

  it('takes one of the channels of the number until it is over, paid or not', async () => {
    const { node, database } = company();
    const one = node();
    for (const over of [{}, { rateSheetId: null }]) {
      const snapshot = charged({ maxChannels: 1, ...over });
      const { ended } = await called(one, snapshot);
      expect((await called(one, snapshot)).answer.refusal).to.equal('over_call_limit');
      await one.supervisor.handle(ended(10), SWITCH_ID);
      const open = await database.orm
        .select()
        .from(channelClaims)
        .where(eq(channelClaims.state, 'open'));
      expect(open).to.deep.equal([]);
    }
    expect((await purseOf(database, ACME)).balance).to.equal('99.900000');
  });

  it('that only counts against a limit may talk as long as any', async () => {
    const { node, database } = company();
    const { callId } = await called(node(), charged({ maxChannels: 5, rateSheetId: null }));
    expect((await callOf(database, callId)).grantedS).to.equal(600);
    expect(await openHolds(database)).to.deep.equal([]);
  });

  describe('whose caller is sent on', () => {
    it('charges the caller leg by its first decision and the new leg by the second', async () => {
      const { node, database } = company();
      const one = node();
      const { request, ended, answered } = await called(one);
      await one.supervisor.handle(answered, SWITCH_ID);
      const onward = await one.authorizer.authorize(
        phoneRequest({
          legUuid: request.legUuid,
          profileCreatedUs: '1795327068670999',
          authenticated: { user: null, domain: null, extensionId: ACME_1001, didId: 1 },
        }),
        charged(),
      );
      const outside = carrierEnded(onward.callId, 20);
      await one.supervisor.handle({ ...outside, kind: 'answered' }, SWITCH_ID);
      expect(await openHolds(database)).to.have.lengthOf(2);
      await one.supervisor.handle(outside, SWITCH_ID);
      expect(await openHolds(database)).to.have.lengthOf(1);
      // Its mark names the newer call by now.
      await one.supervisor.handle(ended(30, { callId: onward.callId }), SWITCH_ID);
      expect(await openHolds(database)).to.deep.equal([]);
      const prices = await database.orm.select().from(legs).orderBy(legs.kind);
      expect(prices.map(({ kind, price }) => [kind, price])).to.deep.equal([
        ['caller', '0.300000'],
        ['carrier', '0.200000'],
      ]);
      await expectCorrectBooks(database);
    });
  });

  describe('is found again', () => {
    it('by a node that connects to its switch, with its true answer time', async () => {
      const { node, second, database } = company();
      const { answered, request, callId } = await called(node());
      const { kind, answerUs, ...identity } = answered;
      expect(kind).to.equal('answered');
      const late = node({ database: second });
      const view = {
        showChannels: () => Promise.resolve([identity]),
        uuidDump: () => Promise.resolve({ identity, answerUs }),
        coreUuid: () => Promise.resolve(CORE),
        nowUs: () => Promise.resolve(company().clock.nowUs()),
      };
      const result = await reconcileSwitch({ ...late, orphanGraceS: 60 }, SWITCH_ID, view);
      expect(result.adopted).to.equal(1);
      expect(late.supervisor.isWatching(request.legUuid)).to.equal(true);
      expect(await legOf(database, request.legUuid)).to.include({
        callId,
        kind: 'caller',
        answerUs: ANSWER_US,
      });
    });

    it('by the reaper when its switch is silent, and charged to its last proof of life', async () => {
      const { node, clock, database } = company();
      const one = node();
      const { answered, beat, request, callId } = await called(one);
      await one.supervisor.handle(answered, SWITCH_ID);
      await one.supervisor.handle(beat(20), SWITCH_ID);
      clock.advanceS(1000);
      expect(await reapCalls({ ...one, maxCallS: 600, orphanGraceS: 60 })).to.equal(1);
      expect(await legOf(database, request.legUuid)).to.include({
        kind: 'caller',
        source: 'reaper',
        price: '0.200000',
      });
      expect((await callOf(database, callId)).state).to.equal('settled');
      await expectCorrectBooks(database);
    });
  });

  describe('while the database is away', () => {
    const away = async (work: (node: CallNode) => Promise<void>, over = {}) => {
      const gone = openDatabase({ url: 'mysql://root@127.0.0.1:1/none', poolSize: 2 });
      const one = company().node({ database: gone, ...over });
      try {
        await work(one);
      } finally {
        one.decisionLog.stop();
        await gone.close();
      }
    };

    it('is refused where nobody could charge it later', async () => {
      await away(async (one) => {
        // No disk to keep the decision on.
        expect((await called(one)).answer.refusal).to.equal('database_unavailable');
      });
    });

    it('is refused where that is what is wanted', async () => {
      await away(
        async (one) => {
          expect((await called(one)).answer.refusal).to.equal('database_unavailable');
        },
        { settings: { inboundWithoutDatabase: 'refuse' } },
      );
    });

    it('goes on, and is charged as decided once it is back, free minutes included', async () => {
      const { node, database } = company();
      const kept: (typeof calls.$inferInsert)[] = [];
      const snapshot = charged({ freeMinutes: 1 });
      let report: LegEnded | null = null;
      await away(async (one) => {
        one.decisionLog.keep = (call) => {
          kept.push(call);
          return Promise.resolve();
        };
        const { answer, ended } = await called(one, snapshot);
        expect(answer.refusal).to.equal(null);
        expect(answer.reply.actions).to.deep.include({
          application: 'set',
          data: 'execute_on_answer=sched_hangup +601 ALLOTTED_TIMEOUT',
        });
        report = ended(70);
      });
      const one = node();
      const [call] = kept;
      if (call === undefined || report === null) throw new Error('nothing kept');
      // The record is there before the decision: it waits.
      const item = { report, switchId: SWITCH_ID, inboxId: null, isLastTry: false };
      expect(await one.settler.settle(item)).to.equal('unknown_call');
      await database.orm.insert(calls).values(call);
      expect(await one.settler.settle(item)).to.equal('settled');
      expect(await bucketsOf(database)).to.deep.equal(['did 1 60 0 60']);
      expect((await purseOf(database, ACME)).balance).to.equal('99.900000');
      await expectCorrectBooks(database);
    });
  });
});
