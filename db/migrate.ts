import { fileURLToPath } from 'node:url';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import mysql from 'mysql2/promise';
import { connectionOptions } from './client.js';
import { patiently, withLease } from './schema-lease.js';

/** The numbered statements, beside the sources and not in the build. */
const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../db/migrations', import.meta.url));

/**
 * "It is there already" or, for what is taken away, "it is not there": what a statement says that ran
 * but whose progress was not noted.
 */
const ALREADY_APPLIED = new Set([1050, 1060, 1061, 1062, 1091, 1359, 1826]);

/** How MariaDB says that a foreign key is there already; MySQL has 1826 for it. */
const CANNOT_CREATE = 1005;
const DUPLICATE_CONSTRAINT = 'errno: 121';

export interface MigrationResult {
  readonly applied: number;
  readonly total: number;
}

/**
 * Brings the schema up to date. DDL commits by itself on these servers, so progress is kept per
 * statement and a run that was killed goes on where it stopped. One run at a time does it; the others
 * wait and then find nothing to do.
 */
export async function migrate(url: string): Promise<MigrationResult> {
  const worker = await mysql.createConnection({ ...connectionOptions(url), timezone: 'Z' });
  try {
    await prepare(worker);
    const [rows] = await worker.query<mysql.RowDataPacket[]>("SHOW VARIABLES LIKE 'wsrep_on'");
    const isCluster = rows[0]?.['Value'] === 'ON';
    const exclusively = isCluster ? withLease : withRowLock;
    return await exclusively(url, () => applyAll(worker));
  } finally {
    await worker.end();
  }
}

/** On a server of its own: a lock that goes away with the process that held it. */
async function withRowLock<T>(url: string, work: () => Promise<T>): Promise<T> {
  const lock = await mysql.createConnection(connectionOptions(url));
  try {
    await lock.query('SET SESSION innodb_lock_wait_timeout = 300');
    await lock.beginTransaction();
    await lock.query('SELECT id FROM schema_lock WHERE id = 1 FOR UPDATE');
    const result = await work();
    await lock.rollback();
    return result;
  } finally {
    await lock.end();
  }
}

async function prepare(connection: mysql.Connection): Promise<void> {
  await connection.query(
    'CREATE TABLE IF NOT EXISTS schema_migrations (' +
      'hash char(64) NOT NULL PRIMARY KEY, statements_done int NOT NULL, finished_at datetime(3))',
  );
  await connection.query('CREATE TABLE IF NOT EXISTS schema_lock (id int NOT NULL PRIMARY KEY)');
  await patiently(() => connection.query('INSERT IGNORE INTO schema_lock (id) VALUES (1)'));
}

async function applyAll(connection: mysql.Connection): Promise<MigrationResult> {
  const migrations = readMigrationFiles({ migrationsFolder: MIGRATIONS_FOLDER });
  let applied = 0;
  for (const migration of migrations) {
    if (await applyOne(connection, migration)) applied += 1;
  }
  return { applied, total: migrations.length };
}

interface Migration {
  readonly hash: string;
  readonly sql: readonly string[];
}

async function applyOne(connection: mysql.Connection, migration: Migration): Promise<boolean> {
  await connection.execute(
    'INSERT IGNORE INTO schema_migrations (hash, statements_done) VALUES (?, 0)',
    [migration.hash],
  );
  const [rows] = await connection.execute<mysql.RowDataPacket[]>(
    'SELECT statements_done, finished_at FROM schema_migrations WHERE hash = ?',
    [migration.hash],
  );
  const progress = rows[0];
  if (progress === undefined || progress['finished_at'] !== null) return false;
  const done = Number(progress['statements_done']);
  for (let index = done; index < migration.sql.length; index += 1) {
    await applyStatement(connection, migration.sql[index] ?? '', index === done);
    await connection.execute('UPDATE schema_migrations SET statements_done = ? WHERE hash = ?', [
      index + 1,
      migration.hash,
    ]);
  }
  await connection.execute(
    'UPDATE schema_migrations SET finished_at = UTC_TIMESTAMP(3) WHERE hash = ?',
    [migration.hash],
  );
  return true;
}

async function applyStatement(
  connection: mysql.Connection,
  statement: string,
  mayBeDone: boolean,
): Promise<void> {
  try {
    await connection.query(statement);
  } catch (error) {
    if (mayBeDone && isAlreadyApplied(error)) return;
    throw error;
  }
}

function isAlreadyApplied(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const errno: unknown = Reflect.get(error, 'errno');
  if (errno === CANNOT_CREATE) return error.message.includes(DUPLICATE_CONSTRAINT);
  return typeof errno === 'number' && ALREADY_APPLIED.has(errno);
}
