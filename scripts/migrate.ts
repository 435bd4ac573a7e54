import process from 'node:process';
import { openDatabase } from '../db/client.js';
import { migrate } from '../db/migrate.js';
import { checkServer } from '../db/server-check.js';
import { ConfigError, loadSettings } from '../server/config.js';

/**
 * Brings the database of the settings up to date. Safe to repeat, to interrupt and to run from
 * several nodes at once. Usage: node dist/scripts/migrate.js
 */
async function main(): Promise<number> {
  const { databaseUrl } = loadSettings(process.env, ['databaseUrl']);
  const database = openDatabase({ url: databaseUrl, poolSize: 1, connectTimeoutMs: 10_000 });
  try {
    const problems = await checkServer(database.orm);
    if (problems.length > 0) throw new Error(problems.join('\n  '));
  } finally {
    await database.close();
  }
  const { applied, total } = await migrate(databaseUrl);
  console.log(
    applied === 0
      ? `the schema is up to date (${total} migrations)`
      : `applied ${applied} of ${total} migrations`,
  );
  return 0;
}

/** drizzle wraps the driver's error, and the driver's is the one that says what is wrong. */
function reason(error: unknown): string {
  if (error instanceof ConfigError || !(error instanceof Error)) return String(error);
  if (error.cause !== undefined) return reason(error.cause);
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' ? `${error.message} (${code})` : error.message;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`error: database: ${reason(error)}`);
  process.exitCode = 1;
}
