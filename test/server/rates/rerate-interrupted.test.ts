import { expect } from 'chai';
import { sql } from 'drizzle-orm';
import { describe, it } from 'mocha';
import { claimRerating } from '../../../db/repositories/reratings.js';
import { ledgerTransactions, reratings } from '../../../db/schema/index.js';
import { inTransaction } from '../../../db/transaction.js';
import { scriptActor } from '../../../server/admin/context.js';
import {
  queueRerating,
  resumeRerating,
  stopRerating,
} from '../../../server/rates/rerate/manage-reratings.js';
import { rerateBatch } from '../../../server/rates/rerate/rerate-batch.js';
import { runNextRerating } from '../../../server/rates/rerate/run-next-rerating.js';
import { expectCorrectBooks, purseOf } from '../../support/books.js';
import { breakingDatabase } from '../../support/breaking-database.js';
import { ACME, SHEET_ACME } from '../../support/world.js';
import { CALL_MS, withRerateCompany } from './rerate-company.js';

const ACTOR = scriptActor('test');

describe('re-rating that is interrupted', function () {
  this.timeout(60_000);
  const company = withRerateCompany();

  /** Half-minutes of acme at 0.60 a minute, which should have been charged at 0.90. */
  const wrongCalls = async (count: number) => {
    for (let index = 0; index < count; index += 1) {
      await company().call({ atMs: CALL_MS + Math.floor(index / 2) * 1000 });
    }
    await company().activate(SHEET_ACME, [{ prefix: '44', ratePerMinute: '0.9' }]);
  };

  /** All of them were corrected, and each once. */
  const expectAllCorrected = async (count: number) => {
    const { database } = company();
    expect((await purseOf(database, ACME)).balance).to.equal((100 - count * 0.45).toFixed(6));
    const transactions = await database.orm.select().from(ledgerTransactions);
    expect(transactions.filter(({ kind }) => kind === 'rerating')).to.have.lengthOf(count);
    await expectCorrectBooks(database);
  };

  /** What happens when nobody has heard of a run's worker for long enough. */
  const loseWorker = () =>
    company()
      .database.orm.update(reratings)
      .set({ leaseUntil: sql`timestamp'2020-01-01 00:00:00'` });

  it('goes on where it was when its worker dies between two steps', async () => {
    await wrongCalls(5);
    const id = await company().queue();
    const die = () => {
      throw new Error('killed');
    };
    const death = await company()
      .run(id, {}, die)
      .catch((error: unknown) => error);
    expect(String(death)).to.equal('Error: killed');
    expect(await company().find(id)).to.include({ status: 'running', legsSeen: 2 });
    expect(await company().run(id)).to.equal('lost');
    await loseWorker();
    expect(await company().run(id)).to.equal('done');
    expect(await company().find(id)).to.include({ legsTotal: 5, legsSeen: 5, legsChanged: 5 });
    await expectAllCorrected(5);
  });

  it('does nothing twice, whichever statement of a step fails', async () => {
    await wrongCalls(3);
    const breaking = breakingDatabase(company().database);
    const deps = { ...company().deps, database: breaking.database };
    const id = await company().queue();
    let failures = 0;
    for (let statement = 1; ; statement += 1) {
      breaking.breakAt(statement);
      // What breaks while the run is claimed is thrown; what breaks in a step fails the run.
      const outcome = await company()
        .run(id, deps)
        .catch(() => 'thrown');
      if (outcome === 'done') break;
      failures += 1;
      breaking.breakAt(0);
      if (outcome === 'failed') {
        expect((await company().find(id)).error).to.match(/statement \d+ broke/);
        await resumeRerating(company().admin, ACTOR, id);
      }
      await loseWorker();
    }
    expect(failures).to.be.greaterThan(20);
    expect(await company().find(id)).to.include({ status: 'done', legsSeen: 3, legsChanged: 3 });
    expect(await company().corrections(id)).to.have.lengthOf(3);
    await expectAllCorrected(3);
  });

  it('notices within a step that it was stopped, and can be resumed', async () => {
    await wrongCalls(6);
    const { admin, find, queue, run } = company();
    const id = await queue();
    const stops: Promise<unknown>[] = [];
    const seen: number[] = [];
    const outcome = await run(id, {}, ({ legsSeen }) => {
      seen.push(legsSeen);
      if (legsSeen === 2) stops.push(stopRerating(admin, ACTOR, id));
    });
    await Promise.all(stops);
    expect(outcome).to.equal('stopped');
    expect(seen.length).to.be.lessThan(3);
    expect(await find(id)).to.include({ status: 'stopped', owner: null });
    expect(await run(id)).to.equal('lost');
    expect(await runNextRerating(company().deps)).to.equal(false);
    await resumeRerating(admin, ACTOR, id);
    expect(await runNextRerating(company().deps)).to.equal(true);
    expect(await find(id)).to.include({ status: 'done', legsSeen: 6, legsChanged: 6 });
    await expectAllCorrected(6);
  });

  it('waits for another worker when its process is to end', async () => {
    await wrongCalls(4);
    const id = await company().queue();
    const ending = new AbortController();
    const outcome = await company().run(id, { signal: ending.signal }, () => {
      ending.abort();
    });
    expect(outcome).to.equal('queued');
    expect(await company().find(id)).to.include({ status: 'queued', owner: null, legsSeen: 2 });
    const other = { ...company().deps, database: company().second, nodeId: 'node-2' };
    expect(await runNextRerating(other)).to.equal(true);
    await expectAllCorrected(4);
  });

  it('cannot be resumed when it is over, nor stopped', async () => {
    const { admin, rerate } = company();
    const { id } = await rerate();
    for (const move of [resumeRerating, stopRerating]) {
      const refusal = await move(admin, ACTOR, id).catch((error: unknown) => error);
      expect(String(refusal)).to.match(/rerating_status: A run that is done cannot be/);
    }
  });

  describe('or worked on by several', () => {
    it('is one worker at a time: the others find nothing to do', async () => {
      await wrongCalls(4);
      await company().queue();
      const { deps, second } = company();
      const workers = [deps, { ...deps, database: second, nodeId: 'node-2' }];
      const worked = await Promise.all(workers.map((worker) => runNextRerating(worker)));
      expect([...worked].sort()).to.deep.equal([false, true]);
      await expectAllCorrected(4);
    });

    it('leaves a worker that lost it without a say', async () => {
      await wrongCalls(4);
      const { database, find, queue } = company();
      const id = await queue();
      const [first, then] = ['one', 'two'].map((owner) => ({ owner, seconds: 60 }));
      if (first === undefined || then === undefined) throw new Error('two leases are expected');
      await inTransaction(database, (tx) => claimRerating(tx, first, id));
      await rerateBatch(database, id, { lease: first, batchLegs: 2 });
      await loseWorker();
      await inTransaction(database, (tx) => claimRerating(tx, then, id));
      const late = await rerateBatch(database, id, { lease: first, batchLegs: 2 });
      expect(late.kind).to.equal('lost');
      expect(await find(id)).to.include({ owner: 'two', legsSeen: 2 });
    });

    it('even under one name, takes turns and does nothing twice', async () => {
      await wrongCalls(12);
      const { database, second, find, queue } = company();
      const id = await queue();
      const lease = { owner: 'both', seconds: 60 };
      await inTransaction(database, (tx) => claimRerating(tx, lease, id));
      const workAll = async (handle: typeof database) => {
        for (;;) {
          const { kind } = await rerateBatch(handle, id, { lease, batchLegs: 1 });
          if (kind !== 'advanced') return kind;
        }
      };
      const ends = await Promise.all([workAll(database), workAll(second)]);
      expect([...ends].sort()).to.deep.equal(['done', 'lost']);
      expect(await find(id)).to.include({ legsSeen: 12, legsChanged: 12 });
      await expectAllCorrected(12);
    });

    it('corrects a leg once when several runs are about it', async () => {
      await wrongCalls(10);
      const { deps, second, queue } = company();
      const ids = [await queue(), await queue({ account_id: ACME }), await queue()];
      const workers = [deps, { ...deps, database: second }, { ...deps, database: second }];
      const outcomes = await Promise.all(
        ids.map((id, index) => company().run(id, workers[index] ?? deps)),
      );
      expect(outcomes).to.deep.equal(['done', 'done', 'done']);
      const runs = await Promise.all(ids.map((id) => company().find(id)));
      expect(runs.reduce((sum, { legsChanged }) => sum + legsChanged, 0)).to.equal(10);
      await expectAllCorrected(10);
    });

    it('while calls of the same accounts go on being settled', async () => {
      await wrongCalls(20);
      const { call, database, rerate } = company();
      const settling = (async () => {
        for (let index = 0; index < 20; index += 1) await call({ atMs: CALL_MS - 1000 });
      })();
      await Promise.all([settling, rerate()]);
      await rerate();
      expect((await purseOf(database, ACME)).balance).to.equal((100 - 40 * 0.45).toFixed(6));
      await expectCorrectBooks(database);
    });
  });

  describe('is asked for', () => {
    const refused = async (over: object, actor = ACTOR) => {
      const input = { mode: 'post', from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z' };
      const { admin } = company();
      return queueRerating(admin, actor, { ...input, ...over } as never).then(
        () => 'accepted',
        (error: unknown) => String(error),
      );
    };

    it('with a period, and parties that there are', async () => {
      expect(await refused({ to: '2026-11-01T00:00:00Z' })).to.match(/must be later than/);
      expect(await refused({ from: 'yesterday' })).to.match(/from/);
      expect(await refused({ account_id: 999 })).to.match(/account_id: there is none/);
      expect(await refused({ sheet_id: 999 })).to.match(/sheet_id: there is none/);
      expect(await refused({ carrier_id: 999 })).to.match(/carrier_id: there is none/);
      expect(await refused({ carrier_id: 1, account_id: ACME })).to.match(/one of them/);
      expect(await company().database.orm.select().from(reratings)).to.deep.equal([]);
    });

    it('by somebody who may post money, unless it is a preview', async () => {
      const rater = { ...ACTOR, scopes: ['rates:write'] };
      expect(await refused({}, rater)).to.match(/scope_not_held/);
      expect(await refused({ mode: 'preview' }, rater)).to.equal('accepted');
      const id = await company().queue();
      const refusal = await stopRerating(company().admin, rater, id).catch(String);
      expect(refusal).to.match(/scope_not_held/);
    });
  });
});
