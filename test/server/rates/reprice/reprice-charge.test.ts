import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { ChargeToReprice } from '../../../../db/repositories/leg-charges.js';
import { buildDeck } from '../../../../rating/deck/deck.js';
import type { DeckTerms, RateRow } from '../../../../rating/deck/types.js';
import { priceLeg } from '../../../../rating/settlement/price-leg.js';
import { repriceCharge } from '../../../../server/rates/reprice/reprice-charge.js';
import { row, terms } from '../../../rating/builders.js';

const NOON_MS = Date.UTC(2026, 0, 14, 12);

function charge(over: Partial<ChargeToReprice> = {}): ChargeToReprice {
  return {
    legUuid: 'leg',
    role: 'payer',
    partyId: 3,
    counterpartId: 1,
    level: 0,
    coveredS: 0,
    sheetId: 1,
    releaseId: 1,
    rowId: 1,
    currency: 'EUR',
    amount: '1.000000',
    originalAmount: '1.000000',
    startUs: NOON_MS * 1000,
    number: '447700900123',
    routingNumber: null,
    jurisdiction: null,
    billUs: 60_000_000,
    cutAtSeconds: null,
    accountId: 3,
    carrierId: 1,
    transactionId: 'transaction',
    ...over,
  };
}

const deck = (rows: readonly Partial<RateRow>[], over: Partial<DeckTerms> = {}) =>
  buildDeck(
    terms(over),
    rows.map((each, index) => row({ id: index + 1, ...each })),
  );

/** Its amount, or why it has none. */
const outcome = (over: Partial<ChargeToReprice>, by: ReturnType<typeof deck>): string => {
  const result = repriceCharge(charge(over), by);
  return result.kind === 'priced' ? result.amount : result.reason;
};

describe('pricing a charge again', () => {
  it('takes the longest prefix that is effective when the call was decided', () => {
    const rows = [
      { prefix: '44', ratePerMinute: '1' },
      { prefix: '4477', ratePerMinute: '2', effectiveFrom: NOON_MS + 1 },
      { prefix: '447', ratePerMinute: '3', effectiveTo: NOON_MS + 1 },
    ];
    expect(outcome({}, deck(rows))).to.equal('3.000000');
    expect(outcome({ startUs: (NOON_MS + 1) * 1000 }, deck(rows))).to.equal('2.000000');
    expect(outcome({ number: '4410' }, deck(rows))).to.equal('1.000000');
  });

  it('says by which row of which release, and how', () => {
    const result = repriceCharge(charge(), deck([{ id: 7, releaseId: 70, ratePerMinute: '1' }]));
    expect(result).to.include({ kind: 'priced', releaseId: 70, rowId: 7 });
    expect(result.kind === 'priced' && result.steps.map(({ kind }) => kind)).to.include('block');
  });

  it('tells why there is no price, and never makes it nothing', () => {
    expect(outcome({ number: '49' }, deck([{}]))).to.equal('no_row');
    expect(outcome({}, deck([{ blocked: true, ratePerMinute: '0' }]))).to.equal('blocked');
    expect(outcome({}, deck([{}], { currency: 'USD' }))).to.equal('other_currency');
  });

  it('looks up the routing number on sheets that are rated by it, where there is one', () => {
    const rows = [
      { prefix: '44', ratePerMinute: '1' },
      { prefix: '999', ratePerMinute: '2' },
    ];
    const byRouting = deck(rows, { ratedOn: 'lrn' });
    expect(outcome({ routingNumber: '9991' }, byRouting)).to.equal('2.000000');
    expect(outcome({ routingNumber: '9991' }, deck(rows))).to.equal('1.000000');
    expect(outcome({ routingNumber: null }, byRouting)).to.equal('1.000000');
  });

  it('takes the price of the jurisdiction, the highest where it is not known', () => {
    const jurisdictionPrices = { interstate: '1', intrastate: '3', indeterminate: '2' };
    const us = deck([{ prefix: '1', ratePerMinute: '1', jurisdictionPrices }]);
    const number = '12125550100';
    expect(outcome({ number, jurisdiction: 'interstate' }, us)).to.equal('1.000000');
    expect(outcome({ number, jurisdiction: 'intrastate' }, us)).to.equal('3.000000');
    expect(outcome({ number, jurisdiction: 'unknown' }, us)).to.equal('3.000000');
    expect(outcome({ number, jurisdiction: null }, us)).to.equal('3.000000');
  });

  it('counts for a payer no more than was granted, and for a carrier all', () => {
    const perMinute = deck([{ initialIncrementS: 60, incrementS: 60, ratePerMinute: '1' }]);
    const cut = { billUs: 60_500_000, cutAtSeconds: 60 };
    expect(outcome(cut, perMinute)).to.equal('1.000000');
    expect(outcome({ ...cut, role: 'carrier' }, perMinute)).to.equal('2.000000');
  });

  it('gives what the call was charged when nothing changed, whatever the row', () => {
    const increments = fc.integer({ min: 1, max: 90 });
    const price = fc.integer({ min: 0, max: 99_999_999 }).map((units) => (units / 1e6).toFixed(6));
    const shape = fc.record({
      row: fc.record({
        ratePerMinute: price,
        connectFee: price,
        initialIncrementS: increments,
        incrementS: increments,
        minDurationS: fc.nat({ max: 120 }),
        graceS: fc.nat({ max: 5 }),
        freeS: fc.nat({ max: 20 }),
      }),
      billUs: fc.integer({ min: 1, max: 4_000_000_000 }),
      cutAtSeconds: fc.option(fc.integer({ min: 1, max: 3600 }), { nil: null }),
    });
    fc.assert(
      fc.property(shape, ({ row: drawn, billUs, cutAtSeconds }) => {
        const sheet = deck([drawn]);
        const rate = sheet.find('447700900123', NOON_MS);
        if (rate === null) throw new Error('a rate is expected');
        const route = { gatewayId: 1, gatewayName: 'gw', carrierId: 1, currency: 'EUR', rate };
        const payers = [{ accountId: 3, sellerAccountId: 1, currency: 'EUR', rate }];
        const { charges } = priceLeg({ payers, route, operatorAccountId: 1, billUs, cutAtSeconds });
        for (const { role, amount } of charges) {
          expect(outcome({ role, billUs, cutAtSeconds }, sheet)).to.equal(amount);
        }
      }),
    );
  });
});
