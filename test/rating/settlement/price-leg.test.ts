import { expect } from 'chai';
import { describe, it } from 'mocha';
import { priceLeg } from '../../../rating/settlement/price-leg.js';
import type { LegToPrice } from '../../../rating/settlement/price-leg.js';
import { rate } from '../builders.js';

const OPERATOR = 1;

/** A customer at 6.00 a minute over a carrier at 3.00, both by the minute. */
function leg(over: Partial<LegToPrice>): LegToPrice {
  const perMinute = { initialIncrementS: 60, incrementS: 60 };
  return {
    payers: [
      {
        accountId: 2,
        sellerAccountId: OPERATOR,
        currency: 'EUR',
        rate: rate({ ...perMinute, ratePerMinute: '6' }),
      },
    ],
    route: {
      gatewayId: 1,
      gatewayName: 'gw',
      carrierId: 1,
      currency: 'EUR',
      rate: rate({ ...perMinute, ratePerMinute: '3' }),
    },
    operatorAccountId: OPERATOR,
    billUs: 60_400_000,
    cutAtSeconds: null,
    ...over,
  };
}

describe('pricing an ended leg', () => {
  it('charges every started minute of a leg that somebody hung up', () => {
    const price = priceLeg(leg({}));
    expect(price).to.include({ price: '12.000000', billedSeconds: 120, cost: '6.000000' });
    expect(price.explanation).not.to.have.property('cutAtSeconds');
  });

  it('charges payers no more than the limit at which it was cut, and owes the carrier all', () => {
    const price = priceLeg(leg({ cutAtSeconds: 60 }));
    expect(price).to.include({ price: '6.000000', billedSeconds: 60, cost: '6.000000' });
    expect(price.explanation.cutAtSeconds).to.equal(60);
  });

  it('charges a leg that was cut early for what it lasted', () => {
    const price = priceLeg(leg({ cutAtSeconds: 120, billUs: 59_900_000 }));
    expect(price).to.include({ price: '6.000000', billedSeconds: 60, cost: '3.000000' });
    expect(price.explanation).not.to.have.property('cutAtSeconds');
  });

  it('posts what it charges, in balance', () => {
    const { entries } = priceLeg(leg({ cutAtSeconds: 60 }));
    const client = entries.find((entry) => entry.account.ownerId === 2);
    expect(client?.amount).to.equal('-6.000000');
  });
});
