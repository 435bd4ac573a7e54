import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { Decimal } from '../../rating/money.js';
import { priceLeg } from '../../rating/settlement/price-leg.js';
import type { FrozenPayer } from '../../rating/settlement/types.js';
import { rate } from '../rating/builders.js';

/** Prices per minute with up to eight decimals, as exact text. */
const price = fc
  .nat({ max: 999_999_999 })
  .map((units) => new Decimal(units).dividedBy(100_000_000).toFixed(8));

const legShape = fc.record({
  prices: fc.array(price, { minLength: 1, maxLength: 4 }),
  carrierPrice: fc.option(price),
  billUs: fc.nat({ max: 2_000_000_000 }),
  cutAtSeconds: fc.option(fc.nat({ max: 3000 })),
  increment: fc.integer({ min: 1, max: 60 }),
});

type LegShape = typeof legShape extends fc.Arbitrary<infer Shape> ? Shape : never;

function priced(shape: LegShape) {
  const rateOf = (ratePerMinute: string) =>
    rate({ ratePerMinute, incrementS: shape.increment, initialIncrementS: shape.increment });
  const payers: FrozenPayer[] = shape.prices.map((ratePerMinute, index) => ({
    accountId: 10 - index,
    sellerAccountId: 9 - index,
    currency: 'EUR',
    rate: rateOf(ratePerMinute),
  }));
  return priceLeg({
    payers,
    route:
      shape.carrierPrice === null
        ? null
        : {
            gatewayId: 1,
            gatewayName: 'gw',
            carrierId: 1,
            currency: 'EUR',
            rate: rateOf(shape.carrierPrice),
          },
    operatorAccountId: 1,
    billUs: shape.billUs,
    cutAtSeconds: shape.cutAtSeconds,
  });
}

describe('the price of any leg', () => {
  it('is posted in entries that sum to zero', () => {
    fc.assert(
      fc.property(legShape, (shape) => {
        const sum = priced(shape).entries.reduce(
          (total, entry) => total.plus(entry.amount),
          new Decimal(0),
        );
        expect(sum.isZero()).to.equal(true);
      }),
    );
  });

  it('is what the first payer loses and the carrier is owed', () => {
    fc.assert(
      fc.property(legShape, (shape) => {
        const { entries, price: charged, cost } = priced(shape);
        const amountOf = (kind: string, ownerId: number) =>
          entries
            .filter(({ account }) => account.kind === kind && account.ownerId === ownerId)
            .reduce((total, entry) => total.plus(entry.amount), new Decimal(0));
        expect(amountOf('client_credit', 10).neg().toFixed(6)).to.equal(
          new Decimal(charged).toFixed(6),
        );
        expect(amountOf('carrier_payable', 1).toFixed(6)).to.equal(cost);
      }),
    );
  });

  it('never falls as the leg grows, and never passes the price of the limit', () => {
    fc.assert(
      fc.property(legShape, fc.nat({ max: 1_000_000_000 }), (shape, moreUs) => {
        const shorter = new Decimal(priced(shape).price);
        const longer = new Decimal(priced({ ...shape, billUs: shape.billUs + moreUs }).price);
        expect(longer.greaterThanOrEqualTo(shorter)).to.equal(true);
        if (shape.cutAtSeconds === null) return;
        const atLimit = { ...shape, billUs: shape.cutAtSeconds * 1_000_000, cutAtSeconds: null };
        expect(longer.lessThanOrEqualTo(priced(atLimit).price)).to.equal(true);
      }),
    );
  });
});
