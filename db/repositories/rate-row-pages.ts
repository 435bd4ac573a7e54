import { and, asc, eq, gt, gte, inArray, or } from 'drizzle-orm';
import type { RateRow } from '../../rating/deck/types.js';
import type { Queryable } from '../client.js';
import { fromDbRateRow } from '../mapping/rate-rows.js';
import { rateRows } from '../schema/index.js';

/** Where a walk through a release stands: its unique key. */
interface RowPosition {
  readonly prefix: string;
  readonly priority: number;
  readonly windowKey: string;
}

interface RowPage {
  readonly rows: readonly RateRow[];
  /** Null behind the last page. */
  readonly next: RowPosition | null;
}

/** All rows of a release by prefix, priority and window, `pageRows` at a time. */
export async function* readRatePages(
  db: Queryable,
  releaseId: number,
  pageRows: number,
): AsyncGenerator<readonly RateRow[], void> {
  let after: RowPosition | null = null;
  do {
    const page: RowPage = await readRatePage(db, releaseId, after, pageRows);
    if (page.rows.length > 0) yield page.rows;
    after = page.next;
  } while (after !== null);
}

async function readRatePage(
  db: Queryable,
  releaseId: number,
  after: RowPosition | null,
  limit: number,
): Promise<RowPage> {
  const found = await db
    .select()
    .from(rateRows)
    .where(and(eq(rateRows.releaseId, releaseId), after === null ? undefined : behind(after)))
    .orderBy(asc(rateRows.prefix), asc(rateRows.priority), asc(rateRows.windowKey))
    .limit(limit);
  const last = found.at(-1);
  return {
    rows: found.map(fromDbRateRow),
    next: found.length < limit || last === undefined ? null : positionOf(last),
  };
}

/** The prefix bounds the range that the index is read from; the rest only leaves out what was read. */
function behind({ prefix, priority, windowKey }: RowPosition) {
  return and(
    gte(rateRows.prefix, prefix),
    or(
      gt(rateRows.prefix, prefix),
      gt(rateRows.priority, priority),
      and(eq(rateRows.priority, priority), gt(rateRows.windowKey, windowKey)),
    ),
  );
}

function positionOf(row: RowPosition): RowPosition {
  return { prefix: row.prefix, priority: row.priority, windowKey: row.windowKey };
}

/** Every row a release has for these prefixes. */
export async function findRowsOfPrefixes(
  db: Queryable,
  releaseId: number,
  prefixes: readonly string[],
): Promise<readonly RateRow[]> {
  if (prefixes.length === 0) return [];
  const found = await db
    .select()
    .from(rateRows)
    .where(and(eq(rateRows.releaseId, releaseId), inArray(rateRows.prefix, [...prefixes])));
  return found.map(fromDbRateRow);
}
