import { and, asc, eq, gt, gte, lt, or, sql } from 'drizzle-orm';
import type { QualityIncrement } from '../../rating/quality/counts.js';
import { addCounts } from '../../rating/quality/counts.js';
import type { Queryable } from '../client.js';
import { carrierQuality } from '../schema/index.js';

export type { QualityIncrement } from '../../rating/quality/counts.js';

/**
 * Adds up what became of attempts, in one statement. Increments of one key are merged and keys sorted
 * before, so that transactions that count for the same keys lock them in one order. Belongs in the
 * transaction that settles the legs: a leg settled once is counted once.
 */
export async function recordQuality(
  tx: Queryable,
  increments: readonly QualityIncrement[],
): Promise<void> {
  if (increments.length === 0) return;
  const add = (column: 'attempts' | 'answered' | 'talkUs' | 'pddUs' | 'pddCount') => {
    const name = sql.identifier(carrierQuality[column].name);
    return sql`${name} + values(${name})`;
  };
  await tx
    .insert(carrierQuality)
    .values([...mergeByKey(increments)])
    .onDuplicateKeyUpdate({
      set: {
        attempts: add('attempts'),
        answered: add('answered'),
        talkUs: add('talkUs'),
        pddUs: add('pddUs'),
        pddCount: add('pddCount'),
      },
    });
}

function mergeByKey(increments: readonly QualityIncrement[]): readonly QualityIncrement[] {
  const merged = new Map<string, QualityIncrement>();
  for (const increment of increments) {
    const { carrierId, gatewayId, prefix, sliceS } = increment;
    const key = `${String(carrierId)}:${String(gatewayId)}:${prefix}:${String(sliceS)}`;
    const known = merged.get(key);
    merged.set(key, known === undefined ? increment : { ...known, ...addCounts(known, increment) });
  }
  return [...merged.values()].sort(inKeyOrder);
}

/** The order of the primary key; prefixes are ASCII digits, which compare by their bytes. */
function inKeyOrder(first: QualityIncrement, second: QualityIncrement): number {
  if (first.carrierId !== second.carrierId) return first.carrierId - second.carrierId;
  if (first.gatewayId !== second.gatewayId) return first.gatewayId - second.gatewayId;
  if (first.prefix !== second.prefix) return first.prefix < second.prefix ? -1 : 1;
  return first.sliceS - second.sliceS;
}

/** Rows read at a time, so that no read holds up the calls that are decided meanwhile. */
const PAGE_ROWS = 4000;

/** What is known of one slice. */
export interface QualitySlice {
  readonly sliceS: number;
  readonly rows: readonly QualityIncrement[];
}

/**
 * Every slice that begins at `sinceS` (Unix seconds) or later and has attempts, oldest first. Read in
 * pages by the index on slices; a slice is given once, whole, as it is while its pages are read.
 */
export async function* loadQuality(db: Queryable, sinceS: number): AsyncGenerator<QualitySlice> {
  let rows: QualityIncrement[] = [];
  let after: QualityIncrement | null = null;
  for (;;) {
    const page: readonly QualityIncrement[] = await readPage(db, sinceS, after);
    for (const row of page) {
      const sliceS = rows[0]?.sliceS;
      if (sliceS !== undefined && sliceS !== row.sliceS) {
        yield { sliceS, rows };
        rows = [];
      }
      rows.push(row);
    }
    after = page.at(-1) ?? null;
    if (page.length < PAGE_ROWS) break;
  }
  const sliceS = rows[0]?.sliceS;
  if (sliceS !== undefined) yield { sliceS, rows };
}

/** The row comparison is spelled out, because servers use no index for `(a, b) > (x, y)`. */
async function readPage(
  db: Queryable,
  sinceS: number,
  after: QualityIncrement | null,
): Promise<readonly QualityIncrement[]> {
  const { sliceS, carrierId, gatewayId, prefix } = carrierQuality;
  const later =
    after === null
      ? undefined
      : or(
          gt(sliceS, after.sliceS),
          and(
            eq(sliceS, after.sliceS),
            or(
              gt(carrierId, after.carrierId),
              and(
                eq(carrierId, after.carrierId),
                or(
                  gt(gatewayId, after.gatewayId),
                  and(eq(gatewayId, after.gatewayId), gt(prefix, after.prefix)),
                ),
              ),
            ),
          ),
        );
  return db
    .select()
    .from(carrierQuality)
    .where(and(gte(sliceS, after?.sliceS ?? sinceS), later))
    .orderBy(asc(sliceS), asc(carrierId), asc(gatewayId), asc(prefix))
    .limit(PAGE_ROWS);
}

/**
 * Deletes slices that begin before `beforeS`, the oldest first, at most `limit` rows. Returns how many
 * went; fewer than the limit means that none are left.
 */
export async function purgeQuality(db: Queryable, beforeS: number, limit: number): Promise<number> {
  const [result] = await db
    .delete(carrierQuality)
    .where(lt(carrierQuality.sliceS, beforeS))
    .orderBy(asc(carrierQuality.sliceS))
    .limit(limit);
  return result.affectedRows;
}
