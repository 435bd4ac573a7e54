import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Decimal } from '../../../rating/money.js';
import { closeCalls } from '../../../server/calls/close-calls.js';
import { decideHolds } from '../../../server/calls/hold-batch.js';
import type { HoldPayer } from '../../../server/calls/hold-request.js';
import { rate } from '../../rating/builders.js';
import { expectCorrectBooks, legOf, openHolds, purseOf, walletOf } from '../../support/books.js';
import { holdRequest } from '../../support/hold-requests.js';
import { carrierEnded } from '../../support/leg-reports.js';
import { extendBy, hold, offer, settle } from '../../support/money-calls.js';
import { fund } from '../../support/use-world.js';
import { ACME, ACME_1001, OPERATOR } from '../../support/world.js';
import { withCompany } from './company.js';

/** Two cents a second from the phone's own money, of which its account pays one. */
const wallet: Partial<HoldPayer> = {
  extensionId: ACME_1001,
  sellerAccountId: ACME,
  rate: rate({ ratePerMinute: '1.2' }),
};
const account: Partial<HoldPayer> = { sellerAccountId: OPERATOR };
const request = (over: Partial<HoldPayer> = {}) =>
  holdRequest({ payers: [{ ...wallet, ...over }, account] });

describe("an extension's own money", () => {
  const company = withCompany();

  it('is held beside that of its account, each at its own price', async () => {
    const { database } = company();
    await fund(database, ACME, '10', ACME_1001);
    expect((await hold(database, request())).grantedS).to.equal(60);
    expect(await walletOf(database, ACME_1001)).to.deep.equal({
      balance: '10.000000',
      held: '1.200000',
    });
    expect((await purseOf(database, ACME)).held).to.equal('0.600000');
    const holds = await openHolds(database);
    expect(holds.map((row) => [row.accountId, row.extensionId])).to.deep.equal([
      [ACME, ACME_1001],
      [ACME, 0],
    ]);
    await expectCorrectBooks(database);
  });

  it('ends the call where it ends, however much the account has', async () => {
    const { database } = company();
    await fund(database, ACME, '0.50', ACME_1001);
    const { grantedS, decision } = await hold(database, request());
    expect(grantedS).to.equal(25);
    expect(decision.limitedByMoney).to.equal(true);
    expect((await hold(database, request())).refusal).to.equal('insufficient_funds');
  });

  it('may go below zero as far as its own credit limit', async () => {
    const { database } = company();
    const limited = request({ creditLimit: new Decimal('0.40') });
    expect((await hold(database, limited)).grantedS).to.equal(20);
  });

  it('is shared by calls that come at once on two nodes, and never spent twice', async () => {
    const { database, second } = company();
    await fund(database, ACME, '4', ACME_1001);
    const batches = [database, second, database, second].map((on) =>
      decideHolds(
        on,
        Array.from({ length: 5 }, () => request()),
      ),
    );
    const outcomes = (await Promise.all(batches)).flat();
    const granted = outcomes.map(({ grantedS }) => grantedS).filter((seconds) => seconds !== null);
    // Four euros are 200 seconds: three slices and a third of one.
    expect(granted.sort((a, b) => b - a)).to.deep.equal([60, 60, 60, 20]);
    expect((await walletOf(database, ACME_1001)).held).to.equal('4.000000');
    await expectCorrectBooks(database);
  });

  it('is charged at the end, and what was held for it is free again', async () => {
    const { database } = company();
    await fund(database, ACME, '10', ACME_1001);
    const { callId } = await hold(database, request());
    const leg = carrierEnded(callId, 30);
    await settle(database, leg);
    expect(await walletOf(database, ACME_1001)).to.deep.equal({
      balance: '9.400000',
      held: '0.000000',
    });
    expect(await legOf(database, leg.legUuid)).to.include({ price: '0.600000' });
    // The account was paid by its extension and pays us.
    expect((await purseOf(database, ACME)).balance).to.equal('99.700000');
    await expectCorrectBooks(database);
  });

  it('is free again when the call is released', async () => {
    const { database } = company();
    await fund(database, ACME, '10', ACME_1001);
    const { callId } = await hold(database, request());
    await closeCalls(database, [callId], 1);
    expect((await walletOf(database, ACME_1001)).held).to.equal('0.000000');
    expect((await purseOf(database, ACME)).held).to.equal('0.000000');
    await expectCorrectBooks(database);
  });

  it('is extended with that of its account, as far as the shorter of both goes', async () => {
    const { database } = company();
    await fund(database, ACME, '2', ACME_1001);
    const { callId } = await hold(database, request());
    expect(await extendBy(database, callId, 60)).to.deep.equal({ grantedS: 100, isLast: true });
    expect((await walletOf(database, ACME_1001)).held).to.equal('2.000000');
    expect((await purseOf(database, ACME)).held).to.equal('1.000000');
    await fund(database, ACME, '2', ACME_1001);
    expect(await extendBy(database, callId, 60, 100)).to.deep.equal({
      grantedS: 160,
      isLast: false,
    });
    await expectCorrectBooks(database);
  });

  it('is spared by inclusive seconds, which its account pays for all the same', async () => {
    const { database } = company();
    const payers = [wallet, account];
    const { callId, grantedS } = await hold(
      database,
      holdRequest({ payers, allowances: [offer(45)] }),
    );
    expect(grantedS).to.equal(45);
    await settle(database, carrierEnded(callId, 45));
    expect((await walletOf(database, ACME_1001)).balance).to.equal('0.000000');
    expect((await purseOf(database, ACME)).balance).to.equal('99.550000');
    await expectCorrectBooks(database);
  });
});
