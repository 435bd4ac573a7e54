import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Batcher, BatcherFullError } from '../../server/batcher.js';

const later = (ms = 1) => new Promise((resolve) => setTimeout(resolve, ms));

/** A batcher that doubles numbers and remembers its batches. */
function doubling(over: { maxBatch?: number; concurrency?: number; lingerMs?: number } = {}) {
  const batches: (readonly number[])[] = [];
  let running = 0;
  let mostRunning = 0;
  const batcher = new Batcher<number, number>({
    run: async (items) => {
      batches.push(items);
      running += 1;
      mostRunning = Math.max(mostRunning, running);
      await later();
      running -= 1;
      if (items.includes(13)) throw new Error('thirteen');
      return items.map((item) => item * 2);
    },
    maxBatch: 4,
    concurrency: 1,
    maxWaiting: 20,
    ...over,
  });
  return { batcher, batches, mostRunning: () => mostRunning };
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('a batcher', () => {
  it('handles together what comes together, and answers each its own', async () => {
    const { batcher, batches } = doubling();
    const results = await Promise.all(upTo(3).map((item) => batcher.submit(item)));
    expect(results).to.deep.equal([0, 2, 4]);
    expect(batches).to.deep.equal([[0, 1, 2]]);
  });

  it('keeps to its largest batch, in order', async () => {
    const { batcher, batches } = doubling();
    const results = await Promise.all(upTo(10).map((item) => batcher.submit(item)));
    expect(results).to.deep.equal(upTo(10).map((item) => item * 2));
    expect(batches.map((batch) => batch.length)).to.deep.equal([4, 4, 2]);
  });

  for (const concurrency of [1, 2, 3]) {
    it(`has at most ${String(concurrency)} under way at once`, async () => {
      const { batcher, mostRunning } = doubling({ concurrency, maxBatch: 1 });
      await Promise.all(upTo(12).map((item) => batcher.submit(item)));
      expect(mostRunning()).to.equal(concurrency);
    });
  }

  it('waits for company no longer than it may', async () => {
    const { batcher, batches } = doubling({ lingerMs: 20 });
    const first = batcher.submit(1);
    await later(5);
    const second = batcher.submit(2);
    expect(await Promise.all([first, second])).to.deep.equal([2, 4]);
    expect(batches).to.deep.equal([[1, 2]]);
  });

  it('fails all of a batch that fails, and goes on with the next', async () => {
    const { batcher } = doubling();
    const outcomes = await Promise.allSettled([13, 1, 2, 3, 4].map((item) => batcher.submit(item)));
    expect(outcomes.map(({ status }) => status)).to.deep.equal([
      'rejected',
      'rejected',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
  });

  it('fails the items it got no result for', async () => {
    const batcher = new Batcher<number, number>({
      run: (items) => Promise.resolve(items.slice(1)),
      maxBatch: 2,
      concurrency: 1,
      maxWaiting: 5,
    });
    const [first, second] = await Promise.allSettled([batcher.submit(1), batcher.submit(2)]);
    expect(first.status).to.equal('fulfilled');
    expect(second.status).to.equal('rejected');
  });

  it('refuses at once what it has no room for', async () => {
    const { batcher } = doubling();
    const outcomes = await Promise.allSettled(upTo(25).map(() => batcher.submit(1)));
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).to.have.lengthOf(5);
    for (const { reason } of refused) expect(reason).to.be.instanceOf(BatcherFullError);
  });

  it('drains what waits and what is under way', async () => {
    const { batcher, batches } = doubling();
    await batcher.drain();
    void Promise.all(upTo(9).map((item) => batcher.submit(item)));
    await batcher.drain();
    expect(batches.flat()).to.have.lengthOf(9);
    expect(batcher.waiting).to.equal(0);
  });
});
