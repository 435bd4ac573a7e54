import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { openDatabase } from '../../../db/client.js';
import type { Database } from '../../../db/client.js';
import { calls, cdrInbox } from '../../../db/schema/index.js';
import { DecisionLog } from '../../../server/calls/decision-log.js';
import { DurableWriter } from '../../../server/spool/durable-writer.js';
import { Spool } from '../../../server/spool/spool.js';
import type { SpoolItem } from '../../../server/spool/spool-item.js';
import { openDatabaseProxy } from '../../support/database-proxy.js';
import type { DatabaseProxy } from '../../support/database-proxy.js';
import { carrierEnded } from '../../support/leg-reports.js';
import { quietLog } from '../../support/quiet-log.js';
import { nextUuid } from '../../support/requests.js';
import { withTempDatabase } from '../../support/temp-database.js';

const PATIENCE_MS = 300;

/** A report whose ids sort as they were made. */
function report(over: Partial<(SpoolItem & { kind: 'report' })['row']> = {}): SpoolItem {
  const leg = carrierEnded(null, 30);
  const row = { id: nextUuid(), switchId: 1, legUuid: leg.legUuid, receivedUs: 1, report: leg };
  return { kind: 'report', row: { ...row, ...over } };
}

function decision(id: string = nextUuid()): SpoolItem & { kind: 'decision' } {
  const call = {
    id,
    decisionKey: id,
    switchId: 1,
    coreUuid: '',
    aLegUuid: id,
    direction: 'inbound' as const,
    callerNumber: '1001',
    dialled: '1002',
    destination: '1002',
    state: 'authorized' as const,
    createdUs: 1,
    expiresUs: 2,
    decision: { payers: [] },
  };
  return { kind: 'decision', call };
}

const idOf = (item: SpoolItem) => (item.kind === 'report' ? item.row.id : item.call.id);

describe('what has to be durable', () => {
  const temp = withTempDatabase();
  let proxy: DatabaseProxy;
  let database: Database;
  let folder: string;
  let spool: Spool;
  let writer: DurableWriter;

  beforeEach(async () => {
    await temp().database.orm.delete(cdrInbox);
    await temp().database.orm.delete(calls);
    proxy = await openDatabaseProxy(temp().url);
    database = openDatabase({
      url: proxy.url,
      poolSize: 3,
      connectTimeoutMs: 300,
      silenceMs: 1000,
    });
    folder = mkdtempSync(join(tmpdir(), 'ringledger-spool-'));
    await restart();
  });

  afterEach(async () => {
    await proxy.close();
    await writer.drain();
    await spool.close();
    await database.close();
    rmSync(folder, { recursive: true });
  });

  /** What a process that was killed and started again would be. */
  const restart = async (maxBytes = 1_000_000): Promise<void> => {
    spool = new Spool({ folder, maxBytes, log: quietLog });
    await spool.open();
    writer = new DurableWriter({ database, spool, log: quietLog, patienceMs: PATIENCE_MS });
  };

  const storedIds = async () => {
    const rows = await temp().database.orm.select({ id: cdrInbox.id }).from(cdrInbox);
    return rows.map(({ id }) => id).sort();
  };

  const keepAll = (items: readonly SpoolItem[]) =>
    Promise.all(items.map((item) => writer.keep(item)));

  it('is in the database while that answers', async () => {
    const items = [report(), report(), decision()];
    expect(await keepAll(items)).to.deep.equal(['database', 'database', 'database']);
    expect(spool.isEmpty).to.equal(true);
    expect(await storedIds()).to.deep.equal(items.slice(0, 2).map(idOf));
  });

  it('is on disk while it does not, also for the next process, and in the database when it is back', async () => {
    await proxy.cut();
    const items = Array.from({ length: 250 }, () => report());
    const where = await keepAll(items);
    expect(new Set(where)).to.deep.equal(new Set(['disk']));
    expect(await writer.emptySpool()).to.equal(0);
    await spool.close();
    await restart();
    expect(spool.records).to.equal(250);
    await proxy.mend();
    expect(await writer.emptySpool()).to.equal(250);
    expect(spool).to.include({ isEmpty: true, bytes: 0 });
    expect(await storedIds()).to.deep.equal(items.map(idOf));
    expect(await writer.keep(report())).to.equal('database');
  });

  it('does not keep a switch waiting for a database that has gone silent', async () => {
    await writer.keep(report());
    proxy.stall();
    const startedMs = Date.now();
    expect(await writer.keep(report())).to.equal('disk');
    expect(Date.now() - startedMs).to.be.within(PATIENCE_MS - 20, PATIENCE_MS + 500);
    expect(await writer.keep(report())).to.equal('disk');
    expect(Date.now() - startedMs).to.be.below(PATIENCE_MS + 500);
  });

  it('goes behind what waits already, and none of it is stored twice', async () => {
    await proxy.cut();
    const first = Array.from({ length: 130 }, () => report());
    await keepAll(first);
    await proxy.mend();
    const late: SpoolItem[] = [];
    let isDone = false;
    const posting = (async () => {
      while (!isDone) {
        const item = report();
        late.push(item);
        await writer.keep(item);
      }
    })();
    await writer.emptySpool();
    isDone = true;
    await posting;
    expect(spool.isEmpty).to.equal(true);
    expect(await storedIds()).to.deep.equal([...first, ...late].map(idOf));
  });

  it('may be stored twice without a trace of it', async () => {
    const items = [report(), report()];
    await keepAll(items);
    const [one] = items;
    await proxy.cut();
    await keepAll(items);
    await proxy.mend();
    expect(await writer.emptySpool()).to.equal(2);
    expect(await storedIds()).to.deep.equal(items.map(idOf));
    expect(one).to.not.equal(undefined);
  });

  it('is refused where the disk has no room either', async () => {
    await spool.close();
    await restart(500);
    await proxy.cut();
    const results = await Promise.allSettled([1, 2, 3].map(() => writer.keep(report())));
    expect(results.map(({ status }) => status)).to.include('rejected');
    await proxy.mend();
  });

  it('is refused at once where its values do not fit, and the others are not', async () => {
    const good = report();
    const results = await Promise.allSettled([
      writer.keep(good),
      writer.keep(report({ legUuid: 'h'.repeat(65) })),
    ]);
    expect(results.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected']);
    expect(spool.isEmpty).to.equal(true);
    expect(await storedIds()).to.deep.equal([idOf(good)]);
  });

  it('is kept in a file where that shows only when it leaves the disk', async () => {
    await proxy.cut();
    const [before, bad, after] = [report(), report({ legUuid: 'h'.repeat(65) }), report()];
    await keepAll([before, bad, after]);
    await proxy.mend();
    expect(await writer.emptySpool()).to.equal(2);
    expect(await storedIds()).to.deep.equal([before, after].map(idOf));
    const [name = '', ...more] = readdirSync(folder);
    expect(more).to.deep.equal([]);
    expect(readFileSync(join(folder, name), 'utf8')).to.contain(idOf(bad));
  });

  describe('of the log of decisions', () => {
    const storedCalls = async () => {
      const rows = await temp().database.orm.select({ id: calls.id }).from(calls);
      return rows.map(({ id }) => id).sort();
    };

    it('is every decision that costs money, before the caller is answered and without delay', async () => {
      const log = new DecisionLog(database, quietLog, writer);
      await writer.keep(report());
      proxy.stall();
      const { call } = decision();
      const startedMs = Date.now();
      await log.keep(call);
      expect(Date.now() - startedMs).to.be.below(PATIENCE_MS);
      expect(spool.records).to.equal(1);
      await proxy.mend();
      await writer.emptySpool();
      expect(await storedCalls()).to.deep.equal([call.id]);
    });

    it('is every other one too, as far as a share of the disk goes', async () => {
      await spool.close();
      await restart(40_000);
      const log = new DecisionLog(database, quietLog, writer);
      await proxy.cut();
      const ids = Array.from({ length: 100 }, () => decision().call);
      for (const call of ids.slice(0, 50)) log.add(call);
      await log.flush();
      expect(log.waiting).to.equal(0);
      for (const call of ids.slice(50)) log.add(call);
      await log.flush();
      expect(log.waiting).to.equal(50);
      expect(spool.usedShare).to.be.within(0.25, 0.6);
      log.stop();
      await proxy.mend();
      await writer.emptySpool();
      await log.flush();
      expect(await storedCalls()).to.deep.equal(ids.map(({ id }) => id));
    });
  });
});
