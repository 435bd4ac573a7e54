import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { Deck, buildDeck } from '../../rating/deck/deck.js';
import {
  ReleaseIndex,
  ReleaseIndexBuilder,
  transferList,
} from '../../rating/deck/release-index.js';
import { rowsOverlap } from '../../rating/deck/row-overlap.js';
import { periodsOf, releaseAt } from '../../rating/deck/timeline.js';
import type { Jurisdiction, RateRow } from '../../rating/deck/types.js';
import { Decimal } from '../../rating/money.js';
import { terms } from '../rating/builders.js';
import { anyHistory, anyRows, anyWindow, digits, instant } from './deck-arbitraries.js';
import { naiveFind, naivePriceFor, naiveReleaseAt, naiveRow } from './naive-deck.js';

const call = fc.constantFrom<Jurisdiction>('unknown', 'interstate', 'intrastate');
const timeZone = fc.constantFrom('UTC', 'Europe/London', 'America/New_York', 'Asia/Kolkata');

function indexOf(rows: readonly RateRow[]): ReleaseIndex {
  const builder = new ReleaseIndexBuilder();
  for (const row of rows) builder.add(row);
  return builder.build();
}

/** Rows with every price in one spelling: an index keeps the value, not its trailing zeros. */
function spelled(row: RateRow): object {
  const price = (text: string): string => new Decimal(text).toFixed();
  const { jurisdictionPrices: prices } = row;
  return {
    ...row,
    ratePerMinute: price(row.ratePerMinute),
    connectFee: price(row.connectFee),
    ...(prices === undefined
      ? {}
      : {
          jurisdictionPrices: {
            interstate: price(prices.interstate),
            intrastate: price(prices.intrastate),
            indeterminate: price(prices.indeterminate),
          },
        }),
  };
}

describe('a random deck', () => {
  it('finds the row that looking at every row finds', () => {
    fc.assert(
      fc.property(anyRows, digits(8), instant, timeZone, (rows, number, startMs, zone) => {
        const deck = buildDeck(terms({ timeZone: zone }), rows);
        const expected = naiveFind(rows, number, { startMs, timeZone: zone });
        expect(deck.find(number, startMs)?.row.id).to.equal(expected?.id);
        expect(deck.findIndex(number, startMs)).to.equal((expected?.id ?? 0) - 1);
        const explained = deck.explain(number, startMs);
        const chosen = explained.filter(({ outcome }) => outcome === 'chosen');
        expect(chosen.map((one) => one.row.id)).to.deep.equal(
          expected === undefined ? [] : [expected.id],
        );
        const matching = rows.filter(({ prefix }) => number.startsWith(prefix));
        expect(explained.length).to.equal(matching.length);
      }),
      { numRuns: 1000 },
    );
  });

  it('takes the price for the call, the highest where the state is not known', () => {
    fc.assert(
      fc.property(anyRows, digits(8), instant, call, (rows, number, startMs, jurisdiction) => {
        const deck = buildDeck(terms(), rows);
        // Asked twice, for another call in between, so that what is remembered is tried as well.
        for (const asked of [jurisdiction, 'intrastate', jurisdiction] as const) {
          const rate = deck.find(number, startMs, asked);
          if (rate === null) return;
          const row = naiveFind(rows, number, { startMs, timeZone: 'UTC' });
          const expected = row === undefined ? '' : naivePriceFor(row, asked);
          expect(new Decimal(rate.row.ratePerMinute).equals(expected)).to.equal(true);
          expect(rate.jurisdiction?.call).to.equal(
            row?.jurisdictionPrices === undefined ? undefined : asked,
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it('does not depend on the order in which rows come', () => {
    fc.assert(
      fc.property(anyRows, digits(8), instant, (rows, number, startMs) => {
        const forward = buildDeck(terms(), rows).find(number, startMs);
        const backward = buildDeck(terms(), rows.toReversed()).find(number, startMs);
        expect(backward).to.deep.equal(forward);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps every row, and hands all of them to another thread', () => {
    fc.assert(
      fc.property(anyRows, digits(8), instant, (rows, number, startMs) => {
        const index = indexOf(rows);
        const kept = [...index.rows()];
        expect(kept).to.deep.equal(rows.map(spelled));
        const found = new Deck(terms(), [{ fromMs: 0, index }]).find(number, startMs);
        const parts = index.toParts();
        const moved = structuredClone(parts, { transfer: transferList(parts) });
        expect(parts.trie.length, 'the first index is empty now').to.equal(0);
        const copy = ReleaseIndex.fromParts(moved);
        expect([...copy.rows()]).to.deep.equal(kept);
        expect(copy.memoryBytes).to.be.greaterThan(0);
        const again = new Deck(terms(), [{ fromMs: 0, index: copy }]).find(number, startMs);
        expect(again).to.deep.equal(found);
      }),
      { numRuns: 300 },
    );
  });

  it('follows its history: each release for as long as it is in force, also when it comes back', () => {
    const releases = fc.array(anyRows, { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(releases, anyHistory, digits(6), instant, (all, history, number, startMs) => {
        const periods = periodsOf(history);
        const inForce = naiveReleaseAt(history, startMs);
        expect(releaseAt(periods, startMs)).to.equal(inForce);
        const indexes = all.map(indexOf);
        const deck = new Deck(
          terms(),
          periods.map(({ fromMs, releaseId }) => ({
            fromMs,
            index: releaseId === null ? null : (indexes[releaseId - 1] ?? null),
          })),
        );
        const rows = inForce === null ? [] : (all[inForce - 1] ?? []);
        const expected = naiveFind(rows, number, { startMs, timeZone: 'UTC' });
        const found = deck.find(number, startMs)?.row;
        expect(found).to.deep.equal(
          expected === undefined ? undefined : spelled(naiveRow(expected, 'unknown')),
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe('two random rows of one prefix', () => {
  const period = fc
    .tuple(fc.option(instant), fc.option(instant))
    .filter(([from, to]) => from === null || to === null || from < to)
    .map(([effectiveFrom, effectiveTo]) => ({ effectiveFrom, effectiveTo }));
  const timed = fc.tuple(period, anyWindow).map(([own, window]) => ({ ...own, ...window }));

  it('are told to overlap whenever both hold at one instant', () => {
    fc.assert(
      fc.property(timed, timed, instant, (first, second, atMs) => {
        const holds = (one: typeof first): boolean =>
          buildDeck(terms(), [{ ...BARE, ...one }]).findIndex('1', atMs) === 0;
        if (holds(first) && holds(second)) expect(rowsOverlap(first, second)).to.equal(true);
        expect(rowsOverlap(first, second)).to.equal(rowsOverlap(second, first));
      }),
      { numRuns: 1000 },
    );
  });
});

const BARE: RateRow = {
  id: 1,
  releaseId: 1,
  prefix: '1',
  destination: '',
  ratePerMinute: '1',
  connectFee: '0',
  initialIncrementS: 1,
  incrementS: 1,
  minDurationS: 0,
  blocked: false,
  priority: 0,
  effectiveFrom: null,
  effectiveTo: null,
};
