import type { Logger } from 'pino';
import type { Database } from '../../db/client.js';
import { loadQuality } from '../../db/repositories/quality.js';
import type { RouteQuality } from '../../rating/lcr/types.js';
import { QualityHistory } from '../../rating/quality/quality-history.js';
import {
  QUALITY_MAX_WINDOW_H,
  QUALITY_SLICE_S,
  sliceOf,
  windowStartS,
} from '../../rating/quality/slice.js';
import type { Clock } from '../clock.js';

export interface QualityStoreOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  /** How often recent attempts are read; 10 s unless told. */
  readonly refreshMs?: number;
}

/** How a plan judges quality. */
export interface QualityScope {
  /** Hours looked back, 1 to 168. */
  readonly windowH: number;
  /** Fewer attempts than this say nothing. */
  readonly minAttempts: number;
}

const REFRESH_MS = 10_000;
/** Legs that end now are counted in the slice of now or, a moment late, in the one before. */
const RECENT_SLICES = 2;
/** Reports can come late by hours when a switch was cut off; once a slice it is looked that far back. */
const LATE_S = 24 * 3600;
/** Slices ahead of our clock are a switch's whose clock is wrong; beyond this they are left out. */
const AHEAD_S = 3600;

/**
 * Quality of routes and length of calls, answered from memory. Attempts of all nodes are in the
 * database; each node reads the recent ones every few seconds. While the database is away the last
 * figures go on answering, windows included, which slide only with a successful read.
 */
export class QualityStore {
  readonly #options: QualityStoreOptions;
  readonly #history: QualityHistory;
  #timer: NodeJS.Timeout | null = null;
  #refreshing: Promise<void> | null = null;
  /** When the last read was begun that succeeded, in Unix seconds; null before the first. */
  #readAtS: number | null = null;
  #isAway = false;

  constructor(options: QualityStoreOptions) {
    this.#options = options;
    this.#history = new QualityHistory(this.#nowS());
  }

  /** True while recent attempts cannot be read. */
  get isStale(): boolean {
    return this.#isAway;
  }

  get memoryBytes(): number {
    return this.#history.memoryBytes;
  }

  /** Reads the longest window there can be, then goes on in the background; rejects when it cannot. */
  async start(): Promise<void> {
    await this.refresh();
    this.#timer = setInterval(() => {
      void this.#poll();
    }, this.#options.refreshMs ?? REFRESH_MS);
  }

  /** Ends the background reads; resolves when none is under way. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    await this.#refreshing?.catch(() => undefined);
  }

  /** Reads what may have changed; resolves when it is in force. One read at a time. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#read().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  /**
   * How attempts over a gateway towards a number (E.164 digits) went: by its first five digits, three,
   * or the whole gateway, the narrowest with enough attempts; null where even those are too few.
   */
  routeQuality(gatewayId: number, number: string, scope: QualityScope): RouteQuality | null {
    return this.#history.window(scope.windowH).routeQuality(gatewayId, number, scope.minAttempts);
  }

  /** Whole seconds a call to a number lasts on average, over all gateways; null without history. */
  averageCallS(number: string, scope: QualityScope): number | null {
    return this.#history.window(scope.windowH).averageCallS(number, scope.minAttempts);
  }

  async #poll(): Promise<void> {
    try {
      await this.refresh();
      this.#isAway = false;
    } catch (error) {
      if (!this.#isAway) {
        this.#options.log.warn({ err: error }, 'quality cannot be refreshed; last figures stay');
      }
      this.#isAway = true;
    }
  }

  async #read(): Promise<void> {
    const nowS = this.#nowS();
    const keepFromS = windowStartS(nowS, QUALITY_MAX_WINDOW_H);
    const fromS = Math.max(keepFromS, this.#readFrom(nowS));
    for await (const { sliceS, rows } of loadQuality(this.#options.database.orm, fromS)) {
      if (sliceS <= nowS + AHEAD_S) this.#history.replaceSlice(sliceS, rows);
    }
    this.#history.advance(nowS, keepFromS);
    this.#readAtS = nowS;
  }

  /** Everything at first and after a long pause, a day in each new slice, otherwise what is recent. */
  #readFrom(nowS: number): number {
    const last = this.#readAtS;
    if (last === null || nowS - last > LATE_S) return 0;
    if (sliceOf(last) !== sliceOf(nowS)) return sliceOf(nowS - LATE_S);
    return sliceOf(nowS) - (RECENT_SLICES - 1) * QUALITY_SLICE_S;
  }

  #nowS(): number {
    return Math.floor(this.#options.clock.nowMs() / 1000);
  }
}
