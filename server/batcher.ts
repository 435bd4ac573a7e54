export interface BatcherOptions<Item, Result> {
  /** Handles a batch; answers one result per item, in order. A rejection fails every item. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly maxBatch: number;
  /** Batches under way at once. */
  readonly concurrency: number;
  /** How long an item may wait for company; 0, the default, is the rest of the event loop's turn. */
  readonly lingerMs?: number;
  /** Items waiting beyond which new ones are refused at once. */
  readonly maxWaiting: number;
}

/** Thrown to callers when more is waiting than can be handled in reasonable time. */
export class BatcherFullError extends Error {
  readonly code = 'queue_full';
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Handles items together that arrive together: while a batch is under way the next one collects. A
 * lone item waits for nothing, a thousand share a handful of commits.
 */
export class Batcher<Item, Result> {
  readonly #options: BatcherOptions<Item, Result>;
  #waiting: Waiting<Item, Result>[] = [];
  #running = 0;
  #idleListeners: (() => void)[] = [];
  #isScheduled = false;
  #isDraining = false;

  constructor(options: BatcherOptions<Item, Result>) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  submit(item: Item): Promise<Result> {
    if (this.#waiting.length >= this.#options.maxWaiting) {
      return Promise.reject(new BatcherFullError('queue_full: too much is waiting'));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  /** Resolves when nothing waits and nothing is under way. */
  async drain(): Promise<void> {
    if (this.#waiting.length === 0 && this.#running === 0) return;
    this.#isDraining = true;
    await new Promise<void>((resolve) => this.#idleListeners.push(resolve));
    this.#isDraining = false;
  }

  /** Everything that arrives in one turn of the event loop, or while lingering, is one batch. */
  #schedule(): void {
    if (this.#isScheduled || this.#running >= this.#options.concurrency) return;
    this.#isScheduled = true;
    const start = (): void => {
      this.#isScheduled = false;
      this.#start();
    };
    const { lingerMs = 0, maxBatch } = this.#options;
    const isFull = this.#waiting.length >= maxBatch;
    if (lingerMs === 0 || isFull || this.#isDraining) setImmediate(start);
    else setTimeout(start, lingerMs);
  }

  #start(): void {
    if (this.#waiting.length === 0 || this.#running >= this.#options.concurrency) return;
    const batch = this.#waiting.slice(0, this.#options.maxBatch);
    this.#waiting = this.#waiting.slice(batch.length);
    this.#running += 1;
    void this.#run(batch).finally(() => {
      this.#running -= 1;
      this.#notifyWhenIdle();
      if (this.#waiting.length > 0) this.#schedule();
    });
    if (this.#waiting.length > 0) this.#schedule();
  }

  async #run(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#options.run(batch.map((waiting) => waiting.item));
      batch.forEach((waiting, index) => {
        const result = results[index];
        // One result per item is the contract of `run`; a missing one is that item's failure.
        if (index >= results.length) waiting.reject(new Error('batch: no result for this item'));
        else waiting.resolve(result as Result);
      });
    } catch (error) {
      for (const waiting of batch) waiting.reject(error);
    }
  }

  #notifyWhenIdle(): void {
    if (this.#waiting.length > 0 || this.#running > 0) return;
    const listeners = this.#idleListeners;
    this.#idleListeners = [];
    for (const listener of listeners) listener();
  }
}
