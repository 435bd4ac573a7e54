import { drizzle } from 'drizzle-orm/mysql2';
import type { MySql2Database } from 'drizzle-orm/mysql2';
import type mysql from 'mysql2';
import type { PoolConnection } from 'mysql2/promise';
import type * as schema from './schema/index.js';

type Drizzle = MySql2Database<typeof schema>;
type Transaction = Parameters<Parameters<Drizzle['transaction']>[0]>[0];
type TransactionConfig = Parameters<Drizzle['transaction']>[1];

/**
 * Transactions over a pool, in place of drizzle's own: that one keeps a connection for ever on which no
 * transaction could be begun, as on a database server that is up and may not work yet, and it says
 * "rollback failed" where the reason was another. A connection whose state is not certain is closed and
 * never used again.
 */
export function transactionsOf(pool: mysql.Pool): Drizzle['transaction'] {
  const promised = pool.promise();
  return async (work, config) => {
    const connection = await promised.getConnection();
    let isClean = false;
    try {
      await begin(connection, config);
      // A handle of its own for each transaction: some of what is known belongs to one of them.
      const tx: unknown = drizzle(connection);
      try {
        const result = await work(tx as Transaction);
        await connection.query('commit');
        isClean = true;
        return result;
      } catch (error) {
        isClean = await rollBack(connection);
        throw error;
      }
    } finally {
      if (isClean) connection.release();
      else connection.destroy();
    }
  };
}

async function begin(connection: PoolConnection, config: TransactionConfig): Promise<void> {
  if (config?.isolationLevel !== undefined) {
    await connection.query(`set transaction isolation level ${config.isolationLevel}`);
  }
  const traits = [
    ...(config?.withConsistentSnapshot === true ? ['with consistent snapshot'] : []),
    ...(config?.accessMode === undefined ? [] : [config.accessMode]),
  ];
  await connection.query(traits.length === 0 ? 'begin' : `start transaction ${traits.join(', ')}`);
}

/** True when the connection is free of the transaction; false when it is of no more use. */
async function rollBack(connection: PoolConnection): Promise<boolean> {
  try {
    await connection.query('rollback');
    return true;
  } catch {
    // The first error is the one to tell; a server that lost the connection rolls back by itself.
    return false;
  }
}
