import { getTableColumns } from 'drizzle-orm';
import type { RateRow } from '../../rating/deck/types.js';
import type { Database } from '../client.js';
import { fromDbRateRow } from '../mapping/rate-rows.js';
import type { DbRateRow } from '../mapping/rate-rows.js';
import { rateRows } from '../schema/index.js';

/** How many rows a release has and where in the table they are. */
export interface RateRowExtent {
  readonly rows: number;
  readonly firstId: number;
  readonly lastId: number;
}

/** Read from an index alone: a few hundred milliseconds for a million rows. */
export async function findRateRowExtent(
  database: Database,
  releaseId: number,
): Promise<RateRowExtent> {
  let extent: RateRowExtent = { rows: 0, firstId: 0, lastId: 0 };
  await database.scan({
    statement: 'select count(*), min(`id`), max(`id`) from `rate_rows` where `release_id` = ?',
    values: [releaseId],
    onRow: ([rows, firstId, lastId]) => {
      extent = { rows: Number(rows), firstId: Number(firstId), lastId: Number(lastId) };
    },
  });
  return extent;
}

/**
 * Hands over every row of a release, in no particular order. The rows of a file lie side by side in
 * the table, so they are read in the table's own order wherever that skips few rows of others.
 */
export async function scanRateRows(
  database: Database,
  releaseId: number,
  extent: RateRowExtent,
  onRow: (row: RateRow) => void,
): Promise<void> {
  if (extent.rows === 0) return;
  const { rows, firstId, lastId } = extent;
  const isDense = lastId - firstId < rows * SPARSE_FACTOR;
  await database.scan({
    statement: `select ${COLUMN_LIST} from \`rate_rows\` ${
      isDense ? 'force index (primary) ' : ''
    }where \`release_id\` = ? and \`id\` between ? and ?`,
    values: [releaseId, firstId, lastId],
    onRow: (values) => {
      onRow(rateRowOf(values));
    },
  });
}

/** Rows of other releases that may be skipped for each wanted one before an index is quicker. */
const SPARSE_FACTOR = 4;

type ColumnName = keyof DbRateRow;

/** What every row has a value for; the others are null in most rows, and come behind. */
const USUAL = [
  'id',
  'releaseId',
  'prefix',
  'destination',
  'ratePerMinute',
  'connectFee',
  'initialIncrementS',
  'incrementS',
  'minDurationS',
  'blocked',
  'priority',
] as const satisfies readonly ColumnName[];

const columns = getTableColumns(rateRows);
const RARE = (Object.keys(columns) as ColumnName[]).filter(
  (name) => name !== 'windowKey' && !(USUAL as readonly ColumnName[]).includes(name),
);
const COLUMN_LIST = [...USUAL, ...RARE].map((name) => `\`${columns[name].name}\``).join(', ');

/** The same as `fromDbRateRow`, without a detour for the rows that use none of the rare columns. */
function rateRowOf(values: readonly unknown[]): RateRow {
  for (let at = USUAL.length; at < values.length; at += 1) {
    if (values[at] !== null) return rareRowOf(values);
  }
  const [id, releaseId, prefix, destination, ratePerMinute, connectFee, ...rest] =
    // The statement names these columns in this order, with the types of the schema.
    values as [number, number, string, string, string, string, ...number[]];
  const [initialIncrementS = 1, incrementS = 1, minDurationS = 0, blocked, priority = 0] = rest;
  return {
    id,
    releaseId,
    prefix,
    destination,
    ratePerMinute,
    connectFee,
    initialIncrementS,
    incrementS,
    minDurationS,
    blocked: blocked === 1,
    priority,
    effectiveFrom: null,
    effectiveTo: null,
  };
}

function rareRowOf(values: readonly unknown[]): RateRow {
  const entries = [...USUAL, ...RARE].map((name, at) => {
    const value = values[at];
    if (name === 'blocked') return [name, value === 1];
    const isJson = name === 'tiers' || name === 'dates';
    return [name, isJson && typeof value === 'string' ? (JSON.parse(value) as unknown) : value];
  });
  // Every column of the row but the one that the rating core does not know is there.
  return fromDbRateRow({ ...(Object.fromEntries(entries) as DbRateRow), windowKey: '' });
}
