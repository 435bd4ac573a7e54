import fc from 'fast-check';
import type { DeckTerms, FrozenRate, RateRow } from '../../rating/deck/types.js';
import { row, terms } from '../rating/builders.js';

const seconds = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });
const increment = fc.constantFrom(1, 6, 10, 25, 30, 60);

/** A price with up to eight decimals, as a sheet writes it. */
export const price = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 99_999_999 }), fc.nat(8))
  .map(([whole, digits, decimals]) => {
    const fraction = String(digits).padStart(8, '0').slice(0, decimals);
    return decimals === 0 ? String(whole) : `${String(whole)}.${fraction}`;
  });

const tiers = fc
  .array(
    fc.record({
      gapS: fc.integer({ min: 1, max: 90 }),
      ratePerMinute: price,
      incrementS: increment,
    }),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((drawn) => {
    let startS = 0;
    return drawn.map(({ gapS, ...tier }, index) => {
      startS = index === 0 ? 0 : startS + gapS;
      return { startS, ...tier };
    });
  });

/** Any combination of what one row can ask for, without windows. */
export const anyRow: fc.Arbitrary<RateRow> = fc
  .record(
    {
      ratePerMinute: price,
      connectFee: price,
      initialIncrementS: increment,
      incrementS: increment,
      minDurationS: seconds(90),
      graceS: seconds(10),
      freeS: seconds(90),
      initialRatePerMinute: price,
      minCost: price,
      maxCost: price,
      tiers,
    },
    {
      requiredKeys: [
        'ratePerMinute',
        'connectFee',
        'initialIncrementS',
        'incrementS',
        'minDurationS',
      ],
    },
  )
  .map((members) => row(members));

export const anyTerms: fc.Arbitrary<DeckTerms> = fc
  .record({
    roundingMode: fc.constantFrom('up', 'half_up', 'half_even', 'down'),
    roundingDecimals: fc.integer({ min: 0, max: 8 }),
    taxPercent: fc.constantFrom('0', '7.7', '23', '17.5', '8.0765'),
    taxMode: fc.constantFrom('added', 'included'),
  })
  .map((members) => terms(members));

export const anyRate: fc.Arbitrary<FrozenRate> = fc.record({ terms: anyTerms, row: anyRow });
