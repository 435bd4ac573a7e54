import { plainTermsOf } from '../call/plain-cost.js';
import type { PlainTerms } from '../call/plain-cost.js';
import { chooseColumn } from '../jurisdiction/choose-price.js';
import { parseScaled } from '../money.js';
import { zoneNamed } from '../time/zone.js';
import type { Zone } from '../time/zone.js';
import { LocatedMemory } from './located-memory.js';
import { LocatedRate } from './located-rate.js';
import { RateMemory } from './rate-memory.js';
import { ReleaseIndexBuilder } from './release-index.js';
import type { ReleaseIndex, RowRefusal } from './release-index.js';
import { findSlots } from './slots.js';
import type { DeckTerms, FrozenRate, Jurisdiction, RateRow } from './types.js';

export { RateRowError } from './release-index.js';

/** A stretch of time in which one release prices calls: up to the start of the next period. */
export interface DeckPeriod {
  /** UTC epoch ms; minus infinity for one that has no beginning. */
  readonly fromMs: number;
  /** Null where the sheet has no prices. */
  readonly index: ReleaseIndex | null;
}

/** Why a row whose prefix matches was or was not chosen. */
export type CandidateOutcome = 'chosen' | RowRefusal | 'shorter_prefix' | 'less_preferred';

export interface DeckCandidate {
  readonly row: RateRow;
  readonly outcome: CandidateOutcome;
}

interface Memories {
  readonly memory: RateMemory;
  readonly located: LocatedMemory;
}

function newMemories(): Memories {
  return { memory: new RateMemory(), located: new LocatedMemory() };
}

/** A period with the memory of its release, which comes back when the release does. */
type PricedPeriod = DeckPeriod & Memories;

const JURISDICTION_CODES: Readonly<Record<Jurisdiction, number>> = {
  unknown: 0,
  interstate: 1,
  intrastate: 2,
};

/**
 * One rate sheet: its terms, and which release holds when. Immutable; look-ups neither allocate nor
 * write, apart from bounded memories of frozen rates and zone offsets, which never change an answer.
 */
export class Deck {
  readonly terms: DeckTerms;
  private readonly periods: readonly PricedPeriod[];
  private readonly indexes: readonly ReleaseIndex[];
  private readonly zone: Zone;
  private readonly plainTerms: PlainTerms | null;

  /**
   * @throws RangeError for terms that make no sense (an unknown zone, decimals outside 0 to 8, a
   * negative tax), or periods that do not ascend.
   */
  constructor(terms: DeckTerms, periods: readonly DeckPeriod[]) {
    assertTerms(terms);
    assertAscending(periods);
    const memories = new Map<ReleaseIndex | null, Memories>();
    for (const { index } of periods) memories.set(index, newMemories());
    this.terms = terms;
    this.plainTerms = plainTermsOf(terms);
    this.zone = zoneNamed(terms.timeZone);
    this.periods = periods.map(({ fromMs, index }) => ({
      fromMs,
      index,
      ...(memories.get(index) ?? newMemories()),
    }));
    this.indexes = [...memories.keys()].filter((index) => index !== null);
  }

  /** Rows of all releases the deck knows. */
  get size(): number {
    return this.indexes.reduce((sum, index) => sum + index.size, 0);
  }

  /** Bytes of all releases' indexes; those shared with another deck count in both. */
  get memoryBytes(): number {
    return this.indexes.reduce((sum, index) => sum + index.memoryBytes, 0);
  }

  /**
   * The rate of a call to `number` (digits) that starts at `atMs`, or null when the sheet has none:
   * in the release in force, the longest prefix with a row that is effective and whose window
   * contains the instant; within a prefix the higher priority, then the newer release, then the lower
   * id. Where that row has prices by jurisdiction, `ratePerMinute` is the one for this call, and for
   * an unknown state the highest of the three.
   */
  find(number: string, atMs: number, jurisdiction: Jurisdiction = 'unknown'): FrozenRate | null {
    const period = this.periodAt(atMs);
    const index = period?.index;
    if (period === undefined || index === undefined || index === null) return null;
    const row = index.findRow(number, atMs, atMs, this.zone);
    if (row < 0) return null;
    if (index.hasWindows && this.terms.timeOfDayPolicy === 'split') {
      const split = this.freezeSplit(index, number, atMs, row, jurisdiction);
      if (split !== null) return split;
    }
    const code = index.hasJurisdictions ? JURISDICTION_CODES[jurisdiction] : 0;
    return period.memory.get(row * 4 + code, () => this.freeze(index.rowAt(row), jurisdiction));
  }

  /**
   * The rate that {@link find} gives, but frozen only when it is asked for: to compare the prices of
   * many decks, of which few are kept.
   */
  locate(number: string, atMs: number, jurisdiction: Jurisdiction = 'unknown'): LocatedRate | null {
    const period = this.periodAt(atMs);
    const index = period?.index;
    if (period === undefined || index === undefined || index === null) return null;
    const row = index.findRow(number, atMs, atMs, this.zone);
    if (row < 0) return null;
    if (index.hasWindows && this.terms.timeOfDayPolicy === 'split') {
      const split = this.freezeSplit(index, number, atMs, row, jurisdiction);
      if (split !== null) return new LocatedRate(split.row.blocked, null, () => split);
    }
    const key = row * 4 + (index.hasJurisdictions ? JURISDICTION_CODES[jurisdiction] : 0);
    const known = period.located.get(key);
    if (known !== null) return known;
    const located = this.located(index, row, jurisdiction);
    period.located.note(key, located);
    return located;
  }

  /**
   * The number, within the release in force at `atMs`, of the row that {@link find} would freeze, or
   * -1. Allocates nothing unless a matching row has a window.
   */
  findIndex(number: string, atMs: number): number {
    return this.periodAt(atMs)?.index?.findRow(number, atMs, atMs, this.zone) ?? -1;
  }

  /** All rows, release after release, each in the order they were added. */
  *rows(): IterableIterator<RateRow> {
    for (const index of this.indexes) yield* index.rows();
  }

  /** Every row of the release in force whose prefix matches, best first, and what became of it. */
  explain(number: string, atMs: number): readonly DeckCandidate[] {
    const index = this.periodAt(atMs)?.index ?? null;
    if (index === null) return [];
    const chosen = index.findRow(number, atMs, atMs, this.zone);
    const chosenPrefix = chosen < 0 ? null : index.prefixOf(chosen);
    const local = this.zone.localTime(atMs);
    return index.candidates(number).map((row) => {
      const refusal = index.refusalOf(row, atMs, local);
      const passedOver = index.prefixOf(row) === chosenPrefix ? 'less_preferred' : 'shorter_prefix';
      return {
        row: index.rowAt(row),
        outcome: row === chosen ? 'chosen' : (refusal ?? passedOver),
      };
    });
  }

  /** The period that holds at an instant: the last one that has begun. Decks have few of them. */
  private periodAt(atMs: number): PricedPeriod | undefined {
    const { periods } = this;
    for (let at = periods.length - 1; at >= 0; at -= 1) {
      const period = periods[at];
      if (period !== undefined && period.fromMs <= atMs) return period;
    }
    return undefined;
  }

  private located(index: ReleaseIndex, row: number, call: Jurisdiction): LocatedRate {
    const { plainTerms: terms } = this;
    const shape = terms === null ? null : index.plainShapeOf(row);
    const freeze = () => this.freeze(index.rowAt(row), call);
    if (terms === null || shape === null)
      return new LocatedRate(index.isBlocked(row), null, freeze);
    const ratePerMinute = index.priceOf(row, call);
    return new LocatedRate(shape.blocked, { shape, ratePerMinute, terms }, freeze);
  }

  private freeze(row: RateRow, call: Jurisdiction): FrozenRate {
    const prices = row.jurisdictionPrices;
    if (prices === undefined) return { terms: this.terms, row };
    const column = chooseColumn(prices, call);
    return {
      terms: this.terms,
      row: { ...row, ratePerMinute: prices[column] },
      jurisdiction: { call, column },
    };
  }

  /** The rate with its time slots, or null when no matching row has a window. */
  private freezeSplit(
    index: ReleaseIndex,
    number: string,
    startMs: number,
    first: number,
    call: Jurisdiction,
  ): FrozenRate | null {
    const windows = index
      .candidates(number)
      .map((row) => index.windowOf(row))
      .filter((window) => window !== null);
    if (windows.length === 0) return null;
    const rate = this.freeze(index.rowAt(first), call);
    const found = findSlots({
      zone: this.zone,
      windows,
      startMs,
      first,
      rowIndexAt: (instantMs) => index.findRow(number, startMs, instantMs, this.zone),
    });
    const slots = found.slots.map((slot) => ({
      fromS: slot.fromS,
      row: slot.index === first ? rate.row : this.freeze(index.rowAt(slot.index), call).row,
    }));
    return { ...rate, slots, slotsEndS: found.endS };
  }
}

function assertTerms({ roundingDecimals, taxPercent }: DeckTerms): void {
  if (!Number.isInteger(roundingDecimals) || roundingDecimals < 0 || roundingDecimals > 8) {
    throw new RangeError(`invalid_decimals: ${String(roundingDecimals)} is not 0 to 8`);
  }
  if (parseScaled(taxPercent) < 0n) throw new RangeError(`invalid_tax: ${taxPercent} is negative`);
}

function assertAscending(periods: readonly DeckPeriod[]): void {
  let previous: number | null = null;
  for (const { fromMs } of periods) {
    if (Number.isNaN(fromMs) || (previous !== null && fromMs <= previous)) {
      throw new RangeError(`invalid_period: ${String(fromMs)} after ${String(previous)}`);
    }
    previous = fromMs;
  }
}

/** Takes the rows of a deck of one release, then gives the deck. */
export class DeckBuilder {
  private readonly terms: DeckTerms;
  private readonly rows = new ReleaseIndexBuilder();

  /** @throws RangeError for terms that make no sense. */
  constructor(terms: DeckTerms) {
    // A deck without periods checks its terms before any row is read.
    this.terms = new Deck(terms, []).terms;
  }

  /** @throws RateRowError for a row that `findRowProblem` objects to. */
  add(row: RateRow): void {
    this.rows.add(row);
  }

  /** The finished deck. The builder is spent afterwards. */
  build(): Deck {
    return new Deck(this.terms, [{ fromMs: Number.NEGATIVE_INFINITY, index: this.rows.build() }]);
  }
}

/** Builds a deck of one release from rows at hand; they may come in any order. */
export function buildDeck(terms: DeckTerms, rows: Iterable<RateRow>): Deck {
  const builder = new DeckBuilder(terms);
  for (const row of rows) builder.add(row);
  return builder.build();
}
