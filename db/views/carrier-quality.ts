import { and, asc, eq, gte, like, sql } from 'drizzle-orm';
import type { Queryable } from '../client.js';
import { carrierQuality } from '../schema/index.js';

export interface QualitySumsQuery {
  /** Unix seconds. */
  readonly sinceS: number;
  readonly carrierId?: number;
  readonly gatewayId?: number;
  /** Digits the counted prefixes begin with; at most five. */
  readonly prefix?: string;
  /** How many digits sums are made by, 0 to 5. */
  readonly digits: number;
  readonly limit: number;
}

export interface QualitySums {
  readonly carrierId: number;
  readonly gatewayId: number;
  readonly prefix: string;
  readonly attempts: number;
  readonly answered: number;
  readonly talkUs: number;
  readonly pddUs: number;
  readonly pddCount: number;
}

/** What became of attempts since an instant, summed by carrier, gateway and first digits. */
export async function sumQuality(
  db: Queryable,
  query: QualitySumsQuery,
): Promise<readonly QualitySums[]> {
  const table = carrierQuality;
  const prefix = sql<string>`left(${table.prefix}, ${query.digits})`;
  const sum = (column: 'attempts' | 'answered' | 'talkUs' | 'pddUs' | 'pddCount') =>
    sql`sum(${table[column]})`.mapWith(Number);
  return db
    .select({
      carrierId: table.carrierId,
      gatewayId: table.gatewayId,
      prefix: prefix.as('summed_prefix'),
      attempts: sum('attempts'),
      answered: sum('answered'),
      talkUs: sum('talkUs'),
      pddUs: sum('pddUs'),
      pddCount: sum('pddCount'),
    })
    .from(table)
    .where(
      and(
        gte(table.sliceS, query.sinceS),
        query.carrierId === undefined ? undefined : eq(table.carrierId, query.carrierId),
        query.gatewayId === undefined ? undefined : eq(table.gatewayId, query.gatewayId),
        query.prefix === undefined ? undefined : like(table.prefix, `${query.prefix}%`),
      ),
    )
    .groupBy(table.carrierId, table.gatewayId, sql`summed_prefix`)
    .orderBy(asc(table.carrierId), asc(table.gatewayId), sql`summed_prefix`)
    .limit(query.limit);
}
