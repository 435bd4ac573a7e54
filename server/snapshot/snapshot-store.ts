import type { Logger } from 'pino';
import type { Database } from '../../db/client.js';
import { readConfigVersions } from '../../db/repositories/config-versions.js';
import type { ConfigArea } from '../../db/repositories/config-versions.js';
import {
  loadAccounts,
  loadCarriers,
  loadExchangeRates,
  loadNumbers,
  loadPlans,
  loadSwitches,
} from '../../db/repositories/snapshot.js';
import {
  buildAccounts,
  buildCarriers,
  buildCurrencies,
  buildNumbers,
  buildPlans,
  buildSwitches,
} from './build-areas.js';
import type { Clock } from '../clock.js';
import { systemClock } from '../clock.js';
import type { ReleaseIndex } from '../../rating/deck/release-index.js';
import type { ReleaseLoader } from './deck-loader.js';
import { inProcessLoader } from './in-process-loader.js';
import { RatesArea } from './rates-area.js';
import type { Snapshot } from './snapshot.js';

type SnapshotArea = Exclude<ConfigArea, 'access'>;

const AREAS: readonly SnapshotArea[] = [
  'switches',
  'accounts',
  'carriers',
  'plans',
  'numbers',
  'currencies',
  'rates',
];

/** How often what is activated is looked at without a change. */
const RATES_AGAIN_MS = 30_000;

interface Options {
  readonly database: Database;
  readonly log: Logger;
  readonly pollMs: number;
  readonly clock?: Clock;
  /** What reads rates; unset, this thread does. */
  readonly loader?: ReleaseLoader;
  /** Whether drafts are loaded before anybody activates them; true when unset. */
  readonly preloadDrafts?: boolean;
  /** Told after each change, with the areas that changed. */
  readonly onChange?: (areas: readonly SnapshotArea[], snapshot: Snapshot) => void;
}

interface Loading {
  readonly version: number;
  readonly done: Promise<void>;
}

/**
 * Keeps the snapshot of this node fresh: it polls one small table and reloads the areas whose version
 * moved, each by itself, so that a large rate sheet delays no other change and one unreadable area
 * keeps none of the others. While the database is away the last snapshot goes on answering.
 */
export class SnapshotStore {
  readonly #options: Options;
  #current: Snapshot | null = null;
  /** What is loaded so far, before everything is. */
  #parts: Partial<Snapshot> = {};
  readonly #versions = new Map<SnapshotArea, number>();
  readonly #loading = new Map<SnapshotArea, Loading>();
  readonly #unreadable = new Set<SnapshotArea>();
  readonly #rates: RatesArea;
  #ratesReadMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;
  #isPolling = false;
  #isAway = false;

  constructor(options: Options) {
    this.#options = options;
    this.#rates = new RatesArea({
      database: options.database,
      log: options.log,
      clock: options.clock ?? systemClock,
      loader: options.loader ?? inProcessLoader(options.database),
      keepsAhead: options.preloadDrafts ?? true,
      onChange: (deckBySheet) => {
        this.#publish('rates', { rates: { deckBySheet } });
      },
    });
  }

  /** Null until the first load is done. */
  get current(): Snapshot | null {
    return this.#current;
  }

  /** True while the versions cannot be read, or some area cannot. */
  get isStale(): boolean {
    return this.#isAway || this.#unreadable.size > 0 || this.#rates.unreadable.length > 0;
  }

  /** True while the database does not answer. */
  get isAway(): boolean {
    return this.#isAway;
  }

  /** What is still missing before the first snapshot is whole, in words; null once it is. */
  get missing(): string | null {
    if (this.#current !== null) return null;
    const areas = AREAS.filter((area) => this.#parts[area] === undefined);
    return areas.map((area) => (area === 'rates' ? this.#missingRates() : area)).join(', ');
  }

  /** Names of the sheets that have a release which cannot be read. */
  get unreadableSheets(): readonly string[] {
    return this.#rates.unreadable;
  }

  /** Rows in memory per rate sheet, for the metrics. */
  get deckSizes(): ReadonlyMap<number, number> {
    return new Map([...this.#rates.decks].map(([id, deck]) => [id, deck.size]));
  }

  /** Bytes of all rates in memory, those loaded ahead included. */
  get deckBytes(): number {
    return this.#rates.memoryBytes;
  }

  /** Seconds the latest load of each sheet took. */
  get deckLoadSeconds(): ReadonlyMap<number, number> {
    return this.#rates.loadSeconds;
  }

  /** The rows of a release that is in memory, drafts loaded ahead among them. */
  releaseIndex(releaseId: number): ReleaseIndex | null {
    return this.#rates.indexOf(releaseId);
  }

  /** Loads everything once; rejects when the database does not answer. */
  async start(): Promise<void> {
    await this.refresh();
    this.#timer = setInterval(() => {
      void this.#poll();
    }, this.#options.pollMs);
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    await this.#rates.stop();
  }

  /** Reloads what changed; resolves when it is in force. */
  async refresh(): Promise<void> {
    await Promise.all(await this.#startLoads());
  }

  /** Does not wait for the loads it starts: a long one must not keep the next poll from its turn. */
  async #poll(): Promise<void> {
    if (this.#isPolling) return;
    this.#isPolling = true;
    try {
      const loads = await this.#startLoads();
      this.#isAway = false;
      for (const load of loads) load.catch(() => undefined);
    } catch (error) {
      if (!this.#isAway) {
        this.#options.log.warn({ err: error }, 'configuration cannot be refreshed; last one stays');
      }
      this.#isAway = true;
    } finally {
      this.#isPolling = false;
    }
  }

  async #startLoads(): Promise<readonly Promise<void>[]> {
    // Read before the data: a change in between is loaded now and once more with the next poll.
    const versions = await readConfigVersions(this.#options.database.orm);
    return AREAS.flatMap((area) => {
      const version = versions.get(area) ?? 0;
      if (area === 'rates') return this.#startRates(version);
      return this.#versions.get(area) === version ? [] : [this.#reload(area, version)];
    });
  }

  #startRates(version: number): readonly Promise<void>[] {
    const before = this.#loading.get('rates');
    if (before?.version === version) return [before.done];
    // Without a change as well, now and then: drafts grow old, and releases stop to matter.
    const isOld = performance.now() - this.#ratesReadMs >= RATES_AGAIN_MS;
    if (this.#versions.get('rates') === version && !isOld) return [];
    const done = this.#reloadRates(version).finally(() => {
      if (this.#loading.get('rates')?.done === done) this.#loading.delete('rates');
    });
    this.#loading.set('rates', { version, done });
    return [done];
  }

  /**
   * Reading what is activated is quick; the releases themselves are loaded behind it, so that a long
   * load keeps no activation of another sheet waiting.
   */
  async #reloadRates(version: number): Promise<void> {
    this.#ratesReadMs = performance.now();
    try {
      await this.#rates.reload();
      this.#versions.set('rates', version);
      this.#unreadable.delete('rates');
    } catch (error) {
      this.#noteUnreadable('rates', error);
      throw error;
    }
  }

  #missingRates(): string {
    const { sheets, ready, progress } = this.#rates.state;
    const rows =
      progress === null ? '' : `, ${progress.rowsRead} of ${progress.rowsTotal} rows of the next`;
    return `rates: ${ready} of ${sheets} sheets loaded${rows}`;
  }

  #reload(area: Exclude<SnapshotArea, 'rates'>, version: number): Promise<void> {
    const before = this.#loading.get(area);
    if (before?.version === version) return before.done;
    const earlier = before?.done.catch(() => undefined) ?? Promise.resolve();
    const done = earlier
      .then(() => this.#load(area))
      .then(
        (part) => {
          this.#versions.set(area, version);
          this.#unreadable.delete(area);
          this.#publish(area, part);
        },
        (error: unknown) => {
          this.#noteUnreadable(area, error);
          throw error;
        },
      )
      .finally(() => {
        if (this.#loading.get(area)?.done === done) this.#loading.delete(area);
      });
    this.#loading.set(area, { version, done });
    return done;
  }

  #publish(area: SnapshotArea, part: Partial<Snapshot>): void {
    this.#parts = { ...this.#parts, ...part };
    if (!isWhole(this.#parts)) return;
    const isFirst = this.#current === null;
    this.#current = this.#parts;
    this.#options.log.debug({ area }, 'configuration reloaded');
    this.#options.onChange?.(isFirst ? AREAS : [area], this.#current);
  }

  #noteUnreadable(area: SnapshotArea, error: unknown): void {
    if (!this.#unreadable.has(area)) {
      this.#options.log.error(
        { err: error, area },
        'configuration cannot be loaded; last one stays',
      );
    }
    this.#unreadable.add(area);
  }

  async #load(area: Exclude<SnapshotArea, 'rates'>): Promise<Partial<Snapshot>> {
    const db = this.#options.database.orm;
    switch (area) {
      case 'accounts':
        return { accounts: buildAccounts(await loadAccounts(db)) };
      case 'switches':
        return { switches: buildSwitches(await loadSwitches(db)) };
      case 'carriers':
        return { carriers: buildCarriers(await loadCarriers(db)) };
      case 'plans':
        return { plans: buildPlans(await loadPlans(db)) };
      case 'numbers':
        return { numbers: buildNumbers(await loadNumbers(db)) };
      case 'currencies':
        return { currencies: buildCurrencies(await loadExchangeRates(db)) };
    }
  }
}

function isWhole(parts: Partial<Snapshot>): parts is Snapshot {
  return AREAS.every((area) => parts[area] !== undefined);
}
