import { PRICE_DECIMALS, parseScaled, scaledToText } from '../money.js';
import { Interner } from './interner.js';
import type { RateRow } from './types.js';
import { compileWindow } from './window.js';
import type { RateWindow } from './window.js';

/** Members that most rows of a sheet share with thousands of others. */
interface RowShape {
  readonly initialIncrementS: number;
  readonly incrementS: number;
  readonly minDurationS: number;
  readonly blocked: boolean;
  readonly priority: number;
}

/** Members that few rows have, kept once per distinct combination. */
interface RareMembers {
  readonly members: Pick<RateRow, RareMember>;
  readonly window: RateWindow | null;
}

const RARE_MEMBERS = [
  'graceS',
  'freeS',
  'initialRatePerMinute',
  'minCost',
  'maxCost',
  'tiers',
  'days',
  'dates',
  'timeFrom',
  'timeTo',
] as const;
type RareMember = (typeof RARE_MEMBERS)[number];

/** Bytes assumed for one interned object or string outside of the typed arrays. */
const INTERNED_BYTES = 160;

/**
 * The rows of a deck as columns of numbers: about 60 bytes a row whatever its strings were, and
 * nothing for the garbage collector to walk. Grows by doubling while it is built.
 */
export class DeckColumns {
  size = 0;
  /** Whether any row has days, dates or times. */
  hasWindows = false;
  /** Next row of the same prefix in order of preference, or -1. */
  next = new Int32Array(64);
  priority = new Int32Array(64);
  releaseId = new Float64Array(64);
  id = new Float64Array(64);
  effectiveFrom = new Float64Array(64);
  effectiveTo = new Float64Array(64);
  private prefixDigits = new Float64Array(64);
  private prefixLength = new Uint8Array(64);
  private ratePerMinute = new BigInt64Array(64);
  private connectFee = new BigInt64Array(64);
  private destination = new Int32Array(64);
  private shape = new Int32Array(64);
  /** Number of the rare members, or -1. */
  private rare = new Int32Array(64);
  private readonly destinations = new Interner<string>();
  private readonly shapes = new Interner<RowShape>();
  private readonly rares = new Interner<RareMembers>();

  /** Appends a checked row and returns its index. */
  push(row: RateRow): number {
    const index = this.size;
    if (index === this.next.length) this.resize(index * 2);
    this.size += 1;
    this.next[index] = -1;
    this.id[index] = row.id;
    this.releaseId[index] = row.releaseId;
    this.priority[index] = row.priority;
    this.effectiveFrom[index] = row.effectiveFrom ?? Number.NEGATIVE_INFINITY;
    this.effectiveTo[index] = row.effectiveTo ?? Number.POSITIVE_INFINITY;
    this.prefixDigits[index] = Number(row.prefix);
    this.prefixLength[index] = row.prefix.length;
    this.ratePerMinute[index] = parseScaled(row.ratePerMinute);
    this.connectFee[index] = parseScaled(row.connectFee);
    this.destination[index] = this.destinations.intern(row.destination, () => row.destination);
    this.shape[index] = this.internShape(row);
    this.rare[index] = this.internRare(row);
    return index;
  }

  /** Whether `first` is preferred to `second`: priority, then newer release, then lower id. */
  isPreferred(first: number, second: number): boolean {
    const priorities = this.at(this.priority, first) - this.at(this.priority, second);
    if (priorities !== 0) return priorities > 0;
    const releases = this.at(this.releaseId, first) - this.at(this.releaseId, second);
    if (releases !== 0) return releases > 0;
    return this.at(this.id, first) < this.at(this.id, second);
  }

  /** The row's window, or null when it holds at all times. */
  windowAt(index: number): RateWindow | null {
    const rare = this.rare[index] ?? -1;
    return rare < 0 ? null : (this.rares.values[rare]?.window ?? null);
  }

  /** The row as it was added; prices come back in their shortest form (`0.0100` as `0.01`). */
  rowAt(index: number): RateRow {
    const shape = this.shapes.values[this.shape[index] ?? -1];
    if (shape === undefined) throw new RangeError(`no_such_row: ${String(index)}`);
    const rare = this.rares.values[this.rare[index] ?? -1];
    return {
      id: this.at(this.id, index),
      releaseId: this.at(this.releaseId, index),
      prefix: this.prefixAt(index),
      destination: this.destinations.values[this.destination[index] ?? -1] ?? '',
      ratePerMinute: scaledToText(this.ratePerMinute[index] ?? 0n, PRICE_DECIMALS),
      connectFee: scaledToText(this.connectFee[index] ?? 0n, PRICE_DECIMALS),
      ...shape,
      effectiveFrom: finiteOrNull(this.at(this.effectiveFrom, index)),
      effectiveTo: finiteOrNull(this.at(this.effectiveTo, index)),
      ...rare?.members,
    };
  }

  prefixAt(index: number): string {
    const length = this.prefixLength[index] ?? 0;
    return length === 0 ? '' : String(this.at(this.prefixDigits, index)).padStart(length, '0');
  }

  /** Gives spare room back. */
  trim(): void {
    this.resize(this.size);
  }

  get memoryBytes(): number {
    const interned =
      this.destinations.values.length + this.shapes.values.length + this.rares.values.length;
    return this.arrays().reduce((sum, array) => sum + array.byteLength, interned * INTERNED_BYTES);
  }

  private at(column: Float64Array | Int32Array, index: number): number {
    return column[index] ?? 0;
  }

  private internShape(row: RateRow): number {
    const { initialIncrementS, incrementS, minDurationS, blocked, priority } = row;
    const key = `${String(initialIncrementS)}/${String(incrementS)}/${String(minDurationS)}/${
      blocked ? 1 : 0
    }/${String(priority)}`;
    return this.shapes.intern(key, () => ({
      initialIncrementS,
      incrementS,
      minDurationS,
      blocked,
      priority,
    }));
  }

  private internRare(row: RateRow): number {
    const present = RARE_MEMBERS.filter((member) => row[member] !== undefined);
    if (present.length === 0) return -1;
    const members = Object.fromEntries(present.map((member) => [member, row[member]]));
    const number = this.rares.intern(JSON.stringify(members), () => ({
      members,
      window: compileWindow(row),
    }));
    if (this.rares.values[number]?.window) this.hasWindows = true;
    return number;
  }

  private arrays(): readonly { readonly byteLength: number }[] {
    return [
      ...[this.next, this.priority, this.releaseId, this.id, this.effectiveFrom],
      ...[this.effectiveTo, this.prefixDigits, this.prefixLength, this.ratePerMinute],
      ...[this.connectFee, this.destination, this.shape, this.rare],
    ];
  }

  private resize(length: number): void {
    this.next = copyInto(new Int32Array(length), this.next);
    this.priority = copyInto(new Int32Array(length), this.priority);
    this.releaseId = copyInto(new Float64Array(length), this.releaseId);
    this.id = copyInto(new Float64Array(length), this.id);
    this.effectiveFrom = copyInto(new Float64Array(length), this.effectiveFrom);
    this.effectiveTo = copyInto(new Float64Array(length), this.effectiveTo);
    this.prefixDigits = copyInto(new Float64Array(length), this.prefixDigits);
    this.prefixLength = copyInto(new Uint8Array(length), this.prefixLength);
    this.ratePerMinute = copyInto(new BigInt64Array(length), this.ratePerMinute);
    this.connectFee = copyInto(new BigInt64Array(length), this.connectFee);
    this.destination = copyInto(new Int32Array(length), this.destination);
    this.shape = copyInto(new Int32Array(length), this.shape);
    this.rare = copyInto(new Int32Array(length), this.rare);
  }
}

type Column = Int32Array | Float64Array | Uint8Array | BigInt64Array;

/** Copies as much of `source` as `target` has room for. Both are columns of one element type. */
function copyInto<Kind extends Column>(target: Kind, source: Kind): Kind {
  const part = source.subarray(0, Math.min(source.length, target.length));
  // Both arguments have the same element type by signature, which `set` cannot see in the union.
  (target as { set(values: ArrayLike<unknown>): void }).set(part);
  return target;
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
