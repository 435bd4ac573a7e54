import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { openDatabase } from '../../db/client.js';
import type { Database } from '../../db/client.js';
import { migrate } from '../../db/migrate.js';
import { countClaims, insertClaims, lockResources } from '../../db/repositories/channel-claims.js';
import { inTransaction } from '../../db/transaction.js';
import { freePort, until } from '../freeswitch/support/ports.js';
import { expectCorrectBooks, purseOf } from '../support/books.js';
import { fund } from '../support/use-world.js';
import { ACME } from '../support/world.js';
import { ClusterEngine } from './support/engine.js';
import { GaleraCluster, whatIsMissing } from './support/galera.js';
import type { Rejoin } from './support/galera.js';
import { openRunFolder } from './support/run-folder.js';
import { LIMITED, makeTenant, PAYERS } from './support/tenant.js';
import { TestSwitch } from './support/traffic.js';
import {
  chargedLegs,
  checksums,
  mostAtOnce,
  tablesWithoutKey,
  unfinished,
  wrongLegs,
} from './support/truth.js';

const SERVERS = 3;
const CALLS_PER_SECOND = 5;

describe('A cluster of three databases and two engines', function () {
  this.timeout(240_000);
  this.bail(true);
  const missing = whatIsMissing();
  const folder = openRunFolder();
  const cluster = new GaleraCluster(folder.path);
  const databases: Database[] = [];
  const engines: ClusterEngine[] = [];
  const switches: TestSwitch[] = [];
  let rejoin: Rejoin | undefined;
  const legs = () => switches.flatMap((one) => one.legs);
  const databaseOf = (index: number): Database => itemOf(databases, index);

  before(async () => {
    if (missing !== null) throw new Error(missing);
    await cluster.start(SERVERS);
  });

  after(async () => {
    await Promise.all(switches.map((one) => one.close()));
    await Promise.all(engines.map((engine) => engine.kill()));
    await Promise.all(databases.map((database) => database.close()));
    await cluster.stop();
    folder.remove();
  });

  it('migrates once when two nodes begin at the same time on different databases', async () => {
    const results = await Promise.all([migrate(cluster.url(0)), migrate(cluster.url(1))]);
    const [first] = results;
    expect(results.map(({ applied }) => applied).sort()).to.deep.equal([0, first.total]);
    for (let index = 0; index < SERVERS; index += 1) {
      databases.push(openDatabase({ url: cluster.url(index), poolSize: 4 }));
    }
  });

  it('has a primary key on every table', async () => {
    expect(await tablesWithoutKey(databaseOf(0))).to.deep.equal([]);
  });

  it('gives the last channel to one of two nodes that want it at once', async () => {
    for (let round = 0; round < 20; round += 1) {
      const resourceId = 9000 + round;
      const won = await Promise.all(
        [0, 1, 2].map((index) => claimLast(databaseOf(index), resourceId, index)),
      );
      expect(won.filter(Boolean), `round ${String(round)}`).to.have.length(1);
    }
    await databaseOf(0).orm.execute('delete from channel_claims');
  });

  it('goes on with calls while a database and then an engine are killed and come back', async () => {
    await startNodes();
    const placing = switches.map((one) => one.place(CALLS_PER_SECOND));
    await pause(6000);
    await cluster.kill(0);
    await pause(9000);
    // Written to the third database, while calls of this account are paid for on the second.
    await fund(databaseOf(2), ACME, '3');
    rejoin = await cluster.restart(0);
    await pause(4000);
    await itemOf(engines, 1).kill();
    await pause(5000);
    await itemOf(engines, 1).start();
    await pause(8000);
    const finished = switches.map((one) => one.finish());
    await Promise.all([...placing, ...finished]);
    expect(switches.map((one) => one.recordsLost)).to.deep.equal([0, 0]);
    expect(chargedLegs(legs()).length, 'answered legs').to.be.greaterThan(60);
  });

  it('ends every call and gives everything back', async () => {
    await until(
      'the last call to be over',
      async () => {
        const left = await unfinished(databaseOf(1));
        if (left.length > 0) throw new Error(left.slice(0, 5).join(', '));
        return true;
      },
      90_000,
    );
  });

  it('settled every answered leg once, for exactly what it costs', async () => {
    expect(await wrongLegs(databaseOf(1), legs())).to.deep.equal([]);
  });

  it('took no more calls over the limited gateway than it has channels', () => {
    expect(mostAtOnce(legs(), LIMITED.gateway)).to.equal(LIMITED.channels);
  });

  it('let no account spend more than it had', async () => {
    for (const payer of PAYERS) {
      const { balance, held } = await purseOf(databaseOf(1), payer);
      expect(Number(balance), `account ${String(payer)}`).to.be.at.least(0);
      expect(held).to.equal('0.000000');
    }
  });

  it('has correct books on every database, and the same everywhere', async () => {
    expect(rejoin, 'how the killed database came back').to.equal('incremental');
    // What the engines write by the clock stops with them.
    await Promise.all(engines.map((engine) => engine.stop()));
    for (let index = 0; index < SERVERS; index += 1) await expectCorrectBooks(databaseOf(index));
    const expected = await checksums(databaseOf(1));
    await until('the databases to agree', async () => {
      const all = await Promise.all(databases.map(checksums));
      return all.every((one) => one === expected) ? true : null;
    });
  });

  async function startNodes(): Promise<void> {
    const eslPorts: [number, number] = [await freePort(), await freePort()];
    await makeTenant(databaseOf(0), eslPorts);
    for (const index of [0, 1]) {
      const engine = new ClusterEngine({
        name: `engine${String(index)}`,
        databaseUrl: cluster.url(index),
        port: await freePort(),
        folder: folder.path,
      });
      engines.push(engine);
      const one = new TestSwitch(index, engine.url);
      switches.push(one);
      await one.listen(eslPorts[index] ?? 0);
    }
    await Promise.all(engines.map((engine) => engine.start()));
    await until('both engines to listen to both switches', async () => {
      await pause(0);
      return switches.every((one) => one.listeners === engines.length) ? true : null;
    });
  }
});

/** As the hold transaction does it: lock, count, claim when there is room for one more. */
async function claimLast(database: Database, resourceId: number, index: number): Promise<boolean> {
  const resource = { resource: 'gateway', resourceId } as const;
  return inTransaction(database, async (tx) => {
    await lockResources(tx, [resource]);
    const [use] = await countClaims(tx, [resource], 0);
    // Longer than the way to the other servers takes.
    await pause(20);
    if ((use?.open ?? 1) > 0) return false;
    const callId = `0000000${String(index)}-0000-4000-8000-${String(resourceId).padStart(12, '0')}`;
    await insertClaims(tx, [{ ...resource, callId, createdUs: 1 }]);
    return true;
  });
}

function itemOf<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`item ${String(index)}: there is none`);
  return item;
}
