import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { LcrInput, LcrStrategy, RouteCandidate } from '../../rating/lcr/types.js';
import { candidate, ids, order, quality } from './lcr-candidates.js';

const cost = (id: number, ratePerMinute: string, over: Partial<RouteCandidate> = {}) =>
  candidate(id, { ratePerMinute }, over);

/** A seed whose call tries no unproven route; one in ten does. */
const NO_TRIAL = 1;

interface Case {
  readonly it: string;
  readonly strategy: LcrStrategy;
  readonly candidates: readonly RouteCandidate[];
  readonly over?: Partial<LcrInput>;
  readonly expected: readonly number[];
}

const CASES: readonly Case[] = [
  {
    it: 'orders by priority alone under fixed, whatever routes cost',
    strategy: 'fixed',
    candidates: [
      cost(1, '0.1', { priority: 3 }),
      cost(2, '0.9', { priority: 1 }),
      cost(3, '0.5', { priority: 2 }),
    ],
    expected: [2, 3, 1],
  },
  {
    it: 'settles equal cost by priority under cheapest',
    strategy: 'cheapest',
    candidates: [cost(1, '0.1', { priority: 2 }), cost(2, '0.1', { priority: 1 })],
    expected: [2, 1],
  },
  {
    it: 'goes by quality among routes within the tolerance and by cost beyond it',
    strategy: 'tolerance',
    candidates: [
      cost(1, '0.10', { quality: quality(0.3) }),
      cost(2, '0.11', { quality: quality(0.6) }),
      cost(3, '0.13', { quality: quality(0.9) }),
      cost(4, '0.12', { quality: quality(0.9) }),
    ],
    over: { tolerancePercent: '10' },
    expected: [2, 1, 4, 3],
  },
  {
    it: 'draws the line of the tolerance exactly',
    strategy: 'tolerance',
    candidates: [
      cost(1, '0.3', { quality: quality(0.3) }),
      cost(2, '0.33', { quality: quality(0.6) }),
      cost(3, '0.330001', { quality: quality(0.9) }),
    ],
    over: { tolerancePercent: '10' },
    expected: [2, 1, 3],
  },
  {
    it: 'takes equally cheap routes only for close ones where no tolerance is given',
    strategy: 'tolerance',
    candidates: [
      cost(1, '0.1', { quality: quality(0.3) }),
      cost(2, '0.1', { quality: quality(0.6) }),
      cost(3, '0.100001', { quality: quality(0.9) }),
    ],
    expected: [2, 1, 3],
  },
  {
    it: 'counts routes only that may be used when it looks for the cheapest of the tolerance',
    strategy: 'tolerance',
    candidates: [
      cost(1, '0.01', { unavailable: 'gateway_down', quality: quality(0.9) }),
      cost(2, '0.10', { quality: quality(0.3) }),
      cost(3, '0.11', { quality: quality(0.6) }),
    ],
    over: { tolerancePercent: '10' },
    expected: [3, 2],
  },
  {
    it: 'settles equal quality within the tolerance by priority, not by cost',
    strategy: 'tolerance',
    candidates: [
      cost(1, '0.10', { quality: quality(0.5), priority: 2 }),
      cost(2, '0.11', { quality: quality(0.5), priority: 1 }),
    ],
    over: { tolerancePercent: '10' },
    expected: [2, 1],
  },
  {
    it: 'prefers the higher answered share under quality, whatever it costs',
    strategy: 'quality',
    candidates: [
      cost(1, '0.1', { quality: quality(0.4) }),
      cost(2, '0.9', { quality: quality(0.8) }),
      cost(3, '0.5', { quality: quality(0.6) }),
    ],
    expected: [2, 3, 1],
  },
  {
    it: 'takes shares of one band for equal and goes on with the post-dial delay',
    strategy: 'quality',
    candidates: [
      cost(1, '0.1', { quality: quality(0.54, { pddMs: 4000 }) }),
      cost(2, '0.2', { quality: quality(0.5, { pddMs: 1000 }) }),
      cost(3, '0.1', { quality: quality(0.52, { pddMs: null }) }),
    ],
    expected: [2, 1, 3],
  },
  {
    it: 'then prefers longer calls, and at last lower cost',
    strategy: 'quality',
    candidates: [
      cost(1, '0.1', { quality: quality(0.5, { acdS: 20, pddMs: 2100 }) }),
      cost(2, '0.3', { quality: quality(0.5, { acdS: 125 }) }),
      cost(3, '0.2', { quality: quality(0.5, { acdS: 120 }) }),
      cost(4, '0.4', { quality: quality(0.5, { acdS: 250 }) }),
    ],
    expected: [4, 3, 2, 1],
  },
  {
    it: 'reads 11 of 20 answered as the band it is, not as binary fractions have it',
    strategy: 'quality',
    candidates: [
      cost(1, '0.2', { quality: quality(0.55, { attempts: 20 }) }),
      cost(2, '0.1', { quality: quality(0.58) }),
    ],
    expected: [2, 1],
  },
  {
    it: 'puts a route without figures behind those that answer and ahead of those that do not',
    strategy: 'quality',
    candidates: [
      cost(1, '0.1', { quality: quality(0.01) }),
      cost(2, '0.1', { quality: null }),
      cost(3, '0.9', { quality: quality(0.06) }),
      cost(4, '0.2'),
    ],
    over: { seed: NO_TRIAL },
    expected: [3, 2, 4, 1],
  },
  {
    it: 'orders by cost under quality where nothing is known of any route',
    strategy: 'quality',
    candidates: [cost(1, '0.3'), cost(2, '0.1'), cost(3, '0.2')],
    expected: [2, 3, 1],
  },
  {
    it: 'orders by cost under percentage where no route has a share',
    strategy: 'percentage',
    candidates: [cost(1, '0.3', { sharePercent: 0 }), cost(2, '0.1'), cost(3, '0.2')],
    expected: [2, 3, 1],
  },
  {
    it: 'puts the drawn route first under percentage and the others by cost',
    strategy: 'percentage',
    candidates: [
      cost(1, '0.3', { sharePercent: 0 }),
      cost(2, '0.1', { sharePercent: 0 }),
      cost(3, '0.9', { sharePercent: 100 }),
    ],
    expected: [3, 2, 1],
  },
  {
    it: 'keeps a carrier’s reserve gateway in reserve when the carrier is drawn',
    strategy: 'percentage',
    candidates: [
      cost(1, '0.1', { carrierId: 7, priority: 2, sharePercent: 50 }),
      cost(2, '0.1', { carrierId: 7, priority: 1, sharePercent: 50 }),
    ],
    expected: [2, 1],
  },
];

describe('the strategies of a routing plan', () => {
  for (const test of CASES) {
    it(test.it, () => {
      const decision = order(test.candidates, { strategy: test.strategy, ...test.over });
      expect(ids(decision)).to.deep.equal(test.expected);
    });
  }

  const firsts = (
    candidates: readonly RouteCandidate[],
    strategy: LcrStrategy,
    seeds: number,
  ): ReadonlyMap<number, number> => {
    const counts = new Map<number, number>();
    for (let seed = 0; seed < seeds; seed += 1) {
      const first = ids(order(candidates, { strategy, seed }))[0] ?? 0;
      counts.set(first, (counts.get(first) ?? 0) + 1);
    }
    return counts;
  };

  it('offers calls first in proportion to the shares', () => {
    const counts = firsts(
      [
        cost(1, '0.1', { sharePercent: 60 }),
        cost(2, '0.2', { sharePercent: 30 }),
        cost(3, '0.3', { sharePercent: 10 }),
        cost(4, '0.01', { sharePercent: 0 }),
      ],
      'percentage',
      6000,
    );
    expect(counts.get(1)).to.be.within(3450, 3750);
    expect(counts.get(2)).to.be.within(1660, 1940);
    expect(counts.get(3)).to.be.within(500, 700);
    expect(counts.has(4)).to.equal(false);
  });

  it('leaves the share of a gateway that is down to its carrier’s other one', () => {
    const counts = firsts(
      [
        cost(1, '0.1', { carrierId: 7, sharePercent: 25, unavailable: 'gateway_down' }),
        cost(2, '0.1', { carrierId: 7, sharePercent: 25 }),
        cost(3, '0.1', { carrierId: 8, sharePercent: 50 }),
      ],
      'percentage',
      4000,
    );
    expect(counts.get(2)).to.be.within(1860, 2140);
  });

  it('tries a route without figures first for one call in ten, and says so', () => {
    const candidates = [
      cost(1, '0.1', { quality: quality(0.9) }),
      cost(2, '0.2'),
      cost(3, '0.3', { quality: null }),
    ];
    const counts = firsts(candidates, 'quality', 6000);
    expect(counts.get(1)).to.be.within(5300, 5500);
    expect(counts.get(2)).to.be.within(240, 360);
    expect(counts.get(3)).to.be.within(240, 360);
    for (let seed = 0; seed < 100; seed += 1) {
      const [first, ...others] = order(candidates, { strategy: 'quality', seed }).routes;
      expect(first?.isTrial ?? false).to.equal(first?.gatewayId !== 1);
      expect(others.some((route) => route.isTrial)).to.equal(false);
    }
  });

  it('tries no route first that lies beyond the tolerance', () => {
    const close = cost(1, '0.1', { quality: quality(0.9) });
    for (let seed = 0; seed < 200; seed += 1) {
      const { routes } = order([close, cost(2, '0.2')], { strategy: 'tolerance', seed });
      expect(routes.map(({ gatewayId, isTrial }) => [gatewayId, isTrial])).to.deep.equal([
        [1, undefined],
        [2, undefined],
      ]);
    }
  });
});
