import { dateHint } from './dates.js';
import { detectSeparator } from './detect-separator.js';
import { fieldOfHeader, headerKey } from './header-words.js';
import { hasNumber, hasPrice, isComplete, matchColumns, otherFile } from './match-columns.js';
import type { MatchedColumns } from './match-columns.js';
import { decimalHint } from './prices.js';
import { readPrefixes } from './prefixes.js';
import { sampleRecords } from './sample-records.js';
import type { SampleRecord } from './sample-records.js';
import { DeckFileFault } from './types.js';
import type {
  DateFormat,
  DeckColumns,
  DeckField,
  DeckFileOptions,
  DeckFormat,
  DecimalMark,
  Separator,
} from './types.js';

/** What the last import of the same sheet learned; used where its header was the same. */
export interface RememberedFormat {
  readonly header: readonly string[];
  readonly columnCount: number;
  readonly mapping: Readonly<Record<string, string>>;
  readonly separator: Separator;
  readonly decimal: DecimalMark;
  readonly dateFormat: DateFormat | null;
}

const SAMPLE_RECORDS = 20_000;
/** Titles, addresses and notes that carriers put above the header. */
const HEADER_WITHIN = 40;
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

/**
 * Finds out how a file is to be read from its beginning. What a person said is taken; the rest is
 * concluded from all lines of the sample, and where they leave a doubt about money or dates the file
 * is refused with the option that settles it.
 *
 * @throws DeckFileFault
 */
export function detectFormat(
  sample: string,
  options: DeckFileOptions = {},
  remembered: RememberedFormat | null = null,
): DeckFormat {
  if (sample.trim() === '' || sample === '\ufeff') {
    throw new DeckFileFault('empty_file', 0, 'the file is empty');
  }
  const separator = options.separator ?? detectSeparator(sample) ?? ',';
  const records = sampleRecords(sample, separator, SAMPLE_RECORDS);
  const found = findHeader(records, separator, options, remembered);
  const body = records.slice(found.bodyAt);
  const memory = isSameHeader(found.header, remembered?.header) ? remembered : null;
  const decimal = options.decimal ?? detectDecimal(body, found.matched.columns, memory);
  return {
    separator,
    headerLine: found.line,
    header: found.header,
    columns: found.matched.columns,
    columnCount: found.columnCount,
    decimal,
    isDecimalGiven: options.decimal !== undefined,
    dateFormat: detectDateFormat(body, found.matched.columns, options, memory),
    notes: found.matched.notes,
  };
}

interface FoundHeader {
  readonly line: number;
  readonly header: readonly string[];
  readonly matched: MatchedColumns;
  readonly columnCount: number;
  /** Index of the first record behind the header. */
  readonly bodyAt: number;
}

function findHeader(
  records: readonly SampleRecord[],
  separator: Separator,
  options: DeckFileOptions,
  remembered: RememberedFormat | null,
): FoundHeader {
  const first = records[0];
  if (first === undefined)
    throw new DeckFileFault('empty_file', 0, 'the file has only blank lines');
  const index = options.header === false ? -1 : headerIndex(records, options, remembered);
  const record = records[index];
  if (record === undefined) return withoutHeader(records, separator, options, remembered);
  const given = options.mapping ?? mappingFor(record.cells, remembered);
  const matched = matchColumns(record.cells, record.line, given);
  if (!isComplete(matched.columns)) throw incomplete(record, matched.columns, separator);
  const columnCount = trimmedLength(record.cells);
  return {
    line: record.line,
    header: record.cells.slice(0, columnCount),
    matched,
    columnCount,
    bodyAt: index + 1,
  };
}

/** Blank names at the end are a spreadsheet's doing; their columns hold nothing. */
function trimmedLength(cells: readonly string[]): number {
  return cells.findLastIndex((cell) => cell.trim() !== '') + 1;
}

function mappingFor(
  header: readonly string[],
  remembered: RememberedFormat | null,
): Readonly<Record<string, string>> {
  return remembered !== null && isSameHeader(header, remembered.header) ? remembered.mapping : {};
}

function isSameHeader(header: readonly string[], other: readonly string[] | undefined): boolean {
  const joined = (cells: readonly string[]) => cells.map(headerKey).join('|').replace(/\|+$/, '');
  return other !== undefined && header.length > 0 && joined(header) === joined(other);
}

/** Index of the record that is the header; -1 where there is none. */
function headerIndex(
  records: readonly SampleRecord[],
  options: DeckFileOptions,
  remembered: RememberedFormat | null,
): number {
  const top = records.slice(0, HEADER_WITHIN);
  const known = top.findIndex(({ cells }) => isSameHeader(cells, remembered?.header));
  if (known >= 0) return known;
  const words = top.map(({ cells }) => cells.filter((cell) => fieldOfHeader(cell) !== null).length);
  const complete = top.findIndex(
    (record, index) => (words[index] ?? 0) >= 2 && namesDeck(record.cells),
  );
  if (complete >= 0) return complete;
  const most = Math.max(...words);
  if (most >= 2) return words.indexOf(most);
  if (options.header === true) return 0;
  // A mapping by name names the header.
  const names = Object.values(options.mapping ?? {}).filter(
    (name) => !/^\d{1,4}$/.test(name) && name !== '-',
  );
  const named = top.findIndex(({ cells }) =>
    names.some((name) => cells.some((cell) => headerKey(cell) === headerKey(name))),
  );
  if (named >= 0) return named;
  return mappedByPosition(options.mapping) && looksLikeHeader(top[0], options) ? 0 : -1;
}

function namesDeck(cells: readonly string[]): boolean {
  const fields = new Set(cells.map(fieldOfHeader));
  const isNumber = (['prefix', 'npanxx', 'npa', 'country_code'] as const).some((field) =>
    fields.has(field),
  );
  return isNumber && (fields.has('rate') || fields.has('interstate_rate'));
}

function mappedByPosition(mapping: DeckFileOptions['mapping']): boolean {
  const values = Object.values(mapping ?? {});
  return values.length > 0 && values.every((value) => /^\d{1,4}$/.test(value));
}

/** With columns given by position, the first line is a header when its prefix is none. */
function looksLikeHeader(record: SampleRecord | undefined, options: DeckFileOptions): boolean {
  const position = Number(options.mapping?.['prefix'] ?? '1');
  return readPrefixes(record?.cells[position - 1] ?? '').kind !== 'prefixes';
}

function withoutHeader(
  records: readonly SampleRecord[],
  separator: Separator,
  options: DeckFileOptions,
  remembered: RememberedFormat | null,
): FoundHeader {
  const columnCount = usualWidth(records);
  const isKnown = remembered?.header.length === 0 && remembered.columnCount === columnCount;
  const mapping = options.mapping ?? (isKnown ? remembered.mapping : undefined);
  if (!mappedByPosition(mapping)) throw headerMissing(records, columnCount, separator);
  const names = Array.from({ length: columnCount }, (_, index) => `column ${String(index + 1)}`);
  const matched = matchColumns(names, 0, mapping);
  if (!isComplete(matched.columns)) {
    const detail = 'the mapping names no prefix or no rate column';
    throw new DeckFileFault('incomplete_mapping', 0, detail);
  }
  return { line: 0, header: [], matched: { ...matched, notes: [] }, columnCount, bodyAt: 0 };
}

function usualWidth(records: readonly SampleRecord[]): number {
  const counts = new Map<number, number>();
  for (const { cells } of records) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
  return [...counts].sort((first, second) => second[1] - first[1])[0]?.[0] ?? 0;
}

function headerMissing(
  records: readonly SampleRecord[],
  columnCount: number,
  separator: Separator,
): DeckFileFault {
  const first = records[0];
  const shown = (first?.cells ?? []).map((cell) => `'${cell.trim().slice(0, 30)}'`).slice(0, 12);
  const what = otherFile(first?.cells ?? []);
  if (what !== null) return notADeck(first?.line ?? 0, what);
  if (columnCount <= 1) return oneColumn(first?.line ?? 0, separator);
  return new DeckFileFault(
    'header_not_found',
    first?.line ?? 0,
    `no line names a prefix and a rate column; found ${shown.join(', ')}. Map the columns, for example prefix=1 and rate=3`,
  );
}

function oneColumn(line: number, separator: Separator): DeckFileFault {
  const name = separator === '\t' ? 'tab' : `'${separator}'`;
  return new DeckFileFault(
    'wrong_separator',
    line,
    `there is only one column when split at ${name}; say which separator the file has`,
  );
}

function notADeck(line: number, what: string): DeckFileFault {
  return new DeckFileFault(
    'not_a_rate_deck',
    line,
    `by its columns this is ${what}, not a rate deck`,
  );
}

function incomplete(
  record: SampleRecord,
  columns: DeckColumns,
  separator: Separator,
): DeckFileFault {
  const what = otherFile(record.cells);
  if (what !== null) return notADeck(record.line, what);
  if (record.cells.length <= 1) return oneColumn(record.line, separator);
  const missing = [hasNumber(columns) ? '' : 'prefix', hasPrice(columns) ? '' : 'rate'].filter(
    (name) => name !== '',
  );
  const names = record.cells.map((cell) => `'${cell.trim()}'`).join(', ');
  return new DeckFileFault(
    'header_incomplete',
    record.line,
    `no column for ${missing.join(' and ')} among ${names}; map it`.slice(0, 480),
  );
}

function detectDecimal(
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

function detectDateFormat(
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

/** What to remember of a format, so that the next file of the same form is read in the same way. */
export function rememberFormat(format: DeckFormat): RememberedFormat {
  const { header, columnCount, columns, separator, decimal, dateFormat } = format;
  const keys = header.map((cell) => cell.trim());
  const mapping = Object.fromEntries(
    Object.entries(columns).map(([field, column]) => {
      const name = keys[column] ?? '';
      const isName = name !== '' && keys.indexOf(name) === keys.lastIndexOf(name);
      return [field, isName ? name : String(column + 1)];
    }),
  );
  return { header, columnCount, mapping, separator, decimal, dateFormat };
}
