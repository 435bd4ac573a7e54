import { seededRandom } from '../simulator/load-mix.js';

/** One stream of seeded random choices. Streams of different names do not disturb each other. */
export class Dice {
  readonly #next: () => number;

  constructor(seed: number, name: string) {
    let hash = 2_166_136_261 ^ seed;
    for (const char of name) hash = Math.imul(hash ^ char.charCodeAt(0), 16_777_619);
    this.#next = seededRandom(hash >>> 0);
  }

  /** From 0 up to but without 1. */
  share(): number {
    return this.#next();
  }

  chance(share: number): boolean {
    return this.#next() < share;
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#next() * (most - least + 1));
  }

  oneOf<T>(values: readonly T[]): T {
    const found = values[Math.floor(this.#next() * values.length)];
    if (found === undefined) throw new Error('nothing to choose from');
    return found;
  }

  /** By weight. */
  pick<T>(choices: readonly (readonly [T, number])[]): T {
    let left = this.#next() * choices.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [value, weight] of choices) {
      left -= weight;
      if (left < 0) return value;
    }
    const [last] = choices.at(-1) ?? [];
    if (last === undefined) throw new Error('nothing to choose from');
    return last;
  }
}
