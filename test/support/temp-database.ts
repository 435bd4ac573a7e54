import { randomBytes } from 'node:crypto';
import { after, before } from 'mocha';
import mysql from 'mysql2/promise';
import { connectionOptions, openDatabase } from '../../db/client.js';
import type { Database } from '../../db/client.js';
import { migrate } from '../../db/migrate.js';

export interface TempDatabase {
  /** Names a schema of its own, so a second pool or an engine can be started on it. */
  readonly url: string;
  readonly database: Database;
  /** Closes the pool and drops the schema. */
  close(): Promise<void>;
}

export interface TempDatabaseOptions {
  readonly poolSize?: number;
  /** False leaves the schema empty, for tests of the migrations themselves. */
  readonly migrated?: boolean;
}

/**
 * Makes a fresh schema on the real server that TEST_DATABASE_URL names and opens it. Tests against a
 * database never run without one: a missing address is a failure, not a skip.
 */
export async function openTempDatabase(options: TempDatabaseOptions = {}): Promise<TempDatabase> {
  const server = serverUrl();
  const name = `rl_test_${randomBytes(8).toString('hex')}`;
  await onServer(server, `CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  const url = withDatabase(server, name);
  if (options.migrated !== false) await migrate(url);
  const database = openDatabase({ url, poolSize: options.poolSize ?? 4 });
  const close = async (): Promise<void> => {
    await database.close();
    await onServer(server, `DROP DATABASE IF EXISTS ${name}`);
  };
  return { url, database, close };
}

/**
 * One schema for the surrounding `describe`: made before its first test, dropped after its last. The
 * returned function gives it to the tests.
 */
export function withTempDatabase(options: TempDatabaseOptions = {}): () => TempDatabase {
  let current: TempDatabase | undefined;
  before(async function () {
    this.timeout(60_000);
    current = await openTempDatabase(options);
  });
  after(async function () {
    this.timeout(30_000);
    await current?.close();
    current = undefined;
  });
  return () => {
    if (current === undefined) throw new Error('the temporary database is open inside tests only');
    return current;
  };
}

/** Tables that calls and payments write. Three of them refuse DELETE, and none has many rows. */
const TRAFFIC_TABLES = [
  'ledger_entries',
  'ledger_transactions',
  'ledger_balances',
  'ledger_accounts',
  'audit_entries',
  'cdr_inbox',
  'holds',
  'account_days',
  'allowance_buckets',
  'allowance_holds',
  'leg_corrections',
  'reratings',
  'leg_charges',
  'channel_claims',
  'carrier_quality',
  'legs',
  'calls',
];

/**
 * Takes back all that calls and payments left in a schema; its configuration stays. Far quicker than
 * a new schema. Handles that remember ids of ledger accounts have to be opened anew.
 */
export async function emptyTraffic(url: string): Promise<void> {
  const connection = await mysql.createConnection(connectionOptions(url));
  try {
    await connection.query('SET SESSION foreign_key_checks = 0');
    for (const table of TRAFFIC_TABLES) await connection.query(`TRUNCATE TABLE ${table}`);
  } finally {
    await connection.end();
  }
}

/** Runs one statement on a connection of its own, for what the pool's sessions may not do. */
export async function runStatement(url: string, statement: string): Promise<void> {
  await onServer(url, statement);
}

function serverUrl(): string {
  const url = process.env['TEST_DATABASE_URL'];
  if (url === undefined || url === '') {
    throw new Error(
      'TEST_DATABASE_URL is not set: database tests need a real MariaDB or MySQL. ' +
        './scripts/test starts one; to run mocha by hand set it to a server where schemas may ' +
        'be created, such as mysql://root@localhost/?socketPath=/path/to/mysql.sock',
    );
  }
  return url;
}

function withDatabase(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.toString();
}

async function onServer(url: string, statement: string): Promise<void> {
  const connection = await mysql.createConnection(connectionOptions(url));
  try {
    await connection.query(statement);
  } finally {
    await connection.end();
  }
}
