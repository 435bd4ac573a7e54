import { sql } from 'drizzle-orm';
import type { Queryable } from './client.js';

interface ServerFacts extends Record<string, unknown> {
  readonly version: string;
  readonly mode: string;
  readonly zone: string;
}

/**
 * Proves at start what the rest of the engine takes for granted: a server that is new enough, strict
 * and in UTC. Returns every problem found; empty means fit for use.
 */
export async function checkServer(db: Queryable): Promise<readonly string[]> {
  const [rows] = await db.execute(
    sql`select version() as version, @@session.sql_mode as mode, @@session.time_zone as zone`,
  );
  const facts = (rows as unknown as ServerFacts[])[0];
  if (facts === undefined) return ['the database did not answer a question about itself'];
  const problems: string[] = [];
  if (!isSupportedVersion(facts.version)) {
    problems.push(`database version: found ${facts.version}, expected MariaDB 10.6 or MySQL 8.0`);
  }
  if (!facts.mode.includes('STRICT_ALL_TABLES')) {
    problems.push(`sql_mode: found ${facts.mode}, expected STRICT_ALL_TABLES in it`);
  }
  if (facts.zone !== '+00:00') {
    problems.push(`session time zone: found ${facts.zone}, expected +00:00`);
  }
  return problems;
}

/** MariaDB says so in its version string, sometimes behind a `5.5.5-` prefix for old clients. */
export function isSupportedVersion(version: string): boolean {
  const bare = version.replace(/^5\.5\.5-/, '');
  const [major = 0, minor = 0] = bare.split('.').map(Number);
  if (/mariadb/i.test(bare)) return major > 10 || (major === 10 && minor >= 6);
  return major >= 8;
}
