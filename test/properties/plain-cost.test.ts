import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { NOT_PLAIN, plainCost, plainTermsOf } from '../../rating/call/plain-cost.js';
import { rateSeconds } from '../../rating/call/rate-call.js';
import { buildDeck } from '../../rating/deck/deck.js';
import { ExpectedCost } from '../../rating/call/expected-cost.js';
import { locatedCost } from '../../rating/lcr/route-price.js';
import {
  parseScaled,
  roundRatio,
  scaledToFixed,
  scaledToText,
  toRatio,
} from '../../rating/money.js';
import { roundSafeRatio, safeToFixed, safeToText } from '../../rating/safe-amounts.js';
import { NOON_MS, rate, row } from '../rating/builders.js';
import { anyRows, digits } from './deck-arbitraries.js';
import { anyTerms, price } from './rating-arbitraries.js';

/** Prices from fractions of a cent to more than a double holds in 10^-8 units. */
const anyPrice = fc.oneof(
  { weight: 4, arbitrary: price },
  { weight: 1, arbitrary: fc.bigInt(0n, 10n ** 18n - 1n).map((value) => scaledToText(value)) },
);

const plainRow = fc
  .record({
    ratePerMinute: anyPrice,
    connectFee: anyPrice,
    initialIncrementS: fc.integer({ min: 1, max: 90 }),
    incrementS: fc.integer({ min: 1, max: 90 }),
    minDurationS: fc.nat(200),
  })
  .map((members) => row(members));

const talk = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 604_800 }));

/** A cost as an integer of 10^-8 units, by the function that also explains it. */
function explainedCost(frozen: Parameters<typeof rateSeconds>[0], seconds: number): bigint {
  const { numerator, denominator } = toRatio(rateSeconds(frozen, seconds).cost);
  return (numerator * 10n ** 8n) / denominator;
}

describe('the quick price of a plain row', () => {
  it('is what the explained price is, or none where a double cannot hold it', () => {
    let quick = 0;
    fc.assert(
      fc.property(plainRow, anyTerms, talk, (asked, terms, seconds) => {
        const plainTerms = plainTermsOf(terms);
        if (plainTerms === null) return;
        const { initialIncrementS, incrementS, minDurationS, blocked } = asked;
        const connectFee = Number(parseScaled(asked.connectFee));
        const shape = { connectFee, initialIncrementS, incrementS, minDurationS, blocked };
        const perMinute = Number(parseScaled(asked.ratePerMinute));
        const found = plainCost(shape, perMinute, plainTerms, seconds);
        if (found === NOT_PLAIN) return;
        quick += 1;
        expect(BigInt(found)).to.equal(explainedCost(rate(asked, terms), seconds));
      }),
      { numRuns: 4000 },
    );
    expect(quick, 'prices that were computed in the quick way').to.be.above(1000);
  });

  it('is not given where one figure on the way is 2^53 or more', () => {
    const terms = plainTermsOf(rate().terms);
    const shape = {
      connectFee: 0,
      initialIncrementS: 1,
      incrementS: 1,
      minDurationS: 0,
      blocked: false,
    };
    const largest = Number.MAX_SAFE_INTEGER;
    expect(terms && plainCost(shape, largest, terms, 1)).to.equal(150_119_987_579_000);
    expect(terms && plainCost(shape, largest + 1, terms, 1)).to.equal(NOT_PLAIN);
  });
});

/** Rows that ask for everything, with plain ones among them. */
const mixedRows = fc
  .tuple(anyRows, fc.array(fc.tuple(plainRow, digits(4), fc.boolean()), { maxLength: 20 }))
  .map(([rare, plain]) => [
    ...rare,
    ...plain.map(([members, prefix, blocked], at) => ({
      ...members,
      id: rare.length + at + 1,
      prefix,
      blocked,
    })),
  ]);

describe('a located rate of a random deck', () => {
  it('is the rate that is found, and costs what the explained price is', () => {
    const calls = fc.array(
      fc.tuple(digits(6), talk, fc.constantFrom('interstate', 'intrastate', 'unknown')),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(anyTerms, mixedRows, calls, (terms, rows, asked) => {
        const deck = buildDeck(terms, rows);
        // Thrice, so that what is noted at first and then remembered is tried as well.
        for (const [number, seconds, jurisdiction] of [...asked, ...asked, ...asked]) {
          const found = deck.find(number, NOON_MS, jurisdiction);
          const located = deck.locate(number, NOON_MS, jurisdiction);
          expect(located?.rate ?? null).to.deep.equal(found);
          if (located === null || found === null) continue;
          expect(located.blocked).to.equal(found.row.blocked);
          const { cost } = locatedCost(located, seconds);
          expect(cost).to.equal(explainedCost(found, seconds));
        }
      }),
      { numRuns: 600 },
    );
  });
});

describe('amounts in safe integers', () => {
  const safe = fc.maxSafeNat();
  const modes = fc.constantFrom('up', 'half_up', 'half_even', 'down');

  it('round as the exact fraction does', () => {
    const divisors = fc.oneof(
      fc.integer({ min: 1, max: 600 }),
      fc.integer({ min: 1, max: 2 ** 31 }),
    );
    const near = fc
      .tuple(divisors, fc.nat(100_000), fc.constantFrom(1, 2), fc.integer({ min: -1, max: 1 }))
      .map(([divisor, whole, part, off]): [number, number] => [
        Math.max(0, whole * divisor + Math.floor(divisor / part) + off),
        divisor,
      ]);
    // Where the quotient of two doubles is closest to the next whole number.
    const last = fc.tuple(
      fc.integer({ min: 0, max: 64 }).map((below) => Number.MAX_SAFE_INTEGER - below),
      fc.oneof(
        divisors,
        fc.integer({ min: 0, max: 51 }).map((power) => 2 ** power),
      ),
    );
    fc.assert(
      fc.property(fc.oneof(near, last, fc.tuple(safe, divisors)), modes, ([over, under], mode) => {
        const exact = roundRatio(BigInt(over), BigInt(under), 0, mode);
        expect(BigInt(roundSafeRatio(over, under, mode))).to.equal(exact);
      }),
      { numRuns: 4000 },
    );
  });

  it('are written as exact integers are', () => {
    const values = fc.oneof(
      fc.integer({ min: -10_000, max: 10_000 }),
      fc.maxSafeInteger(),
      fc.nat(1000).map((below) => Number.MAX_SAFE_INTEGER - below),
      fc.integer({ min: -90_000, max: 90_000 }).map((whole) => whole * 100_000_000),
    );
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 8 }), (value, decimals) => {
        const exact = BigInt(value);
        expect(safeToFixed(value, decimals)).to.equal(scaledToFixed(exact, decimals));
        expect(safeToText(value, decimals)).to.equal(scaledToText(exact, decimals));
      }),
      { numRuns: 4000 },
    );
  });

  it('are shown as a cost and its margin as exact ones are', () => {
    const amounts = fc.oneof(fc.bigInt(0n, 10n ** 9n), fc.bigInt(0n, 10n ** 18n));
    fc.assert(
      fc.property(amounts, amounts, (cost, price) => {
        const shown = (value: bigint) =>
          scaledToFixed(roundRatio(value, 10n ** 8n, 6, 'half_up'), 6);
        const expected = new ExpectedCost(1, cost);
        expect(expected.shown).to.equal(shown(cost));
        expect(expected.marginTo(new ExpectedCost(1, price))).to.equal(shown(price - cost));
      }),
      { numRuns: 2000 },
    );
  });
});
