import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { sql } from 'drizzle-orm';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { migrate } from '../../db/migrate.js';
import { openTempDatabase } from '../support/temp-database.js';
import type { TempDatabase } from '../support/temp-database.js';

const MIGRATIONS = fileURLToPath(new URL('../../../db/migrations', import.meta.url));
/** Migrations of the first version, whose data the later ones carry over. */
const FIRST_VERSION = 2;

const RATE = (sheetId: number, releaseId: number, id: number) => ({
  terms: { sheetId },
  row: { releaseId, id },
});

const DECISION = {
  operatorAccountId: 1,
  payers: [
    { accountId: 3, sellerAccountId: 2, currency: 'EUR', rate: RATE(1, 11, 101) },
    { accountId: 2, sellerAccountId: 1, currency: 'EUR', rate: RATE(2, 12, 102) },
  ],
  routes: [
    { carrierId: 7, currency: 'USD', rate: RATE(3, 13, 103) },
    { carrierId: 8, currency: 'EUR', rate: RATE(4, 14, 104) },
  ],
};

/** A sheet with two activated releases and a draft; a call a reseller's customer made by carrier 8. */
const ROWS: readonly string[] = [
  `insert into rate_sheets (id, name, currency, time_zone) values (1, 'retail', 'EUR', 'UTC')`,
  `insert into rate_releases (id, sheet_id, number, status, effective_from, activated_at) values
    (11, 1, 1, 'active', '2026-01-01', '2025-12-31'), (21, 1, 2, 'active', '2026-02-01', '2026-01-31'),
    (31, 1, 3, 'draft', '2026-03-01', null)`,
  `insert into rate_rows (release_id, prefix, rate_per_minute) values (11, '44', 0.01)`,
  `insert into calls (id, decision_key, switch_id, core_uuid, a_leg_uuid, direction, caller_number,
     dialled, destination, state, created_us, expires_us, decision)
   values ('call', 'key', 1, 'core', 'a', 'outbound', '1001', '44', '44', 'settled', 5000, 0,
     '${JSON.stringify(DECISION)}')`,
  `insert into ledger_accounts (id, kind, owner_type, owner_id, currency) values
    (1, 'client_credit', 'account', 3, 'EUR'), (2, 'client_credit', 'account', 2, 'EUR')`,
  `insert into ledger_transactions (id, idempotency_key, kind, reference) values ('t', 'k', 'call', 'leg')`,
  `insert into ledger_entries (transaction_id, ledger_account_id, amount, currency) values
    ('t', 1, -0.5, 'EUR'), ('t', 2, -0.25, 'EUR')`,
  `insert into legs (leg_uuid, call_id, switch_id, core_uuid, kind, route_index, carrier_id, destination,
     caller_number, state, start_us, bill_us, price, currency, cost, cost_currency, source, transaction_id)
   values ('leg', 'call', 1, 'core', 'carrier', 1, 8, '44', '1001', 'settled', 6000, 30000000, 0.5, 'EUR',
     0.125, 'EUR', 'esl', 't')`,
];

describe('an upgrade from the first version', function () {
  this.timeout(60_000);
  let temp: TempDatabase;

  beforeEach(async () => {
    temp = await openTempDatabase({ migrated: false });
    await applyFirstVersion();
    for (const statement of ROWS) await run(statement);
    await migrate(temp.url);
  });

  afterEach(async () => {
    await temp.close();
  });

  async function run(statement: string): Promise<readonly Record<string, unknown>[]> {
    const [rows] = await temp.database.orm.execute(sql.raw(statement));
    return rows as unknown as Record<string, unknown>[];
  }

  async function applyFirstVersion(): Promise<void> {
    await run(`create table schema_migrations (hash char(64) not null primary key,
      statements_done int not null, finished_at datetime(3))`);
    const migrations = readMigrationFiles({ migrationsFolder: MIGRATIONS });
    for (const migration of migrations.slice(0, FIRST_VERSION)) {
      for (const statement of migration.sql) await run(statement);
      await run(`insert into schema_migrations
        values ('${migration.hash}', ${String(migration.sql.length)}, utc_timestamp(3))`);
    }
  }

  it('keeps every activated release in force from its instant on', async () => {
    const rows = await run(
      `select sheet_id, number, release_id, kind, date_format(effective_from, '%Y-%m-%d') day
       from rate_activations order by number`,
    );
    expect(rows.map((row) => Object.values(row))).to.deep.equal([
      [1, 1, 11, 'activation', '2026-01-01'],
      [1, 2, 21, 'activation', '2026-02-01'],
    ]);
  });

  it('knows of every settled leg what each payer and the carrier were charged, and by which row', async () => {
    const rows = await run(
      `select role, party_id, counterpart_id, level, sheet_id, release_id, row_id, currency, amount, start_us
       from leg_charges order by role, level`,
    );
    expect(rows.map((row) => Object.values(row).map(String))).to.deep.equal([
      ['payer', '3', '2', '0', '1', '11', '101', 'EUR', '0.500000', '5000'],
      ['payer', '2', '1', '1', '2', '12', '102', 'EUR', '0.250000', '5000'],
      ['carrier', '8', '1', '0', '4', '14', '104', 'EUR', '0.125000', '5000'],
    ]);
  });

  it('leaves rows and prices as they were', async () => {
    const rows = await run('select prefix, rate_per_minute, window_key, grace_s from rate_rows');
    expect(rows).to.deep.equal([
      { prefix: '44', rate_per_minute: '0.01000000', window_key: '', grace_s: null },
    ]);
  });
});
