import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { rateSeconds } from '../../rating/call/rate-call.js';
import { buildDeck } from '../../rating/deck/deck.js';
import { orderRoutes } from '../../rating/lcr/order-routes.js';
import type { LcrDecision, LcrStrategy, RouteCandidate } from '../../rating/lcr/types.js';
import { NOON_MS, rate, row, terms } from '../rating/builders.js';

const candidates: fc.Arbitrary<readonly RouteCandidate[]> = fc
  .array(
    fc.record({
      priority: fc.integer({ min: 1, max: 3 }),
      weight: fc.integer({ min: 0, max: 5 }),
      ratePerMinute: fc.constantFrom('0.1', '0.2', '0.9', '1.2'),
      incrementS: fc.constantFrom(1, 60),
      prefix: fc.constantFrom('44', '447', '33'),
      unavailable: fc.constantFrom(null, null, null, 'at_capacity' as const),
    }),
    { maxLength: 12 },
  )
  .map((drawn) =>
    drawn.map(({ ratePerMinute, incrementS, prefix, ...rest }, index) => ({
      gatewayId: index + 1,
      gatewayName: `gw${String(index + 1)}`,
      carrierId: index + 1,
      carrierName: `carrier${String(index + 1)}`,
      currency: 'EUR',
      deck: buildDeck(terms(), [row({ prefix, ratePerMinute, incrementS })]),
      ...rest,
    })),
  );

function decide(list: readonly RouteCandidate[], strategy: LcrStrategy, seed: number): LcrDecision {
  return orderRoutes({
    number: '447700900123',
    atMs: NOON_MS,
    strategy,
    expectedSeconds: 61,
    clientRate: rate({ ratePerMinute: '1' }),
    margin: { percent: '10', absolute: '0.01', allowLoss: false },
    maxRoutes: 4,
    candidates: list,
    seed,
  });
}

const strategy = fc.constantFrom<LcrStrategy>('cheapest', 'priority');

describe('a random choice of routes', () => {
  it('is the same however the candidates were listed', () => {
    const shuffled = candidates.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray([...list], { minLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, strategy, fc.nat(), ([list, mixed], how, seed) => {
        expect(decide(mixed, how, seed)).to.deep.equal(decide(list, how, seed));
      }),
      { numRuns: 300 },
    );
  });

  it('places every candidate exactly once, and no route loses money', () => {
    fc.assert(
      fc.property(candidates, strategy, fc.nat(), (list, how, seed) => {
        const { routes, refused } = decide(list, how, seed);
        const placed = [...routes, ...refused].map(({ gatewayId }) => gatewayId);
        expect(placed.sort((a, b) => a - b)).to.deep.equal(list.map((one) => one.gatewayId));
        for (const route of routes) {
          const cost = rateSeconds(route.rate, 61).cost;
          const price = rateSeconds(rate({ ratePerMinute: '1' }), 61).cost;
          expect(price.gte(cost.times('1.1').plus('0.01'))).to.equal(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is sorted by the strategy, then the other key', () => {
    fc.assert(
      fc.property(candidates, strategy, fc.nat(), (list, how, seed) => {
        const keys = decide(list, how, seed).routes.map(({ gatewayId, expectedCost }) => {
          const priority = list.find((one) => one.gatewayId === gatewayId)?.priority ?? 0;
          return how === 'cheapest'
            ? `${expectedCost}/${String(priority)}`
            : `${String(priority)}/${expectedCost}`;
        });
        expect(keys).to.deep.equal([...keys].sort());
      }),
      { numRuns: 300 },
    );
  });
});
