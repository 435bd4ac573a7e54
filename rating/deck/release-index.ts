import type { PlainShape } from '../call/plain-cost.js';
import { PRICE_DECIMALS, parseScaled, scaledToText } from '../money.js';
import { safeToText } from '../safe-amounts.js';
import type { LocalTime, Zone } from '../time/zone.js';
import { DigitTrie } from './digit-trie.js';
import {
  DESTINATION_WORD,
  ID_WORD,
  PREFIX_DOUBLE,
  PRICE_DOUBLE,
  RECORD_DOUBLES,
  RECORD_WORDS,
  SHAPE_WORD,
  VALIDITY_WORD,
  arraysOf,
  wordsOf,
} from './index-parts.js';
import type { ReleaseIndexParts, RowShape } from './index-parts.js';
import { jumpDigitsFor, packTrie } from './pack-trie.js';
import { MATCHES_ROOM, PackedTrie } from './packed-trie.js';
import { RowColumns } from './row-columns.js';
import { findRowProblem } from './row-problem.js';
import type { RowProblem } from './row-problem.js';
import type { Jurisdiction, JurisdictionPrices, RateRow } from './types.js';
import { compileWindow, windowContains } from './window.js';
import type { RateWindow } from './window.js';

export { transferList } from './index-parts.js';
export type { ReleaseIndexParts } from './index-parts.js';

/** Bytes assumed for one entry of a table outside of the typed arrays. */
const TABLE_ENTRY_BYTES = 160;

/**
 * The trie keeps, for each prefix, twice the number of its most preferred row, and one more where
 * that row does not hold at all times: for most look-ups there is then nothing else to read.
 */
const CONDITIONAL = 1;

type Writable<T> = { -readonly [Member in keyof T]: T[Member] };

/** Why a row whose prefix matches cannot be used at an instant. */
export type RowRefusal = 'not_yet_effective' | 'no_longer_effective' | 'outside_window';

/** Thrown for a row that no deck may hold. */
export class RateRowError extends Error {
  readonly problem: RowProblem;

  constructor(row: RateRow, problem: RowProblem) {
    super(`${problem.code}: row ${String(row.id)}, ${problem.member}: ${problem.detail}`);
    this.name = 'RateRowError';
    this.problem = problem;
  }
}

/**
 * All rows of one release, immutable: columns of numbers and a trie over their prefixes, with
 * nothing in them for the garbage collector to walk. A release that comes back into force, or is in
 * force for several decks, needs one index only.
 */
export class ReleaseIndex {
  readonly size: number;
  /** Whether any row has days, dates or times. */
  readonly hasWindows: boolean;
  /** Whether any row has prices by jurisdiction. */
  readonly hasJurisdictions: boolean;
  private readonly parts: ReleaseIndexParts;
  private readonly records: Float64Array;
  private readonly words: Uint32Array;
  private readonly trie: PackedTrie;
  private readonly windows: readonly (RateWindow | null)[];
  private readonly effectiveFrom: Float64Array;
  private readonly effectiveTo: Float64Array;
  private readonly plainShapes: readonly PlainShape[];
  private readonly matches = new Int32Array(MATCHES_ROOM);

  private constructor(parts: ReleaseIndexParts) {
    const { validities } = parts;
    this.parts = parts;
    this.records = parts.records;
    this.words = wordsOf(parts.records);
    this.trie = new PackedTrie(parts.trie, parts.jump);
    this.size = parts.size;
    this.windows = validities.map(compileWindow);
    this.effectiveFrom = Float64Array.from(validities, (one) => one.effectiveFrom ?? -Infinity);
    this.effectiveTo = Float64Array.from(validities, (one) => one.effectiveTo ?? Infinity);
    this.plainShapes = parts.shapes.map(plainShapeOf);
    this.hasWindows = this.windows.some((window) => window !== null);
    this.hasJurisdictions = parts.intrastate !== null;
  }

  /** Takes over what {@link toParts} gave, on this thread or another; compiles the windows anew. */
  static fromParts(parts: ReleaseIndexParts): ReleaseIndex {
    return new ReleaseIndex(parts);
  }

  /** The index as plain data for another thread; shares its arrays with this index. */
  toParts(): ReleaseIndexParts {
    return this.parts;
  }

  get memoryBytes(): number {
    const { destinations, shapes, validities, rares } = this.parts;
    const entries = destinations.length + shapes.length + validities.length + rares.length;
    return arraysOf(this.parts).reduce(
      (sum, array) => sum + array.byteLength,
      entries * TABLE_ENTRY_BYTES,
    );
  }

  /**
   * The row for a number: the longest prefix with a row that is effective at one instant and whose
   * window contains another (the same one, but for later time slots of a call); within a prefix the
   * higher priority, then the newer release, then the lower id. -1 when there is none. Looks at rows
   * of matching prefixes only, and allocates nothing unless one of them has a window.
   */
  findRow(number: string, effectiveAtMs: number, windowAtMs: number, zone: Zone): number {
    const { matches } = this;
    const count = this.trie.match(number, matches, false);
    let local: LocalTime | null = null;
    for (let at = count - 1; at >= 0; at -= 1) {
      const match = matches[at] ?? 0;
      if ((match & CONDITIONAL) === 0) return match >> 1;
      for (let row = match >> 1; row >= 0; row = this.nextOf(row)) {
        const validity = this.validityOf(row);
        if (effectiveAtMs < (this.effectiveFrom[validity] ?? 0)) continue;
        if (effectiveAtMs >= (this.effectiveTo[validity] ?? 0)) continue;
        const window = this.windows[validity] ?? null;
        if (window === null) return row;
        local ??= zone.localTime(windowAtMs);
        if (windowContains(window, local)) return row;
      }
    }
    return -1;
  }

  /** Every row whose prefix the number begins with, best first, whether it holds or not. */
  candidates(number: string): readonly number[] {
    const rows: number[] = [];
    for (let at = this.trie.match(number, this.matches, true) - 1; at >= 0; at -= 1) {
      for (let row = (this.matches[at] ?? 0) >> 1; row >= 0; row = this.nextOf(row)) rows.push(row);
    }
    return rows;
  }

  /** Why a row does not hold at an instant, `local` on the sheet's clock; null when it does. */
  refusalOf(row: number, atMs: number, local: LocalTime): RowRefusal | null {
    const validity = this.validityOf(row);
    if (atMs < (this.effectiveFrom[validity] ?? 0)) return 'not_yet_effective';
    if (atMs >= (this.effectiveTo[validity] ?? 0)) return 'no_longer_effective';
    const window = this.windows[validity] ?? null;
    return window === null || windowContains(window, local) ? null : 'outside_window';
  }

  /** The row's window, or null when it holds at all times of day. */
  windowOf(row: number): RateWindow | null {
    return this.windows[this.validityOf(row)] ?? null;
  }

  /** Whether the row's destination is blocked. */
  isBlocked(row: number): boolean {
    return this.plainShapes[this.wordOf(row, SHAPE_WORD)]?.blocked ?? false;
  }

  /** What a row without rare members asks for, in whole numbers; null for any other. */
  plainShapeOf(row: number): PlainShape | null {
    const { rare } = this.parts;
    if (rare !== null && rare[row] !== 0) return null;
    return this.plainShapes[this.wordOf(row, SHAPE_WORD)] ?? null;
  }

  /**
   * The row's price per minute for a call, in 10^-8 units; for an unknown state the highest of the
   * row's three. A price of 2^53 and more is not exact, but never looks smaller than that.
   */
  priceOf(row: number, call: Jurisdiction): number {
    const { intrastate, indeterminate } = this.parts;
    const own = this.records[row * RECORD_DOUBLES + PRICE_DOUBLE] ?? 0;
    if (intrastate === null || indeterminate === null || call === 'interstate') return own;
    const within = Number(intrastate[row] ?? -1n);
    if (within < 0) return own;
    if (call === 'intrastate') return within;
    return Math.max(own, within, Number(indeterminate[row] ?? -1n));
  }

  prefixOf(row: number): string {
    return String(this.records[row * RECORD_DOUBLES + PREFIX_DOUBLE] ?? 1).slice(1);
  }

  /** The row as it was added; prices come back in their shortest form (`0.0100` as `0.01`). */
  rowAt(row: number): RateRow {
    const { parts } = this;
    const shape = parts.shapes[this.wordOf(row, SHAPE_WORD)];
    const validity = parts.validities[this.validityOf(row)];
    if (shape === undefined || validity === undefined) {
      throw new RangeError(`no_such_row: ${String(row)}`);
    }
    const ratePerMinute = this.priceTextOf(row);
    // Written out member by member: spreading objects here would take most of the time.
    const found: Writable<RateRow> = {
      id: parts.ids === null ? parts.idBase + this.wordOf(row, ID_WORD) : (parts.ids[row] ?? 0),
      releaseId: validity.releaseId,
      prefix: this.prefixOf(row),
      destination: parts.destinations[this.wordOf(row, DESTINATION_WORD)] ?? '',
      ratePerMinute,
      connectFee: shape.connectFee,
      initialIncrementS: shape.initialIncrementS,
      incrementS: shape.incrementS,
      minDurationS: shape.minDurationS,
      blocked: shape.blocked,
      priority: shape.priority,
      effectiveFrom: validity.effectiveFrom,
      effectiveTo: validity.effectiveTo,
    };
    const { days, dates, timeFrom, timeTo } = validity;
    if (days !== undefined) found.days = days;
    if (dates !== undefined) found.dates = dates;
    if (timeFrom !== undefined) found.timeFrom = timeFrom;
    if (timeTo !== undefined) found.timeTo = timeTo;
    const rare = this.rareOf(row);
    if (rare !== undefined) Object.assign(found, rare);
    const prices = this.jurisdictionPricesOf(row, ratePerMinute);
    if (prices !== undefined) found.jurisdictionPrices = prices;
    return found;
  }

  /** All rows in the order they were added. */
  *rows(): IterableIterator<RateRow> {
    for (let row = 0; row < this.size; row += 1) yield this.rowAt(row);
  }

  private nextOf(row: number): number {
    return this.parts.next === null ? -1 : (this.parts.next[row] ?? -1);
  }

  private validityOf(row: number): number {
    return this.wordOf(row, VALIDITY_WORD);
  }

  /** A word of a row's record; of a row that there is not, one that no table has. */
  private wordOf(row: number, place: number): number {
    return this.words[row * RECORD_WORDS + place] ?? -1;
  }

  private priceTextOf(row: number): string {
    const { prices } = this.parts;
    if (prices !== null) return showPrice(prices, row);
    return safeToText(this.records[row * RECORD_DOUBLES + PRICE_DOUBLE] ?? 0, PRICE_DECIMALS);
  }

  private rareOf(row: number) {
    const { rare, rares } = this.parts;
    return rare === null ? undefined : rares[(rare[row] ?? 0) - 1];
  }

  private jurisdictionPricesOf(row: number, interstate: string): JurisdictionPrices | undefined {
    const { intrastate, indeterminate } = this.parts;
    if (intrastate === null || indeterminate === null || (intrastate[row] ?? -1n) < 0n) {
      return undefined;
    }
    return {
      interstate,
      intrastate: showPrice(intrastate, row),
      indeterminate: showPrice(indeterminate, row),
    };
  }
}

function showPrice(column: BigInt64Array, row: number): string {
  return scaledToText(column[row] ?? 0n, PRICE_DECIMALS);
}

/** A fee too large for a double makes every product with it too large as well. */
function plainShapeOf(shape: RowShape): PlainShape {
  const { connectFee, initialIncrementS, incrementS, minDurationS, blocked } = shape;
  return {
    // Not money: a whole count of the smallest units; beyond 2^53 it is refused by the plain price.
    connectFee: Number(parseScaled(connectFee)),
    initialIncrementS,
    incrementS,
    minDurationS,
    blocked,
  };
}

/** Takes a release's rows one by one, in any order, then gives the index. */
export class ReleaseIndexBuilder {
  private columns: RowColumns | null;
  private trie = new DigitTrie();

  /** `expectedRows` saves time and memory where the number of rows is known; more may come. */
  constructor(expectedRows = 0) {
    this.columns = new RowColumns(expectedRows);
  }

  /** @throws RateRowError for a row that `findRowProblem` objects to. */
  add(row: RateRow): void {
    const columns = this.columnsInWork();
    const problem = findRowProblem(row);
    if (problem !== null) throw new RateRowError(row, problem);
    const index = columns.push(row);
    const head = this.trie.get(row.prefix);
    if (head >= 0 && !columns.isPreferred(index, head)) {
      insertBehind(columns, head, index);
      return;
    }
    if (head >= 0) columns.link(index, head);
    this.trie.set(row.prefix, index);
  }

  /** The finished index. The builder is spent afterwards. */
  build(): ReleaseIndex {
    const columns = this.columnsInWork();
    this.columns = null;
    const { slots: trie, jump } = packTrie(
      this.trie,
      jumpDigitsFor(columns.size),
      (row) => row * 2 + (columns.holdsAlways(row) ? 0 : CONDITIONAL),
      (match) => (match & CONDITIONAL) === 0,
    );
    this.trie = new DigitTrie();
    return ReleaseIndex.fromParts({ ...columns.finish(), trie, jump });
  }

  private columnsInWork(): RowColumns {
    if (this.columns === null) throw new Error('index_already_built: a builder makes one index');
    return this.columns;
  }
}

/** Puts a row at its place behind the first one of its prefix. */
function insertBehind(columns: RowColumns, head: number, index: number): void {
  let before = head;
  let after = columns.next[head] ?? -1;
  while (after >= 0 && !columns.isPreferred(index, after)) {
    before = after;
    after = columns.next[after] ?? -1;
  }
  columns.link(before, index);
  columns.link(index, after);
}
