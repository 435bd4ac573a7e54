import { sql } from 'drizzle-orm';
import type { Column } from 'drizzle-orm';
import { fromDbRateRow } from '../mapping/rate-rows.js';
import type { RateRow } from '../../rating/deck/types.js';
import type { Queryable } from '../client.js';
import { rateRows } from '../schema/index.js';

/**
 * A row as far as a comparison of millions needs it: its place in the order, and everything that can
 * differ in one text, so that two rows that are the same are found to be with one comparison.
 */
export interface ComparedRow {
  readonly prefix: string;
  readonly priority: number;
  readonly windowKey: string;
  readonly body: string;
}

/** Stands between the columns of `body`; names of destinations cannot hold it. */
const SEPARATOR = '\u001f';

/** The columns of `body`; the destination, which is no part of the price, comes last. */
const BODY: readonly Column[] = [
  rateRows.ratePerMinute,
  rateRows.connectFee,
  rateRows.initialIncrementS,
  rateRows.incrementS,
  rateRows.minDurationS,
  rateRows.blocked,
  rateRows.graceS,
  rateRows.freeS,
  rateRows.initialRatePerMinute,
  rateRows.minCost,
  rateRows.maxCost,
  rateRows.tiers,
  rateRows.intrastateRate,
  rateRows.indeterminateRate,
  rateRows.effectiveFrom,
  rateRows.effectiveTo,
  rateRows.days,
  rateRows.dates,
  rateRows.timeFrom,
  rateRows.timeTo,
  rateRows.destination,
];

/** `concat_ws` leaves NULL out, which would move all that follows. */
const BODY_SQL = sql`concat_ws(char(31), ${sql.join(
  BODY.map((column) => (column.notNull ? sql`${column}` : sql`ifnull(${column}, '')`)),
  sql`, `,
)})`;

/**
 * A page of a release's rows in the order (prefix, priority, window key), which is the order of a
 * unique index: no page reads rows of the pages before it. Empty after the last row.
 */
export async function readComparedRows(
  db: Queryable,
  releaseId: number,
  after: Pick<ComparedRow, 'prefix' | 'priority' | 'windowKey'> | null,
  limit: number,
): Promise<readonly ComparedRow[]> {
  // A comparison of row values would be read as a condition on every row of the release; only the
  // first bound is one the index can start from.
  const behind =
    after === null
      ? sql``
      : sql`and ${rateRows.prefix} >= ${after.prefix} and (
          ${rateRows.prefix} > ${after.prefix} or ${rateRows.priority} > ${after.priority} or (
            ${rateRows.priority} = ${after.priority} and ${rateRows.windowKey} > ${after.windowKey}
          )
        )`;
  const [rows] = await db.execute(sql`
    select ${rateRows.prefix} as prefix, ${rateRows.priority} as priority,
      ${rateRows.windowKey} as windowKey, ${BODY_SQL} as body
    from ${rateRows} force index (rate_rows_window_unique)
    where ${rateRows.releaseId} = ${releaseId} ${behind}
    order by ${rateRows.prefix}, ${rateRows.priority}, ${rateRows.windowKey}
    limit ${limit}
  `);
  // The driver's type of a raw answer says nothing of its columns; the statement above does.
  return rows as unknown as readonly ComparedRow[];
}

/** Whether two bodies differ in nothing but the name of the destination. */
export function differInNameOnly(first: string, second: string): boolean {
  return withoutName(first) === withoutName(second);
}

function withoutName(body: string): string {
  return body.slice(0, body.lastIndexOf(SEPARATOR));
}

/** The whole row; its id is not known here. */
export function toRateRow(releaseId: number, compared: ComparedRow): RateRow {
  const parts = compared.body.split(SEPARATOR);
  const text = (index: number): string => parts[index] ?? '';
  const optional = (index: number): string | null => parts[index] || null;
  const optionalInt = (index: number): number | null =>
    parts[index] ? Number(parts[index]) : null;
  const instant = (index: number): Date | null =>
    parts[index] ? new Date(`${parts[index].replace(' ', 'T')}Z`) : null;
  const json = (index: number): unknown => (parts[index] ? JSON.parse(parts[index]) : null);
  return fromDbRateRow({
    id: 0,
    releaseId,
    prefix: compared.prefix,
    priority: compared.priority,
    windowKey: compared.windowKey,
    ratePerMinute: text(0),
    connectFee: text(1),
    initialIncrementS: Number(text(2)),
    incrementS: Number(text(3)),
    minDurationS: Number(text(4)),
    blocked: text(5) === '1',
    graceS: optionalInt(6),
    freeS: optionalInt(7),
    initialRatePerMinute: optional(8),
    minCost: optional(9),
    maxCost: optional(10),
    tiers: json(11),
    intrastateRate: optional(12),
    indeterminateRate: optional(13),
    effectiveFrom: instant(14),
    effectiveTo: instant(15),
    days: optional(16),
    dates: json(17),
    timeFrom: optional(18),
    timeTo: optional(19),
    destination: text(20),
  });
}
