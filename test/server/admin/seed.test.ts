import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { sql } from 'drizzle-orm';
import { after, before, describe, it } from 'mocha';
import { readConfigVersions } from '../../../db/repositories/config-versions.js';
import {
  accountStore,
  extensionStore,
  switchStore,
} from '../../../db/repositories/admin/stores.js';
import { findBalance, findWalletBalance } from '../../../db/views/ledger.js';
import { demoTenant } from '../../../scripts/demo/demo-tenant.js';
import { seed } from '../../../scripts/demo/seed.js';
import { systemClock } from '../../../server/clock.js';
import { a1Hash, createSecrets, sha256 } from '../../../server/secrets.js';
import { withTempDatabase } from '../../support/temp-database.js';

const TABLES = [
  'accounts',
  'api_keys',
  'audit_entries',
  'carriers',
  'dids',
  'domains',
  'extensions',
  'gateways',
  'ivr_entries',
  'ivr_menus',
  'lcr_plan_carriers',
  'lcr_plans',
  'ledger_entries',
  'ledger_transactions',
  'package_assignments',
  'package_prefixes',
  'packages',
  'rate_releases',
  'rate_rows',
  'rate_sheets',
  'switches',
];

describe('loading the demo tenant', function () {
  this.timeout(60_000);
  const temp = withTempDatabase();
  let folder = '';

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ringledger-seed-'));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const targets = () => ({
    engineUrl: 'http://127.0.0.1:8080',
    localFile: join(folder, 'data', 'local.json'),
    variablesFile: join(folder, 'vars.xml'),
  });

  const run = () => {
    const secrets = createSecrets('0e'.repeat(32));
    return seed({ database: temp().database, clock: systemClock, secrets }, demoTenant, targets());
  };

  async function counts(): Promise<Record<string, number>> {
    const found: Record<string, number> = {};
    for (const table of TABLES) {
      const [rows] = await temp().database.orm.execute(
        sql`select count(*) as total from ${sql.identifier(table)}`,
      );
      found[table] = Number((rows as unknown as { total: unknown }[])[0]?.total);
    }
    return found;
  }

  const local = () =>
    JSON.parse(readFileSync(targets().localFile, 'utf8')) as Record<string, unknown>;

  it('makes accounts, phones, prices, carriers and a switch, with an audit entry for each', async () => {
    const done = await run();
    expect(done).to.include('account ACME').and.to.include('extension 1001@acme.example');
    const { orm } = temp().database;
    const acme = await accountStore.findBy(orm, { code: 'ACME' });
    const reseller = await accountStore.findBy(orm, { code: 'RESELLER' });
    expect(acme?.parentId).to.equal(reseller?.id);
    expect((await findBalance(orm, acme?.id ?? 0))?.balance).to.equal('50.000000');
    expect((await findBalance(orm, reseller?.id ?? 0))?.balance).to.equal('1000.000000');
    const phone = await extensionStore.findBy(orm, { number: '1001' });
    expect(phone?.a1Hash).to.equal(a1Hash('1001', 'acme.example', 'pw1001'));
    const apprentice = await extensionStore.findBy(orm, { number: '2002' });
    expect((await findWalletBalance(orm, apprentice?.id ?? 0))?.balance).to.equal('5.000000');
    const made = await counts();
    expect(made['package_assignments']).to.equal(1);
    expect(made['gateways']).to.equal(3);
    expect(made['dids']).to.equal(3);
    expect(made['audit_entries']).to.be.greaterThan(20);
  });

  it('writes down the credentials that work, for their owner only', async () => {
    const access = local();
    expect(statSync(targets().localFile).mode & 0o777).to.equal(0o600);
    expect(statSync(targets().variablesFile).mode & 0o777).to.equal(0o600);
    const row = await switchStore.findBy(temp().database.orm, { name: 'fs1' });
    expect(sha256(String(access['freeswitchPassword']))).to.equal(row?.httpPasswordHash);
    expect(access).to.deep.include({ freeswitchUser: 'fs1', eslHost: '127.0.0.1', eslPort: 8021 });
    expect(access['phones']).to.deep.equal([
      { user: '1001', domain: 'acme.example', password: 'pw1001' },
      { user: '1002', domain: 'acme.example', password: 'pw1002' },
      { user: '2001', domain: 'shop.example', password: 'pw2001' },
      { user: '2002', domain: 'shop.example', password: 'pw2002' },
    ]);
    const variables = readFileSync(targets().variablesFile, 'utf8');
    expect(variables).to.include(`rl_xml_credentials=fs1:${String(access['freeswitchPassword'])}"`);
    expect(variables).to.include('rl_xml_url=http://127.0.0.1:8080/freeswitch/xml"');
  });

  it('changes nothing the second time', async () => {
    const rows = await counts();
    const versions = await readConfigVersions(temp().database.orm);
    const file = readFileSync(targets().localFile, 'utf8');
    expect(await run()).to.deep.equal([]);
    expect(await counts()).to.deep.equal(rows);
    expect(await readConfigVersions(temp().database.orm)).to.deep.equal(versions);
    expect(readFileSync(targets().localFile, 'utf8')).to.equal(file);
  });

  it('makes new credentials when the local file was lost, and ends the old key', async () => {
    const before = local();
    rmSync(targets().localFile);
    const done = await run();
    expect(done.slice(0, 2)).to.deep.equal(['new HTTP password of switch fs1', 'API key demo']);
    const after = local();
    expect(after['apiKey']).to.not.equal(before['apiKey']);
    expect(after['eslPassword']).to.equal(before['eslPassword']);
    const [rows] = await temp().database.orm.execute(
      sql`select status from api_keys where key_hash = ${sha256(String(before['apiKey']))}`,
    );
    expect(rows).to.deep.include({ status: 'revoked' });
    expect(await run()).to.deep.equal([]);
  });

  it('finishes what an interrupted run began', async () => {
    await temp().database.orm.execute(sql`delete from dids`);
    await temp().database.orm.execute(sql`delete from extensions where number = '1002'`);
    expect(await run()).to.deep.equal([
      'extension 1002@acme.example',
      'DID 972365987456',
      'DID 972365987457',
      'DID 442079460123',
    ]);
  });
});
