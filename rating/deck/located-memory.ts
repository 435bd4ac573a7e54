import type { LocatedRate } from './located-rate.js';

const SLOT_BITS = 13;
const SLOTS = 2 ** SLOT_BITS;
const EMPTY = -1;
/** 2^32 divided by the golden ratio: neighbouring keys are spread over all slots (Fibonacci hashing). */
const SPREAD = 0x9e37_79b1;

/**
 * Located rates of popular destinations: one slot for each of 8192 hashes. A row is kept when it is
 * asked for again with nothing else in between that shares its slot, so that rows asked for once
 * leave nothing behind for the garbage collector and do not push out popular ones.
 */
export class LocatedMemory {
  /** Of each slot the key that is kept, then the key that was asked for last. */
  private readonly keys = new Int32Array(SLOTS * 2).fill(EMPTY);
  private readonly rates: (LocatedRate | null)[] = new Array<LocatedRate | null>(SLOTS).fill(null);

  /** The rate kept under a key of 0 to 2^31 - 1, or null. */
  get(key: number): LocatedRate | null {
    const slot = slotOf(key);
    return this.keys[slot * 2] === key ? (this.rates[slot] ?? null) : null;
  }

  /** Notes that a key was asked for, and keeps its rate the second time. */
  note(key: number, rate: LocatedRate): void {
    const slot = slotOf(key);
    if (this.keys[slot * 2 + 1] !== key) {
      this.keys[slot * 2 + 1] = key;
      return;
    }
    this.keys[slot * 2] = key;
    this.rates[slot] = rate;
  }
}

function slotOf(key: number): number {
  return Math.imul(key, SPREAD) >>> (32 - SLOT_BITS);
}
