import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { recordQuality } from '../../../db/repositories/quality.js';
import { carrierQuality } from '../../../db/schema/index.js';
import { sliceOf } from '../../../rating/quality/slice.js';
import type { QualityIncrement } from '../../../rating/quality/counts.js';
import { openDatabase } from '../../../db/client.js';
import { purgeOldQuality } from '../../../server/quality/purge-old-quality.js';
import { QualityStore } from '../../../server/quality/quality-store.js';
import { FakeClock } from '../../support/fake-clock.js';
import { quietLog, readableLog } from '../../support/quiet-log.js';
import { withTempDatabase } from '../../support/temp-database.js';

const NUMBER = '447700900123';
const HOUR = { windowH: 1, minAttempts: 1 };
const WEEK = { windowH: 168, minAttempts: 1 };

describe('the quality a node knows of', () => {
  const temp = withTempDatabase();
  let clock = new FakeClock();

  beforeEach(async () => {
    clock = new FakeClock();
    await temp().database.orm.delete(carrierQuality);
  });

  const record = (over: Partial<QualityIncrement> = {}) =>
    recordQuality(temp().database.orm, [
      {
        carrierId: 1,
        gatewayId: 1,
        prefix: '44770',
        sliceS: sliceOf(clock.nowMs() / 1000),
        attempts: 1,
        answered: 1,
        talkUs: 60_000_000,
        pddUs: 2_000_000,
        pddCount: 1,
        ...over,
      },
    ]);

  const openStore = () => new QualityStore({ database: temp().database, clock, log: quietLog });

  const attemptsIn = (store: QualityStore, scope = HOUR) =>
    store.routeQuality(1, NUMBER, scope)?.attempts ?? 0;

  it('is nothing before there were attempts', async () => {
    const store = openStore();
    await store.refresh();
    expect(store.routeQuality(1, NUMBER, HOUR)).to.equal(null);
    expect(store.averageCallS(NUMBER, HOUR)).to.equal(null);
  });

  it('takes in what any node counted, with the next refresh', async () => {
    const store = openStore();
    await store.refresh();
    expect(attemptsIn(store)).to.equal(0);
    await record();
    await record({ answered: 0, talkUs: 0 });
    await store.refresh();
    expect(store.routeQuality(1, NUMBER, HOUR)).to.deep.equal({
      attempts: 2,
      asr: 0.5,
      acdS: 60,
      pddMs: 2000,
      prefix: '44770',
    });
    expect(store.averageCallS(NUMBER, HOUR)).to.equal(60);
    await store.refresh();
    expect(attemptsIn(store)).to.equal(2);
  });

  it('is the same after a restart', async () => {
    await record({ sliceS: sliceOf(clock.nowMs() / 1000) - 160 * 3600, attempts: 9 });
    await record();
    const before = openStore();
    await before.refresh();
    const after = openStore();
    await after.refresh();
    expect(attemptsIn(after, WEEK)).to.equal(10);
    expect(after.routeQuality(1, NUMBER, WEEK)).to.deep.equal(before.routeQuality(1, NUMBER, WEEK));
  });

  it('slides: attempts leave each window when they are as old as it is long', async () => {
    await record();
    const store = openStore();
    await store.refresh();
    const day = { windowH: 24, minAttempts: 1 };
    clock.advanceS(3600);
    await store.refresh();
    expect([attemptsIn(store), attemptsIn(store, day)]).to.deep.equal([1, 1]);
    clock.advanceS(1);
    await record();
    await record();
    await store.refresh();
    expect([attemptsIn(store), attemptsIn(store, day)]).to.deep.equal([2, 3]);
    clock.advanceS(23 * 3600);
    await store.refresh();
    expect([attemptsIn(store), attemptsIn(store, day)]).to.deep.equal([0, 2]);
    clock.advanceS(7 * 86_400);
    await store.refresh();
    expect(attemptsIn(store, WEEK)).to.equal(0);
  });

  it('takes in a report that comes hours late, when the next slice begins', async () => {
    const store = openStore();
    await store.refresh();
    await record({ sliceS: sliceOf(clock.nowMs() / 1000) - 5 * 3600 });
    await store.refresh();
    clock.advanceS(900);
    await store.refresh();
    expect(attemptsIn(store, WEEK)).to.equal(1);
  });

  it('leaves out what a switch with a wrong clock counted in the far future', async () => {
    await record({ sliceS: sliceOf(clock.nowMs() / 1000) + 90_000 });
    const store = openStore();
    await store.refresh();
    expect(attemptsIn(store, WEEK)).to.equal(0);
  });

  it('keeps its last figures while the database is away, and says so once', async () => {
    await record();
    const database = openDatabase({ url: temp().url, poolSize: 1 });
    const { log, lines } = readableLog();
    const store = new QualityStore({ database, clock, log, refreshMs: 5 });
    await store.start();
    expect(store.isStale).to.equal(false);
    await database.close();
    while (!store.isStale) await new Promise((resolve) => setTimeout(resolve, 5));
    clock.advanceS(7200);
    await new Promise((resolve) => setTimeout(resolve, 30));
    await store.stop();
    expect(attemptsIn(store)).to.equal(1);
    expect(lines.map((line) => line['msg'])).to.deep.equal([
      'quality cannot be refreshed; last figures stay',
    ]);
  });

  it('rejects its start when there is no database', async () => {
    const database = openDatabase({ url: temp().url, poolSize: 1 });
    await database.close();
    const store = new QualityStore({ database, clock, log: quietLog });
    const failure: unknown = await store.start().catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(Error);
  });

  it('is deleted after eight days, whatever a node still holds', async () => {
    const sliceS = sliceOf(clock.nowMs() / 1000);
    await record({ sliceS: sliceS - 8 * 86_400 });
    await record({ sliceS: sliceS - 8 * 86_400 - 900 });
    expect(await purgeOldQuality({ database: temp().database, clock })).to.equal(1);
    const left = await temp().database.orm.select().from(carrierQuality);
    expect(left.map((row) => row.sliceS)).to.deep.equal([sliceS - 8 * 86_400]);
  });
});
