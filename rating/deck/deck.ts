import { Zone } from '../time/zone.js';
import type { LocalTime } from '../time/zone.js';
import { DeckColumns } from './deck-columns.js';
import { DigitTrie, MAX_MATCHES } from './digit-trie.js';
import { findRowProblem } from './row-problem.js';
import type { RowProblem } from './row-problem.js';
import { findSlots } from './slots.js';
import type { DeckTerms, FrozenRate, RateRow } from './types.js';
import { windowContains } from './window.js';

/** Frozen rates remembered for popular destinations; a full memory is emptied. */
const MAX_FROZEN = 8192;

/** Why a row whose prefix matches was or was not chosen. */
export type CandidateOutcome =
  | 'chosen'
  | 'not_yet_effective'
  | 'no_longer_effective'
  | 'outside_window'
  | 'shorter_prefix'
  | 'less_preferred';

export interface DeckCandidate {
  readonly row: RateRow;
  readonly outcome: CandidateOutcome;
}

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
 * One rate sheet as an immutable snapshot. Look-ups neither allocate nor write, apart from bounded
 * memories of frozen rates and zone offsets, which never change an answer.
 */
export class Deck {
  readonly terms: DeckTerms;
  private readonly columns: DeckColumns;
  private readonly trie: DigitTrie;
  private readonly zone: Zone;
  private readonly splits: boolean;
  private readonly matches = new Int32Array(MAX_MATCHES);
  private readonly frozen = new Map<number, FrozenRate>();

  /** Made by {@link DeckBuilder}, which hands over what it built. */
  constructor(terms: DeckTerms, columns: DeckColumns, trie: DigitTrie, zone: Zone) {
    this.terms = terms;
    this.columns = columns;
    this.trie = trie;
    this.zone = zone;
    this.splits = terms.timeOfDayPolicy === 'split' && columns.hasWindows;
  }

  get size(): number {
    return this.columns.size;
  }

  get memoryBytes(): number {
    return this.columns.memoryBytes + this.trie.memoryBytes;
  }

  /**
   * The rate of a call to `number` (digits) that starts at `atMs`, or null when the sheet has none:
   * the longest prefix with a row that is effective and whose window contains the instant; within a
   * prefix the higher priority, then the newer release, then the lower id.
   */
  find(number: string, atMs: number): FrozenRate | null {
    const index = this.findIndex(number, atMs);
    if (index < 0) return null;
    return this.splits ? this.freezeSplit(number, atMs, index) : this.frozenAt(index);
  }

  /** The index of the row {@link find} would freeze, or -1. Allocates nothing without windows. */
  findIndex(number: string, atMs: number): number {
    return this.findIndexIn(number, atMs, atMs);
  }

  /**
   * The row of an index with the sheet's terms. Not for sheets that split prices over time slots:
   * their rates depend on the instant, see {@link find}.
   */
  frozenAt(index: number): FrozenRate {
    if (this.splits) throw new RangeError('slots_missing: this sheet needs find(number, atMs)');
    const known = this.frozen.get(index);
    if (known !== undefined) return known;
    const rate: FrozenRate = { terms: this.terms, row: this.columns.rowAt(index) };
    if (this.frozen.size >= MAX_FROZEN) this.frozen.clear();
    this.frozen.set(index, rate);
    return rate;
  }

  /** All rows in the order they were added. */
  *rows(): IterableIterator<RateRow> {
    for (let index = 0; index < this.columns.size; index += 1) yield this.columns.rowAt(index);
  }

  /** Every row whose prefix matches, best first, and what became of it. */
  explain(number: string, atMs: number): readonly DeckCandidate[] {
    const chosen = this.findIndex(number, atMs);
    const chosenPrefix = chosen < 0 ? '' : this.columns.prefixAt(chosen);
    const local = this.zone.localTime(atMs);
    return this.matchingRows(number).map((index) => ({
      row: this.columns.rowAt(index),
      outcome:
        index === chosen
          ? 'chosen'
          : (this.findRefusal(index, atMs, local) ??
            (this.columns.prefixAt(index) === chosenPrefix ? 'less_preferred' : 'shorter_prefix')),
    }));
  }

  private findRefusal(index: number, atMs: number, local: LocalTime): CandidateOutcome | null {
    if (atMs < (this.columns.effectiveFrom[index] ?? 0)) return 'not_yet_effective';
    if (atMs >= (this.columns.effectiveTo[index] ?? 0)) return 'no_longer_effective';
    const window = this.columns.windowAt(index);
    return window === null || windowContains(window, local) ? null : 'outside_window';
  }

  /** Longest prefix whose row is effective at one instant and whose window contains another. */
  private findIndexIn(number: string, effectiveAtMs: number, windowAtMs: number): number {
    const { matches, columns } = this;
    let local: LocalTime | null = null;
    for (let at = this.trie.matchAll(number, matches) - 1; at >= 0; at -= 1) {
      for (let index = matches[at] ?? -1; index >= 0; index = columns.next[index] ?? -1) {
        if (effectiveAtMs < (columns.effectiveFrom[index] ?? 0)) continue;
        if (effectiveAtMs >= (columns.effectiveTo[index] ?? 0)) continue;
        const window = columns.hasWindows ? columns.windowAt(index) : null;
        if (window === null) return index;
        local ??= this.zone.localTime(windowAtMs);
        if (windowContains(window, local)) return index;
      }
    }
    return -1;
  }

  private freezeSplit(number: string, atMs: number, first: number): FrozenRate {
    const windows = this.matchingRows(number).flatMap((index) => {
      const window = this.columns.windowAt(index);
      return window === null ? [] : [window];
    });
    const row = this.columns.rowAt(first);
    if (windows.length === 0) return { terms: this.terms, row };
    const found = findSlots({
      zone: this.zone,
      windows,
      startMs: atMs,
      first,
      rowIndexAt: (instantMs) => this.findIndexIn(number, atMs, instantMs),
    });
    const slots = found.slots.map(({ fromS, index }) => ({
      fromS,
      row: index === first ? row : this.columns.rowAt(index),
    }));
    return { terms: this.terms, row, slots, slotsEndS: found.endS };
  }

  private matchingRows(number: string): readonly number[] {
    const rows: number[] = [];
    for (let at = this.trie.matchAll(number, this.matches) - 1; at >= 0; at -= 1) {
      let index = this.matches[at] ?? -1;
      for (; index >= 0; index = this.columns.next[index] ?? -1) rows.push(index);
    }
    return rows;
  }
}

/** Takes rows one by one, so that a loader can stream a sheet of millions, then gives the deck. */
export class DeckBuilder {
  private readonly terms: DeckTerms;
  private readonly zone: Zone;
  private columns: DeckColumns | null = new DeckColumns();
  private readonly trie = new DigitTrie();

  /** @throws RangeError for terms that make no sense: an unknown zone, decimals outside 0 to 8. */
  constructor(terms: DeckTerms) {
    const { roundingDecimals } = terms;
    if (!Number.isInteger(roundingDecimals) || roundingDecimals < 0 || roundingDecimals > 8) {
      throw new RangeError(`invalid_decimals: ${String(roundingDecimals)} is not 0 to 8`);
    }
    this.terms = terms;
    this.zone = new Zone(terms.timeZone);
  }

  /** @throws RateRowError for a row that {@link findRowProblem} objects to. */
  add(row: RateRow): void {
    const columns = this.columnsInWork();
    const problem = findRowProblem(row);
    if (problem !== null) throw new RateRowError(row, problem);
    const index = columns.push(row);
    const head = this.trie.get(row.prefix);
    if (head < 0 || columns.isPreferred(index, head)) {
      columns.next[index] = head;
      this.trie.set(row.prefix, index);
      return;
    }
    let before = head;
    let after = columns.next[head] ?? -1;
    while (after >= 0 && !columns.isPreferred(index, after)) {
      before = after;
      after = columns.next[after] ?? -1;
    }
    columns.next[before] = index;
    columns.next[index] = after;
  }

  /** The finished deck. The builder is spent afterwards. */
  build(): Deck {
    const columns = this.columnsInWork();
    this.columns = null;
    columns.trim();
    this.trie.trim();
    return new Deck(this.terms, columns, this.trie, this.zone);
  }

  private columnsInWork(): DeckColumns {
    if (this.columns === null) throw new Error('deck_already_built: a builder makes one deck');
    return this.columns;
  }
}

/** Builds a deck from rows at hand; rows may come in any order. */
export function buildDeck(terms: DeckTerms, rows: Iterable<RateRow>): Deck {
  const builder = new DeckBuilder(terms);
  for (const row of rows) builder.add(row);
  return builder.build();
}
