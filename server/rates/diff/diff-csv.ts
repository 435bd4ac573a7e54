import type { DeckTerms, RateRow } from '../../../rating/deck/types.js';
import type { DiffBatch, DiffItem } from './types.js';
import { showDifference } from './diff-summary.js';

const COLUMNS = [
  'change',
  'prefix',
  'destination',
  'priority',
  'old_rate',
  'new_rate',
  'old_connect_fee',
  'new_connect_fee',
  'old_increment',
  'new_increment',
  'old_blocked',
  'new_blocked',
  'old_price',
  'new_price',
  'difference',
  'percent',
  'currency',
  'begins',
  'fields',
];

/** Every difference as a line of CSV (RFC 4180, UTF-8), a piece of text for each batch. */
export async function* diffCsv(
  batches: AsyncIterable<DiffBatch>,
  terms: Pick<DeckTerms, 'currency'>,
): AsyncGenerator<string, void> {
  yield `${COLUMNS.join(',')}\r\n`;
  for await (const batch of batches) {
    if (batch.items.length > 0) {
      yield batch.items.map((item) => lineOf(item, terms.currency)).join('');
    }
  }
}

function lineOf(item: DiffItem, currency: string): string {
  const shown = showDifference(item);
  const values = [
    shown.kind,
    shown.prefix,
    shown.destination,
    String(shown.priority),
    ...bothSides(item, (row) => row.ratePerMinute),
    ...bothSides(item, (row) => row.connectFee),
    ...bothSides(item, (row) => `${row.initialIncrementS}/${row.incrementS}`),
    ...bothSides(item, (row) => (row.blocked ? 'yes' : 'no')),
    shown.old_price ?? '',
    shown.new_price ?? '',
    shown.difference ?? '',
    shown.percent ?? '',
    currency,
    shown.begins ?? '',
    shown.fields.join(' '),
  ];
  return `${values.map(quoted).join(',')}\r\n`;
}

function bothSides(item: DiffItem, textOf: (row: RateRow) => string): readonly string[] {
  return [item.old, item.new].map((row) => (row === null ? '' : textOf(row)));
}

/**
 * A spreadsheet takes text that begins like a formula for one, so such a name of a destination, which
 * came in somebody's file, gets an apostrophe. Decreases are numbers and stay.
 */
function quoted(value: string): string {
  const isNumber = /^-?[\d.]+$/.test(value);
  const safe = !isNumber && /^[=+\-@\t]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
