import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { addCounts, toRouteQuality } from '../../rating/quality/counts.js';
import type { QualityCounts, QualityIncrement } from '../../rating/quality/counts.js';
import { QualityHistory } from '../../rating/quality/quality-history.js';
import { qualityPrefix, sliceOf, windowStartS } from '../../rating/quality/slice.js';

const NO_COUNTS: QualityCounts = {
  attempts: 0,
  answered: 0,
  talkUs: 0,
  pddUs: 0,
  pddCount: 0,
};

const NOW_S = Date.UTC(2026, 10, 22, 12, 7) / 1000;
const SLICE_S = sliceOf(NOW_S);

function attempts(over: Partial<QualityIncrement> = {}): QualityIncrement {
  return {
    carrierId: 1,
    gatewayId: 1,
    prefix: '44770',
    sliceS: SLICE_S,
    attempts: 10,
    answered: 4,
    talkUs: 100_000_000,
    pddUs: 8_000_000,
    pddCount: 4,
    ...over,
  };
}

function historyOf(rows: readonly QualityIncrement[]): QualityHistory {
  const history = new QualityHistory(NOW_S);
  for (const sliceS of new Set(rows.map((row) => row.sliceS))) {
    history.replaceSlice(
      sliceS,
      rows.filter((row) => row.sliceS === sliceS),
    );
  }
  return history;
}

describe('the quality of a route', () => {
  it('is its answered share, its mean talk time and its mean post-dial delay', () => {
    expect(toRouteQuality(attempts(), '44770')).to.deep.equal({
      attempts: 10,
      asr: 0.4,
      acdS: 25,
      pddMs: 2000,
      prefix: '44770',
    });
  });

  it('has no post-dial delay and no talk time where there were none', () => {
    const silent = { ...NO_COUNTS, attempts: 3 };
    expect(toRouteQuality(silent, '')).to.deep.include({ asr: 0, acdS: 0, pddMs: null });
  });

  it('is judged by the narrowest digits with enough attempts', () => {
    const history = historyOf([
      attempts({ prefix: '44770', attempts: 10 }),
      attempts({ prefix: '44771', attempts: 20 }),
      attempts({ prefix: '33123', attempts: 100 }),
      attempts({ gatewayId: 2, prefix: '44770', attempts: 500 }),
    ]);
    const judged = (number: string, minAttempts: number) => {
      const found = history.window(24).routeQuality(1, number, minAttempts);
      return found === null ? null : [found.prefix, found.attempts];
    };
    expect(judged('447700900123', 10)).to.deep.equal(['44770', 10]);
    expect(judged('447700900123', 11)).to.deep.equal(['447', 30]);
    expect(judged('447700900123', 31)).to.deep.equal(['', 130]);
    expect(judged('447700900123', 131)).to.equal(null);
    expect(judged('447990000000', 10)).to.deep.equal(['447', 30]);
    expect(judged('12125550100', 10)).to.deep.equal(['', 130]);
    expect(history.window(24).routeQuality(3, '447700900123', 1)).to.equal(null);
  });

  it('is not made up of nothing where a plan asks for no attempts', () => {
    expect(historyOf([]).window(24).routeQuality(1, '447700900123', 0)).to.equal(null);
  });

  it('knows numbers shorter than its keys', () => {
    const history = historyOf([attempts({ prefix: '112' })]);
    expect(history.window(1).routeQuality(1, '112', 10)?.prefix).to.equal('112');
    expect(history.window(1).routeQuality(1, '1', 10)?.prefix).to.equal('');
  });
});

describe('the expected length of a call', () => {
  const history = historyOf([
    attempts({ prefix: '44770', answered: 4, talkUs: 100_400_000 }),
    attempts({ gatewayId: 2, prefix: '44770', answered: 4, talkUs: 300_000_000 }),
    attempts({ prefix: '44771', answered: 10, talkUs: 1 }),
  ]);

  it('is that of all gateways by the narrowest digits with enough answered calls', () => {
    const window = history.window(24);
    expect(window.averageCallS('447700900123', 8)).to.equal(50);
    expect(window.averageCallS('447700900123', 9)).to.equal(22);
    expect(window.averageCallS('447700900123', 19)).to.equal(null);
  });

  it('is never below one second', () => {
    expect(history.window(24).averageCallS('447710000000', 5)).to.equal(1);
  });
});

describe('a window of quality', () => {
  it('keeps whole slices that begin within its hours, and no others', () => {
    expect(windowStartS(7200, 1)).to.equal(3600);
    expect(windowStartS(7201, 1)).to.equal(4500);
    expect(windowStartS(8099, 1)).to.equal(4500);
  });

  it('takes digits alone for keys', () => {
    expect(qualityPrefix('+44 7700-900123')).to.equal('44770');
    expect(qualityPrefix('')).to.equal('');
  });

  const rowsArbitrary = fc.array(
    fc.record({
      gatewayId: fc.integer({ min: 1, max: 3 }),
      prefix: fc.constantFrom('44770', '44771', '44', '33123'),
      age: fc.integer({ min: 0, max: 12 }),
      attempts: fc.integer({ min: 1, max: 50 }),
    }),
    { maxLength: 40 },
  );

  const naive = (rows: readonly QualityIncrement[], fromS: number): QualityCounts =>
    rows
      .filter((row) => row.gatewayId === 1 && row.sliceS >= fromS)
      .filter((row) => row.prefix.startsWith('447'))
      .reduce<QualityCounts>((sum, row) => addCounts(sum, row), NO_COUNTS);

  it('has the sums of a plain addition, also as it slides and slices are told anew', () => {
    fc.assert(
      fc.property(rowsArbitrary, rowsArbitrary, fc.nat(8), (drawn, later, steps) => {
        const merge = (list: typeof drawn) => {
          const byKey = new Map<string, QualityIncrement>();
          for (const { age, ...row } of list) {
            const sliceS = SLICE_S - age * 900;
            const key = `${String(sliceS)}/${String(row.gatewayId)}/${row.prefix}`;
            byKey.set(key, attempts({ ...row, sliceS }));
          }
          return [...byKey.values()];
        };
        const history = historyOf(merge(drawn));
        history.window(1);
        const known = new Map<number, readonly QualityIncrement[]>();
        for (const row of merge(drawn)) {
          known.set(row.sliceS, [...(known.get(row.sliceS) ?? []), row]);
        }
        const told = merge(later);
        for (const sliceS of new Set(told.map((row) => row.sliceS))) {
          const rows = told.filter((row) => row.sliceS === sliceS);
          known.set(sliceS, rows);
          history.replaceSlice(sliceS, rows);
        }
        const nowS = NOW_S + steps * 900;
        history.window(1);
        history.advance(nowS, nowS - 8 * 86_400);
        const expected = naive([...known.values()].flat(), windowStartS(nowS, 1));
        const found = history.window(1).routeQuality(1, '447999999999', 1);
        if (found?.prefix === '447' || expected.attempts > 0) {
          expect(found).to.deep.equal(toRouteQuality(expected, '447'));
        }
      }),
      { numRuns: 400 },
    );
  });

  it('forgets slices that are too old to be asked for', () => {
    const history = historyOf([attempts(), attempts({ sliceS: SLICE_S - 900 })]);
    history.advance(NOW_S, SLICE_S);
    expect(history.sliceStarts).to.deep.equal([SLICE_S]);
    expect(history.window(168).routeQuality(1, '447700900123', 1)?.attempts).to.equal(10);
  });
});
