import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { RateRow } from '../../../../rating/deck/types.js';
import { comparePrefix } from '../../../../server/rates/diff/compare-prefix.js';
import { compareRows } from '../../../../server/rates/diff/compare-rows.js';
import { showDifference } from '../../../../server/rates/diff/diff-summary.js';

function row(over: Partial<RateRow> = {}): RateRow {
  return {
    id: 0,
    releaseId: 1,
    prefix: '44',
    destination: 'United Kingdom',
    ratePerMinute: '0.01000000',
    connectFee: '0.00000000',
    initialIncrementS: 1,
    incrementS: 1,
    minDurationS: 0,
    blocked: false,
    priority: 0,
    effectiveFrom: null,
    effectiveTo: null,
    ...over,
  };
}

interface Case {
  readonly title: string;
  readonly old?: Partial<RateRow>;
  readonly now?: Partial<RateRow>;
  /** `kind old -> new difference percent fields`, all as they are shown. */
  readonly expected: string;
}

/*
 * The reference calls last 7, 50 and 183 seconds, four minutes in all. At 60/60 they are charged as
 * 60 + 60 + 240 = 360 s, at 30/30 as 30 + 60 + 210 = 300 s, at 6/6 as 12 + 54 + 186 = 252 s.
 */
const cases: readonly Case[] = [
  {
    title: 'a higher price per minute',
    now: { ratePerMinute: '0.01250000' },
    expected: 'raised 0.01 -> 0.0125 +0.0025 25% rate',
  },
  {
    title: 'a lower price per minute',
    now: { ratePerMinute: '0.00666667' },
    expected: 'lowered 0.01 -> 0.00666667 -0.00333333 -33.33% rate',
  },
  {
    title: 'a coarser increment at the same price, which makes calls dearer',
    now: { initialIncrementS: 60, incrementS: 60 },
    expected: 'raised 0.01 -> 0.015 +0.005 50% increment',
  },
  {
    title: 'a finer increment at a higher price, which makes calls cheaper all the same',
    old: { initialIncrementS: 60, incrementS: 60 },
    now: { ratePerMinute: '0.01100000', initialIncrementS: 6, incrementS: 6 },
    expected: 'lowered 0.015 -> 0.01155 -0.00345 -23% rate increment',
  },
  {
    title: 'a connection fee: three of them in four minutes',
    now: { connectFee: '0.00400000' },
    expected: 'raised 0.01 -> 0.013 +0.003 30% connect_fee',
  },
  {
    title: 'a price where there was none before has no percentage',
    old: { ratePerMinute: '0.00000000' },
    expected: 'raised 0 -> 0.01 +0.01 null% rate',
  },
  {
    title: 'one of three prices by jurisdiction',
    old: { jurisdictionPrices: { interstate: '0.01', intrastate: '0.02', indeterminate: '0.03' } },
    now: { jurisdictionPrices: { interstate: '0.01', intrastate: '0.02', indeterminate: '0.06' } },
    expected: 'raised 0.02 -> 0.03 +0.01 50% jurisdiction_prices',
  },
  {
    title: 'a free first half minute',
    now: { graceS: 30 },
    // The call of 7 s is free, 233 of 240 seconds remain.
    expected: 'lowered 0.01 -> 0.00970833 -0.00029167 -2.92% grace',
  },
  {
    title: 'tiers in place of one price',
    now: { tiers: [{ startS: 0, ratePerMinute: '0.02', incrementS: 1 }] },
    expected: 'raised 0.01 -> 0.02 +0.01 100% tiers',
  },
  {
    title: 'a minimum no reference call stays below',
    now: { minDurationS: 5 },
    expected: 'changed 0.01 -> 0.01 +0 0% min_duration',
  },
  {
    title: 'a block, whatever the price behind it is',
    now: { blocked: true, ratePerMinute: '9.00000000' },
    expected: 'changed 0.01 -> 9 +8.99 89900% rate blocked',
  },
  {
    title: 'an end',
    now: { effectiveTo: 1000 },
    expected: 'changed 0.01 -> 0.01 +0 0% effective_to',
  },
  {
    title: 'a rise too small for the decimals it is shown with',
    old: { jurisdictionPrices: { interstate: '0.01', intrastate: '0.02', indeterminate: '0.03' } },
    now: {
      jurisdictionPrices: { interstate: '0.01', intrastate: '0.02000001', indeterminate: '0.03' },
    },
    expected: 'raised 0.02 -> 0.02 +0.00000001 0% jurisdiction_prices',
  },
];

describe('the difference between two rows', () => {
  for (const { title, old, now, expected } of cases) {
    it(`names ${title}`, () => {
      const item = compareRows(row(old), row(now));
      if (item === null) throw new Error('found no difference, expected one');
      const shown = showDifference(item);
      const { kind, old_price: before, new_price: after, difference, percent, fields } = shown;
      const sign = String(difference).startsWith('-') ? '' : '+';
      expect(
        `${kind} ${String(before)} -> ${String(after)} ${sign}${String(difference)} ` +
          `${String(percent)}% ${fields.join(' ')}`,
      ).to.equal(expected);
    });
  }

  it('is none where only the name of the destination differs', () => {
    expect(compareRows(row(), row({ destination: 'UK' }))).to.equal(null);
  });
});

interface PrefixCase {
  readonly title: string;
  readonly old: readonly Partial<RateRow>[];
  readonly now: readonly Partial<RateRow>[];
  readonly expected: readonly string[];
  readonly unchanged: number;
}

const LATER = Date.UTC(2030, 0, 1);
const DEARER = { ratePerMinute: '0.02000000' };
const NIGHT = { timeFrom: '00:00:00', timeTo: '06:00:00' };

const prefixCases: readonly PrefixCase[] = [
  {
    title: 'counts a price that is carried over until the new one begins as unchanged',
    old: [{}],
    now: [{ effectiveTo: LATER }, { effectiveFrom: LATER, ...DEARER }],
    expected: ['raised rate effective_from'],
    unchanged: 1,
  },
  {
    title: 'takes a row that was cut in two for the same',
    old: [{}],
    now: [{ effectiveTo: LATER }, { effectiveFrom: LATER }],
    expected: [],
    unchanged: 2,
  },
  {
    title: 'finds a gap that a later beginning leaves',
    old: [{}],
    now: [{ effectiveFrom: LATER }],
    expected: ['changed effective_from'],
    unchanged: 0,
  },
  {
    title: 'finds the end of a price that nothing follows',
    old: [{}],
    now: [{ effectiveTo: LATER }],
    expected: ['changed effective_to'],
    unchanged: 0,
  },
  {
    title: 'takes one row against one for the same row at other hours',
    old: [NIGHT],
    now: [{ ...NIGHT, timeTo: '07:00:00' }],
    expected: ['changed window'],
    unchanged: 0,
  },
  {
    title: 'takes one row against one for the same row of another priority',
    old: [{}],
    now: [{ priority: 5, ...DEARER }],
    expected: ['raised rate priority'],
    unchanged: 0,
  },
  {
    title: 'does not guess which of several windows became which',
    old: [NIGHT, {}],
    now: [
      { timeFrom: '08:00:00', timeTo: '12:00:00' },
      { timeFrom: '12:00:00', timeTo: '18:00:00' },
    ],
    expected: ['removed', 'removed', 'added', 'added'],
    unchanged: 0,
  },
  {
    title: 'compares each of two later prices with the one it follows',
    old: [{ effectiveTo: LATER }, { effectiveFrom: LATER, ...DEARER }],
    now: [
      { effectiveTo: LATER, ...DEARER },
      { effectiveFrom: LATER, ratePerMinute: '0.03000000' },
    ],
    expected: ['raised rate', 'raised rate'],
    unchanged: 0,
  },
];

describe('the differences within one prefix', () => {
  for (const { title, old, now, expected, unchanged } of prefixCases) {
    it(title, () => {
      const found = comparePrefix(old.map(row), now.map(row));
      const shown = found.items.map(({ kind, fields }) => [kind, ...fields].join(' '));
      expect(shown).to.deep.equal(expected);
      expect(found.unchanged).to.equal(unchanged);
    });
  }
});
