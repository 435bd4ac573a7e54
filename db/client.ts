import { drizzle } from 'drizzle-orm/mysql2';
import type { MySql2Database } from 'drizzle-orm/mysql2';
import mysql from 'mysql2';
import * as schema from './schema/index.js';

/** A handle for queries: the pool, or the transaction a use case opened. */
export type Queryable = Pick<
  MySql2Database<typeof schema>,
  'select' | 'insert' | 'update' | 'delete' | 'execute'
>;

export type Drizzle = MySql2Database<typeof schema>;

export interface Database {
  readonly orm: Drizzle;
  /** Connections open and idle ones, for the metrics. */
  poolSize(): { open: number; idle: number };
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** `mysql://user:password@host:port/name`, or with `?socketPath=/path` for a Unix socket. */
  readonly url: string;
  readonly poolSize: number;
  readonly connectTimeoutMs?: number;
}

/** What every session must be told before its first query; see `checkServer` for the proof. */
const SESSION_SETTINGS =
  "SET SESSION time_zone = '+00:00', " +
  "sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', " +
  'innodb_lock_wait_timeout = 5';

/** Turns a database URL into mysql2's options; throws on anything but a mysql URL. */
export function connectionOptions(url: string): mysql.ConnectionOptions {
  const parsed = new URL(url);
  if (parsed.protocol !== 'mysql:' && parsed.protocol !== 'mariadb:') {
    throw new Error(`database url: found protocol ${parsed.protocol}, expected mysql://`);
  }
  const socketPath = parsed.searchParams.get('socketPath');
  const database = decodeURIComponent(parsed.pathname.slice(1));
  return {
    ...(socketPath === null
      ? { host: parsed.hostname, port: parsed.port === '' ? 3306 : Number(parsed.port) }
      : { socketPath }),
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    ...(database === '' ? {} : { database }),
  };
}

/**
 * Opens a pool. Sessions are UTC and strict, so a value that does not fit is an error and never a
 * silently changed one. READ COMMITTED keeps locks on the rows a transaction names and no gaps.
 */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = mysql.createPool({
    ...connectionOptions(options.url),
    connectionLimit: options.poolSize,
    maxIdle: options.poolSize,
    connectTimeout: options.connectTimeoutMs ?? 3000,
    timezone: 'Z',
    charset: 'utf8mb4_unicode_520_ci',
    supportBigNumbers: true,
    enableKeepAlive: true,
  });
  pool.on('connection', (connection) => {
    // Queued on the connection ahead of whatever it was opened for. Errors reach that next query.
    connection.query(SESSION_SETTINGS, () => undefined);
    connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED', () => undefined);
  });
  const orm = drizzle(pool, { schema, mode: 'default' });
  return {
    orm,
    poolSize: () => ({
      open: poolCount(pool, '_allConnections'),
      idle: poolCount(pool, '_freeConnections'),
    }),
    close: () =>
      new Promise((resolve) => {
        pool.end(() => {
          resolve();
        });
      }),
  };
}

/** mysql2 publishes no counters; its queues have been under these names since version 1. */
function poolCount(pool: object, queue: string): number {
  const value: unknown = Reflect.get(pool, queue);
  if (typeof value !== 'object' || value === null) return 0;
  const length: unknown = Reflect.get(value, 'length');
  return typeof length === 'number' ? length : 0;
}
