import type { FrozenRate } from './types.js';

/** Frozen rates in each of the two generations. */
const GENERATION = 8192;

/**
 * Frozen rates of popular destinations, so that they are neither made nor parsed anew for each call.
 * Bounded by two generations: when the younger one is full it becomes the older one, whose entries
 * are forgotten unless they are asked for again.
 */
export class RateMemory {
  private young = new Map<number, FrozenRate>();
  private old = new Map<number, FrozenRate>();

  /** The rate remembered under a key, else what `make` gives. */
  get(key: number, make: () => FrozenRate): FrozenRate {
    const known = this.young.get(key);
    if (known !== undefined) return known;
    const rate = this.old.get(key) ?? make();
    if (this.young.size >= GENERATION) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(key, rate);
    return rate;
  }
}
