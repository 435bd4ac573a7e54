import { fieldOfHeader, headerKey } from './header-words.js';
import { hasNumber, hasPrice, isComplete, matchColumns, otherFile } from './match-columns.js';
import type { MatchedColumns } from './match-columns.js';
import { readPrefixes } from './prefixes.js';
import type { SampleRecord } from './sample-records.js';
import { DeckFileFault } from './types.js';
import type { DeckColumns, DeckFileOptions, RememberedFormat, Separator } from './types.js';

/** Titles, addresses and notes that carriers put above the header. */
const HEADER_WITHIN = 40;
export interface FoundHeader {
  readonly line: number;
  readonly header: readonly string[];
  readonly matched: MatchedColumns;
  readonly columnCount: number;
  /** Index of the first record behind the header. */
  readonly bodyAt: number;
}

/**
 * Finds the header among the first lines of a file, or the columns by position where a mapping gives
 * them so.
 *
 * @throws DeckFileFault where no prefix and price can be told
 */
export function findHeader(
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

/** True when two headers say the same, whatever their spelling. */
export function isSameHeader(
  header: readonly string[],
  other: readonly string[] | undefined,
): boolean {
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
