import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { backoffMs } from '../../../server/esl/backoff.js';

const LIMITS = { minMs: 500, maxMs: 30_000 };

describe('the wait before the next attempt to connect', () => {
  it('doubles until it reaches its limit', () => {
    const waits = [0, 1, 2, 3, 6, 60].map((attempt) => backoffMs(attempt, LIMITS, 1));
    expect(waits).to.deep.equal([500, 1000, 2000, 4000, 30_000, 30_000]);
  });

  it('is always between half its limit and its limit', () => {
    fc.assert(
      fc.property(
        fc.nat(200),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, random) => {
          const wait = backoffMs(attempt, LIMITS, random);
          expect(wait).to.be.within(LIMITS.minMs / 2, LIMITS.maxMs);
        },
      ),
    );
  });
});
