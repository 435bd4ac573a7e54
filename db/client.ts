import { Socket } from 'node:net';
import { drizzle } from 'drizzle-orm/mysql2';
import type { MySql2Database } from 'drizzle-orm/mysql2';
import mysql from 'mysql2';
import { transactionsOf } from './run-transaction.js';
import * as schema from './schema/index.js';

/** A handle for queries: the pool, or the transaction a use case opened. */
export type Queryable = Pick<
  MySql2Database<typeof schema>,
  'select' | 'insert' | 'update' | 'delete' | 'execute'
>;

export type Drizzle = MySql2Database<typeof schema>;

/** A result too large to be held: its rows are handed over one by one as they arrive. */
export interface Scan {
  readonly statement: string;
  readonly values: readonly (string | number)[];
  /** A row's values in the order of the statement's columns. */
  onRow(row: readonly unknown[]): void;
}

export interface Database {
  readonly orm: Drizzle;
  /**
   * Runs one statement and resolves after its last row; other work of this thread gets its turn in
   * between. What `onRow` throws ends it.
   */
  scan(scan: Scan): Promise<void>;
  /** Connections open and idle ones, for the metrics. */
  poolSize(): { open: number; idle: number };
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** `mysql://user:password@host:port/name`, or with `?socketPath=/path` for a Unix socket. */
  readonly url: string;
  readonly poolSize: number;
  readonly connectTimeoutMs?: number;
  /**
   * A connection on which a statement waits and nothing arrives for so long is given up: its
   * statement fails as one of a database that is away. Unset, statements may take their time.
   */
  readonly silenceMs?: number;
}

/** What every session must be told before its first query; see `checkServer` for the proof. */
const SESSION_SETTINGS =
  "SET SESSION time_zone = '+00:00', " +
  "sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', " +
  'innodb_lock_wait_timeout = ';

const LOCK_WAIT_S = 5;

/** A wait for a lock ends before the connection is given up: it is no sign of a lost server. */
function lockWaitS(silenceMs: number | undefined): number {
  if (silenceMs === undefined) return LOCK_WAIT_S;
  return Math.max(1, Math.min(LOCK_WAIT_S, Math.floor(silenceMs / 1000) - 1));
}

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
    queryFormat: formatQuery,
  });
  const settings = `${SESSION_SETTINGS}${String(lockWaitS(options.silenceMs))}`;
  pool.on('connection', (connection) => {
    if (options.silenceMs !== undefined) giveUpWhenSilent(connection, options.silenceMs);
    // Queued on the connection ahead of whatever it was opened for. Errors reach that next query.
    connection.query(settings, () => undefined);
    connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED', () => undefined);
  });
  const orm = Object.assign(drizzle(pool, { schema, mode: 'default' }), {
    transaction: transactionsOf(pool),
  });
  return {
    orm,
    scan: (scan) => runScan(pool, scan),
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

/** The driver searches a statement for placeholders even where it has no values: long ones have none. */
function formatQuery(statement: string, values: Parameters<typeof mysql.format>[1]): string {
  const isComplete = values === undefined || (Array.isArray(values) && values.length === 0);
  // As the driver does it itself, with the pool's time zone.
  return isComplete ? statement : mysql.format(statement, values, false, 'Z');
}

/**
 * A server that vanished without a word leaves a connection that looks alive for hours. mysql2's own
 * limit for a statement frees the statement and keeps the connection, and whatever asks next would
 * wait on it again. So the socket is watched, which costs a statement nothing: when it is silent while
 * a statement is under way, it is destroyed, and mysql2 fails what waits on it and forgets it.
 */
function giveUpWhenSilent(connection: mysql.PoolConnection, silenceMs: number): void {
  const stream: unknown = Reflect.get(connection, 'stream');
  if (!(stream instanceof Socket)) return;
  stream.setTimeout(silenceMs);
  stream.on('timeout', () => {
    // Idle connections are silent as well. mysql2 keeps the statement under way in this member.
    if (Reflect.get(connection, '_command') === undefined) return;
    const error = new Error(`database: found no answer for ${String(silenceMs)} ms`);
    stream.destroy(Object.assign(error, { code: 'ETIMEDOUT' }));
  });
}

/** Rows handled before others get their turn: a few milliseconds of work. */
const ROWS_AT_ONCE = 1000;

function runScan(pool: mysql.Pool, scan: Scan): Promise<void> {
  return new Promise((resolve, reject) => {
    pool.getConnection((error, connection) => {
      if (error === null) scanOver(connection, scan).then(resolve, reject);
      else reject(error);
    });
  });
}

/** Gives the connection back, or up when there is more of the result on its way. */
function scanOver(
  connection: mysql.PoolConnection,
  { statement, values, onRow }: Scan,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let rows = 0;
    let isOver = false;
    const finish = (failure: Error | null, isUsable: boolean): void => {
      if (isOver) return;
      isOver = true;
      connection.off('error', onLost);
      if (isUsable) connection.release();
      else connection.destroy();
      if (failure === null) resolve();
      else reject(failure);
    };
    const onLost = (thrown: Error): void => {
      finish(thrown, false);
    };
    // A statement without a callback is told of its own errors; that its connection is lost is told
    // to the connection only.
    connection.on('error', onLost);
    const query = connection.query({ sql: statement, values: [...values], rowsAsArray: true });
    query.on('result', (row: readonly unknown[]) => {
      if (isOver) return;
      try {
        onRow(row);
      } catch (thrown) {
        // There is no other way to stop a result that is on its way.
        finish(thrown instanceof Error ? thrown : new Error(String(thrown)), false);
        return;
      }
      rows += 1;
      if (rows % ROWS_AT_ONCE !== 0) return;
      connection.pause();
      setImmediate(() => {
        connection.resume();
      });
    });
    query.once('error', (thrown: Error) => {
      finish(thrown, true);
    });
    query.once('end', () => {
      finish(null, true);
    });
  });
}

/** mysql2 publishes no counters; its queues have been under these names since version 1. */
function poolCount(pool: object, queue: string): number {
  const value: unknown = Reflect.get(pool, queue);
  if (typeof value !== 'object' || value === null) return 0;
  const length: unknown = Reflect.get(value, 'length');
  return typeof length === 'number' ? length : 0;
}
