import type { RateRow, RateTier } from './types.js';
import type { WindowMember } from './window.js';

/** Members that most rows of a release share with thousands of others. */
export interface RowShape {
  readonly connectFee: string;
  readonly initialIncrementS: number;
  readonly incrementS: number;
  readonly minDurationS: number;
  readonly blocked: boolean;
  readonly priority: number;
}

/** When a row holds: its release, its own period, and its days, dates and times. */
export type RowValidity = Pick<
  RateRow,
  'releaseId' | 'effectiveFrom' | 'effectiveTo' | WindowMember
>;

/** Members that few rows have. */
export interface RareMembers {
  readonly graceS?: number;
  readonly freeS?: number;
  readonly initialRatePerMinute?: string;
  readonly minCost?: string;
  readonly maxCost?: string;
  readonly tiers?: readonly RateTier[];
}

/**
 * A row's record is 32 bytes, half a line of a processor's cache: in a big release each row that is
 * read for the first time is one wait for memory, not one for each member. Two doubles, then four
 * words of 32 bits: the price per minute as an integer of 10^-8 units; the prefix read as a number
 * behind a leading 1, which keeps its own leading zeros; the id, and the numbers of the destination,
 * the shape and the validity in their tables.
 */
export const RECORD_DOUBLES = 4;
export const RECORD_WORDS = 2 * RECORD_DOUBLES;
/** Places in a record: doubles from its first double, words from its first word. */
export const PRICE_DOUBLE = 0;
export const PREFIX_DOUBLE = 1;
export const ID_WORD = 4;
export const DESTINATION_WORD = 5;
export const SHAPE_WORD = 6;
export const VALIDITY_WORD = 7;

/** The words of records, in the same memory. */
export function wordsOf(records: Float64Array): Uint32Array {
  return new Uint32Array(records.buffer, records.byteOffset, records.length * 2);
}

/** Numbers into a table, as narrow as the table allows. */
export type TableColumn = Uint8Array | Uint16Array | Int32Array;

/**
 * A release's index as plain data that one thread can hand to another: typed arrays, which are
 * transferred rather than copied, and small tables of what rows share.
 */
export interface ReleaseIndexParts {
  readonly size: number;
  /** What every row has, one record behind the other, see {@link RECORD_WORDS}. */
  readonly records: Float64Array;
  /** A row's id is `idBase` plus its entry in the record, or is found in `ids` where that is set. */
  readonly idBase: number;
  /** Null where all ids lie within 2^32 of the lowest, as those of one release do. */
  readonly ids: Float64Array | null;
  /** Prices as integers of 10^-8 units; null where a double holds all of them exactly. */
  readonly prices: BigInt64Array | null;
  /** Null where no row has prices by jurisdiction; -1 for a row without. */
  readonly intrastate: BigInt64Array | null;
  readonly indeterminate: BigInt64Array | null;
  /** One more than the number of the rare members, 0 for none; null where no row has any. */
  readonly rare: TableColumn | null;
  /** Next row of the same prefix in order of preference, or -1; null where prefixes are unique. */
  readonly next: Int32Array | null;
  /** The packed trie of each prefix's most preferred row: its `slots`, and its `jump`. */
  readonly trie: Int32Array;
  readonly jump: Int32Array;
  readonly shapes: readonly RowShape[];
  readonly destinations: readonly string[];
  readonly validities: readonly RowValidity[];
  readonly rares: readonly RareMembers[];
}

/** The typed arrays of an index, whichever it has. */
export function arraysOf(parts: ReleaseIndexParts): readonly ArrayBufferView[] {
  const { records, ids, prices, intrastate, indeterminate, rare, next, trie, jump } = parts;
  const all = [records, ids, prices, intrastate, indeterminate, rare, next, trie, jump];
  return all.filter((array) => array !== null);
}

/**
 * The buffers to name in `postMessage(parts, transferList(parts))`, so that they change hands without
 * being copied. The index they came from is empty afterwards and must not be asked again.
 */
export function transferList(parts: ReleaseIndexParts): ArrayBuffer[] {
  return arraysOf(parts).flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : []));
}
