import { expect } from 'chai';
import { describe, it } from 'mocha';
import { legCharges } from '../../../db/schema/index.js';
import { closeCalls } from '../../../server/calls/close-calls.js';
import type { AllowanceOffer } from '../../../server/calls/decision.js';
import { decideHolds } from '../../../server/calls/hold-batch.js';
import { BrokenStatementError, breakingDatabase } from '../../support/breaking-database.js';
import { callOf, expectCorrectBooks, legOf, purseOf } from '../../support/books.js';
import { holdRequest } from '../../support/hold-requests.js';
import { callerEnded, carrierEnded } from '../../support/leg-reports.js';
import {
  allowanceHoldsOf,
  bucketsOf,
  extendBy,
  hold,
  offer,
  settle,
} from '../../support/money-calls.js';
import { ACME } from '../../support/world.js';
import { withCompany } from './company.js';

describe('inclusive seconds', () => {
  const company = withCompany();

  /** A call of a minute that may draw on these. */
  const call = (...allowances: readonly AllowanceOffer[]) =>
    hold(company().database, holdRequest({ allowances }));

  const heldMoney = async () => (await purseOf(company().database, ACME)).held;

  it('are set aside before money', async () => {
    const { database } = company();
    const { grantedS, decision } = await call(offer(45));
    expect(grantedS).to.equal(60);
    expect(await bucketsOf(database)).to.deep.equal(['package 1 0 45 45']);
    // Fifteen seconds are left to pay for.
    expect(await heldMoney()).to.equal('0.150000');
    expect(decision.allowances).to.have.lengthOf(1);
    await expectCorrectBooks(database);
  });

  it('are used in the order in which they are offered', async () => {
    const { database } = company();
    await call(offer(20, { ownerId: 7 }), offer(600, { ownerId: 3 }));
    expect(await bucketsOf(database)).to.deep.equal(['package 3 0 40 600', 'package 7 0 20 20']);
    expect(await heldMoney()).to.equal('0.000000');
  });

  it('let a call through that has no money, for as long as they last', async () => {
    const { database } = company();
    const payers = [{ accountId: 2, sellerAccountId: 1 }];
    const poor = holdRequest({ payers, allowances: [offer(40)], sliceS: 20_000, maxS: 90_000 });
    // The reseller's hundred pays ten thousand seconds after them.
    expect((await hold(database, poor)).grantedS).to.equal(10_040);
    const next = await hold(database, holdRequest({ payers, allowances: [offer(40)] }));
    expect(next.refusal).to.equal('insufficient_funds');
  });

  it('are never taken twice by calls that come at once, in one batch or on two nodes', async () => {
    const { database, second } = company();
    const batches = [database, second, database, second].map((on) =>
      decideHolds(
        on,
        Array.from({ length: 5 }, () => holdRequest({ allowances: [offer(150)] })),
      ),
    );
    const outcomes = (await Promise.all(batches)).flat();
    expect(outcomes.every(({ refusal }) => refusal === null)).to.equal(true);
    expect(await bucketsOf(database)).to.deep.equal(['package 1 0 150 150']);
    // Twenty minutes less those 150 seconds, at a cent each.
    expect(await heldMoney()).to.equal('10.500000');
    await expectCorrectBooks(database);
  });

  it('are used by the settlement, and the rest goes back', async () => {
    const { database } = company();
    const { callId } = await call(offer(45));
    const leg = carrierEnded(callId, 30);
    await settle(database, leg);
    expect(await bucketsOf(database)).to.deep.equal(['package 1 30 0 45']);
    expect(await allowanceHoldsOf(database)).to.deep.equal(['45 30 released']);
    expect(await legOf(database, leg.legUuid)).to.include({ price: '0.000000' });
    expect(await purseOf(database, ACME)).to.deep.equal({
      balance: '100.000000',
      held: '0.000000',
    });
    await expectCorrectBooks(database);
  });

  it('come off the front of the call, whose rest is charged', async () => {
    const { database } = company();
    const { callId } = await call(offer(45));
    const leg = carrierEnded(callId, 50);
    await settle(database, leg);
    expect(await legOf(database, leg.legUuid)).to.include({ price: '0.050000' });
    const charges = await database.orm.select().from(legCharges);
    expect(charges.map(({ role, coveredS, amount }) => [role, coveredS, amount])).to.deep.include([
      'payer',
      45,
      '0.050000',
    ]);
    expect(await bucketsOf(database)).to.deep.equal(['package 1 45 0 45']);
    await expectCorrectBooks(database);
  });

  it('are counted in started increments', async () => {
    const { database } = company();
    const { callId } = await call(offer(600, { incrementS: 60 }));
    await settle(database, carrierEnded(callId, 1));
    expect(await bucketsOf(database)).to.deep.equal(['package 1 60 0 600']);
  });

  it('are extended first, and money after them', async () => {
    const { database } = company();
    const { callId } = await call(offer(90));
    expect(await heldMoney()).to.equal('0.000000');
    expect(await extendBy(database, callId, 60)).to.deep.equal({ grantedS: 120, isLast: false });
    expect(await bucketsOf(database)).to.deep.equal(['package 1 0 90 90']);
    expect(await heldMoney()).to.equal('0.300000');
    await settle(database, carrierEnded(callId, 120));
    expect((await purseOf(database, ACME)).balance).to.equal('99.700000');
    await expectCorrectBooks(database);
  });

  it('of a second package are drawn on when the first is used up while talking', async () => {
    const { database } = company();
    const { callId } = await call(offer(70, { ownerId: 1 }), offer(500, { ownerId: 2 }));
    expect(await bucketsOf(database)).to.deep.equal(['package 1 0 60 70', 'package 2 0 0 500']);
    await extendBy(database, callId, 60);
    expect(await bucketsOf(database)).to.deep.equal(['package 1 0 70 70', 'package 2 0 50 500']);
    await settle(database, carrierEnded(callId, 100));
    expect(await bucketsOf(database)).to.deep.equal(['package 1 70 0 70', 'package 2 30 0 500']);
    await expectCorrectBooks(database);
  });

  it('go back whole from a call that nobody answered', async () => {
    const { database } = company();
    const request = holdRequest({ allowances: [offer(45)] });
    const { callId } = await hold(database, request);
    await settle(database, carrierEnded(callId, 0), callerEnded(request.call.aLegUuid));
    expect(await bucketsOf(database)).to.deep.equal(['package 1 0 0 45']);
    const next = await call(offer(45));
    await closeCalls(database, [next.callId], 1);
    expect(await bucketsOf(database)).to.deep.equal(['package 1 0 0 45']);
    await expectCorrectBooks(database);
  });

  it('are used once by a call of which two legs were answered, together or in turn', async () => {
    const { database } = company();
    for (const isTogether of [true, false]) {
      const { callId } = await call(offer(600, { ownerId: isTogether ? 1 : 2 }));
      const legs = [carrierEnded(callId, 30), carrierEnded(callId, 30)];
      if (isTogether) await settle(database, ...legs);
      else for (const leg of legs) await settle(database, leg);
      const prices = await Promise.all(legs.map(({ legUuid }) => legOf(database, legUuid)));
      const paid = prices.map((leg) => leg?.price);
      expect(paid).to.deep.equal(['0.000000', '0.300000']);
    }
    expect(await bucketsOf(database)).to.deep.equal(['package 1 30 0 600', 'package 2 30 0 600']);
    await expectCorrectBooks(database);
  });

  it('are used once by a leg whose end is told twice, also on two nodes', async () => {
    const { database, second } = company();
    const { callId } = await call(offer(600));
    const leg = carrierEnded(callId, 30);
    await Promise.all([settle(database, leg), settle(second, { ...leg, source: 'esl' })]);
    await settle(database, leg);
    expect(await bucketsOf(database)).to.deep.equal(['package 1 30 0 600']);
    await expectCorrectBooks(database);
  });

  it('are used by a leg that turns up after its call was given up for unanswered', async () => {
    const { database } = company();
    const request = holdRequest({ allowances: [offer(45)] });
    const { callId } = await hold(database, request);
    await settle(database, callerEnded(request.call.aLegUuid));
    expect(await bucketsOf(database)).to.deep.equal(['package 1 0 0 45']);
    const leg = carrierEnded(callId, 40);
    await settle(database, leg);
    expect(await legOf(database, leg.legUuid)).to.include({ price: '0.000000' });
    expect(await bucketsOf(database)).to.deep.equal(['package 1 40 0 45']);
    expect((await callOf(database, callId)).state).to.equal('settled');
    // And never again, whatever else turns up.
    await settle(database, carrierEnded(callId, 5));
    expect(await bucketsOf(database)).to.deep.equal(['package 1 40 0 45']);
    await expectCorrectBooks(database);
  });

  it('are all set aside or none, whatever statement fails', async () => {
    const { database } = company();
    const breaking = breakingDatabase(database);
    const request = holdRequest({ allowances: [offer(45)] });
    const work = [
      () => hold(breaking.database, request),
      () => extendBy(breaking.database, request.callId, 60),
      () => settle(breaking.database, carrierEnded(request.callId, 70)),
    ];
    for (const step of work) {
      const before = await bucketsOf(database);
      for (let statement = 1; ; statement += 1) {
        breaking.breakAt(statement);
        const isDone = await step().then(
          () => true,
          (error: unknown) => {
            if (!(error instanceof BrokenStatementError)) throw error;
            return false;
          },
        );
        await expectCorrectBooks(database);
        if (isDone) break;
        expect(await bucketsOf(database)).to.deep.equal(before);
      }
    }
    expect(await bucketsOf(database)).to.deep.equal(['package 1 45 0 45']);
    expect((await purseOf(database, ACME)).balance).to.equal('99.750000');
  });

  it('cost a call without any no statement', async () => {
    const { database } = company();
    const breaking = breakingDatabase(database);
    const counted = async (request: ReturnType<typeof holdRequest>): Promise<number[]> => {
      const leg = carrierEnded(request.callId, 30);
      breaking.breakAt(0);
      await hold(breaking.database, request);
      const held = breaking.statements();
      breaking.breakAt(0);
      await settle(breaking.database, leg);
      return [held, breaking.statements()];
    };
    await counted(holdRequest());
    const without = await counted(holdRequest());
    const with1 = await counted(holdRequest({ allowances: [offer(45)] }));
    // Decisions, balances; calls, holds, sums.
    expect(without[0]).to.be.at.most(5);
    expect(with1[0] ?? 0).to.be.above(without[0] ?? 0);
    expect(with1[1] ?? 0).to.be.above(without[1] ?? 0);
  });
});
