import { PRICE_DECIMALS, parseScaled, scaledToText } from '../money.js';
import {
  DESTINATION_WORD,
  ID_WORD,
  PREFIX_DOUBLE,
  PRICE_DOUBLE,
  RECORD_DOUBLES,
  RECORD_WORDS,
  SHAPE_WORD,
  VALIDITY_WORD,
  wordsOf,
} from './index-parts.js';
import type { RareMembers, RowShape, RowValidity, TableColumn } from './index-parts.js';
import { Interner } from './interner.js';
import type { RateRow } from './types.js';
import { compileWindow } from './window.js';

const RARE_MEMBERS = [
  'graceS',
  'freeS',
  'initialRatePerMinute',
  'minCost',
  'maxCost',
  'tiers',
] as const;
const WINDOW_MEMBERS = ['days', 'dates', 'timeFrom', 'timeTo'] as const;
const FIRST_ROOM = 64;
const NO_PRICE = -1n;
const ID_RANGE = 2 ** 32;

/**
 * The rows of a release while it is read: columns of numbers that grow by doubling, and tables of
 * what rows share. Nothing of a row's own strings is kept, so that millions of them can stream by.
 */
export class RowColumns {
  size = 0;
  next: Int32Array;
  private id: Float64Array;
  private prefix: Float64Array;
  private ratePerMinute: BigInt64Array;
  private intrastate: BigInt64Array | null = null;
  private indeterminate: BigInt64Array | null = null;
  private destination: Int32Array;
  private shape: Int32Array;
  private validity: Int32Array;
  private rare: Int32Array;
  private hasNext = false;
  private readonly destinations = new Interner<string>();
  private readonly shapes = new Interner<RowShape>();
  private readonly validities = new Interner<RowValidity>();
  private readonly rares = new Interner<RareMembers>();

  /** `expectedRows` saves growing where the number of rows is known beforehand. */
  constructor(expectedRows: number) {
    const room = Math.max(expectedRows, FIRST_ROOM);
    this.next = new Int32Array(room);
    this.id = new Float64Array(room);
    this.prefix = new Float64Array(room);
    this.ratePerMinute = new BigInt64Array(room);
    this.destination = new Int32Array(room);
    this.shape = new Int32Array(room);
    this.validity = new Int32Array(room);
    this.rare = new Int32Array(room);
  }

  /** Appends a checked row and returns its index. */
  push(row: RateRow): number {
    const index = this.size;
    if (index === this.id.length) this.resize(index * 2);
    this.size += 1;
    this.next[index] = -1;
    this.id[index] = row.id;
    this.prefix[index] = Number(`1${row.prefix}`);
    this.ratePerMinute[index] = parseScaled(row.ratePerMinute);
    this.destination[index] = this.destinations.intern(row.destination, () => row.destination);
    this.shape[index] = this.internShape(row);
    this.validity[index] = this.internValidity(row);
    this.rare[index] = this.internRare(row);
    this.pushJurisdiction(index, row);
    return index;
  }

  /** Puts `after` behind `before` in the order of preference of one prefix. */
  link(before: number, after: number): void {
    this.next[before] = after;
    this.hasNext = true;
  }

  /** Whether `first` is preferred to `second`: priority, then newer release, then lower id. */
  isPreferred(first: number, second: number): boolean {
    const priorities =
      (this.shapes.values[this.shape[first] ?? 0]?.priority ?? 0) -
      (this.shapes.values[this.shape[second] ?? 0]?.priority ?? 0);
    if (priorities !== 0) return priorities > 0;
    const releases =
      (this.validities.values[this.validity[first] ?? 0]?.releaseId ?? 0) -
      (this.validities.values[this.validity[second] ?? 0]?.releaseId ?? 0);
    if (releases !== 0) return releases > 0;
    return (this.id[first] ?? 0) < (this.id[second] ?? 0);
  }

  /** Whether a row has neither a period of its own nor a window. */
  holdsAlways(index: number): boolean {
    const validity = this.validities.values[this.validity[index] ?? 0];
    if (validity === undefined) return false;
    const { effectiveFrom, effectiveTo } = validity;
    return effectiveFrom === null && effectiveTo === null && compileWindow(validity) === null;
  }

  /** The rows in their final form, without spare room. */
  finish() {
    const { size, destinations, shapes, validities, rares } = this;
    return {
      size,
      ...this.packRecords(),
      intrastate: this.intrastate?.slice(0, size) ?? null,
      indeterminate: this.indeterminate?.slice(0, size) ?? null,
      rare:
        rares.values.length === 0 ? null : packNumbers(this.rare, size, rares.values.length + 1),
      next: this.hasNext ? this.next.slice(0, size) : null,
      destinations: destinations.values,
      shapes: shapes.values,
      validities: validities.values,
      rares: rares.values,
    };
  }

  private pushJurisdiction(index: number, row: RateRow): void {
    const prices = row.jurisdictionPrices;
    if (prices === undefined) {
      if (this.intrastate !== null) this.intrastate[index] = NO_PRICE;
      if (this.indeterminate !== null) this.indeterminate[index] = NO_PRICE;
      return;
    }
    const room = this.id.length;
    this.intrastate ??= new BigInt64Array(room).fill(NO_PRICE);
    this.indeterminate ??= new BigInt64Array(room).fill(NO_PRICE);
    this.intrastate[index] = parseScaled(prices.intrastate);
    this.indeterminate[index] = parseScaled(prices.indeterminate);
  }

  private internShape(row: RateRow): number {
    const { connectFee, initialIncrementS, incrementS, minDurationS, blocked, priority } = row;
    const key = `${connectFee}/${String(initialIncrementS)}/${String(incrementS)}/${String(
      minDurationS,
    )}/${blocked ? 1 : 0}/${String(priority)}`;
    return this.shapes.intern(key, () => ({
      connectFee: scaledToText(parseScaled(connectFee), PRICE_DECIMALS),
      initialIncrementS,
      incrementS,
      minDurationS,
      blocked,
      priority,
    }));
  }

  private internValidity(row: RateRow): number {
    const { releaseId, effectiveFrom, effectiveTo } = row;
    const window = pick(row, WINDOW_MEMBERS);
    const times = window === null ? '' : JSON.stringify(window);
    const key = `${String(releaseId)}/${String(effectiveFrom)}/${String(effectiveTo)}/${times}`;
    return this.validities.intern(key, () => ({
      releaseId,
      effectiveFrom,
      effectiveTo,
      ...window,
    }));
  }

  private internRare(row: RateRow): number {
    const members = pick(row, RARE_MEMBERS);
    if (members === null) return 0;
    return this.rares.intern(JSON.stringify(members), () => members) + 1;
  }

  /** Records, and apart from them what is too large for its place in one. */
  private packRecords() {
    const { size } = this;
    const { lowest, highest } = this.idRange();
    const isFar = highest - lowest >= ID_RANGE;
    const idBase = isFar ? 0 : lowest;
    const records = new Float64Array(size * RECORD_DOUBLES);
    const words = wordsOf(records);
    let isLarge = false;
    for (let index = 0; index < size; index += 1) {
      const double = index * RECORD_DOUBLES;
      const word = index * RECORD_WORDS;
      const price = Number(this.ratePerMinute[index] ?? 0n);
      if (!Number.isSafeInteger(price)) isLarge = true;
      records[double + PRICE_DOUBLE] = price;
      records[double + PREFIX_DOUBLE] = this.prefix[index] ?? 1;
      words[word + ID_WORD] = isFar ? 0 : (this.id[index] ?? 0) - idBase;
      words[word + DESTINATION_WORD] = this.destination[index] ?? 0;
      words[word + SHAPE_WORD] = this.shape[index] ?? 0;
      words[word + VALIDITY_WORD] = this.validity[index] ?? 0;
    }
    const ids = isFar ? this.id.slice(0, size) : null;
    return { records, idBase, ids, prices: isLarge ? this.ratePerMinute.slice(0, size) : null };
  }

  private idRange(): { readonly lowest: number; readonly highest: number } {
    const ids = this.id.subarray(0, this.size);
    let lowest = ids[0] ?? 0;
    let highest = lowest;
    for (const id of ids) {
      if (id < lowest) lowest = id;
      if (id > highest) highest = id;
    }
    return { lowest, highest };
  }

  private resize(length: number): void {
    this.next = copyInto(new Int32Array(length), this.next);
    this.id = copyInto(new Float64Array(length), this.id);
    this.prefix = copyInto(new Float64Array(length), this.prefix);
    this.ratePerMinute = copyInto(new BigInt64Array(length), this.ratePerMinute);
    this.destination = copyInto(new Int32Array(length), this.destination);
    this.shape = copyInto(new Int32Array(length), this.shape);
    this.validity = copyInto(new Int32Array(length), this.validity);
    this.rare = copyInto(new Int32Array(length), this.rare);
    if (this.intrastate === null || this.indeterminate === null) return;
    this.intrastate = copyInto(new BigInt64Array(length), this.intrastate);
    this.indeterminate = copyInto(new BigInt64Array(length), this.indeterminate);
  }
}

/** The members of a row that it has, or null when it has none of them. */
function pick<Member extends keyof RateRow>(
  row: RateRow,
  members: readonly Member[],
): Partial<Pick<RateRow, Member>> | null {
  let found: Partial<Pick<RateRow, Member>> | null = null;
  for (const member of members) {
    if (row[member] === undefined) continue;
    found ??= {};
    found[member] = row[member];
  }
  return found;
}

/** Numbers below `count` in the narrowest column that holds them. */
function packNumbers(numbers: Int32Array, size: number, count: number): TableColumn {
  if (count <= 256) return Uint8Array.from(numbers.subarray(0, size));
  if (count <= 65_536) return Uint16Array.from(numbers.subarray(0, size));
  return numbers.slice(0, size);
}

type GrowingColumn = Int32Array | Float64Array | BigInt64Array;

/** Copies `source` into a longer column of the same element type. */
function copyInto<Kind extends GrowingColumn>(target: Kind, source: Kind): Kind {
  // Both arguments have the same element type by signature, which `set` cannot see in the union.
  (target as { set(values: ArrayLike<unknown>): void }).set(source);
  return target;
}
