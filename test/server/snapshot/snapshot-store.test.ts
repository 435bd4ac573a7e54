import { expect } from 'chai';
import { eq } from 'drizzle-orm';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { openDatabase } from '../../../db/client.js';
import type { Database } from '../../../db/client.js';
import { bumpConfigVersions } from '../../../db/repositories/config-versions.js';
import type { ConfigArea } from '../../../db/repositories/config-versions.js';
import {
  accountBlocks,
  accountCountries,
  accountGuards,
  extensions,
  packageAssignments,
  packagePrefixes,
  packages,
  rateReleases,
  rateRows,
} from '../../../db/schema/index.js';
import { inTransaction } from '../../../db/transaction.js';
import type { Snapshot } from '../../../server/snapshot/snapshot.js';
import { SnapshotStore } from '../../../server/snapshot/snapshot-store.js';
import { openDatabaseProxy } from '../../support/database-proxy.js';
import type { DatabaseProxy } from '../../support/database-proxy.js';
import { FakeClock } from '../../support/fake-clock.js';
import { quietLog } from '../../support/quiet-log.js';
import { openTempDatabase } from '../../support/temp-database.js';
import type { TempDatabase } from '../../support/temp-database.js';
import { insertWorld } from '../../support/use-world.js';
import { accountBlock, accountGuard, addPackage } from '../../support/world-rules.js';
import {
  ACME,
  ACME_1001,
  BETA,
  buildWorld,
  extension,
  rateRow,
  SHEET_ACME,
} from '../../support/world.js';

const NOW_MS = Date.UTC(2026, 10, 22, 12);

describe('the snapshot of a node', () => {
  let temp: TempDatabase;
  let proxy: DatabaseProxy;
  let database: Database;
  let store: SnapshotStore;
  let changes: string[];

  beforeEach(async function () {
    this.timeout(30_000);
    temp = await openTempDatabase();
    await insertWorld(temp.database, buildWorld());
    proxy = await openDatabaseProxy(temp.url);
    database = openDatabase({ url: proxy.url, poolSize: 3 });
    changes = [];
    store = new SnapshotStore({
      database,
      log: quietLog,
      pollMs: 50,
      clock: new FakeClock(NOW_MS),
      onChange: (areas) => changes.push(areas.join(' ')),
    });
    await store.start();
  });

  afterEach(async () => {
    await store.stop();
    await database.close();
    await proxy.close();
    await temp.close();
  });

  const current = (): Snapshot => {
    if (store.current === null) throw new Error('nothing loaded');
    return store.current;
  };

  const bump = (...areas: readonly ConfigArea[]) =>
    inTransaction(temp.database, (tx) => bumpConfigVersions(tx, areas));

  /** Waits for the store to see something, as long as a node may take. */
  const within = async (ms: number, isSeen: () => boolean): Promise<void> => {
    const deadline = Date.now() + ms;
    while (!isSeen()) {
      if (Date.now() > deadline) throw new Error('not seen in time');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  const hasExtension = (number: string) =>
    current().accounts.extensionByAddress.has(`${number}@acme.example`);

  const addExtension = (number: string, id: number) =>
    temp.database.orm.insert(extensions).values(extension(id, ACME, 1, number));

  const priceAt = (atMs: number) =>
    current().rates.deckBySheet.get(SHEET_ACME)?.find('447700900123', atMs)?.row.ratePerMinute;

  it('has everything at the start', () => {
    expect(hasExtension('1001')).to.equal(true);
    expect(current().accounts.operator?.id).to.equal(1);
    expect(current().carriers.gateways).to.have.lengthOf(3);
    expect(current().numbers.didByNumber.size).to.equal(3);
    expect(priceAt(NOW_MS)).to.equal('0.6');
    expect(store.deckSizes.get(SHEET_ACME)).to.equal(4);
  });

  it('sees a change made by another node within a second, and replaces that area only', async () => {
    const before = current();
    await addExtension('1777', 50);
    await bump('accounts');
    await within(1000, () => hasExtension('1777'));
    expect(changes.at(-1)).to.equal('accounts');
    expect(current().carriers).to.equal(before.carriers);
    expect(current().rates).to.equal(before.rates);
    expect(before.accounts.extensionByAddress.has('1777@acme.example')).to.equal(false);
  });

  it('has packages, guards and blocks in force with the accounts', async () => {
    const world = buildWorld();
    addPackage(world, { id: 1, accountId: ACME, prefixes: ['44', '34'] });
    addPackage(world, { id: 2, accountId: ACME, extensionId: ACME_1001, prefixes: [''] });
    addPackage(world, { id: 3, accountId: ACME, prefixes: [''], package: { status: 'disabled' } });
    const { orm } = temp.database;
    await orm.insert(packages).values(world.packages);
    await orm.insert(packagePrefixes).values(world.packagePrefixes);
    await orm.insert(packageAssignments).values(world.packageAssignments);
    await orm
      .insert(accountGuards)
      .values([accountGuard(ACME, { newCountry: 'block' }), accountGuard(BETA)]);
    const lifted = { ...accountBlock(2, ACME), openKey: null, releasedUs: 1 };
    await orm.insert(accountBlocks).values([accountBlock(1, ACME), lifted]);
    const called = { country: 'GB', source: 'called' as const, createdUs: 1 };
    await orm.insert(accountCountries).values([
      { accountId: ACME, ...called },
      { accountId: BETA, ...called },
    ]);
    await bump('accounts');
    await store.refresh();
    const { accounts } = current();
    const [shared] = accounts.packagesByAccount.get(ACME) ?? [];
    expect(accounts.packagesByAccount.get(ACME)).to.have.lengthOf(1);
    expect(shared?.prefixes).to.have.members(['44', '34']);
    expect(shared?.package.includedS).to.equal(600);
    const [own] = accounts.packagesByExtension.get(ACME_1001) ?? [];
    expect(own?.assignment).to.include({ id: 2, startsOn: '2026-11-01' });
    expect(accounts.guardByAccount.get(ACME)?.newCountry).to.equal('block');
    expect(accounts.blocksByAccount.get(ACME)?.map(({ id }) => id)).to.deep.equal([1]);
    expect([...accounts.countriesByAccount]).to.deep.equal([[ACME, new Set(['GB'])]]);
  });

  it('does not look at what was not announced', async () => {
    await addExtension('1778', 51);
    await store.refresh();
    expect(hasExtension('1778')).to.equal(false);
  });

  it('keeps the decks of sheets that did not change', async () => {
    const before = new Map(current().rates.deckBySheet);
    await temp.database.orm.update(rateReleases).set({ version: 2 }).where(eq(rateReleases.id, 11));
    await bump('rates');
    await store.refresh();
    const after = current().rates.deckBySheet;
    expect(after.get(11)).not.to.equal(before.get(11));
    for (const sheet of [1, 2, 3, 12, 13]) expect(after.get(sheet)).to.equal(before.get(sheet));
  });

  it('keeps the last one while the database is away, and catches up when it is back', async () => {
    await proxy.cut();
    await within(4000, () => store.isStale);
    expect(hasExtension('1001')).to.equal(true);
    await addExtension('1779', 52);
    await bump('accounts');
    expect(hasExtension('1779')).to.equal(false);
    await proxy.mend();
    await within(4000, () => hasExtension('1779') && !store.isStale);
  });

  it('loads other areas although one cannot be read', async () => {
    await addExtension('1780', 53);
    // A row that no deck may hold; the constraints of the table would refuse it, so they are off.
    await temp.database.orm.execute('alter table rate_rows drop constraint rate_rows_prefix_check');
    await temp.database.orm.insert(rateRows).values(rateRow(95, 1, 'abc', '1'));
    await temp.database.orm.update(rateReleases).set({ version: 3 });
    await bump('rates', 'accounts');
    await within(2000, () => hasExtension('1780'));
    await within(1000, () => store.isStale);
    expect(priceAt(NOW_MS)).to.equal('0.6');
  });

  it('lets no long load keep other changes waiting', async () => {
    await temp.database.orm.transaction(async (tx) => {
      // Whoever reads the rates waits until this is over.
      await tx.execute('lock tables rate_sheets write');
      await bump('rates');
      await new Promise((resolve) => setTimeout(resolve, 150));
      await addExtension('1782', 55);
      await bump('accounts');
      await within(1000, () => hasExtension('1782')).finally(() => tx.execute('unlock tables'));
    });
    expect(store.isStale).to.equal(false);
  });

  it('stops asking when it is stopped', async () => {
    await store.stop();
    await addExtension('1781', 54);
    await bump('accounts');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(hasExtension('1781')).to.equal(false);
  });

  it('does not start without a database', async () => {
    await proxy.cut();
    const late = new SnapshotStore({ database, log: quietLog, pollMs: 50 });
    await late.start().then(
      () => expect.fail('started'),
      () => undefined,
    );
    expect(late.current).to.equal(null);
  });
});
