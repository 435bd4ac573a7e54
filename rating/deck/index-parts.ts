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

/** Numbers into a table, as narrow as the table allows. */
export type TableColumn = Uint8Array | Uint16Array | Int32Array;

/**
 * A release's index as plain data that one thread can hand to another: typed arrays, which are
 * transferred rather than copied, and small tables of what rows share.
 */
export interface ReleaseIndexParts {
  readonly size: number;
  /** A row's id is `idBase` plus its entry. */
  readonly idBase: number;
  readonly id: Uint32Array | Float64Array;
  /** The prefix read as a number behind a leading 1, which keeps its own leading zeros. */
  readonly prefix: Float64Array;
  /** Prices as integers of 10^-8 money units. */
  readonly ratePerMinute: BigInt64Array;
  /** Null where no row has prices by jurisdiction; -1 for a row without. */
  readonly intrastate: BigInt64Array | null;
  readonly indeterminate: BigInt64Array | null;
  readonly shape: TableColumn;
  readonly destination: TableColumn;
  /** Null where all rows have the first validity. */
  readonly validity: TableColumn | null;
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
  const { id, prefix, ratePerMinute, intrastate, indeterminate, trie, jump } = parts;
  const { shape, destination, validity, rare, next } = parts;
  const all = [
    ...[id, prefix, ratePerMinute, intrastate, indeterminate],
    ...[trie, jump],
    ...[shape, destination, validity, rare, next],
  ];
  return all.filter((array) => array !== null);
}

/**
 * The buffers to name in `postMessage(parts, transferList(parts))`, so that they change hands without
 * being copied. The index they came from is empty afterwards and must not be asked again.
 */
export function transferList(parts: ReleaseIndexParts): ArrayBuffer[] {
  return arraysOf(parts).flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : []));
}
