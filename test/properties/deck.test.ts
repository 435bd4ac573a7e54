import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { buildDeck } from '../../rating/deck/deck.js';
import type { RateRow } from '../../rating/deck/types.js';
import { NOON_MS, row, terms } from '../rating/builders.js';

const digits = (max: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom('0', '1', '2'), maxLength: max });
const instant = fc.option(fc.integer({ min: NOON_MS - 2, max: NOON_MS + 2 }), { nil: null });

const rows = fc
  .array(
    fc.record({
      prefix: digits(5),
      priority: fc.integer({ min: 0, max: 2 }),
      releaseId: fc.integer({ min: 1, max: 3 }),
      effectiveFrom: instant,
      effectiveTo: instant,
      windowed: fc.constantFrom(null, '11:00:00', '13:00:00'),
    }),
    { maxLength: 40 },
  )
  .map((drawn) =>
    drawn.map(({ windowed, ...members }, index) =>
      row({ id: index + 1, ...members, ...(windowed === null ? {} : { timeFrom: windowed }) }),
    ),
  );

/** The rule for choosing a row, by looking at all of them. */
function naiveFind(all: readonly RateRow[], number: string, atMs: number): RateRow | undefined {
  const active = all.filter(
    ({ prefix, effectiveFrom, effectiveTo, timeFrom }) =>
      number.startsWith(prefix) &&
      (effectiveFrom === null || effectiveFrom <= atMs) &&
      (effectiveTo === null || atMs < effectiveTo) &&
      (timeFrom === undefined || timeFrom === '11:00:00'),
  );
  return active.sort(
    (first, second) =>
      second.prefix.length - first.prefix.length ||
      second.priority - first.priority ||
      second.releaseId - first.releaseId ||
      first.id - second.id,
  )[0];
}

describe('a random deck', () => {
  it('finds the row that looking at every row finds', () => {
    fc.assert(
      fc.property(rows, digits(8), fc.integer({ min: -2, max: 2 }), (all, number, shift) => {
        const atMs = NOON_MS + shift;
        const deck = buildDeck(terms(), all);
        const expected = naiveFind(all, number, atMs);
        expect(deck.find(number, atMs)?.row).to.deep.equal(expected);
        const chosen = deck.explain(number, atMs).filter(({ outcome }) => outcome === 'chosen');
        expect(chosen.map((one) => one.row)).to.deep.equal(
          expected === undefined ? [] : [expected],
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('does not depend on the order in which rows come', () => {
    fc.assert(
      fc.property(rows, digits(8), (all, number) => {
        const forward = buildDeck(terms(), all).find(number, NOON_MS);
        expect(buildDeck(terms(), all.toReversed()).find(number, NOON_MS)).to.deep.equal(forward);
      }),
    );
  });

  it('keeps every row', () => {
    fc.assert(
      fc.property(rows, (all) => {
        expect([...buildDeck(terms(), all).rows()]).to.deep.equal(all);
      }),
    );
  });
});
