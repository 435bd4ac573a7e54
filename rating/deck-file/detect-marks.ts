import { dateHint } from './dates.js';
import { decimalHint } from './prices.js';
import type { SampleRecord } from './sample-records.js';
import { DeckFileFault } from './types.js';
import type {
  DateFormat,
  DeckColumns,
  DeckField,
  DeckFileOptions,
  DecimalMark,
  RememberedFormat,
} from './types.js';

const PRICE_FIELDS: readonly DeckField[] = [
  'rate',
  'interstate_rate',
  'intrastate_rate',
  'indeterminate_rate',
  'initial_rate',
  'connect_fee',
  'min_cost',
  'max_cost',
];

/** The character before the decimals. @throws DeckFileFault where lines differ, or none is certain */
export function detectDecimal(
  body: readonly SampleRecord[],
  columns: DeckColumns,
  memory: RememberedFormat | null,
): DecimalMark {
  const seen = { point: 0, comma: 0, either: 0 };
  for (const { line, cells } of body) {
    for (const field of PRICE_FIELDS) {
      const column = columns[field];
      const hint = column === undefined ? 'none' : decimalHint(cells[column] ?? '');
      if (hint !== 'none' && seen[hint] === 0) seen[hint] = line;
    }
  }
  if (seen.point > 0 && seen.comma > 0) {
    const line = Math.max(seen.point, seen.comma);
    const [other, first] = seen.point > seen.comma ? ["'.'", "','"] : ["','", "'.'"];
    const detail = `decimals stand behind ${other} here, and behind ${first} in line ${String(Math.min(seen.point, seen.comma))}`;
    throw new DeckFileFault('mixed_decimals', line, detail);
  }
  if (seen.comma > 0) return ',';
  if (seen.point > 0) return '.';
  if (seen.either > 0 && memory === null) {
    const detail =
      "prices such as '1,234' or '1.234' may be thousands or not; say which the decimal separator is";
    throw new DeckFileFault('ambiguous_decimal', seen.either, detail);
  }
  return memory?.decimal ?? '.';
}

/** The order of dates; null without numeric ones. @throws DeckFileFault where it is not certain */
export function detectDateFormat(
  body: readonly SampleRecord[],
  columns: DeckColumns,
  options: DeckFileOptions,
  memory: RememberedFormat | null,
): DateFormat | null {
  if (options.dateFormat !== undefined) return options.dateFormat;
  const seen = { 'D/M/Y': 0, 'M/D/Y': 0, either: 0, none: 0 };
  let example = '';
  for (const { line, cells } of body) {
    for (const column of [columns.effective_from, columns.effective_to]) {
      if (column === undefined) continue;
      const hint = dateHint(cells[column] ?? '');
      if (hint === 'either' && example === '') example = cells[column]?.trim() ?? '';
      if (seen[hint] === 0) seen[hint] = line;
    }
  }
  if (seen['D/M/Y'] > 0 && seen['M/D/Y'] > 0) {
    const [first, second] = [seen['D/M/Y'], seen['M/D/Y']].sort((one, other) => one - other);
    const detail = `the day stands on another side of the month than in line ${String(first)}`;
    throw new DeckFileFault('mixed_date_formats', second ?? 0, detail);
  }
  if (seen['D/M/Y'] > 0) return 'D/M/Y';
  if (seen['M/D/Y'] > 0) return 'M/D/Y';
  if (seen.either === 0) return memory?.dateFormat ?? null;
  if (memory?.dateFormat === 'D/M/Y' || memory?.dateFormat === 'M/D/Y') return memory.dateFormat;
  const detail = `'${example}' may be day or month first; say which with a date format (D/M/Y or M/D/Y)`;
  throw new DeckFileFault('ambiguous_date_format', seen.either, detail);
}
