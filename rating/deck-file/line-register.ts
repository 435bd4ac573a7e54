import { rowsOverlap } from '../deck/row-overlap.js';
import type { FileRow } from './types.js';

/** When a row holds, apart from its prefix; rows that hold at the same times share one. */
export type When = Pick<
  FileRow,
  'priority' | 'effectiveFrom' | 'effectiveTo' | 'days' | 'dates' | 'timeFrom' | 'timeTo'
>;

export interface Clash {
  readonly kind: 'duplicate' | 'overlap' | 'crowd';
  readonly prefix: string;
  /** The line that has the prefix already. */
  readonly line: number;
}

/** A row of the file that a later line has given an end. */
export interface EndedRow {
  readonly prefix: string;
  /** When the row held as it was placed, and when it holds now. */
  readonly before: When;
  readonly after: When;
}

/** Rows of one prefix; more are no tariff, and comparing each with each would take for ever. */
const MOST_OF_PREFIX = 500;
const EMPTY = -1;
const START = 1 << 16;
const LOAD = 0.6;

/**
 * Remembers which line gave which prefix its price and when it holds, in typed arrays: 20 bytes a row
 * and some for the table, so that five million rows stay in reach.
 */
export class LineRegister {
  private size = 0;
  private keys = new Float64Array(START);
  private lines = new Int32Array(START);
  /** The next row of the same prefix, or -1. */
  private nexts = new Int32Array(START);
  private whens = new Int32Array(START);
  /** First row of each prefix, by hash. */
  private slots = new Int32Array(START * 2).fill(EMPTY);
  private prefixCount = 0;
  private readonly knownWhens: When[] = [];
  private readonly whenIds = new Map<string, number>();
  private readonly verdicts = new Map<number, boolean>();
  /** Of rows that were ended after they were placed: when they held at first. */
  private readonly moved = new Map<number, number>();
  /** Rows that were placed with an end that the file did not give them. */
  private readonly openRows = new Set<number>();

  get rowCount(): number {
    return this.size;
  }

  /**
   * Gives a line's rows their place, or says which row stands in the way of one of them; then none
   * is placed. A row without an end is not in the way of one for the same hours that begins later, it
   * ends there: decks list today's price and the next one so, in either order.
   */
  place(prefixes: readonly string[], row: FileRow, line: number): readonly FileRow[] | Clash {
    const when = this.whenId(row);
    for (const prefix of prefixes) {
      const clash = this.findClash(prefix, when);
      if (clash !== null) return clash;
    }
    return prefixes.map((prefix) => {
      const effectiveTo = this.settle(prefix, when);
      const placed = effectiveTo === row.effectiveTo ? row : { ...row, effectiveTo };
      if (placed !== row) this.openRows.add(this.size);
      this.addOne(keyOf(prefix), line, placed === row ? when : this.whenId(placed));
      return { ...placed, prefix };
    });
  }

  /** Rows whose end differs from what `place` returned for them. */
  *endedRows(): Generator<EndedRow, void> {
    for (const [at, original] of this.moved) {
      const before = this.knownWhens[original];
      const after = this.knownWhens[this.whens[at] ?? 0];
      if (before === undefined || after === undefined) continue;
      yield { prefix: String(this.keys[at] ?? 1).slice(1), before, after };
    }
  }

  /** From when on rows of the file price this prefix; -Infinity for ever, null when none does. */
  pricedFrom(prefix: string): number | null {
    let earliest: number | null = null;
    for (let at = this.firstOf(prefix); at >= 0; at = this.nexts[at] ?? EMPTY) {
      const from = this.knownWhens[this.whens[at] ?? 0]?.effectiveFrom ?? -Infinity;
      if (earliest === null || from < earliest) earliest = from;
    }
    return earliest;
  }

  /** Prefixes that no row of the file prices before or at an instant: they begin later. */
  *prefixesFromAfter(instantMs: number): Generator<string, void> {
    const isLate = this.knownWhens.map(
      ({ effectiveFrom }) => (effectiveFrom ?? -Infinity) > instantMs,
    );
    if (!isLate.includes(true)) return;
    for (const first of this.slots) {
      if (first < 0) continue;
      let late = true;
      for (let at = first; at >= 0 && late; at = this.nexts[at] ?? EMPTY) {
        late = isLate[this.whens[at] ?? 0] === true;
      }
      if (late) yield String(this.keys[first] ?? 1).slice(1);
    }
  }

  private findClash(prefix: string, when: number): Clash | null {
    let count = 0;
    for (let at = this.firstOf(prefix); at >= 0; at = this.nexts[at] ?? EMPTY) {
      const line = this.lines[at] ?? 0;
      const other = this.whens[at] ?? 0;
      count += 1;
      if (other === when) return { kind: 'duplicate', prefix, line };
      if (!this.doOverlap(when, other)) continue;
      if (this.follows(when, at) || this.precedes(when, at)) continue;
      return { kind: this.isSame(when, at) ? 'duplicate' : 'overlap', prefix, line };
    }
    if (count < MOST_OF_PREFIX) return null;
    return { kind: 'crowd', prefix, line: this.lines[this.firstOf(prefix)] ?? 0 };
  }

  /** Ends the rows that this one follows; returns where it ends itself. */
  private settle(prefix: string, when: number): number | null {
    const row = this.knownWhens[when];
    let end = row?.effectiveTo ?? null;
    for (let at = this.firstOf(prefix); at >= 0; at = this.nexts[at] ?? EMPTY) {
      const other = this.whens[at] ?? 0;
      if (!this.doOverlap(when, other)) continue;
      if (this.follows(when, at)) this.end(at, other, row?.effectiveFrom ?? null);
      else end = Math.min(end ?? Infinity, this.knownWhens[other]?.effectiveFrom ?? Infinity);
    }
    return end;
  }

  private end(at: number, when: number, effectiveTo: number | null): void {
    const row = this.knownWhens[when];
    if (row === undefined) return;
    if (!this.moved.has(at)) this.moved.set(at, when);
    this.whens[at] = this.whenId({ ...row, effectiveTo });
  }

  /** True when a row begins after one for the same hours, and the file gave neither an end. */
  private follows(when: number, at: number): boolean {
    const { row, other } = this.pair(when, at);
    return this.areOpen(row, at) && areSameHours(row, other) && startOf(row) > startOf(other);
  }

  /** The same, the other way round. */
  private precedes(when: number, at: number): boolean {
    const { row, other } = this.pair(when, at);
    return this.areOpen(row, at) && areSameHours(row, other) && startOf(row) < startOf(other);
  }

  /** True where only the end that was given to a row tells it from another. */
  private isSame(when: number, at: number): boolean {
    const { row, other } = this.pair(when, at);
    return areSameHours(row, other) && startOf(row) === startOf(other);
  }

  private pair(when: number, at: number) {
    return { row: this.knownWhens[when], other: this.knownWhens[this.whens[at] ?? 0] };
  }

  /** True when neither a new row nor the one at `at` had an end in the file. */
  private areOpen(row: When | undefined, at: number): boolean {
    if (row?.effectiveTo !== null) return false;
    const other = this.knownWhens[this.whens[at] ?? 0];
    return other?.effectiveTo === null || this.moved.has(at) || this.openRows.has(at);
  }

  private addOne(key: number, line: number, when: number): void {
    this.makeRoom();
    const slot = this.slotOf(key);
    const first = this.slots[slot] ?? EMPTY;
    if (first < 0) this.prefixCount += 1;
    this.keys[this.size] = key;
    this.lines[this.size] = line;
    this.whens[this.size] = when;
    this.nexts[this.size] = first;
    this.slots[slot] = this.size;
    this.size += 1;
  }

  private firstOf(prefix: string): number {
    return this.slots[this.slotOf(keyOf(prefix))] ?? EMPTY;
  }

  private slotOf(key: number): number {
    const mask = this.slots.length - 1;
    // Two multiplications that mix the high and the low half of a number of up to 53 bits.
    const high = Math.floor(key / 4_294_967_296);
    let hash = Math.imul(key >>> 0, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x2c1b3c6d);
    let slot = (hash ^ (hash >>> 13)) & mask;
    for (;;) {
      const first = this.slots[slot] ?? EMPTY;
      if (first < 0 || this.keys[first] === key) return slot;
      slot = (slot + 1) & mask;
    }
  }

  private makeRoom(): void {
    if (this.size === this.keys.length) {
      const length = this.size * 2;
      this.keys = grown(new Float64Array(length), this.keys);
      this.lines = grown(new Int32Array(length), this.lines);
      this.nexts = grown(new Int32Array(length), this.nexts);
      this.whens = grown(new Int32Array(length), this.whens);
    }
    if (this.prefixCount < this.slots.length * LOAD) return;
    const heads = this.slots.filter((first) => first >= 0);
    this.slots = new Int32Array(this.slots.length * 2).fill(EMPTY);
    for (const first of heads) this.slots[this.slotOf(this.keys[first] ?? 0)] = first;
  }

  private whenId(row: When): number {
    const { priority, effectiveFrom, effectiveTo, days, dates, timeFrom, timeTo } = row;
    const key = [
      priority,
      effectiveFrom,
      effectiveTo,
      days?.join(),
      dates?.join(),
      timeFrom,
      timeTo,
    ].join('|');
    const known = this.whenIds.get(key);
    if (known !== undefined) return known;
    const id = this.knownWhens.length;
    this.knownWhens.push(whenOf(row));
    this.whenIds.set(key, id);
    return id;
  }

  private doOverlap(first: number, second: number): boolean {
    const pair = Math.min(first, second) * 4_194_304 + Math.max(first, second);
    const known = this.verdicts.get(pair);
    if (known !== undefined) return known;
    const [one, other] = [this.knownWhens[first], this.knownWhens[second]];
    const verdict =
      one !== undefined &&
      other !== undefined &&
      one.priority === other.priority &&
      rowsOverlap(one, other);
    if (this.verdicts.size > 1_000_000) this.verdicts.clear();
    this.verdicts.set(pair, verdict);
    return verdict;
  }
}

function whenOf(row: When): When {
  const { priority, effectiveFrom, effectiveTo, days, dates, timeFrom, timeTo } = row;
  return {
    ...{ priority, effectiveFrom, effectiveTo },
    ...(days === undefined ? {} : { days }),
    ...(dates === undefined ? {} : { dates }),
    ...(timeFrom === undefined ? {} : { timeFrom }),
    ...(timeTo === undefined ? {} : { timeTo }),
  };
}

function startOf(row: When | undefined): number {
  return row?.effectiveFrom ?? -Infinity;
}

/** The same priority, days, dates and times. */
function areSameHours(first: When | undefined, second: When | undefined): boolean {
  return first !== undefined && second !== undefined && hoursOf(first) === hoursOf(second);
}

function hoursOf({ priority, days, dates, timeFrom, timeTo }: When): string {
  return [priority, days?.join(), dates?.join(), timeFrom, timeTo].join('|');
}

/** Digits as a number that keeps their count: a 1 in front. Sixteen digits fit a double exactly. */
function keyOf(prefix: string): number {
  return Number(`1${prefix}`);
}

function grown<A extends Float64Array | Int32Array>(larger: A, smaller: A): A {
  larger.set(smaller);
  return larger;
}
