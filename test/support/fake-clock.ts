import type { Clock } from '../../server/clock.js';

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #ms: number;

  constructor(startMs = Date.UTC(2026, 10, 22, 12)) {
    this.#ms = startMs;
  }

  nowMs(): number {
    return this.#ms;
  }

  nowUs(): number {
    return this.#ms * 1000;
  }

  advanceS(seconds: number): void {
    this.#ms += seconds * 1000;
  }
}
