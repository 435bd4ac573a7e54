import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { RateRow } from '../../rating/deck/types.js';
import type { Queryable } from '../client.js';
import { toDbRateRow, windowKeyOf } from '../mapping/rate-rows.js';

/** A column as one JSON document carries it to the server. */
interface CarriedColumn {
  readonly name: string;
  readonly type: string;
  valueOf(row: Row): unknown;
}

type Row = ReturnType<typeof toDbRateRow>;

const PRICE = 'decimal(18,8)';
const INSTANT = 'datetime(3)';

const USUAL: readonly CarriedColumn[] = [
  { name: 'prefix', type: 'varchar(15)', valueOf: (row) => row.prefix },
  { name: 'destination', type: 'varchar(120)', valueOf: (row) => row.destination },
  { name: 'rate_per_minute', type: PRICE, valueOf: (row) => row.ratePerMinute },
  { name: 'connect_fee', type: PRICE, valueOf: (row) => row.connectFee },
  { name: 'initial_increment_s', type: 'int', valueOf: (row) => row.initialIncrementS },
  { name: 'increment_s', type: 'int', valueOf: (row) => row.incrementS },
  { name: 'min_duration_s', type: 'int', valueOf: (row) => row.minDurationS },
  { name: 'blocked', type: 'int', valueOf: (row) => (row.blocked === true ? 1 : 0) },
  { name: 'priority', type: 'int', valueOf: (row) => row.priority },
];

const RARE: readonly CarriedColumn[] = [
  { name: 'effective_from', type: INSTANT, valueOf: (row) => instantText(row.effectiveFrom) },
  { name: 'effective_to', type: INSTANT, valueOf: (row) => instantText(row.effectiveTo) },
  { name: 'grace_s', type: 'int', valueOf: (row) => row.graceS },
  { name: 'free_s', type: 'int', valueOf: (row) => row.freeS },
  { name: 'initial_rate_per_minute', type: PRICE, valueOf: (row) => row.initialRatePerMinute },
  { name: 'min_cost', type: PRICE, valueOf: (row) => row.minCost },
  { name: 'max_cost', type: PRICE, valueOf: (row) => row.maxCost },
  { name: 'tiers', type: 'longtext', valueOf: (row) => jsonText(row.tiers) },
  { name: 'days', type: 'varchar(13)', valueOf: (row) => row.days },
  { name: 'dates', type: 'longtext', valueOf: (row) => jsonText(row.dates) },
  { name: 'time_from', type: 'varchar(8)', valueOf: (row) => row.timeFrom },
  { name: 'time_to', type: 'varchar(8)', valueOf: (row) => row.timeTo },
  { name: 'intrastate_rate', type: PRICE, valueOf: (row) => row.intrastateRate },
  { name: 'indeterminate_rate', type: PRICE, valueOf: (row) => row.indeterminateRate },
  { name: 'window_key', type: 'varchar(32)', valueOf: (row) => row.windowKey },
];

function instantText(instant: Date | null | undefined): string | null {
  return instant ? instant.toISOString().slice(0, 23).replace('T', ' ') : null;
}

function jsonText(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

const usualStatement = statementFor(USUAL);
const fullStatement = statementFor([...USUAL, ...RARE]);

/**
 * Adds rows to a release in one statement with two bound values: the release and a JSON document of
 * all rows. A parameter for each value would cost more than the rows themselves. Columns that no row
 * of the batch uses are left to their defaults. Rows must have passed `findRowProblem`.
 */
export async function appendRateRows(
  tx: Queryable,
  releaseId: number,
  rows: readonly Omit<RateRow, 'id'>[],
): Promise<void> {
  if (rows.length === 0) return;
  const stored = rows.map(toDbRateRow);
  const isRare = stored.some((row) => RARE.some(({ valueOf }) => (valueOf(row) ?? '') !== ''));
  const columns = isRare ? [...USUAL, ...RARE] : USUAL;
  const document = JSON.stringify(
    stored.map((row) => columns.map(({ valueOf }) => valueOf(row) ?? null)),
  );
  await tx.execute((isRare ? fullStatement : usualStatement)(releaseId, document));
}

function statementFor(columns: readonly CarriedColumn[]) {
  const names = columns.map(({ name }) => `\`${name}\``).join(', ');
  const paths = columns
    .map(({ name, type }, index) => `\`${name}\` ${type} path '$[${String(index)}]'`)
    .join(', ');
  const into = sql.raw(`insert into \`rate_rows\` (\`release_id\`, ${names}) select `);
  const from = sql.raw(`, ${names} from json_table(`);
  const end = sql.raw(`, '$[*]' columns (${paths})) as carried`);
  return (releaseId: number, document: string): SQL =>
    sql`${into}${releaseId}${from}${document}${end}`;
}

/** A stored row that is to hold until another instant. */
export interface RowEnding {
  readonly prefix: string;
  readonly before: Ending;
  readonly after: Ending;
}

type Ending = Pick<
  RateRow,
  'priority' | 'effectiveFrom' | 'effectiveTo' | 'days' | 'dates' | 'timeFrom' | 'timeTo'
>;

/** Gives rows of a release that is being filled another end, in one statement. */
export async function endRateRows(
  tx: Queryable,
  releaseId: number,
  endings: readonly RowEnding[],
): Promise<void> {
  if (endings.length === 0) return;
  const document = JSON.stringify(
    endings.map(({ prefix, before, after }) => [
      prefix,
      before.priority,
      windowKey(before),
      instantText(after.effectiveTo === null ? null : new Date(after.effectiveTo)),
      windowKey(after),
    ]),
  );
  await tx.execute(sql`update \`rate_rows\` join json_table(${document}, '$[*]' columns (
    \`prefix\` varchar(15) character set ascii collate ascii_bin path '$[0]',
    \`priority\` int path '$[1]',
    \`old_key\` varchar(32) character set ascii collate ascii_bin path '$[2]',
    \`effective_to\` datetime(3) path '$[3]',
    \`new_key\` varchar(32) character set ascii collate ascii_bin path '$[4]'
  )) as \`ending\` on \`rate_rows\`.\`prefix\` = \`ending\`.\`prefix\`
    and \`rate_rows\`.\`priority\` = \`ending\`.\`priority\`
    and \`rate_rows\`.\`window_key\` = \`ending\`.\`old_key\`
  set \`rate_rows\`.\`effective_to\` = \`ending\`.\`effective_to\`,
    \`rate_rows\`.\`window_key\` = \`ending\`.\`new_key\`
  where \`rate_rows\`.\`release_id\` = ${releaseId}`);
}

/** The key looks at nothing of a row but when it holds. */
function windowKey(when: Ending): string {
  return windowKeyOf({ ...UNPRICED, ...when });
}

const UNPRICED = {
  releaseId: 0,
  prefix: '',
  destination: '',
  ratePerMinute: '0',
  connectFee: '0',
  initialIncrementS: 1,
  incrementS: 1,
  minDurationS: 0,
  blocked: false,
};
