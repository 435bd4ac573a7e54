import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { Database } from '../../db/client.js';
import { migrate } from '../../db/migrate.js';
import { checkServer, isSupportedVersion } from '../../db/server-check.js';
import { openTempDatabase } from '../support/temp-database.js';
import type { TempDatabase } from '../support/temp-database.js';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

/** Everything the migrations make, as comparable text: tables, triggers, and rows they insert. */
async function describeSchema(database: Database): Promise<string> {
  const parts: string[] = [];
  for (const table of await namesOf(database, 'show tables')) {
    const [rows] = await database.orm.execute(sql.raw(`show create table \`${table}\``));
    parts.push(JSON.stringify(rows));
  }
  parts.push(...(await namesOf(database, 'show triggers')).sort());
  const [versions] = await database.orm.execute(
    sql`select area, version from config_versions order by area`,
  );
  parts.push(JSON.stringify(versions));
  return parts.join('\n').replace(/ AUTO_INCREMENT=\d+/g, '');
}

async function namesOf(database: Database, statement: string): Promise<string[]> {
  const [rows] = await database.orm.execute(sql.raw(statement));
  return (rows as unknown as Record<string, unknown>[]).map((row) => String(Object.values(row)[0]));
}

async function migrationProgress(database: Database): Promise<string> {
  const [rows] = await database.orm.execute(
    sql`select hash, statements_done, finished_at from schema_migrations order by hash`,
  );
  return JSON.stringify(rows);
}

describe('the migrations', function () {
  this.timeout(60_000);
  let temp: TempDatabase;
  let expected: string;

  beforeEach(async () => {
    temp = await openTempDatabase({ migrated: false });
  });

  afterEach(async () => {
    await temp.close();
  });

  /** What one undisturbed run makes. */
  async function undisturbed(): Promise<string> {
    const other = await openTempDatabase();
    try {
      return await describeSchema(other.database);
    } finally {
      await other.close();
    }
  }

  it('change nothing when they are applied again', async () => {
    const first = await migrate(temp.url);
    expect(first.applied).to.equal(first.total).and.to.be.greaterThan(0);
    const before = `${await describeSchema(temp.database)}${await migrationProgress(temp.database)}`;
    expect(await migrate(temp.url)).to.deep.equal({ applied: 0, total: first.total });
    const after = `${await describeSchema(temp.database)}${await migrationProgress(temp.database)}`;
    expect(after).to.equal(before);
  });

  it('apply once when two nodes start at the same time', async () => {
    expected = await undisturbed();
    const results = await Promise.all([migrate(temp.url), migrate(temp.url), migrate(temp.url)]);
    const { total } = await migrate(temp.url);
    expect(results.map((result) => result.applied).sort()).to.deep.equal([0, 0, total]);
    expect(await describeSchema(temp.database)).to.equal(expected);
  });

  it('go on where a killed run stopped, wherever that was', async () => {
    expected = await undisturbed();
    let kills = 0;
    for (let attempt = 0; attempt < 12; attempt += 1) {
      if (await migrateAndKill(temp.url, 250 + attempt * 50)) kills += 1;
      else break;
    }
    expect(kills, 'runs that were killed before they were done').to.be.greaterThan(1);
    await migrate(temp.url);
    expect(await describeSchema(temp.database)).to.equal(expected);
  });

  it('go on after a statement that ran and was not noted', async () => {
    expected = await undisturbed();
    await migrate(temp.url);
    for (const notNoted of [0, 1]) {
      await temp.database.orm.execute(
        sql`update schema_migrations set finished_at = null, statements_done = statements_done - ${notNoted}`,
      );
      await migrate(temp.url);
      expect(await describeSchema(temp.database)).to.equal(expected);
    }
  });

  it('need no more rights than those over their own schema', async () => {
    await migrate(temp.url);
    const [rows] = await temp.database.orm.execute(sql`show grants`);
    expect(JSON.stringify(rows)).to.not.match(/SUPER|ALL PRIVILEGES ON \*\.\*/);
  });
});

/** Runs the migrations in a process of their own and kills it. True when it had not finished. */
async function migrateAndKill(url: string, afterMs: number): Promise<boolean> {
  const child = spawn(process.execPath, ['dist/scripts/migrate.js'], {
    cwd: PROJECT,
    env: { ...process.env, DATABASE_URL: url },
    stdio: 'ignore',
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await Promise.race([ended, pause(afterMs)]);
  const hadFinished = child.exitCode !== null;
  child.kill('SIGKILL');
  await ended;
  return !hadFinished;
}

describe('the migrated schema', function () {
  this.timeout(60_000);
  let temp: TempDatabase;

  beforeEach(async () => {
    temp = await openTempDatabase();
  });

  afterEach(async () => {
    await temp.close();
  });

  const history: readonly [table: string, insert: readonly string[], change: string][] = [
    [
      'ledger_entries',
      [
        `insert into ledger_accounts (id, kind, owner_type, owner_id, currency)
          values (1, 'adjustment', 'account', 1, 'EUR')`,
        `insert into ledger_transactions (id, idempotency_key, kind, reference)
          values ('t', 'k', 'adjustment', 'r')`,
        `insert into ledger_entries (transaction_id, ledger_account_id, amount, currency)
          values ('t', 1, 1, 'EUR')`,
      ],
      'amount = 2',
    ],
    [
      'ledger_transactions',
      [
        `insert into ledger_transactions (id, idempotency_key, kind, reference)
          values ('t', 'k', 'adjustment', 'r')`,
      ],
      "memo = 'changed'",
    ],
    [
      'audit_entries',
      [
        `insert into audit_entries (actor, action, entity, entity_id)
          values ('a', 'b', 'c', 'd')`,
      ],
      "actor = 'changed'",
    ],
    [
      'rate_activations',
      [
        `insert into rate_sheets (id, name, currency, time_zone) values (1, 's', 'EUR', 'UTC')`,
        `insert into rate_activations (sheet_id, number, kind, effective_from)
          values (1, 1, 'rollback', '2026-01-01')`,
      ],
      'number = 2',
    ],
    [
      'exchange_rates',
      [
        `insert into exchange_rates (from_currency, to_currency, rate, effective_from)
          values ('EUR', 'USD', 1.1, '2026-01-01')`,
      ],
      'rate = 2',
    ],
  ];
  for (const [table, inserts, change] of history) {
    it(`refuses to change or delete a row of ${table}`, async () => {
      for (const insert of inserts) await temp.database.orm.execute(sql.raw(insert));
      for (const statement of [`update ${table} set ${change}`, `delete from ${table}`]) {
        expect(await refusal(temp.database, statement)).to.equal(`${table} is append-only`);
      }
    });
  }

  it('refuses an entry in another currency than that of its account', async () => {
    const [, inserts] = history[0] ?? ['', []];
    for (const insert of inserts) await temp.database.orm.execute(sql.raw(insert));
    const wrong = `insert into ledger_entries (transaction_id, ledger_account_id, amount, currency)
      values ('t', 1, 1, 'USD')`;
    expect(await refusal(temp.database, wrong)).to.contain('currency differs');
  });

  it('runs on a server and in sessions that are fit for use', async () => {
    expect(await checkServer(temp.database.orm)).to.deep.equal([]);
  });

  it('is what the schema files describe: nothing is left to generate', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ringledger-migrations-'));
    try {
      await cp(join(PROJECT, 'db/migrations'), folder, { recursive: true });
      const before = (await readdir(folder)).sort();
      const said = await generate(folder);
      const after = (await readdir(folder)).sort();
      const made = after.filter((name) => !before.includes(name));
      const statements = await Promise.all(
        made.map((name) => readFile(join(folder, name), 'utf8')),
      );
      expect(statements.join('\n'), said).to.equal('');
      expect(said).to.match(/No schema changes/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** Asks the schema tool for the migration that would bring the folder up to date. */
function generate(folder: string): Promise<string> {
  const child = spawn(
    process.execPath,
    [
      'node_modules/drizzle-kit/bin.cjs',
      'generate',
      '--dialect=mysql',
      '--schema=./dist/db/schema/index.js',
      // It puts `./` in front of what it is given.
      `--out=${relative(PROJECT, folder)}`,
    ],
    { cwd: PROJECT, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return new Promise((resolve) => child.once('close', () => resolve(said)));
}

async function refusal(database: Database, statement: string): Promise<string> {
  try {
    await database.orm.execute(sql.raw(statement));
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    return cause instanceof Error ? cause.message : String(error);
  }
  return 'accepted';
}

describe('the version check', () => {
  const cases: readonly [version: string, supported: boolean][] = [
    ['10.11.6-MariaDB-0+deb12u1', true],
    ['5.5.5-10.6.16-MariaDB-log', true],
    ['11.4.2-MariaDB', true],
    ['10.5.23-MariaDB', false],
    ['8.0.36', true],
    ['8.4.0-commercial', true],
    ['5.7.44-log', false],
  ];
  for (const [version, supported] of cases) {
    it(`${supported ? 'accepts' : 'refuses'} ${version}`, () => {
      expect(isSupportedVersion(version)).to.equal(supported);
    });
  }
});
