import { fieldOfHeader, headerKey } from './header-words.js';
import { DECK_FIELDS, DeckFileFault } from './types.js';
import type { DeckColumns, DeckField } from './types.js';

export interface MatchedColumns {
  readonly columns: DeckColumns;
  readonly notes: readonly string[];
}

type Found = Partial<Record<DeckField, number>>;

/** Fields that name the number, of which one set is enough. */
const NUMBER_FIELDS: readonly (readonly DeckField[])[] = [
  ['prefix'],
  ['npanxx'],
  ['npa', 'nxx'],
  ['country_code', 'area_code'],
];

/**
 * Which column holds which field, from the header's words and what a person said. `mapping` wins: a
 * field it names is looked for nowhere else, and a column it uses means nothing else.
 *
 * @throws DeckFileFault for a mapping that does not fit, or two columns that mean the same
 */
export function matchColumns(
  header: readonly string[],
  line: number,
  mapping: Readonly<Record<string, string>> = {},
): MatchedColumns {
  const columns = mappedColumns(header, mapping);
  const used = new Set(Object.values(columns));
  const doubles = new Map<DeckField, string>();
  for (const [index, cell] of header.entries()) {
    const field = fieldOfHeader(cell);
    if (field === null || used.has(index) || fieldNames(mapping).has(field)) continue;
    const other = columns[field];
    if (other === undefined) columns[field] = index;
    else doubles.set(field, `'${header[other] ?? ''}' and '${cell}'`);
  }
  refuseDoubles(doubles, line);
  return { columns, ...settle(columns, header) };
}

/** The field a person means: its own name, or any word a header may have for it. */
export function fieldNamed(name: string): DeckField | null {
  const own = DECK_FIELDS.find((field) => headerKey(field) === headerKey(name));
  return own ?? fieldOfHeader(name);
}

function fieldNames(mapping: Readonly<Record<string, string>>): ReadonlySet<DeckField | null> {
  return new Set(Object.keys(mapping).map(fieldNamed));
}

function mappedColumns(
  header: readonly string[],
  mapping: Readonly<Record<string, string>>,
): Found {
  const columns: Found = {};
  for (const [name, wanted] of Object.entries(mapping)) {
    const field = fieldNamed(name);
    if (field === null) {
      const known = DECK_FIELDS.join(', ');
      throw new DeckFileFault(
        'unknown_field',
        0,
        `there is no field '${name}'; there are ${known}`,
      );
    }
    if (wanted !== '' && wanted !== '-') columns[field] = columnNamed(header, wanted);
  }
  return columns;
}

/** By name first: a header cell may be a number. */
function columnNamed(header: readonly string[], wanted: string): number {
  const exact = header.findIndex((cell) => cell.trim() === wanted.trim());
  if (exact >= 0) return exact;
  const key = headerKey(wanted);
  const close = header.findIndex((cell) => key !== '' && headerKey(cell) === key);
  if (close >= 0) return close;
  if (/^[1-9]\d{0,3}$/.test(wanted) && Number(wanted) <= header.length) return Number(wanted) - 1;
  const names = header.map((cell) => `'${cell.trim()}'`).join(', ');
  throw new DeckFileFault(
    'unknown_column',
    0,
    `there is no column '${wanted}'; the file has ${String(header.length)}: ${names}`.slice(0, 480),
  );
}

function refuseDoubles(doubles: ReadonlyMap<DeckField, string>, line: number): void {
  for (const [field, names] of doubles) {
    const detail = `the columns ${names} could both be ${field}; say which with a mapping`;
    throw new DeckFileFault('ambiguous_header', line, detail);
  }
}

/** Leaves out columns that others make needless, and says what was read as what. */
function settle(columns: Found, header: readonly string[]): { readonly notes: readonly string[] } {
  const notes: string[] = [];
  const chosen = NUMBER_FIELDS.find(
    ([first]) => first !== undefined && columns[first] !== undefined,
  );
  for (const field of NUMBER_FIELDS.flat()) {
    if (chosen !== undefined && !chosen.includes(field)) columns[field] = undefined as never;
  }
  for (const field of Object.keys(columns) as DeckField[]) {
    if (columns[field] === undefined) Reflect.deleteProperty(columns, field);
  }
  if (isAstpp(header) && columns.grace !== undefined) {
    // ASTPP takes its "grace time" off every call: what is called free seconds here.
    columns.free_seconds = columns.grace;
    delete columns.grace;
    notes.push("'Grace Time' of ASTPP is read as free seconds, which is what ASTPP does with it");
  }
  const used = new Set(Object.values(columns));
  const left = header.filter((cell, index) => !used.has(index) && cell.trim() !== '');
  if (left.length > 0)
    notes.push(`columns not used: ${left.map((cell) => cell.trim()).join(', ')}`);
  return { notes };
}

function isAstpp(header: readonly string[]): boolean {
  const keys = header.map(headerKey);
  return ['code', 'connectioncost', 'gracetime', 'costmin'].every((key) => keys.includes(key));
}

/** True when columns name at least a number and a price. */
export function isComplete(columns: DeckColumns): boolean {
  return hasNumber(columns) && hasPrice(columns);
}

export function hasNumber(columns: DeckColumns): boolean {
  const { prefix, npanxx, npa, country_code: country } = columns;
  return [prefix, npanxx, npa, country].some((column) => column !== undefined);
}

export function hasPrice({ rate, interstate_rate: interstate }: DeckColumns): boolean {
  return rate !== undefined || interstate !== undefined;
}

const OTHER_FILES: readonly { readonly keys: readonly string[]; readonly what: string }[] = [
  { keys: ['did', 'setupfee', 'monthlyfee'], what: 'a list of DIDs' },
  { keys: ['account', 'password'], what: 'a list of customers' },
  { keys: ['accountnumber', 'balance'], what: 'a list of customers' },
];

/** What a header that is no rate deck's belongs to, or null. */
export function otherFile(header: readonly string[]): string | null {
  const keys = new Set(header.map(headerKey));
  return OTHER_FILES.find((file) => file.keys.every((key) => keys.has(key)))?.what ?? null;
}
