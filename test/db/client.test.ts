import { expect } from 'chai';
import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { openDatabase } from '../../db/client.js';
import type { Database } from '../../db/client.js';
import { inTransaction, isUnavailable } from '../../db/transaction.js';
import { openDatabaseProxy } from '../support/database-proxy.js';
import type { DatabaseProxy } from '../support/database-proxy.js';
import { openTempDatabase } from '../support/temp-database.js';
import type { TempDatabase } from '../support/temp-database.js';

const SILENCE_MS = 1200;

describe('a database that vanishes without a word', () => {
  let temp: TempDatabase;
  let proxy: DatabaseProxy;
  let database: Database;

  beforeEach(async () => {
    temp = await openTempDatabase({ migrated: false });
    proxy = await openDatabaseProxy(temp.url);
    database = openDatabase({
      url: proxy.url,
      poolSize: 2,
      connectTimeoutMs: 300,
      silenceMs: SILENCE_MS,
    });
  });

  afterEach(async () => {
    await proxy.close();
    await database.close();
    await temp.close();
  });

  const ask = () => database.orm.execute(sql`select 1`);

  const failure = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => expect.fail('it answered'),
      (error: unknown) => error,
    );

  it('fails a result that is on its way when the server is killed, and reads it afterwards', async () => {
    const scan = (statement: string) => {
      let rows = 0;
      const onRow = () => (rows += 1);
      return database.scan({ statement, values: [], onRow }).then(() => rows);
    };
    expect(await scan('select 1 union select 2')).to.equal(2);
    const cut = failure(scan('select sleep(20)'));
    setTimeout(() => void proxy.cut(), 300);
    expect(isUnavailable(await cut)).to.equal(true);
    await proxy.mend();
    expect(await scan('select 1 union select 2')).to.equal(2);
  });

  it('fails statements under way, and those that wait for a connection, as unavailable', async () => {
    await Promise.all([ask(), ask()]);
    proxy.stall();
    const startedMs = Date.now();
    const errors = await Promise.all(Array.from({ length: 6 }, () => failure(ask())));
    expect(errors.map(isUnavailable)).to.deep.equal(errors.map(() => true));
    expect(Date.now() - startedMs).to.be.within(SILENCE_MS - 50, SILENCE_MS + 2000);
    expect(database.poolSize().open).to.equal(0);
  }).timeout(10_000);

  it('fails a transaction in its middle, and is usable again when it is back', async () => {
    const work = inTransaction(database, async (tx) => {
      await tx.execute(sql`select 1`);
      proxy.stall();
      await tx.execute(sql`select 2`);
    });
    expect(isUnavailable(await failure(work))).to.equal(true);
    await proxy.mend();
    await ask();
  }).timeout(10_000);

  it('leaves connections alone that are idle for longer', async () => {
    await ask();
    await new Promise((resolve) => setTimeout(resolve, SILENCE_MS * 2));
    expect(database.poolSize()).to.deep.equal({ open: 1, idle: 1 });
    await ask();
    expect(database.poolSize()).to.deep.equal({ open: 1, idle: 1 });
  }).timeout(10_000);

  it('waits for a lock for less long than it waits for an answer', async () => {
    const result = await database.orm.execute(sql`select @@innodb_lock_wait_timeout as seconds`);
    expect(result[0]).to.deep.equal([{ seconds: 1 }]);
  });
});
