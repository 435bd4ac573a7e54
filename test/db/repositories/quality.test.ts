import { expect } from 'chai';
import { describe, it } from 'mocha';
import { loadQuality, purgeQuality, recordQuality } from '../../../db/repositories/quality.js';
import type { QualitySlice } from '../../../db/repositories/quality.js';
import { inTransaction } from '../../../db/transaction.js';
import { sliceOf } from '../../../rating/quality/slice.js';
import type { QualityIncrement } from '../../../rating/quality/counts.js';
import { withTempDatabase } from '../../support/temp-database.js';

const SLICE_S = sliceOf(Date.UTC(2026, 10, 22, 12) / 1000);

function increment(over: Partial<QualityIncrement> = {}): QualityIncrement {
  return {
    carrierId: 1,
    gatewayId: 1,
    prefix: '44770',
    sliceS: SLICE_S,
    attempts: 1,
    answered: 1,
    talkUs: 60_000_000,
    pddUs: 2_000_000,
    pddCount: 1,
    ...over,
  };
}

describe('the counts of attempts in the database', () => {
  const temp = withTempDatabase({ poolSize: 8 });

  const record = (...increments: readonly QualityIncrement[]) =>
    inTransaction(temp().database, (tx) => recordQuality(tx, increments));

  async function slices(sinceS: number): Promise<readonly QualitySlice[]> {
    const found: QualitySlice[] = [];
    for await (const slice of loadQuality(temp().database.orm, sinceS)) found.push(slice);
    return found;
  }

  it('add up within one statement and over several', async () => {
    await record(increment(), increment({ answered: 0, talkUs: 0 }), increment({ prefix: '33' }));
    await record(increment());
    const [slice] = await slices(SLICE_S);
    expect(slice?.rows).to.deep.equal([
      increment({ prefix: '33' }),
      increment({ attempts: 3, answered: 2, talkUs: 120_000_000, pddUs: 6_000_000, pddCount: 3 }),
    ]);
  });

  it('lose nothing when many transactions count for the same keys in opposite orders', async () => {
    const sliceS = SLICE_S + 900;
    const keys = ['1', '2', '3', '4'].map((prefix) => increment({ prefix, sliceS }));
    const orders = [keys, keys.toReversed()];
    await Promise.all(
      Array.from({ length: 80 }, (_, index) => record(...(orders[index % 2] ?? keys))),
    );
    const [slice] = await slices(sliceS);
    expect(slice?.rows.map((row) => [row.prefix, row.attempts, row.talkUs])).to.deep.equal(
      keys.map(({ prefix }) => [prefix, 80, 80 * 60_000_000]),
    );
  });

  it('are taken back with the transaction that made them', async () => {
    const sliceS = SLICE_S + 1800;
    const failed = inTransaction(temp().database, async (tx) => {
      await recordQuality(tx, [increment({ sliceS })]);
      throw new Error('settlement failed');
    });
    expect(await failed.catch(String)).to.contain('settlement failed');
    expect(await slices(sliceS)).to.deep.equal([]);
  });

  it('are read slice by slice, whole, also where a slice fills several pages', async () => {
    const first = SLICE_S + 9000;
    const counts = [9000, 1, 4000];
    for (const [index, count] of counts.entries()) {
      const rows = Array.from({ length: count }, (_, at) =>
        increment({
          carrierId: 1 + (at % 3),
          gatewayId: 1 + (at % 7),
          prefix: String(10_000 + at),
          sliceS: first + index * 900,
        }),
      );
      await record(...rows);
    }
    const found = await slices(first);
    expect(found.map(({ sliceS, rows }) => [sliceS, rows.length])).to.deep.equal(
      counts.map((count, index) => [first + index * 900, count]),
    );
    const keys = new Set(found[0]?.rows.map((row) => row.prefix));
    expect(keys.size).to.equal(9000);
  }).timeout(20_000);

  it('are purged by age, the oldest first and no more than asked', async () => {
    const old = SLICE_S - 90_000;
    await record(
      increment({ sliceS: old }),
      increment({ sliceS: old + 900 }),
      increment({ sliceS: old + 1800 }),
    );
    const { orm } = temp().database;
    expect(await purgeQuality(orm, old + 1800, 1)).to.equal(1);
    expect((await slices(old)).map((slice) => slice.sliceS).slice(0, 2)).to.deep.equal([
      old + 900,
      old + 1800,
    ]);
    expect(await purgeQuality(orm, old + 1800, 10)).to.equal(1);
    expect(await purgeQuality(orm, old + 1800, 10)).to.equal(0);
  });

  it('are not touched by nothing', async () => {
    await recordQuality(temp().database.orm, []);
    expect(await slices(SLICE_S + 900_000)).to.deep.equal([]);
  });
});
