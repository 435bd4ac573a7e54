import { expect } from 'chai';
import { describe, it } from 'mocha';
import { eq } from 'drizzle-orm';
import { auditEntries } from '../../../db/schema/index.js';
import { reapCalls } from '../../../server/calls/reaper.js';
import { reconcileSwitch } from '../../../server/calls/reconcile.js';
import type { SwitchView } from '../../../server/calls/reconcile.js';
import type { LegIdentity } from '../../../server/calls/reports.js';
import { WatchTime } from '../../../server/calls/watch-time.js';
import type { Clock } from '../../../server/clock.js';
import { callOf, expectCorrectBooks, legOf, openHolds, purseOf } from '../../support/books.js';
import { ANSWER_US, callerEnded, carrierEnded } from '../../support/leg-reports.js';
import type { CallNode } from '../../support/node.js';
import { CORE, phoneRequest } from '../../support/requests.js';
import { ACME, SWITCH_ID } from '../../support/world.js';
import { withCompany } from './company.js';

const OTHER_CORE = 'c0fe0000-0000-4000-8000-000000000002';

/** A switch with these channels. */
class FakeView implements SwitchView {
  core = CORE;
  readonly channels = new Map<string, { identity: LegIdentity; answerUs: number }>();
  readonly unreadable = new Set<string>();
  /** By how much its clock is ahead of the engine's. */
  aheadUs = 0;

  constructor(private readonly clock: Clock) {}

  add(identity: LegIdentity, answerUs: number): void {
    this.channels.set(identity.legUuid, { identity, answerUs });
  }

  async showChannels() {
    await Promise.resolve();
    return [...this.channels.values()].map(({ identity }) => identity);
  }

  async uuidDump(legUuid: string) {
    await Promise.resolve();
    if (this.unreadable.has(legUuid)) throw new Error('no answer');
    return this.channels.get(legUuid) ?? null;
  }

  async coreUuid() {
    await Promise.resolve();
    return this.core;
  }

  async nowUs() {
    await Promise.resolve();
    return this.clock.nowUs() + this.aheadUs;
  }
}

describe('comparing open calls with the switch', () => {
  const company = withCompany();

  const placeCall = async (node: CallNode) => {
    const request = phoneRequest();
    const { callId } = await company().ask(node, request);
    return { callId, caller: callerEnded(request.legUuid), leg: carrierEnded(callId, 30) };
  };

  const answer = (node: CallNode, leg: ReturnType<typeof carrierEnded>) =>
    node.supervisor.handle({ ...leg, kind: 'answered' }, SWITCH_ID);

  const reconcile = (node: CallNode, view: SwitchView) =>
    reconcileSwitch({ ...node, orphanGraceS: 60 }, SWITCH_ID, view);

  const reap = (node: CallNode) => reapCalls({ ...node, maxCallS: 600, orphanGraceS: 60 });

  it('adopts an answered leg it did not know, with the time it was truly answered', async () => {
    const { node, database, clock } = company();
    const { leg, caller, callId } = await placeCall(node());
    const view = new FakeView(company().clock);
    view.add(leg, ANSWER_US + 1);
    view.add(caller, 0);
    clock.advanceS(50);
    const restarted = node();
    expect(await reconcile(restarted, view)).to.deep.equal({ adopted: 1, settled: 0, released: 0 });
    expect(await legOf(database, leg.legUuid)).to.include({
      callId,
      answerUs: ANSWER_US + 1,
      // The list of channels may be a second old.
      lastSeenUs: clock.nowUs() - 1_000_000,
    });
    expect(restarted.supervisor.isWatching(leg.legUuid)).to.equal(true);
    expect(await reconcile(restarted, view)).to.deep.equal({ adopted: 0, settled: 0, released: 0 });
  });

  it('does not adopt what rings, and goes on after a leg that cannot be read', async () => {
    const { node } = company();
    const one = node();
    const [ringing, broken, good] = [
      await placeCall(one),
      await placeCall(one),
      await placeCall(one),
    ];
    const view = new FakeView(company().clock);
    view.add(ringing.leg, 0);
    view.add(broken.leg, ANSWER_US);
    view.add(good.leg, ANSWER_US);
    view.unreadable.add(broken.leg.legUuid);
    expect((await reconcile(node(), view)).adopted).to.equal(1);
  });

  it('settles the legs of a switch that was restarted at their last proof of life', async () => {
    const { node, database, clock } = company();
    const one = node();
    const { leg, callId } = await placeCall(one);
    await answer(one, leg);
    await one.supervisor.handle(
      { ...leg, kind: 'heartbeat', atUs: ANSWER_US + 20_000_000 },
      SWITCH_ID,
    );
    clock.advanceS(25);
    const view = new FakeView(company().clock);
    view.core = OTHER_CORE;
    expect(await reconcile(one, view)).to.deep.equal({ adopted: 0, settled: 1, released: 0 });
    expect(await legOf(database, leg.legUuid)).to.include({
      state: 'settled',
      source: 'reconcile',
      hangupCause: 'LOST_TRACK',
      billUs: 20_000_000,
      price: '0.200000',
    });
    expect((await callOf(database, callId)).state).to.equal('settled');
    expect((await purseOf(database, ACME)).held).to.equal('0.000000');
    await expectCorrectBooks(database);
  });

  it('leaves a leg whose report waits in the inbox to that report', async () => {
    const { node, database, clock } = company();
    const one = node();
    const { leg } = await placeCall(one);
    await answer(one, leg);
    await one.inbox.keep(leg, SWITCH_ID);
    const view = new FakeView(company().clock);
    view.core = OTHER_CORE;
    expect((await reconcile(one, view)).settled).to.equal(0);
    clock.advanceS(10);
    await one.inbox.sweep();
    expect((await purseOf(database, ACME)).balance).to.equal('99.700000');
  });

  it('gives a leg that is gone time for its CDR before it settles it', async () => {
    const { node, database, clock } = company();
    const one = node();
    const { leg, caller, callId } = await placeCall(one);
    await answer(one, leg);
    const view = new FakeView(company().clock);
    view.add(caller, ANSWER_US);
    clock.advanceS(59);
    expect((await reconcile(one, view)).settled).to.equal(0);
    clock.advanceS(2);
    expect((await reconcile(one, view)).settled).to.equal(1);
    // Nothing is known beyond the answer: nothing is charged, and the caller may still dial on.
    expect((await legOf(database, leg.legUuid))?.price).to.equal('0.000000');
    expect((await callOf(database, callId)).state).to.equal('answered');
    expect(one.supervisor.runningLegs).to.equal(0);
  });

  it('charges nothing twice when the CDR comes after all, and keeps the difference', async () => {
    const { node, database, clock } = company();
    const one = node();
    const { leg, caller } = await placeCall(one);
    await answer(one, leg);
    await one.supervisor.handle(
      { ...leg, kind: 'heartbeat', atUs: ANSWER_US + 20_000_000 },
      SWITCH_ID,
    );
    clock.advanceS(120);
    await reconcile(one, new FakeView(company().clock));
    const late = { switchId: SWITCH_ID, inboxId: null, isLastTry: false };
    expect(await one.settler.settle({ ...late, report: leg })).to.equal('differs');
    await one.settler.settle({ ...late, report: caller });
    expect((await purseOf(database, ACME)).balance).to.equal('99.800000');
    const rows = await database.orm
      .select()
      .from(auditEntries)
      .where(eq(auditEntries.entityId, leg.legUuid));
    expect(rows).to.have.lengthOf(1);
    expect(await openHolds(database)).to.deep.equal([]);
    await expectCorrectBooks(database);
  });

  it('releases the hold of a caller who is gone, after the grace', async () => {
    const { node, database, clock } = company();
    const one = node();
    const { callId } = await placeCall(one);
    clock.advanceS(30);
    expect((await reconcile(one, new FakeView(company().clock))).released).to.equal(0);
    clock.advanceS(31);
    expect((await reconcile(one, new FakeView(company().clock))).released).to.equal(1);
    expect(await callOf(database, callId)).to.include({ state: 'released', reason: 'LOST_TRACK' });
    expect(await openHolds(database)).to.deep.equal([]);
    await expectCorrectBooks(database);
  });

  it('releases the calls of an earlier run of the switch at once, but never a fresh one', async () => {
    const { node, clock } = company();
    const one = node();
    const view = new FakeView(company().clock);
    view.core = OTHER_CORE;
    await placeCall(one);
    // The list of channels may be older than the call.
    expect((await reconcile(one, view)).released).to.equal(0);
    clock.advanceS(6);
    expect((await reconcile(one, view)).released).to.equal(1);
  });

  it('believes the clock of the switch about its legs, whatever its own says', async () => {
    const { node, database, clock } = company();
    const one = node();
    const { leg } = await placeCall(one);
    await answer(one, leg);
    const view = new FakeView(clock);
    view.add(leg, ANSWER_US);
    // This node's clock runs 30 s ahead of the switch's.
    clock.advanceS(50);
    view.aheadUs = -30_000_000;
    await reconcile(one, view);
    view.core = OTHER_CORE;
    view.channels.clear();
    await reconcile(one, view);
    const settled = await legOf(database, leg.legUuid);
    expect(settled?.billUs).to.equal(clock.nowUs() - 31_000_000 - ANSWER_US);
  });

  it('waits for the records of an outage before it does without them', async () => {
    const { node, database, clock } = company();
    const { leg } = await placeCall(node());
    await answer(node(), leg);
    // Nobody was there for ten minutes; the leg ended meanwhile and its record is still to come.
    clock.advanceS(600);
    const one = node();
    const watch = new WatchTime();
    const look = () =>
      reconcileSwitch({ ...one, orphanGraceS: 60, watch }, SWITCH_ID, new FakeView(clock));
    expect(await look()).to.include({ settled: 0, released: 0 });
    for (const seconds of [15, 15, 15]) {
      clock.advanceS(seconds);
      expect(await look()).to.include({ settled: 0, released: 0 });
      expect(await reapCalls({ ...one, maxCallS: 600, orphanGraceS: 60, watch })).to.equal(0);
    }
    clock.advanceS(16);
    expect((await look()).settled).to.equal(1);
    expect((await legOf(database, leg.legUuid))?.state).to.equal('settled');
  });

  it('waits for such records too where the switch was restarted meanwhile', async () => {
    const { node, clock } = company();
    const { leg } = await placeCall(node());
    await answer(node(), leg);
    clock.advanceS(30);
    const one = node();
    const watch = new WatchTime();
    const view = new FakeView(clock);
    view.core = OTHER_CORE;
    const look = () => reconcileSwitch({ ...one, orphanGraceS: 60, watch }, SWITCH_ID, view);
    expect(await look()).to.include({ settled: 0, released: 0 });
    // The record of the leg comes by way of the error directory.
    expect(
      await one.settler.settle({
        report: leg,
        switchId: SWITCH_ID,
        inboxId: null,
        isLastTry: false,
      }),
    ).to.equal('settled');
    for (const seconds of [15, 15, 15, 15]) {
      clock.advanceS(seconds);
      await look();
    }
    expect((await look()).settled).to.equal(0);
  });

  it('keeps the hold of a call whose caller left and whose leg runs on', async () => {
    const { node, clock, database } = company();
    const one = node();
    const { leg } = await placeCall(one);
    await answer(one, leg);
    const view = new FakeView(company().clock);
    view.add(leg, ANSWER_US);
    clock.advanceS(300);
    expect(await reconcile(one, view)).to.deep.equal({ adopted: 0, settled: 0, released: 0 });
    expect(await openHolds(database)).to.have.lengthOf(1);
  });

  it('leaves the calls of other switches alone', async () => {
    const { node, clock } = company();
    const one = node();
    const { leg } = await placeCall(one);
    await answer(one, leg);
    clock.advanceS(1000);
    const result = await reconcileSwitch(
      { ...one, orphanGraceS: 60 },
      99,
      new FakeView(company().clock),
    );
    expect(result).to.deep.equal({ adopted: 0, settled: 0, released: 0 });
    expect(one.supervisor.runningLegs).to.equal(1);
  });

  describe('when no switch can be asked', () => {
    it('releases a call that was never answered once it is overdue', async () => {
      const { node, clock, database } = company();
      const one = node();
      await placeCall(one);
      clock.advanceS(60 + 120 - 1);
      expect(await reap(one)).to.equal(0);
      clock.advanceS(2);
      expect(await reap(one)).to.equal(1);
      expect(await openHolds(database)).to.deep.equal([]);
    });

    it('settles an overdue call at its last proof of life', async () => {
      const { node, clock, database } = company();
      const one = node();
      const { leg, callId } = await placeCall(one);
      await answer(one, leg);
      await one.supervisor.handle(
        { ...leg, kind: 'heartbeat', atUs: ANSWER_US + 40_000_000 },
        SWITCH_ID,
      );
      clock.advanceS(60 + 120);
      expect(await reap(one)).to.equal(0);
      clock.advanceS(61);
      // The hold had been extended to 120 s by that heartbeat.
      expect(await reap(one)).to.equal(1);
      expect(await legOf(database, leg.legUuid)).to.include({
        source: 'reaper',
        price: '0.400000',
      });
      expect((await callOf(database, callId)).state).to.equal('settled');
      await expectCorrectBooks(database);
    });

    it('reaps once on two nodes', async () => {
      const { node, clock, database, second } = company();
      const nodes = [node(), node({ database: second })];
      for (let count = 0; count < 6; count += 1) await placeCall(nodes[0] ?? node());
      clock.advanceS(1000);
      const reaped = await Promise.all(nodes.map((one) => reap(one)));
      expect(reaped.reduce((sum, count) => sum + count, 0)).to.equal(6);
      expect(await purseOf(database, ACME)).to.deep.equal({
        balance: '100.000000',
        held: '0.000000',
      });
      await expectCorrectBooks(database);
    });

    it('leaves a leg that still gives signs of life', async () => {
      const { node, clock } = company();
      const one = node();
      const { leg } = await placeCall(one);
      await answer(one, leg);
      clock.advanceS(1000);
      await one.supervisor.handle({ ...leg, kind: 'heartbeat', atUs: clock.nowUs() }, SWITCH_ID);
      expect(await reap(one)).to.equal(0);
    });
  });
});
