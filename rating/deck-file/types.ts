import type { RateRow } from '../deck/types.js';

/** What a column of a rate deck can mean. */
export const DECK_FIELDS = [
  'prefix',
  'npanxx',
  'npa',
  'nxx',
  'country_code',
  'area_code',
  'country',
  'destination',
  'rate',
  'interstate_rate',
  'intrastate_rate',
  'indeterminate_rate',
  'initial_rate',
  'increment',
  'initial_increment',
  'next_increment',
  'connect_fee',
  'min_duration',
  'grace',
  'free_seconds',
  'min_cost',
  'max_cost',
  'tiers',
  'days',
  'dates',
  'time_from',
  'time_to',
  'time_until',
  'effective_from',
  'effective_to',
  'priority',
  'blocked',
] as const;

export type DeckField = (typeof DECK_FIELDS)[number];

/** Which column, counted from 0, holds which field. */
export type DeckColumns = Readonly<Partial<Record<DeckField, number>>>;

export type Separator = ',' | ';' | '\t' | '|';
export type DecimalMark = '.' | ',';
/** Order of the parts of a date; the characters between them do not matter. */
export type DateFormat = 'Y-M-D' | 'D/M/Y' | 'M/D/Y';

/** What a person said about a file; everything else is found out. */
export interface DeckFileOptions {
  /** Field to column: its name in the header, or its position counted from 1. */
  readonly mapping?: Readonly<Record<string, string>>;
  readonly separator?: Separator;
  readonly decimal?: DecimalMark;
  readonly dateFormat?: DateFormat;
  /** Whether there is a header; unset, it is looked for. */
  readonly header?: boolean;
  /** `60/60`: of rows that name no increments, or say 0. */
  readonly defaultIncrement?: string;
}

/** How a file is to be read, line by line. */
export interface DeckFormat {
  readonly separator: Separator;
  /** Line of the header; 0 where there is none. */
  readonly headerLine: number;
  /** Cells of the header; empty where there is none. */
  readonly header: readonly string[];
  readonly columns: DeckColumns;
  /** Columns of every line. */
  readonly columnCount: number;
  readonly decimal: DecimalMark;
  /** True when a person chose it: a lone `1,234` is then a thousand and not a doubt. */
  readonly isDecimalGiven: boolean;
  /** Null where the file has no dates but ISO ones. */
  readonly dateFormat: DateFormat | null;
  /** What a reader of the report should know: columns left out, meanings chosen. */
  readonly notes: readonly string[];
}

/** What the last import of the same sheet learned; used where its header was the same. */
export interface RememberedFormat {
  readonly header: readonly string[];
  readonly columnCount: number;
  readonly mapping: Readonly<Record<string, string>>;
  readonly separator: Separator;
  readonly decimal: DecimalMark;
  readonly dateFormat: DateFormat | null;
}

/** Something that makes a whole file unusable. Line 0 means the file as such. */
export class DeckFileFault extends Error {
  constructor(
    /** Stable and snake_case. */
    readonly code: string,
    readonly line: number,
    readonly detail: string,
  ) {
    super(`${code}: ${line === 0 ? '' : `line ${String(line)}: `}${detail}`);
    this.name = 'DeckFileFault';
  }
}

/** Why one line is not in the release. */
export interface LineProblem {
  readonly code: string;
  /** The field, or empty where it is about the line as a whole. */
  readonly field: string;
  readonly detail: string;
}

/** A rate without its place in the database. */
export type FileRow = Omit<RateRow, 'id' | 'releaseId'>;

/** What one line says: a row for each of its prefixes, or why there is none. */
export type ParsedLine =
  | { readonly kind: 'rows'; readonly prefixes: readonly string[]; readonly row: FileRow }
  | { readonly kind: 'blank' }
  | { readonly kind: 'problem'; readonly problem: LineProblem };
