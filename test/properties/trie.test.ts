import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { DigitTrie } from '../../rating/deck/digit-trie.js';
import { jumpDigitsFor, packTrie } from '../../rating/deck/pack-trie.js';
import { MATCHES_ROOM, PackedTrie } from '../../rating/deck/packed-trie.js';
import { digits } from './deck-arbitraries.js';

describe('a packed trie of random prefixes', () => {
  it('gives all prefixes of a number, shortest first, however many digits it jumps', () => {
    const prefixes = fc.uniqueArray(digits(6), { maxLength: 60 });
    const number = fc
      .tuple(digits(8), fc.constantFrom('', '9', '#', '*0', '０'))
      .map(([head, tail]) => head + tail);
    const numbers = fc.array(number, { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(prefixes, numbers, fc.integer({ min: 1, max: 5 }), (all, asked, jumpDigits) => {
        const growing = new DigitTrie();
        all.forEach((prefix, index) => {
          growing.set(prefix, index);
        });
        all.forEach((prefix, index) => {
          expect(growing.get(prefix)).to.equal(index);
        });
        const { slots, jump } = packTrie(
          growing,
          jumpDigits,
          (value) => value * 2,
          (kept) => kept % 4 === 0,
        );
        const packed = new PackedTrie(slots, jump);
        const matches = new Int32Array(MATCHES_ROOM);
        for (const one of asked) {
          const expected = all
            .filter((prefix) => one.startsWith(prefix))
            .sort((first, second) => first.length - second.length)
            .map((prefix) => all.indexOf(prefix) * 2);
          const count = packed.match(one, matches, true);
          expect([...matches.subarray(0, count)], one).to.deep.equal(expected);
          const some = packed.match(one, matches, false);
          const longest = expected.at(-1) ?? 1;
          const isSettled = some < expected.length;
          expect([...matches.subarray(0, some)]).to.deep.equal(isSettled ? [longest] : expected);
          if (isSettled) expect(longest % 4).to.equal(0);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('jumps as many digits as keep the table shorter than the release', () => {
    const table = [0, 9, 10, 99, 100, 999_999, 1_000_000, 100_000_000].map(jumpDigitsFor);
    expect(table).to.deep.equal([1, 1, 1, 1, 2, 5, 6, 7]);
  });
});
