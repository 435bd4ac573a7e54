import { expect } from 'chai';
import { eq } from 'drizzle-orm';
import { describe, it } from 'mocha';
import { auditEntries, ledgerTransactions, legs } from '../../../db/schema/index.js';
import type { LegEnded } from '../../../server/calls/reports.js';
import type { SettleItem } from '../../../server/calls/settle-batch.js';
import { settleReports } from '../../../server/calls/settle-batch.js';
import { callOf, expectCorrectBooks, legOf, openHolds, purseOf } from '../../support/books.js';
import { ANSWER_US, callerEnded, carrierEnded } from '../../support/leg-reports.js';
import { nextUuid, phoneRequest } from '../../support/requests.js';
import { ACME, BETA, CARRIER_A, OPERATOR, RESELLER, SWITCH_ID } from '../../support/world.js';
import { withCompany } from './company.js';

const item = (report: LegEnded, over: Partial<SettleItem> = {}): SettleItem => ({
  report,
  switchId: SWITCH_ID,
  inboxId: null,
  isLastTry: false,
  ...over,
});

describe('settling a call', () => {
  const company = withCompany();

  /** A call decided and held, with the uuid of its caller's leg. */
  const placeCall = async (over: Parameters<typeof phoneRequest>[0] = {}) => {
    const { node, ask } = company();
    const request = phoneRequest(over);
    const { callId } = await ask(node(), request);
    return { callId, callerLeg: request.legUuid };
  };

  const settle = (...reports: readonly LegEnded[]) =>
    settleReports(
      company().database,
      reports.map((report) => item(report)),
      company().clock.nowUs(),
    );

  const differences = () =>
    company()
      .database.orm.select()
      .from(auditEntries)
      .where(eq(auditEntries.action, 'leg.final_report_differs'));

  /** Money after one answered call of 30 s by acme through carrier A. */
  const expectThirtySeconds = async () => {
    const { database } = company();
    expect(await purseOf(database, ACME)).to.deep.equal({ balance: '99.700000', held: '0.000000' });
    expect((await purseOf(database, OPERATOR, 'call_revenue')).balance).to.equal('0.300000');
    expect((await purseOf(database, CARRIER_A, 'carrier_payable')).balance).to.equal('0.060000');
    expect(await openHolds(database)).to.deep.equal([]);
    await expectCorrectBooks(database);
  };

  it('posts the price and the cost, writes the CDR and gives the hold back', async () => {
    const { callId } = await placeCall();
    const leg = carrierEnded(callId, 30);
    expect(await settle(leg)).to.deep.equal(['settled']);
    await expectThirtySeconds();
    expect(await legOf(company().database, leg.legUuid)).to.include({
      callId,
      kind: 'carrier',
      state: 'settled',
      source: 'cdr',
      billedS: 30,
      price: '0.300000',
      cost: '0.060000',
      carrierId: CARRIER_A,
    });
    const call = await callOf(company().database, callId);
    expect(call).to.include({ state: 'settled', reason: 'NORMAL_CLEARING', endedUs: leg.endUs });
  });

  it('charges every level of a chain', async () => {
    const { callId } = await placeCall({ authenticated: { domain: 'beta.example' } });
    await settle(carrierEnded(callId, 30));
    const { database } = company();
    expect((await purseOf(database, BETA)).balance).to.equal('99.700000');
    expect((await purseOf(database, RESELLER)).balance).to.equal('99.850000');
    expect((await purseOf(database, RESELLER, 'call_revenue')).balance).to.equal('0.300000');
    expect((await purseOf(database, OPERATOR, 'call_revenue')).balance).to.equal('0.150000');
    await expectCorrectBooks(database);
  });

  describe('is the same whichever report comes first', () => {
    const orders: readonly (readonly [
      string,
      (leg: LegEnded, caller: LegEnded) => LegEnded[][],
    ])[] = [
      ['the carrier leg, then the caller', (leg, caller) => [[leg], [caller]]],
      ['the caller, then the carrier leg', (leg, caller) => [[caller], [leg]]],
      ['both in one batch', (leg, caller) => [[leg, caller]]],
      ['both in one batch, the caller first', (leg, caller) => [[caller, leg]]],
      ['everything twice', (leg, caller) => [[leg, caller, leg], [caller], [leg]]],
    ];
    for (const [what, order] of orders) {
      it(what, async () => {
        const { callId, callerLeg } = await placeCall();
        const leg = carrierEnded(callId, 30);
        const caller = callerEnded(callerLeg, { callId, answerUs: ANSWER_US, billUs: 30_000_000 });
        for (const batch of order(leg, caller)) await settle(...batch);
        await expectThirtySeconds();
        expect((await callOf(company().database, callId)).state).to.equal('settled');
        expect(await differences()).to.deep.equal([]);
        expect(await company().database.orm.select().from(legs)).to.have.lengthOf(2);
      });
    }

    it('from two sources on two nodes at once', async () => {
      const { node, second } = company();
      const nodes = [node(), node({ database: second })];
      const { callId, callerLeg } = await placeCall();
      const leg = carrierEnded(callId, 30);
      const caller = callerEnded(callerLeg);
      const outcomes = await Promise.all(
        nodes.flatMap(({ settler }) =>
          (['esl', 'cdr'] as const).flatMap((source) => [
            settler.settle(item({ ...leg, source })),
            settler.settle(item({ ...caller, source })),
          ]),
        ),
      );
      expect(outcomes.filter((outcome) => outcome === 'settled')).to.have.lengthOf(2);
      expect(outcomes.filter((outcome) => outcome === 'already_settled')).to.have.lengthOf(6);
      await expectThirtySeconds();
    });

    it('on two nodes at once, while a third hears of the answer', async () => {
      const { node, second } = company();
      const nodes = [node(), node({ database: second }), node({ database: second })];
      for (let round = 0; round < 8; round += 1) {
        const { callId, callerLeg } = await placeCall();
        const leg = carrierEnded(callId, 30);
        await Promise.all([
          nodes[0]?.settler.settle(item(leg)),
          nodes[1]?.settler.settle(item(leg)),
          nodes[2]?.supervisor.answered({ ...leg, kind: 'answered' }, SWITCH_ID),
          nodes[1]?.settler.settle(item(callerEnded(callerLeg))),
        ]);
        expect((await legOf(company().database, leg.legUuid))?.state).to.equal('settled');
      }
      for (const { settler } of nodes) expect(settler.counts.failed).to.equal(0);
      expect((await purseOf(company().database, ACME)).balance).to.equal('97.600000');
      expect(await openHolds(company().database)).to.deep.equal([]);
      await expectCorrectBooks(company().database);
    });

    it('when a leg of nobody is reported by two nodes at once', async () => {
      const { node, second } = company();
      const nodes = [node(), node({ database: second })];
      for (let round = 0; round < 8; round += 1) {
        const stranger = carrierEnded(null, 5);
        const outcomes = await Promise.all(
          nodes.map(({ settler }) => settler.settle(item(stranger))),
        );
        expect([...outcomes].sort()).to.deep.equal(['already_settled', 'settled']);
      }
      for (const { settler } of nodes) expect(settler.counts.failed).to.equal(0);
    });
  });

  describe('compares a second report', () => {
    it('and keeps one audit row of what it says differently, however often it says so', async () => {
      const { callId } = await placeCall();
      const leg = carrierEnded(callId, 30);
      const other = { ...leg, source: 'esl', billUs: 33_000_000, endUs: leg.endUs + 1 } as const;
      await settle(leg);
      expect(await settle(other)).to.deep.equal(['differs']);
      expect(await settle(other, other)).to.deep.equal(['differs', 'differs']);
      const rows = await differences();
      expect(rows).to.have.lengthOf(1);
      expect(rows[0]).to.include({ entity: 'leg', entityId: leg.legUuid, actor: 'engine' });
      expect(rows[0]?.before).to.include({ billUs: 30_000_000, source: 'cdr' });
      expect(rows[0]?.after).to.include({ billUs: 33_000_000, source: 'esl' });
      await expectThirtySeconds();
    });

    it('and keeps another row for yet another story', async () => {
      const { callId } = await placeCall();
      const leg = carrierEnded(callId, 30);
      await settle(leg, { ...leg, hangupCause: 'USER_BUSY' }, { ...leg, billUs: 1 });
      expect(await differences()).to.have.lengthOf(2);
    });

    it('and lets a second of difference pass', async () => {
      const { callId } = await placeCall();
      const leg = carrierEnded(callId, 30);
      await settle(leg);
      const close = { ...leg, billUs: leg.billUs + 1_000_000 };
      expect(await settle(close)).to.deep.equal(['already_settled']);
      expect(await differences()).to.deep.equal([]);
    });
  });

  describe('with several attempts', () => {
    it('keeps the failed ones, free of charge, and charges the answered one', async () => {
      const { callId, callerLeg } = await placeCall();
      const failed = carrierEnded(callId, 0);
      const { database } = company();
      await settle(failed);
      expect(await openHolds(database)).to.have.lengthOf(1);
      await settle(carrierEnded(callId, 30, { routeIndex: 1, gatewayName: 'carrierB' }));
      await settle(callerEnded(callerLeg));
      expect(await legOf(database, failed.legUuid)).to.include({
        kind: 'carrier',
        carrierId: CARRIER_A,
        price: '0.000000',
        protocolCause: 'sip:503',
        hangupCause: 'NORMAL_TEMPORARY_FAILURE',
      });
      expect((await purseOf(database, ACME)).balance).to.equal('99.700000');
      expect((await purseOf(database, 2, 'carrier_payable')).balance).to.equal('0.090000');
      await expectCorrectBooks(database);
    });

    for (const callerFirst of [true, false]) {
      const when = callerFirst ? 'before' : 'after';
      it(`gives the hold back when all fail and the caller is gone ${when} them`, async () => {
        const { callId, callerLeg } = await placeCall();
        const failed = [
          carrierEnded(callId, 0),
          carrierEnded(callId, 0, { gatewayName: 'carrierB' }),
        ];
        const gone = callerEnded(callerLeg, { hangupCause: 'USER_BUSY' });
        const order = callerFirst ? [gone, ...failed] : [...failed, gone];
        for (const report of order) await settle(report);
        expect(await openHolds(company().database)).to.deep.equal([]);
        const call = await callOf(company().database, callId);
        expect(call).to.include({ state: 'released', reason: 'USER_BUSY' });
        expect((await purseOf(company().database, ACME)).balance).to.equal('100.000000');
      });
    }
  });

  describe('with transfers', () => {
    it('settles each decision of a leg by the legs it caused', async () => {
      const { node, ask, database } = company();
      const request = phoneRequest();
      const first = await ask(node(), request);
      const next = await ask(node(), { ...request, profileCreatedUs: '1795327068679999' });
      await settle(carrierEnded(first.callId, 10));
      expect((await callOf(database, next.callId)).state).to.equal('authorized');
      await settle(carrierEnded(next.callId, 20), callerEnded(request.legUuid));
      expect((await callOf(database, first.callId)).state).to.equal('settled');
      expect((await callOf(database, next.callId)).state).to.equal('settled');
      await expectThirtySeconds();
    });

    it('keeps the hold of a leg that runs on when the caller leaves', async () => {
      const { node, database } = company();
      const { callId, callerLeg } = await placeCall();
      const leg = carrierEnded(callId, 30);
      await node().supervisor.answered({ ...leg, kind: 'answered' }, SWITCH_ID);
      await settle(callerEnded(callerLeg, { hangupCause: 'ATTENDED_TRANSFER' }));
      expect(await openHolds(database)).to.have.lengthOf(1);
      expect((await callOf(database, callId)).state).to.equal('answered');
      await settle(leg);
      await expectThirtySeconds();
    });

    it('keeps the hold of an answered caller who left before anybody told of the far leg', async () => {
      const { database } = company();
      const { callId, callerLeg } = await placeCall();
      const talked = { answerUs: ANSWER_US, billUs: 5_000_000, endUs: ANSWER_US + 5_000_000 };
      await settle(callerEnded(callerLeg, { ...talked, hangupCause: 'ATTENDED_TRANSFER' }));
      expect(await openHolds(database)).to.have.lengthOf(1);
      // An attempt that failed tells nothing of the one that was answered.
      await settle(carrierEnded(callId, 0, { routeIndex: 1, gatewayName: 'carrierB' }));
      expect(await openHolds(database)).to.have.lengthOf(1);
      await settle(carrierEnded(callId, 30));
      await expectThirtySeconds();
    });

    it('gives the other hold back when an unanswered leg outlives the caller', async () => {
      const { callId, callerLeg } = await placeCall();
      await settle(callerEnded(callerLeg));
      await settle(carrierEnded(callId, 0));
      expect(await openHolds(company().database)).to.deep.equal([]);
    });
  });

  describe('finds the decision of a leg', () => {
    it('without our marks, by the leg that caused it and its gateway', async () => {
      const { callId, callerLeg } = await placeCall();
      const leg = carrierEnded(null, 30, { originatingLegUuid: callerLeg, routeIndex: null });
      await settle(leg);
      expect((await legOf(company().database, leg.legUuid))?.callId).to.equal(callId);
      await expectThirtySeconds();
    });

    it('without our marks, the newest one that began before the leg', async () => {
      const { node, ask, clock, database } = company();
      const request = phoneRequest();
      const first = await ask(node(), request);
      clock.advanceS(60);
      const next = await ask(node(), { ...request, profileCreatedUs: '1795327068679999' });
      const unmarked = { originatingLegUuid: request.legUuid, routeIndex: null };
      const early = carrierEnded(null, 1, { ...unmarked, startUs: ANSWER_US });
      const late = carrierEnded(null, 1, { ...unmarked, startUs: ANSWER_US + 61_000_000 });
      await settle(early, late);
      expect((await legOf(database, early.legUuid))?.callId).to.equal(first.callId);
      expect((await legOf(database, late.legUuid))?.callId).to.equal(next.callId);
    });

    it('and trusts the gateway more than the number of the route', async () => {
      const { callId } = await placeCall();
      const leg = carrierEnded(callId, 30, { routeIndex: 0, gatewayName: 'carrierC' });
      await settle(leg);
      expect(await legOf(company().database, leg.legUuid)).to.include({
        routeIndex: 2,
        carrierId: 3,
        cost: '0.120000',
      });
    });

    it('and charges its payers, owing no carrier, when its gateway was not decided on', async () => {
      const { callId } = await placeCall();
      const leg = carrierEnded(callId, 30, { gatewayName: 'somebody-else' });
      await settle(leg);
      const { database } = company();
      expect(await legOf(database, leg.legUuid)).to.include({
        callId,
        kind: 'carrier',
        carrierId: null,
        price: '0.300000',
        cost: '0.000000',
      });
      expect((await purseOf(database, ACME)).balance).to.equal('99.700000');
      expect(await openHolds(database)).to.deep.equal([]);
      await expectCorrectBooks(database);
    });

    it('and charges nobody for a leg without our mark by a gateway that was not decided on', async () => {
      const { callerLeg } = await placeCall();
      const stray = { originatingLegUuid: callerLeg, gatewayName: 'somebody-else' };
      const leg = carrierEnded(null, 30, stray);
      await settle(leg);
      expect(await legOf(company().database, leg.legUuid)).to.include({
        kind: 'unknown',
        price: '0.000000',
      });
    });

    it('later, when it is not stored yet, and gives up at the last try', async () => {
      const leg = carrierEnded('00000000-0000-7000-8000-00000000dead', 30);
      expect(await settle(leg)).to.deep.equal(['unknown_call']);
      expect(await legOf(company().database, leg.legUuid)).to.equal(undefined);
      const last = [item(leg, { isLastTry: true })];
      expect(await settleReports(company().database, last, 1)).to.deep.equal(['settled']);
      expect(await legOf(company().database, leg.legUuid)).to.include({
        kind: 'unknown',
        callId: null,
      });
    });
  });

  it('prices a free leg at nothing and ends its call', async () => {
    const { node, ask, database } = company();
    const [one, request] = [node(), phoneRequest({ dialled: '1002' })];
    const { callId } = await ask(one, request);
    await one.drain();
    const phone = carrierEnded(callId, 20, { gatewayName: null });
    const caller = callerEnded(request.legUuid, { answerUs: ANSWER_US, billUs: 20_000_000 });
    await settle(phone, caller);
    expect(await legOf(database, phone.legUuid)).to.include({
      kind: 'extension',
      price: '0.000000',
    });
    expect((await callOf(database, callId)).state).to.equal('settled');
    expect(await database.orm.select().from(ledgerTransactions)).to.have.lengthOf(3);
  });

  it('keeps out of harm whatever a switch reports', async () => {
    const { callId, callerLeg } = await placeCall();
    const nasty = "Zoë'); DROP TABLE legs; -- \u0000".repeat(20);
    const numbers = { destination: nasty, callerNumber: nasty };
    const ends = { hangupCause: nasty, protocolCause: nasty, disposition: nasty };
    const leg = carrierEnded(callId, 30, { coreUuid: nasty, ...numbers, ...ends });
    const stranger = carrierEnded(null, 30, { gatewayName: nasty });
    const outcomes = await settle(leg, stranger, callerEnded(callerLeg, { hangupCause: nasty }));
    expect(outcomes).to.deep.equal(['settled', 'settled', 'settled']);
    await expectThirtySeconds();
    expect((await callOf(company().database, callId)).reason).to.match(/^[\x21-\x7e]{64}$/);
  });

  it('puts aside one report that cannot be stored and settles the others', async () => {
    const one = company().node();
    const { callId } = await placeCall();
    const mad = carrierEnded(null, 30, { startUs: 2 ** 70 });
    const outcomes = await Promise.all([
      one.settler.settle(item(mad)),
      one.settler.settle(item(carrierEnded(callId, 30))),
      one.settler.settle(item(callerEnded(nextUuid()))),
    ]);
    expect(outcomes).to.deep.equal(['unknown_call', 'settled', 'settled']);
    expect(one.settler.counts.failed).to.equal(1);
    await expectThirtySeconds();
  });
});
