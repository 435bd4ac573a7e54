import { expect } from 'chai';
import { describe, it } from 'mocha';
import { v7 as uuidv7 } from 'uuid';
import { accountDayKey, addSpent, readSpent } from '../../../db/repositories/account-days.js';
import {
  bucketKey,
  extendAllowanceHolds,
  findAllowanceHolds,
  freeSeconds,
  holdAllowances,
  lockBuckets,
  openBuckets,
  useAndReleaseAllowances,
} from '../../../db/repositories/allowances.js';
import type { BucketRow, WantedBucket } from '../../../db/repositories/allowances.js';
import type { Queryable } from '../../../db/client.js';
import { accounts, calls } from '../../../db/schema/index.js';
import { inTransaction } from '../../../db/transaction.js';
import { checkLedger } from '../../../db/views/ledger-check.js';
import { Decimal } from '../../../rating/money.js';
import { withTempDatabase } from '../../support/temp-database.js';

function bucket(ownerId: number, over: Partial<WantedBucket> = {}): WantedBucket {
  const period = { generation: 0, periodStartUs: 1, periodEndUs: 2 };
  return { ownerType: 'package', ownerId, ...period, totalS: 600, ...over };
}

async function newCall(tx: Queryable, state: 'answered' | 'settled' = 'answered'): Promise<string> {
  const id = uuidv7();
  const about = { switchId: 1, coreUuid: 'core', aLegUuid: id, callerNumber: '1', dialled: '4420' };
  const kept = { createdUs: 1, expiresUs: 2, decision: {}, destination: '4420' };
  await tx
    .insert(calls)
    .values({ ...about, ...kept, id, decisionKey: id, direction: 'outbound', state });
  return id;
}

describe('buckets of inclusive seconds', function () {
  this.timeout(30_000);
  const temp = withTempDatabase({ poolSize: 8 });

  const run = <T>(work: (tx: Queryable) => Promise<T>): Promise<T> =>
    inTransaction(temp().database, work);

  const look = async (wanted: WantedBucket): Promise<BucketRow> => {
    const row = (await run((tx) => openBuckets(tx, [wanted]))).get(bucketKey(wanted));
    if (row === undefined) throw new Error('a bucket is expected');
    return row;
  };

  /** Sets so many seconds of a bucket aside for a call of its own, as far as there are as many. */
  const hold = (wanted: WantedBucket, seconds: number): Promise<string | null> =>
    run(async (tx) => {
      const callId = await newCall(tx);
      const row = (await openBuckets(tx, [wanted])).get(bucketKey(wanted));
      if (row === undefined || freeSeconds(row) < seconds) return null;
      await holdAllowances(tx, [{ callId, bucketId: row.id, seconds, createdUs: 1 }]);
      return callId;
    });

  it('are made on first use, and found afterwards with what they were made with', async () => {
    const wanted = [bucket(1), bucket(2, { ownerType: 'did' }), bucket(1, { generation: 1 })];
    const made = await run((tx) => openBuckets(tx, wanted));
    expect(made.size).to.equal(3);
    const found = await run((tx) => openBuckets(tx, [bucket(1, { totalS: 9999 }), ...wanted]));
    expect(found).to.deep.equal(made);
    expect(found.get('package:1:1:0')).to.deep.include({ totalS: 600, usedS: 0, heldS: 0 });
    expect(await run((tx) => openBuckets(tx, []))).to.deep.equal(new Map());
  });

  it('are never given out twice, however many calls want them at once', async () => {
    const answers = await Promise.all(Array.from({ length: 16 }, () => hold(bucket(3), 70)));
    expect(answers.filter((callId) => callId !== null)).to.have.length(8);
    expect(await look(bucket(3))).to.deep.include({ heldS: 560, usedS: 0 });
  });

  it('take more of a call that goes on, and less where others gave back', async () => {
    const callId = (await hold(bucket(4), 100)) ?? '';
    const { id } = await look(bucket(4));
    const change = { callId, bucketId: id, createdUs: 1 };
    const extend = (secondsBefore: number, seconds: number) =>
      run((tx) => extendAllowanceHolds(tx, [{ ...change, secondsBefore, seconds }]));
    await extend(100, 160);
    expect(await look(bucket(4))).to.include({ heldS: 160 });
    await extend(160, 40);
    expect(await look(bucket(4))).to.include({ heldS: 40 });
    expect(await run((tx) => findAllowanceHolds(tx, [callId]))).to.deep.equal([
      { callId, bucketId: id, seconds: 40 },
    ]);
  });

  it('keep what calls used and give back the rest', async () => {
    const [first, second] = [await hold(bucket(5), 100), await hold(bucket(5), 200)];
    const holds = await run((tx) => findAllowanceHolds(tx, [first ?? '', second ?? '']));
    expect(holds).to.have.length(2);
    await run((tx) =>
      useAndReleaseAllowances(
        tx,
        holds.map((one) => ({ ...one, usedS: one.callId === first ? 60 : 0 })),
        7,
      ),
    );
    expect(await look(bucket(5))).to.include({ heldS: 0, usedS: 60, totalS: 600 });
    expect(await run((tx) => findAllowanceHolds(tx, [first ?? '', second ?? '']))).to.deep.equal(
      [],
    );
    const report = await checkLedger(temp().database);
    expect(report.checks.flatMap(({ differences }) => differences)).to.deep.equal([]);
  });

  it('refuse what would use more seconds than there are', async () => {
    const { id } = await look(bucket(6));
    const tooMuch = run(async (tx) => {
      const callId = await newCall(tx);
      await holdAllowances(tx, [{ callId, bucketId: id, seconds: 601, createdUs: 1 }]);
    });
    expect(await tooMuch.catch((error: unknown) => error)).to.be.instanceOf(Error);
    expect((await run((tx) => lockBuckets(tx, [id]))).get(id)).to.include({ heldS: 0 });
  });

  it('add up what accounts spent on a day, exactly, also from many sides at once', async () => {
    const money = { billingMode: 'prepaid', currency: 'EUR', timeZone: 'UTC' } as const;
    const account = { ...money, kind: 'operator' } as const;
    await temp()
      .database.orm.insert(accounts)
      .values([1, 2].map((id) => ({ ...account, id, code: `c${id}`, name: 'C' })));
    const day = { accountId: 1, day: '2026-11-22' };
    const other = { accountId: 2, day: '2026-11-22' };
    await Promise.all(
      Array.from({ length: 10 }, () =>
        run((tx) =>
          addSpent(tx, [
            { ...day, amount: new Decimal('0.100001') },
            { ...other, amount: new Decimal('1') },
            { ...day, amount: new Decimal('0.2') },
          ]),
        ),
      ),
    );
    const spent = await run((tx) => readSpent(tx, [day, other, { ...day, day: '2026-11-23' }]));
    expect([...spent].map(([key, amount]) => [key, amount.toFixed(6)])).to.have.deep.members([
      [accountDayKey(day), '3.000010'],
      [accountDayKey(other), '10.000000'],
    ]);
    await run((tx) => addSpent(tx, [{ ...day, amount: new Decimal('-3.00001') }]));
    expect(
      (await readSpent(temp().database.orm, [day])).get(accountDayKey(day))?.isZero(),
    ).to.equal(true);
  });
});
