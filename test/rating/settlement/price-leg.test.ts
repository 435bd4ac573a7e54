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

  it('says who was charged what by which rate, each level of the chain and the carrier', () => {
    const [customer] = leg({}).payers;
    if (customer === undefined) throw new Error('a payer is expected');
    const reseller = {
      accountId: 7,
      sellerAccountId: OPERATOR,
      currency: 'USD',
      rate: rate({ id: 70, releaseId: 700, ratePerMinute: '4' }, { sheetId: 7000 }),
    };
    const { charges } = priceLeg(
      leg({ payers: [{ ...customer, sellerAccountId: 7 }, reseller], cutAtSeconds: 60 }),
    );
    expect(charges).to.deep.equal([
      {
        ...{ role: 'payer', partyId: 2, counterpartId: 7, level: 0, coveredS: 0 },
        ...{ sheetId: 1, releaseId: 1, rowId: 1, currency: 'EUR', amount: '6.000000' },
      },
      {
        ...{ role: 'payer', partyId: 7, counterpartId: OPERATOR, level: 1, coveredS: 0 },
        ...{ sheetId: 7000, releaseId: 700, rowId: 70, currency: 'USD', amount: '4.000000' },
      },
      {
        ...{ role: 'carrier', partyId: 1, counterpartId: OPERATOR, level: 0, coveredS: 0 },
        ...{ sheetId: 1, releaseId: 1, rowId: 1, currency: 'EUR', amount: '6.000000' },
      },
    ]);
  });

  it('charges nobody for a leg that was not answered, and no carrier that is not known', () => {
    expect(priceLeg(leg({ billUs: 0 })).charges).to.deep.equal([]);
    const roles = (over: Partial<LegToPrice>) =>
      priceLeg(leg(over)).charges.map(({ role }) => role);
    expect(roles({ route: null })).to.deep.equal(['payer']);
    expect(roles({ operatorAccountId: null })).to.deep.equal(['payer']);
  });

  it('names a charge of nothing too, because it may become one of something', () => {
    const free = rate({ ratePerMinute: '0' });
    const [customer] = leg({}).payers;
    if (customer === undefined) throw new Error('a payer is expected');
    const { charges, entries } = priceLeg(
      leg({ payers: [{ ...customer, rate: free }], route: null }),
    );
    expect(entries).to.deep.equal([]);
    expect(charges.map(({ amount }) => amount)).to.deep.equal(['0.000000']);
  });
});

describe('pricing a leg that inclusive time covers', () => {
  const included = [
    { seconds: 30, incrementS: 60 },
    { seconds: 60, incrementS: 30 },
  ];
  const reseller = {
    accountId: 7,
    sellerAccountId: OPERATOR,
    currency: 'EUR',
    rate: rate({ ratePerMinute: '3' }),
  };
  const chain = () => [...leg({}).payers, reseller];

  it('charges the first payer for the rest, and everybody else for all of it', () => {
    const price = priceLeg(leg({ payers: chain(), included, billUs: 100_000_000 }));
    expect(price).to.deep.include({ coveredSeconds: 90, usedSeconds: [30, 60] });
    expect(price).to.include({ price: '6.000000', billedSeconds: 60, cost: '6.000000' });
    expect(price.charges.map(({ amount, coveredS }) => [amount, coveredS])).to.deep.equal([
      ['6.000000', 90],
      ['5.000000', 0],
      ['6.000000', 0],
    ]);
  });

  it('gives back what was not begun of it', () => {
    const price = priceLeg(leg({ included, billUs: 30_200_000 }));
    expect(price).to.deep.include({ coveredSeconds: 31, usedSeconds: [30, 30] });
    expect(price.price).to.equal('0.000000');
  });

  it('uses nothing for a leg that is free without it', () => {
    const grace = chain().map((payer) => ({ ...payer, rate: rate({ graceS: 10 }) }));
    const unused = { coveredSeconds: 0, usedSeconds: [0, 0] };
    expect(priceLeg(leg({ payers: grace, included, billUs: 10_000_000 }))).to.deep.include(unused);
    expect(priceLeg(leg({ included, billUs: 0 }))).to.deep.include(unused);
    expect(priceLeg(leg({ payers: [], included }))).to.deep.include(unused);
  });

  it('uses no more than was granted for a leg that was cut', () => {
    const price = priceLeg(leg({ included, billUs: 60_400_000, cutAtSeconds: 60 }));
    expect(price).to.deep.include({ coveredSeconds: 60, usedSeconds: [30, 30] });
  });
});

describe('pricing a leg that an extension pays from its own money', () => {
  const wallet = {
    accountId: 2,
    extensionId: 2,
    sellerAccountId: 2,
    currency: 'EUR',
    rate: rate({ ratePerMinute: '6' }),
  };
  const account = {
    accountId: 2,
    sellerAccountId: OPERATOR,
    currency: 'EUR',
    rate: rate({ ratePerMinute: '3' }),
  };
  const price = (over: Partial<LegToPrice> = {}) =>
    priceLeg(leg({ payers: [wallet, account], billUs: 60_000_000, ...over }));

  it('takes it from the extension for the account, and from the account as always', () => {
    const { entries } = price();
    const shown = entries.map(({ account: { kind, ownerType, ownerId }, amount }) =>
      [kind, ownerType, ownerId, amount].join(' '),
    );
    expect(shown).to.deep.equal([
      'client_credit extension 2 -6.000000',
      'call_revenue account 2 6.000000',
      'client_credit account 2 -3.000000',
      'call_revenue account 1 3.000000',
      'carrier_cost account 1 -3.000000',
      'carrier_payable carrier 1 3.000000',
    ]);
  });

  it('says so in charges and in the explanation', () => {
    const { charges, explanation } = price();
    expect(
      charges.map(({ role, partyId, counterpartId, level }) =>
        [role, partyId, counterpartId, level].join(' '),
      ),
    ).to.deep.equal(['extension 2 2 0', 'payer 2 1 1', 'carrier 1 1 0']);
    expect(
      explanation.payers.map(({ accountId, extensionId }) => [accountId, extensionId]),
    ).to.deep.equal([
      [2, 2],
      [2, undefined],
    ]);
  });

  it('posts only what the payers pay for a leg without a carrier', () => {
    const { entries, cost, costCurrency } = price({ route: null });
    expect(entries).to.have.length(4);
    expect({ cost, costCurrency }).to.deep.equal({ cost: '0.000000', costCurrency: null });
  });
});
