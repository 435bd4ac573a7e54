import type { QualityCounts } from './counts.js';

const FIELDS = 5;

/**
 * Counts by number, in one flat array that grows. Binary doubles hold every whole number up to 2^53:
 * 285 years of talk in microseconds, so that adding and taking away again leaves nothing behind.
 */
export class CountColumns {
  #values: Float64Array;

  constructor(size = 64) {
    this.#values = new Float64Array(size * FIELDS);
  }

  get memoryBytes(): number {
    return this.#values.byteLength;
  }

  set(at: number, counts: QualityCounts): void {
    const values = this.#valuesFor(at);
    const offset = at * FIELDS;
    values[offset] = counts.attempts;
    values[offset + 1] = counts.answered;
    values[offset + 2] = counts.talkUs;
    values[offset + 3] = counts.pddUs;
    values[offset + 4] = counts.pddCount;
  }

  /** Adds `sign` times what `from` holds at a number. */
  add(at: number, from: CountColumns, fromAt: number, sign: 1 | -1): void {
    const values = this.#valuesFor(at);
    const other = from.#values;
    for (let field = 0; field < FIELDS; field += 1) {
      const offset = at * FIELDS + field;
      values[offset] = (values[offset] ?? 0) + sign * (other[fromAt * FIELDS + field] ?? 0);
    }
  }

  attemptsAt(at: number): number {
    return this.#values[at * FIELDS] ?? 0;
  }

  answeredAt(at: number): number {
    return this.#values[at * FIELDS + 1] ?? 0;
  }

  countsAt(at: number): QualityCounts {
    const offset = at * FIELDS;
    return {
      attempts: this.#values[offset] ?? 0,
      answered: this.#values[offset + 1] ?? 0,
      talkUs: this.#values[offset + 2] ?? 0,
      pddUs: this.#values[offset + 3] ?? 0,
      pddCount: this.#values[offset + 4] ?? 0,
    };
  }

  #valuesFor(at: number): Float64Array {
    const needed = (at + 1) * FIELDS;
    if (needed <= this.#values.length) return this.#values;
    const grown = new Float64Array(Math.max(needed, this.#values.length * 2));
    grown.set(this.#values);
    this.#values = grown;
    return grown;
  }
}
