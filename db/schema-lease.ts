import { randomUUID } from 'node:crypto';
import mysql from 'mysql2/promise';
import { connectionOptions } from './client.js';
import { isRetryable } from './transaction.js';

/** A run that was killed holds the others up for so long. */
const LEASE_S = 30;
const RENEW_MS = 5000;
const LOOK_MS = 250;
/** Five minutes of them. */
const MOST_LOOKS = 1200;

/**
 * Runs `work` while no other run on any server of a Galera cluster does. Such a cluster keeps row locks
 * to the server they were taken on, so the right to work is a written row: of two that write it, one is
 * refused. @throws Error when others held it for five minutes.
 */
export async function withLease<T>(url: string, work: () => Promise<T>): Promise<T> {
  const connection = await mysql.createConnection(connectionOptions(url));
  const owner = randomUUID();
  try {
    await connection.query(
      'CREATE TABLE IF NOT EXISTS schema_lease ' +
        '(id int NOT NULL PRIMARY KEY, owner char(36) NOT NULL, until_at datetime(3) NOT NULL)',
    );
    await patiently(() =>
      connection.query("INSERT IGNORE INTO schema_lease VALUES (1, '', UTC_TIMESTAMP(3))"),
    );
    await takeLease(connection, owner);
    return await renewingLease(connection, owner, work);
  } finally {
    await connection.end();
  }
}

async function takeLease(connection: mysql.Connection, owner: string): Promise<void> {
  const isFree = 'until_at < UTC_TIMESTAMP(3)';
  for (let looks = 1; !(await writeLease(connection, owner, isFree, LEASE_S)); looks += 1) {
    if (looks >= MOST_LOOKS) throw new Error('migrations: another run has not ended in 300 s');
    await pause(LOOK_MS);
  }
}

async function renewingLease<T>(
  connection: mysql.Connection,
  owner: string,
  work: () => Promise<T>,
): Promise<T> {
  const isOurs = `owner = ${connection.escape(owner)}`;
  let renewal: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    // One that fails is tried again by the next; the lease is several of them long.
    renewal = writeLease(connection, owner, isOurs, LEASE_S).catch(() => undefined);
  }, RENEW_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await renewal;
    await writeLease(connection, owner, isOurs, 0);
  }
}

/** True when the row was as expected and is written now, on every server. */
async function writeLease(
  connection: mysql.Connection,
  owner: string,
  expected: string,
  seconds: number,
): Promise<boolean> {
  const [result] = await patiently(() =>
    connection.query<mysql.ResultSetHeader>(
      'UPDATE schema_lease SET owner = ?, ' +
        'until_at = TIMESTAMPADD(SECOND, ?, UTC_TIMESTAMP(3)) ' +
        `WHERE id = 1 AND ${expected}`,
      [owner, seconds],
    ),
  );
  return result.affectedRows === 1;
}

/** Says a statement that is a transaction of its own again, when it lost to another server's. */
export async function patiently<T>(statement: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await statement();
    } catch (error) {
      if (!isRetryable(error)) throw error;
      await pause(LOOK_MS);
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
