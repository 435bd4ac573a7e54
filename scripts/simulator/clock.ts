import { setImmediate as nextTurn } from 'node:timers/promises';

export interface Timer {
  cancel(): void;
}

/** Time as the simulated switch sees it. */
export interface SimClock {
  /** UTC epoch microseconds. */
  nowUs(): number;
  after(delayMs: number, action: () => void): Timer;
  /** Marks work outside the simulation (an HTTP request): virtual time waits for it. */
  busy<Result>(work: Promise<Result>): Promise<Result>;
}

/** The wall clock. */
export function realClock(): SimClock {
  return {
    nowUs: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
    after: (delayMs, action) => {
      const timer = setTimeout(action, delayMs);
      return { cancel: () => clearTimeout(timer) };
    },
    busy: (work) => work,
  };
}

interface Entry {
  readonly atUs: number;
  readonly order: number;
  readonly action: () => void;
}

/** A clock that jumps from one planned action to the next, so that an hour's call takes no time. */
export class VirtualClock implements SimClock {
  private entries: Entry[] = [];
  private order = 0;
  private working = 0;

  constructor(private timeUs: number) {}

  nowUs(): number {
    return this.timeUs;
  }

  after(delayMs: number, action: () => void): Timer {
    const atUs = this.timeUs + Math.max(0, Math.round(delayMs * 1000));
    const entry: Entry = { atUs, order: this.order, action };
    this.order += 1;
    this.entries.push(entry);
    return { cancel: () => void (this.entries = this.entries.filter((other) => other !== entry)) };
  }

  async busy<Result>(work: Promise<Result>): Promise<Result> {
    this.working += 1;
    try {
      return await work;
    } finally {
      this.working -= 1;
    }
  }

  /** Runs until nothing is planned and nothing is under way. */
  async run(): Promise<void> {
    for (;;) {
      // Two turns: the first lets finished work resolve, the second what waited for it.
      await nextTurn();
      await nextTurn();
      if (this.working > 0) continue;
      const next = this.takeNext();
      if (next === undefined) return;
      this.timeUs = Math.max(this.timeUs, next.atUs);
      next.action();
    }
  }

  private takeNext(): Entry | undefined {
    let first: Entry | undefined;
    for (const entry of this.entries) {
      if (first === undefined || isBefore(entry, first)) first = entry;
    }
    if (first !== undefined) this.entries = this.entries.filter((entry) => entry !== first);
    return first;
  }
}

function isBefore(left: Entry, right: Entry): boolean {
  return left.atUs < right.atUs || (left.atUs === right.atUs && left.order < right.order);
}
