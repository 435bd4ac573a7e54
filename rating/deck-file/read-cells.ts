import { parseScaled } from '../money.js';
import type { Zone } from '../time/zone.js';
import { dateHint, instantOf, readDate } from './dates.js';
import { readPrice } from './prices.js';
import type { DeckField, DeckFormat, LineProblem } from './types.js';

/** Thrown while one line is read, and caught there. */
export class LineRefusal extends Error {
  constructor(readonly problem: LineProblem) {
    super(problem.detail);
  }
}

export function refuse(code: string, field: DeckField | '', detail: string): never {
  throw new LineRefusal({ code, field, detail });
}

const MOST_REMEMBERED = 20_000;

/** Reads the cells of lines by their field. Dates are remembered: a deck has few different ones. */
export class CellReader {
  private readonly instants = new Map<string, number>();

  constructor(
    private readonly format: DeckFormat,
    private readonly zone: Zone,
  ) {}

  /** The cell of a field without blanks around it; empty where there is no such column. */
  text(cells: readonly string[], field: DeckField): string {
    const column = this.format.columns[field];
    return column === undefined ? '' : (cells[column] ?? '').trim();
  }

  /** Undefined where the cell is empty. */
  price(cells: readonly string[], field: DeckField): string | 'blocked' | undefined {
    const text = this.text(cells, field);
    if (text === '') return undefined;
    const { decimal, isDecimalGiven } = this.format;
    const reading = readPrice(text, decimal, isDecimalGiven);
    switch (reading.kind) {
      case 'price':
        return reading.text;
      case 'missing':
        return undefined;
      case 'blocked':
        return 'blocked';
      case 'wrong':
        if (/^[=@]|^[+-][^\d.,\s]/.test(text))
          refuse('formula_cell', field, `'${text.slice(0, 60)}' is a formula`);
        return refuse(reading.code, field, reading.detail);
    }
  }

  /** An amount where words make no sense. */
  amount(cells: readonly string[], field: DeckField): string | undefined {
    const price = this.price(cells, field);
    if (price === 'blocked')
      refuse('invalid_price', field, `'${this.text(cells, field)}' is not a price`);
    return price;
  }

  /** Epoch ms; null where the cell is empty. */
  instant(cells: readonly string[], field: 'effective_from' | 'effective_to'): number | null {
    const text = this.text(cells, field);
    if (text === '' || text === '-' || /^0000-00-00/.test(text)) return null;
    const key = `${field} ${text}`;
    const known = this.instants.get(key);
    if (known !== undefined) return known;
    const date = readDate(text, this.format.dateFormat);
    if (date === null) return this.refuseDate(field, text);
    const instant = instantOf(date, this.zone, field === 'effective_to');
    if (this.instants.size >= MOST_REMEMBERED) this.instants.clear();
    this.instants.set(key, instant);
    return instant;
  }

  private refuseDate(field: DeckField, text: string): never {
    const shown = text.slice(0, 60);
    const { dateFormat } = this.format;
    const hint = dateHint(text);
    if (dateFormat !== null && dateFormat !== 'Y-M-D' && hint !== 'none' && hint !== dateFormat) {
      refuse('mixed_date_formats', field, `'${shown}' is not ${dateFormat} like the other dates`);
    }
    if (/^\d{5}$/.test(text)) {
      refuse(
        'invalid_date',
        field,
        `'${shown}' is how spreadsheets count days; format it as a date`,
      );
    }
    const format = dateFormat === null ? '' : ` in the format ${dateFormat}`;
    return refuse('invalid_date', field, `'${shown}' is not a date${format}`);
  }
}

/** The higher of two prices. */
export function higherPrice(first: string, second: string): string {
  return parseScaled(first) >= parseScaled(second) ? first : second;
}
