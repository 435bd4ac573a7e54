import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { rateSeconds } from '../../rating/call/rate-call.js';
import { buildDeck } from '../../rating/deck/deck.js';
import { qualityRank } from '../../rating/lcr/quality-rank.js';
import { orderRoutes } from '../../rating/lcr/order-routes.js';
import type {
  LcrDecision,
  LcrInput,
  LcrStrategy,
  RouteCandidate,
  RouteQuality,
} from '../../rating/lcr/types.js';
import { Decimal } from '../../rating/money.js';
import { NOON_MS, rate, row, terms } from '../rating/builders.js';

const qualities: fc.Arbitrary<RouteQuality> = fc
  .record({
    attempts: fc.integer({ min: 1, max: 400 }),
    share: fc.integer({ min: 0, max: 100 }),
    acdS: fc.integer({ min: 0, max: 600 }),
    pddMs: fc.option(fc.integer({ min: 0, max: 20_000 })),
  })
  .map(({ attempts, share, acdS, pddMs }) => {
    const asr = Math.floor((attempts * share) / 100) / attempts;
    return { attempts, asr, acdS, pddMs, prefix: '44770' };
  });

const drawnCandidate = fc.record({
  priority: fc.integer({ min: 1, max: 3 }),
  weight: fc.integer({ min: 0, max: 5 }),
  sharePercent: fc.integer({ min: 0, max: 3 }),
  carrier: fc.integer({ min: 1, max: 6 }),
  ratePerMinute: fc.constantFrom('0.1', '0.105', '0.2', '0.9', '1.2'),
  incrementS: fc.constantFrom(1, 60),
  prefix: fc.constantFrom('44', '447', '447', '33'),
  unavailable: fc.constantFrom(null, null, null, 'at_capacity' as const),
  exchange: fc.constantFrom('', '', '0.9', '1.0000000001', '0.3333333333', null),
  quality: fc.option(qualities),
});

const candidates: fc.Arbitrary<readonly RouteCandidate[]> = fc
  .array(drawnCandidate, { maxLength: 12 })
  .map((drawn) =>
    drawn.map(({ ratePerMinute, incrementS, prefix, exchange, carrier, ...rest }, index) => {
      const currency = exchange === '' ? 'EUR' : 'USD';
      return {
        gatewayId: index + 1,
        gatewayName: `gw${String(index + 1)}`,
        carrierId: carrier,
        carrierName: `carrier${String(carrier)}`,
        currency,
        deck: buildDeck(terms({ currency }), [row({ prefix, ratePerMinute, incrementS })]),
        ...(exchange === '' ? {} : { exchangeRate: exchange }),
        ...rest,
      };
    }),
  );

interface Choice {
  readonly strategy: LcrStrategy;
  readonly seed: number;
  readonly allowLoss: boolean;
  readonly maxRoutes: number;
  readonly tolerancePercent: string;
}

const choices: fc.Arbitrary<Choice> = fc.record({
  strategy: fc.constantFrom<LcrStrategy>(
    'cheapest',
    'priority',
    'tolerance',
    'quality',
    'percentage',
    'fixed',
  ),
  seed: fc.nat(),
  allowLoss: fc.boolean(),
  maxRoutes: fc.constantFrom(1, 4, 1000),
  tolerancePercent: fc.constantFrom('0', '5', '100'),
});

const PRICE = rate({ ratePerMinute: '1' });

function decide(list: readonly RouteCandidate[], choice: Choice): LcrDecision {
  const { allowLoss, ...rest } = choice;
  const input: LcrInput = {
    number: '447700900123',
    atMs: NOON_MS,
    expectedSeconds: 61,
    clientRate: PRICE,
    margin: { percent: '10', absolute: '0.01', allowLoss },
    candidates: list,
    ...rest,
  };
  return orderRoutes(input);
}

/** Cost in the client's currency by another calculator than the one under test. */
function naiveCost(one: RouteCandidate): Decimal | null {
  const found = one.deck?.find('447700900123', NOON_MS) ?? null;
  if (found === null) return null;
  const { cost } = rateSeconds(found, 61);
  if (one.currency === 'EUR') return cost;
  const exchangeRate = one.exchangeRate ?? null;
  return exchangeRate === null ? null : cost.times(exchangeRate);
}

function leavesMargin(cost: Decimal): boolean {
  const { cost: price } = rateSeconds(PRICE, 61);
  return price.gte(cost.times('1.1').plus('0.01'));
}

const RUNS = { numRuns: 400 };

describe('a random choice of routes', () => {
  it('is the same however the candidates were listed', () => {
    const shuffled = candidates.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray([...list], { minLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, choices, ([list, mixed], choice) => {
        expect(decide(mixed, choice)).to.deep.equal(decide(list, choice));
      }),
      RUNS,
    );
  });

  it('places every candidate exactly once, and no route falls short unless it may', () => {
    fc.assert(
      fc.property(candidates, choices, (list, choice) => {
        const { routes, refused } = decide(list, choice);
        const placed = [...routes, ...refused].map(({ gatewayId }) => gatewayId);
        expect(placed.sort((a, b) => a - b)).to.deep.equal(list.map((one) => one.gatewayId));
        expect(routes.length).to.be.at.most(choice.maxRoutes);
        for (const { gatewayId } of routes) {
          const cost = naiveCost(list[gatewayId - 1] ?? expect.fail('an unknown gateway'));
          expect(cost !== null && (choice.allowLoss || leavesMargin(cost))).to.equal(true);
        }
      }),
      RUNS,
    );
  });

  it('is by cost, priority, weight and id under cheapest, as a plain calculation has it', () => {
    fc.assert(
      fc.property(candidates, fc.boolean(), (list, allowLoss) => {
        const usable = list.flatMap((one) => {
          const cost = one.unavailable === null ? naiveCost(one) : null;
          return cost !== null && (allowLoss || leavesMargin(cost)) ? [{ ...one, cost }] : [];
        });
        const choice = { strategy: 'cheapest', seed: 7, maxRoutes: 99 } as const;
        const found = decide(list, { ...choice, allowLoss, tolerancePercent: '0' }).routes;
        expect(found.length).to.equal(usable.length);
        const keys = found.map(({ gatewayId }) => {
          const one = usable.find((other) => other.gatewayId === gatewayId);
          return one ?? expect.fail(`gateway ${String(gatewayId)} may not be used`);
        });
        for (const [index, next] of keys.slice(1).entries()) {
          const { cost, priority, weight } = keys[index] ?? next;
          expect(cost.lte(next.cost)).to.equal(true);
          if (!cost.eq(next.cost)) continue;
          expect(priority).to.be.at.most(next.priority);
          if (priority === next.priority) expect(weight > 0 || next.weight === 0).to.equal(true);
        }
      }),
      RUNS,
    );
  });

  it('keeps the order of any two routes when a third one goes', () => {
    const steady = choices.filter(
      ({ strategy }) => strategy === 'cheapest' || strategy === 'priority' || strategy === 'fixed',
    );
    fc.assert(
      fc.property(candidates, steady, fc.nat(), (list, choice, pick) => {
        const all = { ...choice, maxRoutes: 1000 };
        const whole = decide(list, all).routes.map(({ gatewayId }) => gatewayId);
        const gone = whole[pick % Math.max(1, whole.length)];
        const rest = decide(
          list.filter(({ gatewayId }) => gatewayId !== gone),
          all,
        );
        expect(rest.routes.map(({ gatewayId }) => gatewayId)).to.deep.equal(
          whole.filter((gatewayId) => gatewayId !== gone),
        );
      }),
      RUNS,
    );
  });

  it('shows a margin that is the price less the cost', () => {
    fc.assert(
      fc.property(candidates, choices, (list, choice) => {
        const { routes, refused, expectedPrice } = decide(list, choice);
        for (const { gatewayId, margin } of [...routes, ...refused]) {
          if (margin === undefined) continue;
          const cost = naiveCost(list[gatewayId - 1] ?? expect.fail('an unknown gateway'));
          const left = new Decimal(expectedPrice).minus(cost ?? expect.fail('has no cost'));
          expect(margin).to.equal(left.toDecimalPlaces(6, Decimal.ROUND_HALF_UP).toFixed(6));
        }
      }),
      RUNS,
    );
  });
});

describe('the order of qualities', () => {
  it('never prefers the route that is worse in every figure', () => {
    fc.assert(
      fc.property(qualities, qualities, (first, second) => {
        const isBetter =
          first.asr >= second.asr &&
          first.acdS >= second.acdS &&
          (first.pddMs ?? Infinity) <= (second.pddMs ?? Infinity);
        if (isBetter) expect(qualityRank(first)).to.be.at.most(qualityRank(second));
      }),
      { numRuns: 2000 },
    );
  });

  it('leads from the best to the worst without a circle', () => {
    fc.assert(
      fc.property(fc.array(fc.option(qualities), { minLength: 3, maxLength: 8 }), (list) => {
        const ranks = list.map(qualityRank);
        expect(ranks.every(Number.isFinite)).to.equal(true);
        const sorted = list.toSorted((a, b) => qualityRank(a) - qualityRank(b)).map(qualityRank);
        expect(sorted).to.deep.equal(ranks.toSorted((a, b) => a - b));
      }),
    );
  });
});
