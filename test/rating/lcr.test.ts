import { expect } from 'chai';
import { describe, it } from 'mocha';
import { buildDeck } from '../../rating/deck/deck.js';
import type { RateRow } from '../../rating/deck/types.js';
import { orderRoutes } from '../../rating/lcr/order-routes.js';
import type { LcrDecision, LcrInput, RouteCandidate } from '../../rating/lcr/types.js';
import { NOON_MS, rate, row, terms } from './builders.js';

function candidate(gatewayId: number, rowOver: Partial<RateRow>): RouteCandidate {
  return {
    gatewayId,
    gatewayName: `gw${String(gatewayId)}`,
    carrierId: gatewayId * 10,
    carrierName: `carrier${String(gatewayId)}`,
    priority: 1,
    weight: 1,
    currency: 'EUR',
    deck: buildDeck(terms(), [row(rowOver)]),
    unavailable: null,
  };
}

function order(candidates: readonly RouteCandidate[], over: Partial<LcrInput> = {}): LcrDecision {
  return orderRoutes({
    number: '447700900123',
    atMs: NOON_MS,
    strategy: 'cheapest',
    expectedSeconds: 60,
    clientRate: rate({ ratePerMinute: '1' }),
    margin: { percent: '0', absolute: '0', allowLoss: false },
    maxRoutes: 10,
    candidates,
    seed: 1,
    ...over,
  });
}

const ids = (decision: LcrDecision): readonly number[] =>
  decision.routes.map(({ gatewayId }) => gatewayId);

describe('ordering routes', () => {
  it('compares the price of the expected call, not the price of a minute', () => {
    const blocks = { ratePerMinute: '0.010', initialIncrementS: 60, incrementS: 60 };
    const routes = [candidate(1, blocks), candidate(2, { ratePerMinute: '0.020' })];
    const short = order(routes, { expectedSeconds: 28 });
    expect(ids(short)).to.deep.equal([2, 1]);
    expect(short.routes.map(({ expectedCost }) => expectedCost)).to.deep.equal([
      '0.009333',
      '0.010000',
    ]);
    expect(ids(order(routes, { expectedSeconds: 300 }))).to.deep.equal([1, 2]);
  });

  it('takes each carrier’s own longest prefix and never compares lengths', () => {
    const cheapShort = candidate(1, { prefix: '44', ratePerMinute: '0.1' });
    const dearLong = candidate(2, { prefix: '4477009', ratePerMinute: '0.2' });
    expect(ids(order([dearLong, cheapShort]))).to.deep.equal([1, 2]);
  });

  it('puts the lower priority figure first under the priority strategy, then cost', () => {
    const routes = [
      { ...candidate(1, { ratePerMinute: '0.1' }), priority: 2 },
      { ...candidate(2, { ratePerMinute: '0.3' }), priority: 1 },
      { ...candidate(3, { ratePerMinute: '0.2' }), priority: 1 },
    ];
    expect(ids(order(routes, { strategy: 'priority' }))).to.deep.equal([3, 2, 1]);
    expect(ids(order(routes))).to.deep.equal([1, 3, 2]);
  });

  it('shares equals by weight over seeds and puts weight 0 last', () => {
    const routes = [
      { ...candidate(1, {}), weight: 3 },
      { ...candidate(2, {}), weight: 1 },
      { ...candidate(3, {}), weight: 0 },
    ];
    let firsts = 0;
    for (let seed = 0; seed < 4000; seed += 1) {
      const found = ids(order(routes, { seed }));
      expect(found[2]).to.equal(3);
      if (found[0] === 1) firsts += 1;
    }
    expect(firsts).to.be.within(2880, 3120);
  });

  it('refuses a route on which the whole expected call would lose money', () => {
    const withFee = candidate(1, { ratePerMinute: '0.1', connectFee: '0.95' });
    const refused = order([withFee]).refused[0];
    expect(refused).to.deep.include({ gatewayId: 1, reason: 'would_lose_money' });
    expect(refused?.detail).to.contain('price 1.00000000 < cost 1.05000000');
    const margin = { percent: '0', absolute: '0', allowLoss: true };
    expect(ids(order([withFee], { margin }))).to.deep.equal([1]);
    expect(ids(order([withFee], { expectedSeconds: 90 }))).to.deep.equal([1]);
  });

  it('draws the margin line exactly, percent and absolute together', () => {
    const route = candidate(1, { ratePerMinute: '0.8' });
    const at = (percent: string, absolute: string): readonly number[] =>
      ids(order([route], { margin: { percent, absolute, allowLoss: false } }));
    expect(at('25', '0')).to.deep.equal([1]);
    expect(at('25.00000001', '0')).to.deep.equal([]);
    expect(at('20', '0.04')).to.deep.equal([1]);
    expect(at('20', '0.04000001')).to.deep.equal([]);
  });

  it('says for every candidate that is no route which filter removed it', () => {
    const decision = order(
      [
        candidate(1, { prefix: '33' }),
        { ...candidate(2, {}), deck: null },
        candidate(3, { blocked: true, ratePerMinute: '0' }),
        { ...candidate(4, {}), currency: 'USD' },
        candidate(5, { ratePerMinute: '1.1' }),
        { ...candidate(6, {}), unavailable: 'gateway_down' },
        { ...candidate(7, {}), unavailable: 'at_capacity' },
        candidate(8, { ratePerMinute: '0.2' }),
        candidate(9, { ratePerMinute: '0.1' }),
      ],
      { maxRoutes: 1 },
    );
    expect(ids(decision)).to.deep.equal([9]);
    expect(decision.refused.map(({ gatewayId, reason }) => [gatewayId, reason])).to.deep.equal([
      [1, 'no_rate'],
      [2, 'no_rate'],
      [3, 'destination_blocked'],
      [4, 'currency_mismatch'],
      [5, 'would_lose_money'],
      [6, 'gateway_down'],
      [7, 'at_capacity'],
      [8, 'beyond_max_routes'],
    ]);
    expect(decision.expectedPrice).to.equal('1.000000');
  });

  it('refuses input that makes no sense', () => {
    expect(() => order([], { expectedSeconds: 0 })).to.throw(RangeError, 'invalid_duration');
    expect(() => order([], { maxRoutes: 0 })).to.throw(RangeError, 'invalid_limit');
  });
});
