import { expect } from 'chai';
import { describe, it } from 'mocha';
import { buildDeck } from '../../rating/deck/deck.js';
import type { RateRow } from '../../rating/deck/types.js';
import type { LcrRefusal, RouteCandidate } from '../../rating/lcr/types.js';
import { NOON_MS, row, terms } from './builders.js';
import { candidate, ids, order } from './lcr-candidates.js';

const HOUR_MS = 3_600_000;
const usd = { currency: 'USD' };

interface Case {
  readonly it: string;
  readonly candidate: RouteCandidate;
  readonly expected: Partial<LcrRefusal>;
}

const CASES: readonly Case[] = [
  {
    it: 'a number no row matches',
    candidate: candidate(1, { prefix: '33' }),
    expected: { reason: 'no_rate', detail: 'no row for 447700900123' },
  },
  {
    it: 'a row that is not in force yet',
    candidate: candidate(1, { effectiveFrom: NOON_MS + HOUR_MS }),
    expected: { reason: 'no_rate', detail: 'prefix 44 begins 2026-01-14T13:00:00.000Z' },
  },
  {
    it: 'a row that is no longer in force',
    candidate: candidate(1, { effectiveTo: NOON_MS }),
    expected: { reason: 'no_rate', detail: 'prefix 44 ended 2026-01-14T12:00:00.000Z' },
  },
  {
    it: 'a row outside its hours',
    candidate: candidate(1, { timeFrom: '18:00:00', timeTo: '24:00:00', days: [1, 2] }),
    expected: {
      reason: 'outside_window',
      detail: 'prefix 44 holds on weekdays 1,2 from 18:00:00 to 24:00:00',
    },
  },
  {
    it: 'a destination the carrier does not take, with the row that says so',
    candidate: candidate(1, { blocked: true, destination: 'UK premium' }),
    expected: { reason: 'destination_blocked', detail: 'UK premium' },
  },
  {
    it: 'a carrier without a sheet',
    candidate: candidate(1, {}, { deck: null }),
    expected: { reason: 'no_rate', detail: 'the carrier has no rate sheet' },
  },
  {
    it: 'a sheet in another currency than its carrier bills',
    candidate: candidate(1, {}, usd, { currency: 'EUR' }),
    expected: { reason: 'currency_mismatch', detail: 'carrier USD, sheet EUR' },
  },
  {
    it: 'a currency without a rate, with its cost in that currency',
    candidate: candidate(1, {}, { ...usd, exchangeRate: null }),
    expected: { reason: 'no_exchange_rate', detail: 'USD to EUR', expectedCost: '0.600000' },
  },
  {
    it: 'a loss, with all figures',
    candidate: candidate(1, { ratePerMinute: '1.25' }),
    expected: {
      reason: 'would_lose_money',
      detail: 'price 1.00000000 < cost 1.25000000 + 0 % + 0',
      expectedCost: '1.250000',
      costInClientCurrency: '1.250000',
      margin: '-0.250000',
    },
  },
  {
    it: 'a loss after exchange, with the rate used',
    candidate: candidate(1, { ratePerMinute: '1' }, { ...usd, exchangeRate: '1.0000000001' }),
    expected: {
      reason: 'would_lose_money',
      detail: 'price 1.00000000 < cost 1.0000000001 + 0 % + 0',
      expectedCost: '1.000000',
      costInClientCurrency: '1.000000',
      margin: '0.000000',
      exchangeRate: '1.0000000001',
    },
  },
  {
    it: 'a gateway out of service, with what it would have cost',
    candidate: candidate(
      1,
      { ratePerMinute: '0.2' },
      { unavailable: 'gateway_down', unavailableDetail: 'FAIL_WAIT' },
    ),
    expected: {
      reason: 'gateway_down',
      detail: 'FAIL_WAIT',
      costInClientCurrency: '0.200000',
      margin: '0.800000',
    },
  },
  {
    it: 'a gateway out of service that would lose money as out of service',
    candidate: candidate(1, { ratePerMinute: '2' }, { unavailable: 'at_capacity' }),
    expected: { reason: 'at_capacity', margin: '-1.000000' },
  },
];

describe('a refused route', () => {
  for (const test of CASES) {
    it(`explains ${test.it}`, () => {
      const { routes, refused } = order([test.candidate]);
      expect(routes).to.deep.equal([]);
      expect(refused[0]).to.deep.include(test.expected);
      const isBlocked = test.expected.reason === 'destination_blocked';
      const isPriced = test.expected.expectedCost ?? test.expected.margin;
      expect(refused[0]?.rate !== undefined).to.equal(isBlocked || isPriced !== undefined);
    });
  }

  it('names a row outside its hours ahead of longer ones that are over', () => {
    const rows: readonly RateRow[] = [
      row({ id: 1, prefix: '4477', effectiveTo: NOON_MS }),
      row({ id: 2, prefix: '44', timeFrom: '18:00:00' }),
    ];
    const deck = buildDeck(terms(), rows);
    expect(order([candidate(1, {}, { deck })]).refused[0]).to.deep.include({
      reason: 'outside_window',
      detail: 'prefix 44 holds from 18:00:00 to 24:00:00',
    });
  });

  it('carries its price when only the number of routes left it out', () => {
    const decision = order(
      [candidate(1, { ratePerMinute: '0.1' }), candidate(2, { ratePerMinute: '0.25' })],
      { maxRoutes: 1 },
    );
    expect(decision.refused[0]).to.deep.include({
      gatewayId: 2,
      reason: 'beyond_max_routes',
      expectedCost: '0.250000',
      margin: '0.750000',
    });
  });
});

describe('routes in several currencies', () => {
  it('are compared and shown in the client’s currency', () => {
    const decision = order([
      candidate(1, { ratePerMinute: '0.5' }),
      candidate(2, { ratePerMinute: '0.55' }, { ...usd, exchangeRate: '0.9' }),
    ]);
    expect(ids(decision)).to.deep.equal([2, 1]);
    expect(decision.routes[0]).to.deep.include({
      expectedCost: '0.550000',
      costInClientCurrency: '0.495000',
      margin: '0.505000',
      exchangeRate: '0.9',
    });
    expect(decision.routes[1]).to.not.have.property('exchangeRate');
  });

  it('differ by what the tenth decimal of an exchange rate makes of them', () => {
    const decision = order([
      candidate(1, { ratePerMinute: '0.5' }, { ...usd, exchangeRate: '0.9000000001' }),
      candidate(2, { ratePerMinute: '0.5' }, { ...usd, exchangeRate: '0.9' }),
    ]);
    expect(ids(decision)).to.deep.equal([2, 1]);
  });

  it('have to leave the margin after the exchange', () => {
    const route = candidate(1, { ratePerMinute: '0.8' }, { ...usd, exchangeRate: '1.25' });
    expect(ids(order([route]))).to.deep.equal([1]);
    const margin = { percent: '0', absolute: '0.00000001', allowLoss: false };
    expect(ids(order([route], { margin }))).to.deep.equal([]);
  });

  it('do not take an exchange rate that is no rate', () => {
    const route = candidate(1, {}, { ...usd, exchangeRate: '0' });
    expect(() => order([route])).to.throw(RangeError, 'invalid_exchange_rate');
  });
});

describe('the number a carrier is asked for', () => {
  const rows = [
    row({ id: 1, prefix: '1212', ratePerMinute: '0.1' }),
    row({ id: 2, prefix: '1646', ratePerMinute: '0.2' }),
  ];
  const call = { number: '12125550100', routingNumber: '16465550000' };

  it('is the routing number for decks rated on it', () => {
    const lrn = candidate(1, {}, { deck: buildDeck(terms({ ratedOn: 'lrn' }), rows) });
    const plain = candidate(2, {}, { deck: buildDeck(terms(), rows) });
    const costs = order([lrn, plain], call).routes.map((route) => route.expectedCost);
    expect(costs).to.deep.equal(['0.100000', '0.200000']);
    expect(ids(order([lrn, plain], call))).to.deep.equal([2, 1]);
    expect(ids(order([lrn, plain], { number: call.number }))).to.have.length(2);
  });

  it('is priced by the jurisdiction of the call, the dearest where it is unknown', () => {
    const jurisdictionPrices = { interstate: '0.1', intrastate: '0.3', indeterminate: '0.2' };
    const deck = buildDeck(terms(), [row({ ratePerMinute: '0.1', jurisdictionPrices })]);
    const costOf = (jurisdiction?: 'interstate' | 'intrastate' | 'unknown') =>
      order([candidate(1, {}, { deck })], jurisdiction === undefined ? {} : { jurisdiction })
        .routes[0]?.expectedCost;
    expect(costOf('interstate')).to.equal('0.100000');
    expect(costOf('intrastate')).to.equal('0.300000');
    expect(costOf('unknown')).to.equal('0.300000');
    expect(costOf()).to.equal('0.300000');
  });
});
