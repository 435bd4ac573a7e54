import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';
import { expect } from 'chai';
import { sql } from 'drizzle-orm';
import { after, before, describe, it } from 'mocha';
import { connectionOptions, openDatabase } from '../../db/client.js';
import type { Database, Queryable } from '../../db/client.js';
import { inTransaction, isRetryable, isUnavailable } from '../../db/transaction.js';
import { openTempDatabase } from '../support/temp-database.js';
import type { TempDatabase } from '../support/temp-database.js';

describe('a transaction', () => {
  let temp: TempDatabase;

  before(async () => {
    temp = await openTempDatabase({ migrated: false, poolSize: 2 });
    await temp.database.orm.execute('create table notes (id int primary key)');
  });

  after(async () => {
    await temp.close();
  });

  for (const [errno, meaning] of [
    [1213, 'deadlock or lost certification'],
    [1205, 'lock wait that timed out'],
    [1020, 'row that changed meanwhile'],
  ] as const) {
    it(`is tried again as a whole after a ${meaning}`, async () => {
      let tries = 0;
      await inTransaction(temp.database, async (tx) => {
        tries += 1;
        await tx.execute(sql`insert into notes values (${errno})`);
        if (tries < 3) await fail(tx, errno);
      });
      expect(tries).to.equal(3);
      expect(await countOf(temp.database, errno)).to.equal(1);
    });
  }

  it('is not tried for ever', async () => {
    let tries = 0;
    const error = await errorOf(
      inTransaction(temp.database, async (tx) => {
        tries += 1;
        await fail(tx, 1213);
      }),
    );
    expect(isRetryable(error)).to.equal(true);
    expect(isUnavailable(error)).to.equal(false);
    expect(tries).to.be.within(2, 20);
  });

  for (const [errno, meaning] of [
    [1047, 'a node that is not ready'],
    [1180, 'a commit that the cluster did not take'],
    [1927, 'a connection that was ended'],
  ] as const) {
    it(`tells of ${meaning} as of a database that is away, without trying again`, async () => {
      let tries = 0;
      const error = await errorOf(
        inTransaction(temp.database, async (tx) => {
          tries += 1;
          await fail(tx, errno);
        }),
      );
      expect(isUnavailable(error)).to.equal(true);
      expect(tries).to.equal(1);
    });
  }

  it('tells what is wrong with a statement, and leaves nothing of it behind', async () => {
    const error = await errorOf(
      inTransaction(temp.database, async (tx) => {
        await tx.execute(sql`insert into notes values (7)`);
        await tx.execute(sql`insert into nowhere values (7)`);
      }),
    );
    expect(isUnavailable(error) || isRetryable(error)).to.equal(false);
    expect(await countOf(temp.database, 7)).to.equal(0);
  });

  it('says why it failed when the connection went with it, and the pool goes on', async () => {
    for (let round = 0; round < 5; round += 1) {
      const error = await errorOf(
        inTransaction(temp.database, async (tx) => {
          await tx.execute(sql`insert into notes values (8)`);
          await tx.execute('kill connection_id()');
          await tx.execute(sql`insert into notes values (9)`);
        }),
      );
      expect(isRetryable(error), String(error)).to.equal(false);
    }
    expect(await countOf(temp.database, 8)).to.equal(0);
  });

  it('gives its connection up when it cannot even begin', async () => {
    const server = await openSpoiler(temp.url);
    const database = openDatabase({ url: server.url, poolSize: 2 });
    try {
      server.spoil(true);
      for (let round = 0; round < 5; round += 1) {
        await errorOf(inTransaction(database, () => Promise.resolve()));
      }
      server.spoil(false);
      expect(await inTransaction(database, () => Promise.resolve('done'))).to.equal('done');
    } finally {
      await database.close();
      server.close();
    }
  });
});

/** Makes the server itself answer with an error. */
async function fail(tx: Queryable, errno: number): Promise<void> {
  await tx.execute(sql.raw(`signal sqlstate '45000' set mysql_errno = ${String(errno)}`));
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}

async function countOf(database: Database, id: number): Promise<number> {
  const [rows] = await database.orm.execute(sql`select id from notes where id = ${id}`);
  return (rows as unknown as unknown[]).length;
}

/** A way to the database on which, while spoilt, the server does not understand BEGIN. */
async function openSpoiler(realUrl: string) {
  const { socketPath, host, port } = connectionOptions(realUrl);
  let isSpoilt = false;
  const server = createServer((client) => {
    const upstream =
      socketPath === undefined
        ? connect({ host: host ?? '127.0.0.1', port: port ?? 3306 })
        : connect({ path: socketPath });
    const filter = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        const text = chunk.toString('latin1');
        done(null, isSpoilt ? Buffer.from(text.replace('begin', 'bogus'), 'latin1') : chunk);
      },
    });
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
    client.pipe(filter).pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(realUrl);
  url.search = '';
  url.hostname = '127.0.0.1';
  // A listening TCP server has an address with a port.
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.toString(),
    spoil: (value: boolean) => {
      isSpoilt = value;
    },
    close: () => server.close(),
  };
}
