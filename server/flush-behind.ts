export interface FlushBehindOptions {
  /** Writes what waits; resolves when nothing is left, or when the rest has to be tried again. */
  readonly write: () => Promise<void>;
  readonly isWaiting: () => boolean;
  readonly retryMs: number;
}

/**
 * Writes behind the back of whoever has something to write: one write at a time, and again after a
 * while as long as anything waits, until it is stopped.
 */
export class FlushBehind {
  readonly #options: FlushBehindOptions;
  #flushing: Promise<void> | null = null;
  #retryTimer: NodeJS.Timeout | null = null;
  #isStopped = false;

  constructor(options: FlushBehindOptions) {
    this.#options = options;
  }

  /** Sees to it that what waits is written; at once, unless that failed a moment ago. */
  poke(): void {
    if (this.#flushing === null && this.#retryTimer === null) void this.flush();
  }

  /** Writes what waits; resolves when it is written or when that was refused for now. */
  async flush(): Promise<void> {
    this.#flushing ??= this.#options.write().finally(() => {
      this.#flushing = null;
      // Whatever came between the last look and this one would otherwise wait for the next.
      if (this.#options.isWaiting()) this.#retryLater();
    });
    await this.#flushing;
  }

  /** Tries no more by itself. */
  stop(): void {
    this.#isStopped = true;
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
  }

  #retryLater(): void {
    if (this.#isStopped) return;
    this.#retryTimer ??= setTimeout(() => {
      this.#retryTimer = null;
      void this.flush();
    }, this.#options.retryMs);
  }
}
