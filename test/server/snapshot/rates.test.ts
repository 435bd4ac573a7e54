import { expect } from 'chai';
import { eq, sql } from 'drizzle-orm';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { setTimeout as pause } from 'node:timers/promises';
import { appendActivation } from '../../../db/repositories/activations.js';
import { bumpConfigVersions } from '../../../db/repositories/config-versions.js';
import { rateReleases, rateRows, rateSheets } from '../../../db/schema/index.js';
import { inTransaction } from '../../../db/transaction.js';
import { DeckLoader, DeckLoadError } from '../../../server/snapshot/deck-loader.js';
import type { ReleaseLoader } from '../../../server/snapshot/deck-loader.js';
import { inProcessLoader } from '../../../server/snapshot/in-process-loader.js';
import { SnapshotStore } from '../../../server/snapshot/snapshot-store.js';
import { FakeClock } from '../../support/fake-clock.js';
import { quietLog } from '../../support/quiet-log.js';
import { openTempDatabase } from '../../support/temp-database.js';
import type { TempDatabase } from '../../support/temp-database.js';
import { insertWorld } from '../../support/use-world.js';
import { buildWorld, rateRow, release, SHEET_ACME, SHEET_BETA } from '../../support/world.js';

const NOW_MS = Date.UTC(2026, 10, 22, 12);
const HOUR_MS = 3_600_000;
const NUMBER = '447700900123';

describe('the rates of a node', function () {
  this.timeout(30_000);
  let temp: TempDatabase;
  let clock: FakeClock;
  let store: SnapshotStore;
  /** Releases that were read, in order. */
  let reads: number[];
  let nextRow: number;

  beforeEach(async () => {
    temp = await openTempDatabase();
    await insertWorld(temp.database, buildWorld());
    clock = new FakeClock(NOW_MS);
    reads = [];
    nextRow = 1000;
  });

  afterEach(async () => {
    await store.stop();
    await temp.close();
  });

  async function start(loader: ReleaseLoader = inProcessLoader(temp.database)): Promise<void> {
    store = new SnapshotStore({
      database: temp.database,
      log: quietLog,
      pollMs: 50,
      clock,
      loader: {
        load: (releaseId, options) => {
          reads.push(releaseId);
          return loader.load(releaseId, options);
        },
        stop: () => loader.stop(),
      },
    });
    await store.start();
    reads.length = 0;
  }

  async function addDraft(id: number, price: string, sheetId = SHEET_ACME): Promise<void> {
    await temp.database.orm.insert(rateReleases).values({
      ...release(id, sheetId),
      status: 'draft',
      activatedAt: null,
      rowCount: 1,
      importId: '01900000-0000-7000-8000-000000000001',
      createdAt: new Date(NOW_MS - HOUR_MS),
    });
    nextRow += 1;
    await temp.database.orm.insert(rateRows).values(rateRow(nextRow, id, '44', price));
  }

  /** As the services do it: the draft becomes active, and its version counts up. */
  async function activate(id: number | null, fromMs: number, sheetId = SHEET_ACME): Promise<void> {
    await inTransaction(temp.database, async (tx) => {
      await bumpConfigVersions(tx, ['rates']);
      if (id !== null) {
        await tx
          .update(rateReleases)
          .set({
            status: 'active',
            activatedAt: new Date(NOW_MS),
            version: sql`${rateReleases.version} + 1`,
          })
          .where(sql`${rateReleases.id} = ${id} and ${rateReleases.status} = 'draft'`);
      }
      await appendActivation(tx, {
        sheetId,
        releaseId: id,
        kind: 'activation',
        effectiveFromMs: fromMs,
        actor: 'test',
      });
    });
  }

  const bump = () => inTransaction(temp.database, (tx) => bumpConfigVersions(tx, ['rates']));

  const deckOf = (sheetId: number) => store.current?.rates.deckBySheet.get(sheetId);
  const priceAt = (atMs: number, sheetId = SHEET_ACME) =>
    deckOf(sheetId)?.find(NUMBER, atMs)?.row.ratePerMinute;

  async function within(ms: number, isSeen: () => boolean): Promise<void> {
    const deadline = performance.now() + ms;
    while (!isSeen()) {
      if (performance.now() > deadline) throw new Error('not seen in time');
      await pause(5);
    }
  }

  it('swaps to a draft that was loaded ahead without reading it again', async () => {
    await addDraft(40, '1.2');
    await start();
    await within(2000, () => store.releaseIndex(40) !== null);
    expect(priceAt(NOW_MS)).to.equal('0.6');
    reads.length = 0;
    await activate(40, NOW_MS);
    await within(1000, () => priceAt(NOW_MS) === '1.2');
    // What the release does not name has no price any more.
    expect(deckOf(SHEET_ACME)?.find('34911', NOW_MS)).to.equal(null);
    expect(reads).to.deep.equal([]);
  });

  it('loads a draft that comes in while it runs, when it is told', async () => {
    await start();
    await addDraft(40, '1.2');
    await bump();
    await within(2000, () => store.releaseIndex(40) !== null);
    expect(deckOf(SHEET_ACME)?.size).to.equal(4);
  });

  it('reads a draft again whose rows were changed before its activation', async () => {
    await addDraft(40, '1.2');
    await start();
    await within(2000, () => store.releaseIndex(40) !== null);
    await temp.database.orm
      .update(rateRows)
      .set({ ratePerMinute: '1.3' })
      .where(eq(rateRows.releaseId, 40));
    await temp.database.orm.update(rateReleases).set({ version: 2 }).where(eq(rateReleases.id, 40));
    await activate(40, NOW_MS);
    await within(2000, () => priceAt(NOW_MS) === '1.3');
  });

  it('begins a scheduled release at its instant without any reload', async () => {
    await addDraft(40, '1.2');
    await start();
    const from = NOW_MS + 2 * HOUR_MS;
    await activate(40, from);
    await within(2000, () => priceAt(from) === '1.2');
    const deck = deckOf(SHEET_ACME);
    expect(priceAt(from - 1)).to.equal('0.6');
    expect(deck?.find('34911', from)).to.equal(null);
    expect(deck?.find('34911', from - 1)?.row.prefix).to.equal('34');
    clock.advanceS(3 * 3600);
    expect(deckOf(SHEET_ACME)).to.equal(deck);
    expect(priceAt(clock.nowMs())).to.equal('1.2');
  });

  it('takes the later entry of two that begin together', async () => {
    await addDraft(43, '5');
    await addDraft(44, '7');
    await start();
    await activate(44, NOW_MS);
    await activate(43, NOW_MS);
    await within(2000, () => priceAt(NOW_MS) === '5');
  });

  it('rolls back at once to the release before, and to nothing', async () => {
    await addDraft(40, '1.2');
    await start();
    await activate(40, NOW_MS);
    await within(1000, () => priceAt(NOW_MS) === '1.2');
    reads.length = 0;
    await activate(1, NOW_MS + 1000);
    await within(1000, () => priceAt(NOW_MS + 1000) === '0.6');
    await activate(null, NOW_MS + 2000);
    await within(1000, () => priceAt(NOW_MS + 2000) === undefined);
    expect(priceAt(NOW_MS + 1999)).to.equal('0.6');
    expect(reads).to.deep.equal([]);
  });

  it('has the release that a roll-back would bring back at hand after a restart', async () => {
    await addDraft(40, '1.2');
    await activate(40, NOW_MS - 2 * HOUR_MS);
    await start();
    expect(priceAt(NOW_MS)).to.equal('1.2');
    // Of a call so long ago nothing is decided any more.
    expect(priceAt(NOW_MS - 3 * HOUR_MS)).to.equal(undefined);
    await within(2000, () => store.releaseIndex(1) !== null);
    clock.advanceS(15 * 86_400);
    await bump();
    await within(2000, () => store.releaseIndex(1) === null);
    expect(priceAt(clock.nowMs())).to.equal('1.2');
  });

  it('leaves drafts alone where it is told to, and discarded releases always', async () => {
    await addDraft(41, '9');
    await addDraft(42, '9');
    await temp.database.orm
      .update(rateReleases)
      .set({ status: 'discarded' })
      .where(eq(rateReleases.id, 42));
    store = new SnapshotStore({
      database: temp.database,
      log: quietLog,
      pollMs: 50,
      clock,
      preloadDrafts: false,
    });
    await store.start();
    await pause(200);
    expect(store.releaseIndex(41)).to.equal(null);
    expect(store.releaseIndex(42)).to.equal(null);
    await activate(41, NOW_MS);
    await within(2000, () => priceAt(NOW_MS) === '9');
  });

  it('keeps the last deck of a sheet while its next release is read', async () => {
    let release40: (() => void) | undefined;
    const real = inProcessLoader(temp.database);
    await start({
      async load(releaseId, options) {
        if (releaseId === 40) await new Promise<void>((resolve) => (release40 = resolve));
        return real.load(releaseId, options);
      },
      stop: () => real.stop(),
    });
    await addDraft(40, '1.2');
    await activate(40, NOW_MS);
    await within(1000, () => release40 !== undefined);
    expect(priceAt(NOW_MS)).to.equal('0.6');
    // A change of the terms of another sheet does not wait for it.
    await temp.database.orm
      .update(rateSheets)
      .set({ taxPercent: '19', version: 2 })
      .where(eq(rateSheets.id, SHEET_BETA));
    await bump();
    await within(1000, () => deckOf(SHEET_BETA)?.terms.taxPercent === '19.0000');
    expect(priceAt(NOW_MS)).to.equal('0.6');
    release40?.();
    await within(1000, () => priceAt(NOW_MS) === '1.2');
  });

  it('gives a draft up for what prices calls', async () => {
    const real = inProcessLoader(temp.database);
    await start({
      async load(releaseId, options) {
        if (releaseId !== 50) return real.load(releaseId, options);
        await new Promise((resolve) => {
          options.signal.addEventListener('abort', resolve);
        });
        throw new DeckLoadError('cancelled', true);
      },
      stop: () => real.stop(),
    });
    await addDraft(50, '3', SHEET_BETA);
    await bump();
    await within(1000, () => reads.includes(50));
    await addDraft(40, '1.2');
    await activate(40, NOW_MS);
    await within(1000, () => priceAt(NOW_MS) === '1.2');
    expect(store.isStale).to.equal(false);
  });

  it('says what is still missing until the first snapshot is whole', async () => {
    let go: (() => void) | undefined;
    const real = inProcessLoader(temp.database);
    const starting = start({
      async load(releaseId, options) {
        if (releaseId === 11) await new Promise<void>((resolve) => (go = resolve));
        return real.load(releaseId, options);
      },
      stop: () => real.stop(),
    });
    await within(2000, () => go !== undefined);
    await within(1000, () => store.missing?.startsWith('rates') === true);
    expect(store.missing).to.match(/^rates: 3 of 6 sheets loaded, 0 of \d+ rows of the next$/);
    expect(store.current).to.equal(null);
    go?.();
    await starting;
    expect(store.missing).to.equal(null);
  });

  it('starts although one sheet cannot be read, and says which', async () => {
    await temp.database.orm.execute('alter table rate_rows drop constraint rate_rows_prefix_check');
    await temp.database.orm.insert(rateRows).values(rateRow(95, SHEET_BETA, 'abc', '1'));
    await start();
    expect(priceAt(NOW_MS)).to.equal('0.6');
    expect(deckOf(SHEET_BETA)).to.equal(undefined);
    expect(store.unreadableSheets).to.deep.equal(['beta retail']);
    expect(store.isStale).to.equal(true);
  });

  describe('read by a thread of their own', () => {
    let loader: DeckLoader;

    beforeEach(async () => {
      loader = new DeckLoader({ databaseUrl: temp.url, log: quietLog });
    });

    it('are the same, and come with what they cost', async () => {
      await start(loader);
      expect(priceAt(NOW_MS)).to.equal('0.6');
      expect(deckOf(SHEET_ACME)?.find('900123', NOW_MS)?.row.blocked).to.equal(true);
      expect(store.deckSizes.get(SHEET_ACME)).to.equal(4);
      expect(store.deckBytes).to.be.greaterThan(1000);
      expect(store.deckLoadSeconds.get(SHEET_ACME)).to.be.greaterThan(0);
      expect(
        [...(deckOf(SHEET_ACME)?.rows() ?? [])].map(({ destination }) => destination),
      ).to.have.length(4);
    });

    it('are read by another one when it is killed, and stay as they were meanwhile', async () => {
      await start(loader);
      const before = loader.threadId;
      await loader.kill();
      expect(loader.threadId).to.equal(null);
      expect(priceAt(NOW_MS)).to.equal('0.6');
      await addDraft(40, '1.2');
      await activate(40, NOW_MS);
      await within(3000, () => priceAt(NOW_MS) === '1.2');
      expect(loader.threadId).to.not.equal(before);
    });

    it('are read again when it is killed in the middle', async () => {
      let kills = 0;
      await start({
        load(releaseId, options) {
          const loading = loader.load(releaseId, options);
          if (releaseId === 40 && kills === 0) {
            kills += 1;
            void loader.kill();
          }
          return loading;
        },
        stop: () => loader.stop(),
      });
      await addDraft(40, '1.2');
      await activate(40, NOW_MS);
      await within(5000, () => priceAt(NOW_MS) === '1.2');
      expect(kills).to.equal(1);
    });

    it('fail alone when a row is none, with the words of the row', async () => {
      await start(loader);
      await temp.database.orm.execute(
        'alter table rate_rows drop constraint rate_rows_prefix_check',
      );
      await addDraft(40, '1.2');
      await temp.database.orm.insert(rateRows).values(rateRow(95, 40, 'abc', '1'));
      const failure = await loader
        .load(40, { signal: new AbortController().signal, onProgress: () => undefined })
        .catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(DeckLoadError);
      expect((failure as DeckLoadError).message).to.match(/row 95, prefix/);
      expect((failure as DeckLoadError).isPassing).to.equal(false);
    });

    it('end when they are told to stop', async () => {
      await start(loader);
      await store.stop();
      const failure = await loader
        .load(1, { signal: new AbortController().signal, onProgress: () => undefined })
        .catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(DeckLoadError);
      expect(loader.threadId).to.equal(null);
    });
  });
});
