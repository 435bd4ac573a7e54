import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { openDatabase } from '../../../db/client.js';
import type { Database } from '../../../db/client.js';
import type { NewCall } from '../../../db/repositories/calls.js';
import { calls } from '../../../db/schema/index.js';
import { DecisionLog } from '../../../server/calls/decision-log.js';
import { DurableWriter } from '../../../server/spool/durable-writer.js';
import { openDatabaseProxy } from '../../support/database-proxy.js';
import type { DatabaseProxy } from '../../support/database-proxy.js';
import { quietLog } from '../../support/quiet-log.js';
import { nextUuid } from '../../support/requests.js';
import { openTempDatabase } from '../../support/temp-database.js';
import type { TempDatabase } from '../../support/temp-database.js';

function decided(): NewCall {
  const id = nextUuid();
  return {
    id,
    decisionKey: id,
    switchId: 1,
    coreUuid: '',
    aLegUuid: id,
    direction: 'internal',
    callerNumber: '1001',
    dialled: '1002',
    destination: '1002',
    state: 'authorized',
    createdUs: 1,
    expiresUs: 2,
    decision: {},
  };
}

describe('the log of free decisions', () => {
  let temp: TempDatabase;
  let proxy: DatabaseProxy;
  let database: Database;
  let log: DecisionLog;

  beforeEach(async function () {
    this.timeout(30_000);
    temp = await openTempDatabase();
    proxy = await openDatabaseProxy(temp.url);
    database = openDatabase({ url: proxy.url, poolSize: 2 });
    const writer = new DurableWriter({ database, spool: null, log: quietLog });
    log = new DecisionLog(database, quietLog, writer);
  });

  afterEach(async () => {
    log.stop();
    await database.close();
    await proxy.close();
    await temp.close();
  });

  const stored = async () => (await temp.database.orm.select().from(calls)).length;

  it('stores what it is given, behind the giver', async () => {
    for (let count = 0; count < 250; count += 1) log.add(decided());
    expect(log.waiting).to.equal(250);
    await log.flush();
    expect(log.waiting).to.equal(0);
    expect(await stored()).to.equal(250);
  });

  it('stores one key once', async () => {
    const call = decided();
    log.add(call);
    log.add({ ...call, dialled: '9999' });
    await log.flush();
    log.add(call);
    await log.flush();
    const rows = await temp.database.orm.select().from(calls);
    expect(rows.map(({ dialled }) => dialled)).to.deep.equal(['1002']);
  });

  it('tries again by itself until the database is back', async () => {
    await proxy.cut();
    log.add(decided());
    await log.flush();
    log.add(decided());
    expect(log.waiting).to.equal(2);
    await proxy.mend();
    for (let tries = 0; log.waiting > 0 && tries < 100; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(log.waiting).to.equal(0);
    expect(await stored()).to.equal(2);
  });

  it('keeps no more than it may, and counts the rest', async () => {
    await proxy.cut();
    const call = decided();
    for (let count = 0; count < 20_005; count += 1) log.add(call);
    expect(log.waiting).to.equal(20_000);
    expect(log.dropped).to.equal(5);
  });

  it('tries no more when it is stopped', async () => {
    await proxy.cut();
    log.stop();
    log.add(decided());
    await log.flush();
    await proxy.mend();
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(log.waiting).to.equal(1);
  });
});
