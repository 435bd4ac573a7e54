import fc from 'fast-check';
import type { Activation } from '../../rating/deck/timeline.js';
import type { RateRow } from '../../rating/deck/types.js';
import { Zone } from '../../rating/time/zone.js';
import { NOON_MS, row } from '../rating/builders.js';
import { anyRow, price } from './rating-arbitraries.js';

const HOUR_MS = 3_600_000;

/** Numbers and prefixes of three digits only, so that they often meet. */
export const digits = (max: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom('0', '1', '2'), maxLength: max });

/** Instants on both sides of a few edges: a clock shift in Europe, a year's end, and noon. */
export const instant = fc
  .tuple(
    fc.constantFrom(NOON_MS, Date.UTC(2026, 2, 29, 1), Date.UTC(2026, 11, 31, 23)),
    fc.integer({ min: -30, max: 30 }),
    fc.integer({ min: -2, max: 2 }),
  )
  .map(([edgeMs, hours, ms]) => edgeMs + hours * HOUR_MS + ms);

const bound = fc.option(instant, { nil: null, freq: 3 });
const time = fc.constantFrom('00:00:00', '06:30:00', '08:00:00', '12:00:00', '22:00:00');

/** Days, dates and times as a sheet may have them, any of them absent. */
export const anyWindow = fc.record(
  {
    days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
    dates: fc.uniqueArray(fc.constantFrom('01-01', '01-14', '03-29', '12-31'), { minLength: 1 }),
    timeFrom: time,
    timeTo: fc.oneof(time, fc.constant('24:00:00')),
  },
  { requiredKeys: [] },
);

const period = fc
  .tuple(bound, bound)
  .filter(([from, to]) => from === null || to === null || from < to)
  .map(([effectiveFrom, effectiveTo]) => ({ effectiveFrom, effectiveTo }));

/** Where a row stands in its deck: its prefix and priority, and when it holds. */
const place = fc
  .tuple(
    fc.record({
      prefix: digits(5),
      priority: fc.integer({ min: 0, max: 2 }),
      releaseId: fc.integer({ min: 1, max: 3 }),
    }),
    period,
    fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: anyWindow }),
  )
  .map((parts) => Object.assign({}, ...parts) as Partial<RateRow>);

const usPrices = fc
  .tuple(price, price, price)
  .map(([interstate, intrastate, indeterminate]): Partial<RateRow> => ({
    ratePerMinute: interstate,
    jurisdictionPrices: { interstate, intrastate, indeterminate },
  }));

/** What a row asks for: anything that one may, or the prices of a US row. */
const prices = fc.oneof(anyRow, usPrices);

function numbered(drawn: readonly (readonly [Partial<RateRow>, Partial<RateRow>])[]): RateRow[] {
  return drawn.map(([asked, placed], index) => row({ ...asked, ...placed, id: index + 1 }));
}

/** Rows of one deck; ids ascend, many of them share a prefix. */
export const anyRows = fc.array(fc.tuple(prices, place), { maxLength: 30 }).map(numbered);

/** Edges of slots; on the nights in which clocks change in Europe and America, too. */
const edge = fc.constantFrom(
  '00:00:00',
  '01:00:00',
  '01:30:00',
  '02:00:00',
  '03:00:00',
  '12:00:00',
);

const slotWindow = fc.record(
  { timeFrom: edge, timeTo: edge, days: fc.constantFrom([7], [1, 2, 3, 4, 5, 6]) },
  { requiredKeys: ['timeFrom', 'timeTo'] },
);

/** What a row asks for by the second, so that its slots are not hidden behind a minimum or a cap. */
const secondPrices = fc.record(
  {
    ratePerMinute: price,
    initialRatePerMinute: price,
    initialIncrementS: fc.constantFrom(1, 30),
    incrementS: fc.constantFrom(1, 6),
    freeS: fc.nat(90),
  },
  { requiredKeys: ['ratePerMinute'] },
);

/** Rows for the number 12 whose slots meet at few edges, so that calls near those pass from one on. */
export const slotRows = fc
  .array(
    fc.tuple(
      fc.oneof(secondPrices, usPrices, anyRow),
      fc
        .tuple(
          fc.record({ prefix: fc.constantFrom('', '1'), priority: fc.nat(2) }),
          fc.oneof({ weight: 4, arbitrary: slotWindow }, { weight: 1, arbitrary: fc.constant({}) }),
        )
        .map((parts) => Object.assign({}, ...parts) as Partial<RateRow>),
    ),
    { minLength: 2, maxLength: 6 },
  )
  .map(numbered);

/** Starts of calls up to five minutes before an edge on the wall, in a zone whose clocks change. */
export const slotStart = fc
  .tuple(
    fc.constantFrom('Europe/London', 'America/New_York', 'UTC'),
    fc.constantFrom([3, 29], [10, 25], [3, 8], [11, 1], [1, 14]),
    fc.constantFrom([0, 0], [1, 0], [1, 30], [2, 0], [3, 0], [12, 0]),
    fc.integer({ min: -300_000, max: 5_000 }),
  )
  .map(([timeZone, [month = 1, day = 1], [hour = 0, minute = 0], shiftMs]) => {
    const local = { year: 2026, month, day, hour, minute, second: 0 };
    return { timeZone, startMs: new Zone(timeZone).toInstant(local) + shiftMs };
  });

/** A sheet's history: up to four releases, activated and rolled back in any order. */
export const anyHistory: fc.Arbitrary<readonly Activation[]> = fc
  .array(
    fc.record({
      releaseId: fc.option(fc.integer({ min: 1, max: 4 }), { nil: null, freq: 5 }),
      effectiveFromMs: instant,
    }),
    { maxLength: 6 },
  )
  .map((drawn) => drawn.map((one, index) => ({ ...one, number: index + 1 })));
