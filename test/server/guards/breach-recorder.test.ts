import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { openDatabase } from '../../../db/client.js';
import type { Database } from '../../../db/client.js';
import { readConfigVersions } from '../../../db/repositories/config-versions.js';
import { accountCountries, notices } from '../../../db/schema/index.js';
import type { GuardEvent } from '../../../server/calls/call-plan.js';
import { BreachRecorder } from '../../../server/guards/breach-recorder.js';
import { openDatabaseProxy } from '../../support/database-proxy.js';
import type { DatabaseProxy } from '../../support/database-proxy.js';
import { FakeClock } from '../../support/fake-clock.js';
import { quietLog } from '../../support/quiet-log.js';
import { withTempDatabase } from '../../support/temp-database.js';
import { insertWorld, snapshotOf } from '../../support/use-world.js';
import { ACME, BETA, buildWorld } from '../../support/world.js';
import { patch } from '../calls/planning.js';

const breach = (over: Partial<GuardEvent> = {}): GuardEvent => ({
  kind: 'breach',
  accountId: ACME,
  rule: 'price_too_high',
  day: '2026-11-22',
  detail: { destination: '447700900123', ceiling: '0.1' },
  ...over,
});

const alert = (country: string, over: Partial<GuardEvent> = {}): GuardEvent =>
  breach({ kind: 'alert', rule: 'new_country', country, detail: { country }, ...over });

describe('recording what guards found', () => {
  const temp = withTempDatabase();
  const world = buildWorld();
  world.accounts = patch(world.accounts, { [ACME]: { noticeEmail: 'noc@acme.example' } });
  const { accounts } = snapshotOf(world);
  let proxy: DatabaseProxy;
  let database: Database;
  let recorder: BreachRecorder;

  before(async () => {
    await insertWorld(temp().database, world);
  });

  const another = () => new BreachRecorder({ database, clock: new FakeClock(), log: quietLog });

  beforeEach(async () => {
    await temp().database.orm.delete(notices);
    await temp().database.orm.delete(accountCountries);
    proxy = await openDatabaseProxy(temp().url);
    database = openDatabase({ url: proxy.url, poolSize: 2 });
    recorder = another();
  });

  afterEach(async () => {
    await recorder.stop();
    await database.close();
    await proxy.close();
  });

  const told = async () =>
    (await temp().database.orm.select().from(notices)).map(({ occasion }) => occasion).sort();

  const version = async () => (await readConfigVersions(temp().database.orm)).get('accounts') ?? 0;

  it('tells an account of a rule once a day, however often and wherever it is broken', async () => {
    const other = another();
    for (let call = 0; call < 5; call += 1) {
      recorder.add([breach()], accounts);
      other.add([breach()], accounts);
      await Promise.all([recorder.flush(), other.flush()]);
    }
    recorder.add([breach({ day: '2026-11-23' }), breach({ accountId: BETA })], accounts);
    recorder.add([breach({ rule: 'night_rule' })], accounts);
    await recorder.flush();
    expect(await told()).to.deep.equal([
      'guard:3:night_rule:2026-11-22',
      'guard:3:price_too_high:2026-11-22',
      'guard:3:price_too_high:2026-11-23',
      'guard:4:price_too_high:2026-11-22',
    ]);
  });

  it('says what was broken, to the address of the account', async () => {
    recorder.add([breach()], accounts);
    await recorder.flush();
    const [notice] = await temp().database.orm.select().from(notices);
    expect(notice).to.include({
      kind: 'guard_breach',
      accountId: ACME,
      recipient: 'noc@acme.example',
      state: 'pending',
    });
    expect(notice?.payload).to.deep.equal({
      rule: 'price_too_high',
      day: '2026-11-22',
      account: 'Account 3',
      destination: '447700900123',
      ceiling: '0.1',
    });
  });

  it('notes a country that was called, tells of it once, and tells the nodes', async () => {
    const earlier = await version();
    recorder.add([alert('JM'), alert('JM', { day: '2026-11-23' }), alert('GB')], accounts);
    await recorder.flush();
    recorder.add([alert('JM')], accounts);
    await recorder.flush();
    expect(await told()).to.deep.equal([
      'guard:3:new_country:called:GB',
      'guard:3:new_country:called:JM',
    ]);
    const rows = await temp().database.orm.select().from(accountCountries);
    expect(rows.map(({ country, source }) => `${country} ${source}`)).to.have.members([
      'GB called',
      'JM called',
    ]);
    expect(await version()).to.equal(earlier + 1);
  });

  it('notes no country that was refused', async () => {
    const earlier = await version();
    recorder.add([alert('JM', { kind: 'breach' })], accounts);
    await recorder.flush();
    expect(await told()).to.deep.equal(['guard:3:new_country:2026-11-22']);
    expect(await temp().database.orm.select().from(accountCountries)).to.have.lengthOf(0);
    expect(await version()).to.equal(earlier);
  });

  it('waits for a database that is away', async function () {
    this.timeout(15_000);
    await proxy.cut();
    recorder.add([breach(), alert('GB')], accounts);
    await recorder.flush();
    expect(recorder.waiting).to.equal(2);
    await proxy.mend();
    const deadline = Date.now() + 10_000;
    while (recorder.waiting > 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(await told()).to.have.lengthOf(2);
  });

  it('keeps a bounded number of them meanwhile', async () => {
    await proxy.cut();
    const days = Array.from({ length: 6000 }, (_, day) => breach({ day: String(day) }));
    recorder.add(days, accounts);
    expect(recorder.waiting).to.be.at.most(5000);
    await recorder.stop();
    await proxy.mend();
  });
});
