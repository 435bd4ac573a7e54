import { expect } from 'chai';
import { describe, it } from 'mocha';
import { extensions, allowanceBuckets } from '../../../db/schema/index.js';
import { readTotals, sumByRole } from '../../../server/rates/rerate/totals.js';
import { expectCorrectBooks, legOf, purseOf, walletOf } from '../../support/books.js';
import { fund } from '../../support/use-world.js';
import { ACME, ACME_1001, BETA_1001, OPERATOR, SHEET_ACME } from '../../support/world.js';
import { SHEET_CARRIER, withRerateCompany } from './rerate-company.js';

describe('re-rating calls that more than money of an account paid for', function () {
  this.timeout(30_000);
  const company = withRerateCompany();

  /** A minute of an extension with its own money: it pays 0.60, acme 0.30, the carrier asks for 0.12. */
  const walletCall = async () => {
    await fund(company().database, ACME, '10', ACME_1001);
    return company().call({ wallet: ACME_1001, talkedS: 60 });
  };

  const raise = () => company().activate(SHEET_ACME, [{ prefix: '44', ratePerMinute: '0.9' }]);

  it("puts right what an extension's own money was charged, in its own ledger account", async () => {
    const leg = await walletCall();
    expect((await walletOf(company().database, ACME_1001)).balance).to.equal('9.400000');
    expect((await purseOf(company().database, ACME)).balance).to.equal('99.700000');
    await raise();
    const run = await company().rerate();
    expect(run).to.include({ legsSeen: 1, legsChanged: 1, legsSkipped: 0 });
    expect((await walletOf(company().database, ACME_1001)).balance).to.equal('9.100000');
    expect((await purseOf(company().database, ACME)).balance).to.equal('99.700000');
    expect((await purseOf(company().database, ACME, 'call_revenue')).balance).to.equal('0.900000');
    expect(await legOf(company().database, leg)).to.include({
      price: '0.600000',
      reratedPrice: '0.900000',
      reratedCost: null,
    });
    expect(await company().corrections(run.id)).to.have.length(1);
    expect(sumByRole(readTotals(run.totals))).to.deep.include({
      ...{ role: 'extension', currency: 'EUR', charges: 1, changed: 1 },
      ...{ oldAmount: '0.600000', newAmount: '0.900000' },
    });
    await expectCorrectBooks(company().database);
  });

  it("counts an extension's own money to its account where only that is re-rated", async () => {
    await walletCall();
    await raise();
    const [phone] = await company().database.orm.select().from(extensions);
    expect(phone).to.include({ id: ACME_1001, accountId: ACME });
    const other = await company().rerate({ account_id: OPERATOR });
    expect(other).to.include({ legsSeen: 0 });
    const own = await company().rerate({ account_id: ACME });
    expect(own).to.include({ legsSeen: 1, legsChanged: 1 });
    expect(readTotals(own.totals).parties.map(({ role }) => role)).to.have.members([
      'extension',
      'payer',
    ]);
    expect((await walletOf(company().database, BETA_1001)).balance).to.equal('0.000000');
  });

  it('prices only what inclusive seconds did not cover, and leaves those as they were', async () => {
    const leg = await company().call({ talkedS: 90, includedS: 60 });
    expect(await legOf(company().database, leg)).to.include({ price: '0.300000' });
    await raise();
    await company().rerate();
    expect(await legOf(company().database, leg)).to.include({ reratedPrice: '0.450000' });
    const [charge] = (await company().charges(leg)).filter(({ role }) => role === 'payer');
    expect(charge).to.include({ coveredS: 60, amount: '0.300000', reratedAmount: '0.450000' });
    const [bucket] = await company().database.orm.select().from(allowanceBuckets);
    expect(bucket).to.include({ usedS: 60, heldS: 0 });
    await expectCorrectBooks(company().database);
  });

  it('re-rates calls from outside, of which no carrier asks for anything', async () => {
    const leg = await company().call({ inbound: true, talkedS: 60 });
    expect(await legOf(company().database, leg)).to.include({
      ...{ kind: 'caller', price: '0.600000', cost: '0.000000', costCurrency: null },
    });
    await raise();
    await company().activate(SHEET_CARRIER, [{ prefix: '44', ratePerMinute: '0.18' }]);
    const run = await company().rerate();
    expect(run).to.include({ legsSeen: 1, legsChanged: 1 });
    expect((await purseOf(company().database, ACME)).balance).to.equal('99.100000');
    expect((await purseOf(company().database, OPERATOR, 'call_revenue')).balance).to.equal(
      '0.900000',
    );
    await expectCorrectBooks(company().database);
  });
});
