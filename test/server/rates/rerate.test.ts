import { expect } from 'chai';
import { eq } from 'drizzle-orm';
import { describe, it } from 'mocha';
import { ledgerTransactions, rateSheets } from '../../../db/schema/index.js';
import { readTotals, sumByRole } from '../../../server/rates/rerate/totals.js';
import { expectCorrectBooks, legOf, purseOf } from '../../support/books.js';
import {
  ACME,
  BETA,
  CARRIER_A,
  OPERATOR,
  RESELLER,
  SHEET_ACME,
  SHEET_BETA,
  SHEET_RESELLER,
} from '../../support/world.js';
import { CALL_MS, NUMBER, SHEET_CARRIER, withRerateCompany } from './rerate-company.js';

describe('re-rating', function () {
  this.timeout(30_000);
  const company = withRerateCompany();

  const balanceOf = async (owner: number, kind?: Parameters<typeof purseOf>[2]) =>
    (await purseOf(company().database, owner, kind)).balance;

  /** Balances of everybody, in one line each. */
  const books = async () => ({
    acme: await balanceOf(ACME),
    beta: await balanceOf(BETA),
    reseller: await balanceOf(RESELLER),
    resellerRevenue: await balanceOf(RESELLER, 'call_revenue'),
    operatorRevenue: await balanceOf(OPERATOR, 'call_revenue'),
    carrierCost: await balanceOf(OPERATOR, 'carrier_cost'),
    carrierPayable: await balanceOf(CARRIER_A, 'carrier_payable'),
  });

  /**
   * Half a minute of acme and a minute of beta at 0.60, the reseller paying 0.30 and the carrier
   * asking 0.12 dollars a minute.
   */
  const twoCalls = async () => {
    const acme = await company().call({ talkedS: 30 });
    const beta = await company().call({ payer: BETA, talkedS: 60, atMs: CALL_MS + 1000 });
    expect(await books()).to.deep.equal(FIRST_BOOKS);
    return { acme, beta };
  };

  const FIRST_BOOKS = {
    acme: '99.700000',
    beta: '99.400000',
    reseller: '99.700000',
    resellerRevenue: '0.600000',
    operatorRevenue: '0.600000',
    carrierCost: '-0.180000',
    carrierPayable: '0.180000',
  };

  /** Acme is raised, beta lowered, the reseller raised, and the carrier asks for half as much again. */
  const newPrices = async () => {
    const { activate } = company();
    return {
      acme: await activate(SHEET_ACME, [{ prefix: '44', ratePerMinute: '0.9' }]),
      beta: await activate(SHEET_BETA, [{ prefix: '44', ratePerMinute: '0.3' }]),
      reseller: await activate(SHEET_RESELLER, [{ prefix: '44', ratePerMinute: '0.36' }]),
      carrier: await activate(SHEET_CARRIER, [{ prefix: '44', ratePerMinute: '0.18' }]),
    };
  };

  const NEW_BOOKS = {
    acme: '99.550000',
    beta: '99.700000',
    reseller: '99.640000',
    resellerRevenue: '0.300000',
    operatorRevenue: '0.810000',
    carrierCost: '-0.270000',
    carrierPayable: '0.270000',
  };

  it('posts what every payer and carrier was charged too little or too much', async () => {
    await twoCalls();
    await newPrices();
    const run = await company().rerate();
    expect(run).to.include({ status: 'done', legsTotal: 2, legsSeen: 2, legsChanged: 2 });
    expect(run).to.include({ legsSkipped: 0, owner: null });
    expect(await books()).to.deep.equal(NEW_BOOKS);
    await expectCorrectBooks(company().database);
  });

  it('keeps the original figures, beside what they are now', async () => {
    const legs = await twoCalls();
    await newPrices();
    await company().rerate();
    expect(await legOf(company().database, legs.beta)).to.include({
      price: '0.600000',
      reratedPrice: '0.300000',
      cost: '0.120000',
      reratedCost: '0.180000',
    });
    const charges = await company().charges(legs.beta);
    expect(charges.map(({ amount, reratedAmount }) => [amount, reratedAmount])).to.deep.equal([
      ['0.600000', '0.300000'],
      ['0.300000', '0.360000'],
      ['0.120000', '0.180000'],
    ]);
  });

  it('notes each change with its releases, and posts once per leg what corrects it', async () => {
    const legs = await twoCalls();
    const releases = await newPrices();
    const { id } = await company().rerate();
    const corrections = await company().corrections(id);
    const short = corrections.map((row) => [
      row.legUuid === legs.acme ? 'acme' : 'beta',
      row.role,
      row.partyId,
      row.currency,
      `${row.oldAmount} ${row.newAmount}`,
      `${String(row.oldReleaseId)} ${String(row.newReleaseId)}`,
    ]);
    expect(short).to.deep.equal([
      ['acme', 'payer', ACME, 'EUR', '0.300000 0.450000', `1 ${String(releases.acme)}`],
      ['acme', 'carrier', CARRIER_A, 'USD', '0.060000 0.090000', `11 ${String(releases.carrier)}`],
      ['beta', 'payer', BETA, 'EUR', '0.600000 0.300000', `3 ${String(releases.beta)}`],
      ['beta', 'payer', RESELLER, 'EUR', '0.300000 0.360000', `2 ${String(releases.reseller)}`],
      ['beta', 'carrier', CARRIER_A, 'USD', '0.120000 0.180000', `11 ${String(releases.carrier)}`],
    ]);
    for (const legUuid of [legs.acme, legs.beta]) {
      const own = new Set(
        corrections.filter((row) => row.legUuid === legUuid).map((row) => row.transactionId),
      );
      expect(own.size).to.equal(1);
      const [transactionId] = own;
      const [transaction] = await company()
        .database.orm.select()
        .from(ledgerTransactions)
        .where(eq(ledgerTransactions.id, String(transactionId)));
      expect(transaction).to.include({
        kind: 'rerating',
        idempotencyKey: `rerating:${id}:${legUuid}`,
        reference: legUuid,
        correctsId: (await legOf(company().database, legUuid))?.transactionId,
      });
    }
    expect(JSON.stringify(corrections[0]?.explanation)).to.include('"ratePerMinute":"0.9"');
  });

  it('changes nothing when it is run again', async () => {
    await twoCalls();
    await newPrices();
    await company().rerate();
    const again = await company().rerate();
    expect(again).to.include({ legsSeen: 2, legsChanged: 0 });
    expect(await company().corrections(again.id)).to.deep.equal([]);
    expect(await books()).to.deep.equal(NEW_BOOKS);
  });

  it('goes back to where it was after the old prices are in force again', async () => {
    const legs = await twoCalls();
    const releases = await newPrices();
    await company().rerate();
    for (const sheetId of [SHEET_ACME, SHEET_BETA, SHEET_RESELLER, SHEET_CARRIER]) {
      await company().activateRelease(sheetId, sheetId);
    }
    const back = await company().rerate();
    expect(await books()).to.deep.equal(FIRST_BOOKS);
    expect((await legOf(company().database, legs.acme))?.reratedPrice).to.equal('0.300000');
    const [first] = await company().corrections(back.id);
    expect(first).to.include({ oldReleaseId: releases.acme, newReleaseId: SHEET_ACME });
    await expectCorrectBooks(company().database);
  });

  it('prices each call by what is in force now for its own time', async () => {
    const { activate, call, rerate } = company();
    await call();
    await call({ atMs: CALL_MS + 60_000 });
    await activate(SHEET_ACME, [{ prefix: '44', ratePerMinute: '1.2' }], CALL_MS + 60_000);
    expect(await rerate()).to.include({ legsSeen: 2, legsChanged: 1 });
    expect(await balanceOf(ACME)).to.equal('99.100000');
  });

  it('charges for a call that was free, and gives back all of one that is free now', async () => {
    const { activate, call, rerate, database } = company();
    const dear = await call();
    await activate(SHEET_ACME, [{ prefix: '44', ratePerMinute: '0' }]);
    await rerate({ sheet_id: SHEET_ACME });
    expect(await balanceOf(ACME)).to.equal('100.000000');
    expect((await legOf(database, dear))?.reratedPrice).to.equal('0.000000');
    await activate(SHEET_ACME, [{ prefix: '44', ratePerMinute: '2' }]);
    await rerate({ sheet_id: SHEET_ACME });
    expect(await balanceOf(ACME)).to.equal('99.000000');
    await expectCorrectBooks(database);
  });

  it('never charges payers beyond the limit at which their leg was cut', async () => {
    const { activate, call, rerate } = company();
    await call({ talkedS: 61, hangupCause: 'ALLOTTED_TIMEOUT', grantedS: 60 });
    const perMinute = { prefix: '44', initialIncrementS: 60, incrementS: 60 };
    await activate(SHEET_ACME, [{ ...perMinute, ratePerMinute: '1' }]);
    await activate(SHEET_CARRIER, [{ ...perMinute, ratePerMinute: '0.5' }]);
    await rerate();
    expect(await balanceOf(ACME)).to.equal('99.000000');
    expect(await balanceOf(CARRIER_A, 'carrier_payable')).to.equal('1.000000');
  });

  describe('leaves legs as they are and counts them', () => {
    const expectSkipped = async (reason: string) => {
      const before = await books();
      const run = await company().rerate();
      expect(run).to.include({ legsSeen: 1, legsChanged: 0, legsSkipped: 1 });
      expect(readTotals(run.totals).skipped).to.deep.equal({ [reason]: 1 });
      expect(await books()).to.deep.equal(before);
    };

    it('where the release in force now has no price for the number', async () => {
      const leg = await company().call();
      await company().activate(SHEET_ACME, [{ prefix: '49', ratePerMinute: '1' }]);
      await expectSkipped('no_row');
      expect((await company().charges(leg))[0]?.reratedAmount).to.equal(null);
    });

    it('where it is blocked now', async () => {
      await company().call();
      const blocked = { prefix: '44', ratePerMinute: '0', blocked: true };
      await company().activate(SHEET_ACME, [blocked]);
      await expectSkipped('blocked');
    });

    it('where no release is in force any more', async () => {
      await company().call();
      await company().activateRelease(SHEET_ACME, null);
      await expectSkipped('no_release');
    });

    it('where one party of several has no price, for the others too', async () => {
      await company().call({ payer: BETA });
      await company().activate(SHEET_BETA, [{ prefix: '44', ratePerMinute: '9' }]);
      await company().activate(SHEET_RESELLER, [{ prefix: '49', ratePerMinute: '1' }]);
      await expectSkipped('no_row');
    });
  });

  describe('is about the charges of its scope only:', () => {
    it('what one account was charged', async () => {
      await twoCalls();
      await newPrices();
      expect(await company().rerate({ account_id: RESELLER })).to.include({ legsTotal: 1 });
      expect(await books()).to.deep.equal({
        ...FIRST_BOOKS,
        reseller: NEW_BOOKS.reseller,
        operatorRevenue: '0.660000',
      });
      await expectCorrectBooks(company().database);
    });

    it('what one carrier asks', async () => {
      await twoCalls();
      await newPrices();
      expect(await company().rerate({ carrier_id: CARRIER_A })).to.include({ legsChanged: 2 });
      const { carrierCost, carrierPayable } = NEW_BOOKS;
      expect(await books()).to.deep.equal({ ...FIRST_BOOKS, carrierCost, carrierPayable });
    });

    it('charges by one sheet', async () => {
      await twoCalls();
      await newPrices();
      await company().rerate({ sheet_id: SHEET_BETA });
      const { beta, resellerRevenue } = NEW_BOOKS;
      expect(await books()).to.deep.equal({ ...FIRST_BOOKS, beta, resellerRevenue });
    });

    it('calls of the period, from its first instant to before its last', async () => {
      for (const offset of [0, 1000, 2000]) await company().call({ atMs: CALL_MS + offset });
      await company().activate(SHEET_ACME, [{ prefix: '44', ratePerMinute: '1.2' }]);
      const run = await company().rerate({
        from: new Date(CALL_MS + 1000).toISOString(),
        to: new Date(CALL_MS + 2000).toISOString(),
      });
      expect(run).to.include({ legsTotal: 1, legsChanged: 1 });
    });
  });

  describe('as a preview', () => {
    it('tells what posting would do, and posts nothing', async () => {
      const legs = await twoCalls();
      await newPrices();
      const preview = await company().rerate({ mode: 'preview' });
      expect(preview).to.include({ legsSeen: 2, legsChanged: 2 });
      expect(await books()).to.deep.equal(FIRST_BOOKS);
      expect((await legOf(company().database, legs.acme))?.reratedPrice).to.equal(null);
      const shown = await company().corrections(preview.id);
      expect(shown.map((row) => row.transactionId)).to.deep.equal(shown.map(() => null));
      const posted = await company().rerate();
      const strip = (rows: typeof shown) =>
        rows.map(({ legUuid, partyId, oldAmount, newAmount }) => ({
          ...{ legUuid, partyId },
          ...{ oldAmount, newAmount },
        }));
      expect(strip(await company().corrections(posted.id))).to.deep.equal(strip(shown));
      expect(posted.totals).to.deep.equal(preview.totals);
      await expectCorrectBooks(company().database);
    });

    it('sums up old and new for each party and currency, unchanged charges included', async () => {
      await twoCalls();
      await company().call({ payer: BETA, talkedS: 120, atMs: CALL_MS + 2000 });
      await company().activate(SHEET_ACME, [{ prefix: '44', ratePerMinute: '0.9' }]);
      const { totals } = await company().rerate({ mode: 'preview' });
      const payer = { role: 'payer', currency: 'EUR' } as const;
      const carrier = { role: 'carrier', currency: 'USD' } as const;
      const same = (amount: string) => ({ changed: 0, oldAmount: amount, newAmount: amount });
      const raised = { changed: 1, oldAmount: '0.300000', newAmount: '0.450000' };
      expect(readTotals(totals).parties).to.have.deep.members([
        { ...payer, partyId: ACME, charges: 1, ...raised },
        { ...payer, partyId: BETA, charges: 2, ...same('1.800000') },
        { ...payer, partyId: RESELLER, charges: 2, ...same('0.900000') },
        { ...carrier, partyId: CARRIER_A, charges: 3, ...same('0.420000') },
      ]);
      expect(sumByRole(readTotals(totals))[0]).to.include({
        charges: 5,
        oldAmount: '3.000000',
        newAmount: '3.150000',
      });
    });
  });

  it('prices a call to a moved number by its routing number, on sheets that do so', async () => {
    const { database, call, activate, rerate } = company();
    await call({ routingNumber: '447999000000' });
    await activate(SHEET_ACME, [
      { prefix: NUMBER, ratePerMinute: '6' },
      { prefix: '447999', ratePerMinute: '1.2' },
    ]);
    const rateOn = (ratedOn: 'lrn' | 'number') =>
      database.orm.update(rateSheets).set({ ratedOn }).where(eq(rateSheets.id, SHEET_ACME));
    await rateOn('lrn');
    try {
      await rerate({ sheet_id: SHEET_ACME });
    } finally {
      await rateOn('number');
    }
    expect(await balanceOf(ACME)).to.equal('99.400000');
  });
});
