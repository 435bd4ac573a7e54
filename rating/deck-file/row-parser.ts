import { findRowProblem } from '../deck/row-problem.js';
import type { RateRow } from '../deck/types.js';
import type { Zone } from '../time/zone.js';
import { readIncrements, readSeconds } from './increments.js';
import type { Increments } from './increments.js';
import { readPrefixes } from './prefixes.js';
import type { PrefixReading } from './prefixes.js';
import { CellReader, higherPrice, LineRefusal, refuse } from './read-cells.js';
import { isFormula, readDaysOfYear, readFlag, readName } from './texts.js';
import { readTiers } from './tiers.js';
import { readTimeOfDay, timeText } from './times-of-day.js';
import type {
  DeckColumns,
  DeckField,
  DeckFormat,
  FileRow,
  LineProblem,
  ParsedLine,
} from './types.js';
import { readDays } from './week-days.js';

export interface RowParserOptions {
  readonly format: DeckFormat;
  /** Zone of the sheet: dates and times of the file are by its clocks. */
  readonly zone: Zone;
  /** Of lines that name no increments. */
  readonly defaultIncrements: Increments;
  /** True when a person gave `defaultIncrements`: they then stand for 0 as well. */
  readonly isIncrementGiven: boolean;
}

const DAY_S = 86_400;
const BLANK: ParsedLine = { kind: 'blank' };

/** Turns lines of a file into rows of a deck, one at a time. Nothing is remembered between lines. */
export class RowParser {
  private readonly cells: CellReader;
  private readonly columns: DeckColumns;
  private readonly usesWindows: boolean;

  constructor(private readonly options: RowParserOptions) {
    this.cells = new CellReader(options.format, options.zone);
    this.columns = options.format.columns;
    const windows: readonly DeckField[] = ['days', 'dates', 'time_from', 'time_to', 'time_until'];
    this.usesWindows = windows.some((field) => this.columns[field] !== undefined);
  }

  /** What a line says. All of it is understood, or none of it is taken. */
  parse(line: readonly string[]): ParsedLine {
    if (line.every((cell) => cell.trim() === '')) return BLANK;
    try {
      checkWidth(line, this.options.format.columnCount);
      return this.read(line);
    } catch (error) {
      if (error instanceof LineRefusal) return { kind: 'problem', problem: error.problem };
      throw error;
    }
  }

  private read(line: readonly string[]): ParsedLine {
    const prefixes = this.prefixes(line);
    const row = this.row(line);
    const found = findRowProblem({ ...row, id: 0, releaseId: 0, prefix: prefixes[0] ?? '' });
    if (found !== null) return problemOf(found);
    const { effectiveFrom, effectiveTo } = row;
    if (effectiveFrom !== null && effectiveTo !== null && effectiveFrom >= effectiveTo) {
      const detail = `it ends (${shown(effectiveTo)}) before it begins (${shown(effectiveFrom)})`;
      refuse('invalid_period', 'effective_to', detail);
    }
    return { kind: 'rows', prefixes, row };
  }

  private prefixes(line: readonly string[]): readonly string[] {
    if (this.columns.prefix !== undefined) {
      return accepted(readPrefixes(this.cells.text(line, 'prefix')), 'prefix');
    }
    const northAmerican = this.northAmerican(line);
    if (northAmerican !== null) return northAmerican;
    const country = accepted(readPrefixes(this.cells.text(line, 'country_code')), 'country_code');
    const area = this.cells.text(line, 'area_code');
    if (area === '') return country;
    const [before = ''] = country;
    if (country.length > 1) {
      refuse('invalid_prefix', 'country_code', 'several country codes stand beside an area code');
    }
    return accepted(readPrefixes(area, { before, isLocal: true }), 'area_code');
  }

  /** US decks name the area and the exchange and leave the country's 1 out. */
  private northAmerican(line: readonly string[]): readonly string[] | null {
    const field = this.columns.npanxx === undefined ? 'npa' : 'npanxx';
    if (this.columns[field] === undefined) return null;
    const nxx = field === 'npa' ? this.cells.text(line, 'nxx') : '';
    const digits = this.cells.text(line, field).replace(/[\s()-]/g, '') + nxx;
    if (!/^(?:1?[2-9]\d{2}\d{0,7}|1)$/.test(digits)) {
      if (digits === '') refuse('missing_prefix', field, 'the cell is empty');
      refuse('invalid_prefix', field, `'${digits.slice(0, 60)}' is no NPA or NPA-NXX`);
    }
    return [digits.startsWith('1') ? digits : `1${digits}`];
  }

  private row(line: readonly string[]): FileRow {
    const { cells } = this;
    const price = this.mainPrice(line);
    const isBlocked = this.isBlocked(line) || price === 'blocked';
    if (price === undefined && !isBlocked)
      refuse('missing_price', this.priceField(), 'there is no price');
    const ratePerMinute = price === undefined || price === 'blocked' ? '0' : price;
    const tiers = cells.text(line, 'tiers');
    return {
      prefix: '',
      destination: this.destination(line),
      ratePerMinute,
      connectFee: cells.amount(line, 'connect_fee') ?? '0',
      ...this.increments(line),
      minDurationS: this.seconds(line, 'min_duration') ?? 0,
      blocked: isBlocked,
      priority: this.priority(line),
      effectiveFrom: cells.instant(line, 'effective_from'),
      effectiveTo: cells.instant(line, 'effective_to'),
      ...optional('graceS', this.seconds(line, 'grace')),
      ...optional('freeS', this.seconds(line, 'free_seconds')),
      ...optional('initialRatePerMinute', cells.amount(line, 'initial_rate')),
      ...optional('minCost', cells.amount(line, 'min_cost')),
      ...optional('maxCost', cells.amount(line, 'max_cost')),
      ...(tiers === '' ? {} : { tiers: this.tiers(tiers) }),
      ...(this.usesWindows ? this.window(line) : {}),
      ...this.jurisdiction(line, ratePerMinute),
    };
  }

  private priceField(): DeckField {
    return this.columns.rate === undefined ? 'interstate_rate' : 'rate';
  }

  private mainPrice(line: readonly string[]): string | undefined {
    return this.cells.price(line, 'interstate_rate') ?? this.cells.price(line, 'rate');
  }

  private isBlocked(line: readonly string[]): boolean {
    const text = this.cells.text(line, 'blocked');
    const flag = readFlag(text);
    if (flag === null)
      refuse('invalid_flag', 'blocked', `'${text.slice(0, 60)}' is neither yes nor no`);
    return flag;
  }

  private destination(line: readonly string[]): string {
    const country = this.name(line, 'country');
    const destination = this.name(line, 'destination');
    if (country === '' || destination.toLowerCase().startsWith(country.toLowerCase())) {
      return destination;
    }
    return destination === '' ? country : readName(`${country} - ${destination}`);
  }

  private name(line: readonly string[], field: 'country' | 'destination'): string {
    const text = this.cells.text(line, field);
    if (isFormula(text)) refuse('formula_cell', field, `'${text.slice(0, 60)}' is a formula`);
    return readName(text);
  }

  private increments(line: readonly string[]): Pick<RateRow, 'initialIncrementS' | 'incrementS'> {
    const both = this.increment(line, 'increment');
    const initial = this.increment(line, 'initial_increment');
    const next = this.increment(line, 'next_increment');
    const usual = this.options.defaultIncrements;
    // Beside a column of its own for the first block, the other column is about the rest.
    const initialS = initial?.initialS ?? both?.initialS ?? next?.initialS ?? usual.initialS;
    const incrementS = next?.nextS ?? both?.nextS ?? initial?.nextS ?? usual.nextS;
    return { initialIncrementS: initialS, incrementS };
  }

  private increment(line: readonly string[], field: DeckField): Increments | null {
    const text = this.cells.text(line, field);
    if (text === '' || text === '-') return null;
    const found = readIncrements(text);
    if (found === null) {
      refuse(
        'invalid_increment',
        field,
        `'${text.slice(0, 60)}' is no increment such as 60/60 or 1`,
      );
    }
    if (found.initialS > 0 && found.nextS > 0) return found;
    if (this.options.isIncrementGiven) return this.options.defaultIncrements;
    return refuse('invalid_increment', field, `'${text}' is not 1 s or more`);
  }

  private seconds(line: readonly string[], field: DeckField): number | undefined {
    const text = this.cells.text(line, field);
    if (text === '' || text === '-') return undefined;
    const seconds = readSeconds(text);
    if (seconds === null)
      refuse('invalid_seconds', field, `'${text.slice(0, 60)}' is not whole seconds`);
    return seconds;
  }

  private priority(line: readonly string[]): number {
    const text = this.cells.text(line, 'priority');
    if (text === '') return 0;
    if (!/^-?\d{1,4}$/.test(text) || Math.abs(Number(text)) > 1000) {
      refuse(
        'invalid_number',
        'priority',
        `'${text.slice(0, 60)}' is not a whole number from -1000 to 1000`,
      );
    }
    return Number(text);
  }

  private tiers(text: string): NonNullable<RateRow['tiers']> {
    const tiers = readTiers(text, this.options.format.decimal);
    if (tiers === null)
      refuse('invalid_tiers', 'tiers', `'${text.slice(0, 60)}' is not like 0:0.05/60;60:0.03/30`);
    return tiers;
  }

  private window(line: readonly string[]): Pick<RateRow, 'days' | 'dates' | 'timeFrom' | 'timeTo'> {
    const dayText = this.cells.text(line, 'days');
    const days = dayText === '' ? [] : readDays(dayText);
    if (days === null)
      refuse('invalid_window', 'days', `'${dayText.slice(0, 60)}' is not weekdays`);
    const dateText = this.cells.text(line, 'dates');
    const dates = readDaysOfYear(dateText);
    if (dates === null)
      refuse('invalid_window', 'dates', `'${dateText.slice(0, 60)}' is not MM-DD`);
    return {
      ...(days.length === 0 ? {} : { days }),
      ...(dates.length === 0 ? {} : { dates }),
      ...this.times(line),
    };
  }

  private times(line: readonly string[]): Pick<RateRow, 'timeFrom' | 'timeTo'> {
    const fromS = this.timeOfDay(line, 'time_from');
    const toS = this.timeOfDay(line, 'time_until') ?? this.timeOfDay(line, 'time_to');
    if (fromS === undefined && toS === undefined) return {};
    const isWholeDay = (fromS ?? 0) === 0 && (toS ?? 0) % DAY_S === 0;
    // What an export wrote is what was stored, and stays it.
    const isExact = this.columns.time_until !== undefined;
    if (isWholeDay && !isExact) return {};
    if (fromS === toS) refuse('invalid_window', 'time_to', 'the window ends when it begins');
    return {
      ...(fromS === undefined ? {} : { timeFrom: timeText(fromS) }),
      ...(toS === undefined ? {} : { timeTo: timeText(toS === 0 && !isExact ? DAY_S : toS) }),
    };
  }

  private timeOfDay(line: readonly string[], field: DeckField): number | undefined {
    const text = this.cells.text(line, field);
    if (text === '' || text === '-') return undefined;
    const seconds = readTimeOfDay(text, field === 'time_to');
    if (seconds === null)
      refuse('invalid_window', field, `'${text.slice(0, 60)}' is not a time of day`);
    return seconds;
  }

  /**
   * Prices by state line. A deck may leave a column out: the call whose state cannot be told then
   * costs the highest of the others, as such a call always does.
   */
  private jurisdiction(
    line: readonly string[],
    interstate: string,
  ): Pick<RateRow, 'jurisdictionPrices'> {
    const intrastate = this.cells.amount(line, 'intrastate_rate');
    const indeterminate = this.cells.amount(line, 'indeterminate_rate');
    if (intrastate === undefined && indeterminate === undefined) return {};
    if (intrastate === undefined) refuse('missing_price', 'intrastate_rate', 'there is no price');
    return {
      jurisdictionPrices: {
        interstate,
        intrastate,
        indeterminate: indeterminate ?? higherPrice(interstate, intrastate),
      },
    };
  }
}

function checkWidth(line: readonly string[], expected: number): void {
  if (line.length === expected) return;
  if (line.length < expected) {
    refuse(
      'too_few_columns',
      '',
      `found ${String(line.length)} columns, expected ${String(expected)}`,
    );
  }
  if (line.slice(expected).some((cell) => cell.trim() !== '')) {
    refuse(
      'too_many_columns',
      '',
      `found ${String(line.length)} columns, expected ${String(expected)}`,
    );
  }
}

function accepted(reading: PrefixReading, field: DeckField): readonly string[] {
  switch (reading.kind) {
    case 'prefixes':
      return reading.prefixes;
    case 'missing':
      return refuse('missing_prefix', field, 'the cell is empty');
    case 'wrong':
      return refuse(reading.code, field, reading.detail);
  }
}

function problemOf({
  code,
  member,
  detail,
}: {
  code: string;
  member: string;
  detail: string;
}): ParsedLine {
  const problem: LineProblem = { code, field: member, detail };
  return { kind: 'problem', problem };
}

function shown(instantMs: number): string {
  return new Date(instantMs).toISOString();
}

/** A member that is only there when it has a value. */
function optional<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): Partial<Record<Name, Value>> {
  if (value === undefined) return {};
  // The one member that the type says there may be.
  return { [name]: value } as Partial<Record<Name, Value>>;
}
