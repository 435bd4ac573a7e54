export interface WorkQueueOptions<Item> {
  /** Items with the same key are handled one after the other, in the order they came. */
  readonly keyOf: (item: Item) => string;
  readonly handle: (item: Item) => void | Promise<void>;
  /** A handler threw or rejected; the queue goes on. */
  readonly onError: (error: unknown, item: Item) => void;
  /** How many items may be in hand at once. */
  readonly concurrency: number;
  /** Depth at which `onFull` asks the producer to stop. */
  readonly capacity: number;
  readonly onFull: () => void;
  /** The depth is down to half the capacity again. */
  readonly onRoom: () => void;
}

interface Lane<Item> {
  readonly key: string;
  readonly waiting: Item[];
}

/**
 * Stands between a socket and the work its messages cause: many keys at once, one item per key at a
 * time. It never refuses an item, because an item is money; it asks the producer to stop instead, so
 * its depth passes the capacity by at most what one read of the socket holds.
 */
export class WorkQueue<Item> {
  /** Lanes that have items; a lane being handled stays here until it is empty. */
  private readonly lanes = new Map<string, Lane<Item>>();
  /** Lanes with items and nobody at work on them, oldest first. */
  private ready: Lane<Item>[] = [];
  private readyFrom = 0;
  private active = 0;
  private holds = 0;
  private full = false;
  private count = 0;
  private scheduled = false;

  constructor(private readonly options: WorkQueueOptions<Item>) {}

  /** Items not yet handled, including those in hand. */
  get depth(): number {
    return this.count;
  }

  push(item: Item): void {
    const key = this.options.keyOf(item);
    const lane = this.lanes.get(key);
    if (lane === undefined) {
      const opened: Lane<Item> = { key, waiting: [item] };
      this.lanes.set(key, opened);
      this.ready.push(opened);
    } else {
      lane.waiting.push(item);
    }
    this.count += 1;
    if (!this.full && this.count >= this.options.capacity) {
      this.full = true;
      this.options.onFull();
    }
    this.schedule();
  }

  /** True from `onFull` until `onRoom`. */
  get isFull(): boolean {
    return this.full;
  }

  /** Keeps items waiting until as many `release`, so that a snapshot can be taken before them. */
  hold(): void {
    this.holds += 1;
  }

  release(): void {
    this.holds -= 1;
    this.schedule();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.startWork();
    });
  }

  private startWork(): void {
    while (this.holds === 0 && this.active < this.options.concurrency) {
      const lane = this.ready[this.readyFrom];
      if (lane === undefined) break;
      this.readyFrom += 1;
      void this.work(lane);
    }
    this.ready = this.ready.slice(this.readyFrom);
    this.readyFrom = 0;
  }

  private async work(lane: Lane<Item>): Promise<void> {
    const item = lane.waiting.shift();
    if (item === undefined) return;
    this.active += 1;
    try {
      await this.options.handle(item);
    } catch (error) {
      this.options.onError(error, item);
    }
    this.active -= 1;
    if (lane.waiting.length === 0) this.lanes.delete(lane.key);
    else this.ready.push(lane);
    this.settle();
  }

  private settle(): void {
    this.count -= 1;
    if (this.full && this.count <= this.options.capacity / 2) {
      this.full = false;
      this.options.onRoom();
    }
    this.schedule();
  }
}
