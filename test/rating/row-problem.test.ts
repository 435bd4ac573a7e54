import { expect } from 'chai';
import { describe, it } from 'mocha';
import { findRowProblem } from '../../rating/deck/row-problem.js';
import { rowsOverlap } from '../../rating/deck/row-overlap.js';
import type { RateRow } from '../../rating/deck/types.js';
import { NOON_MS, row } from './builders.js';

const prices = { interstate: '0.6', intrastate: '0.7', indeterminate: '0.8' };
const tier = { startS: 0, ratePerMinute: '1', incrementS: 1 };

describe('the check of a row', () => {
  const good: readonly [string, Partial<RateRow>][] = [
    ['the highest price the database holds', { ratePerMinute: '9999999999.99999999' }],
    ['zeros beyond the eighth decimal', { ratePerMinute: '0.1000000000' }],
    ['a destination of 120 characters', { destination: 'x'.repeat(120) }],
    ['priorities at both limits', { priority: -1000 }],
    ['increments of a day', { initialIncrementS: 86_400, incrementS: 86_400 }],
    ['prices by jurisdiction', { jurisdictionPrices: prices }],
    ['29 February', { dates: ['02-29'] }],
    ['an end at midnight', { timeFrom: '18:00:00', timeTo: '24:00:00' }],
    ['a period of a millisecond', { effectiveFrom: NOON_MS, effectiveTo: NOON_MS + 1 }],
    ['empty lists', { tiers: [], days: [], dates: [] }],
  ];
  for (const [name, over] of good) {
    it(`lets ${name} pass`, () => {
      expect(findRowProblem(row(over))).to.equal(null);
    });
  }

  const bad: readonly [string, Partial<RateRow>, string, string][] = [
    [
      'a price of eleven digits',
      { ratePerMinute: '10000000000' },
      'invalid_price',
      'ratePerMinute',
    ],
    ['nine decimals', { minCost: '0.000000001' }, 'invalid_price', 'minCost'],
    ['a price with a comma', { connectFee: '0,1' }, 'invalid_price', 'connectFee'],
    ['no price', { ratePerMinute: '' }, 'invalid_price', 'ratePerMinute'],
    [
      'a negative first block',
      { initialRatePerMinute: '-1' },
      'invalid_price',
      'initialRatePerMinute',
    ],
    ['a long destination', { destination: 'x'.repeat(121) }, 'invalid_destination', 'destination'],
    ['a priority of 1001', { priority: 1001 }, 'invalid_priority', 'priority'],
    ['half a priority', { priority: 0.5 }, 'invalid_priority', 'priority'],
    ['an increment above a day', { incrementS: 86_401 }, 'invalid_increment', 'incrementS'],
    ['free seconds above a day', { freeS: 86_401 }, 'invalid_seconds', 'freeS'],
    ['half a second', { minDurationS: 0.5 }, 'invalid_seconds', 'minDurationS'],
    [
      'an end before the beginning',
      { effectiveFrom: NOON_MS, effectiveTo: NOON_MS },
      'invalid_period',
      'effectiveTo',
    ],
    ['an end that is no instant', { effectiveTo: Number.NaN }, 'invalid_period', 'effectiveTo'],
    ['30 February', { dates: ['02-30'] }, 'invalid_window', 'dates'],
    ['month 13', { dates: ['13-01'] }, 'invalid_window', 'dates'],
    ['60 minutes', { timeFrom: '08:60' }, 'invalid_window', 'timeFrom'],
    ['a time after midnight', { timeTo: '24:00:01' }, 'invalid_window', 'timeTo'],
    ['tiers that do not ascend', { tiers: [tier, tier] }, 'invalid_tiers', 'tiers'],
    ['a negative tier', { tiers: [{ ...tier, ratePerMinute: '-1' }] }, 'invalid_tiers', 'tiers'],
    [
      'a bad price within a state',
      { jurisdictionPrices: { ...prices, intrastate: 'x' } },
      'invalid_price',
      'intrastate',
    ],
    [
      'an interstate price that is not the row’s',
      { jurisdictionPrices: { ...prices, interstate: '0.61' } },
      'invalid_jurisdiction',
      'interstate',
    ],
    [
      'tiers beside prices by jurisdiction',
      { jurisdictionPrices: prices, tiers: [tier] },
      'invalid_jurisdiction',
      'tiers',
    ],
    [
      'a first block beside prices by jurisdiction',
      { jurisdictionPrices: prices, initialRatePerMinute: '1' },
      'invalid_jurisdiction',
      'initialRatePerMinute',
    ],
  ];
  for (const [name, over, code, member] of bad) {
    it(`objects to ${name}`, () => {
      expect(findRowProblem(row(over))).to.include({ code, member });
    });
  }
});

describe('two rows of one prefix', () => {
  const night = { timeFrom: '22:00', timeTo: '06:00' };
  const table: readonly [string, Partial<RateRow>, Partial<RateRow>, boolean][] = [
    ['without times', {}, {}, true],
    ['one after the other', { effectiveTo: NOON_MS }, { effectiveFrom: NOON_MS }, false],
    ['one a moment too long', { effectiveTo: NOON_MS + 1 }, { effectiveFrom: NOON_MS }, true],
    ['a window and none', night, {}, true],
    ['day and night', { timeFrom: '06:00', timeTo: '22:00' }, night, false],
    ['day and an earlier night', { timeFrom: '05:59:59', timeTo: '22:00' }, night, true],
    ['evening and a later night', { timeFrom: '06:00', timeTo: '22:00:01' }, night, true],
    [
      'evening to midnight and morning',
      { timeFrom: '18:00', timeTo: '24:00:00' },
      { timeTo: '08:00' },
      false,
    ],
    [
      'evening to 00:00 and morning',
      { timeFrom: '18:00', timeTo: '00:00:00' },
      { timeTo: '08:00' },
      false,
    ],
    ['two nights', night, { timeFrom: '23:00', timeTo: '01:00' }, true],
    ['weekdays and weekend', { days: [1, 2, 3, 4, 5] }, { days: [6, 7] }, false],
    ['Monday and the new year', { days: [1] }, { dates: ['01-01'] }, true],
    ['two holidays', { dates: ['01-01'] }, { dates: ['12-25', '12-26'] }, false],
    [
      'the same holiday at other times',
      { dates: ['01-01'], timeTo: '12:00' },
      { dates: ['01-01'], timeFrom: '12:00' },
      false,
    ],
  ];
  for (const [name, first, second, expected] of table) {
    it(`${expected ? 'overlap' : 'do not overlap'}: ${name}`, () => {
      expect(rowsOverlap(row(first), row(second))).to.equal(expected);
      expect(rowsOverlap(row(second), row(first))).to.equal(expected);
    });
  }
});
