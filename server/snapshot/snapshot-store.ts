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
import { loadDecks } from './load-decks.js';
import type { LoadedDecks } from './load-decks.js';
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

interface Options {
  readonly database: Database;
  readonly log: Logger;
  readonly pollMs: number;
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
  #decks: LoadedDecks = new Map();
  #timer: NodeJS.Timeout | null = null;
  #isPolling = false;
  #isAway = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Null until the first load is done. */
  get current(): Snapshot | null {
    return this.#current;
  }

  /** True while the versions cannot be read, or some area cannot. */
  get isStale(): boolean {
    return this.#isAway || this.#unreadable.size > 0;
  }

  /** Rows in memory per rate sheet, for the metrics. */
  get deckSizes(): ReadonlyMap<number, number> {
    return new Map([...this.#decks].map(([id, loaded]) => [id, loaded.deck.size]));
  }

  /** Loads everything once; rejects when the database does not answer. */
  async start(): Promise<void> {
    await this.refresh();
    this.#timer = setInterval(() => {
      void this.#poll();
    }, this.#options.pollMs);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
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
      return this.#versions.get(area) === version ? [] : [this.#reload(area, version)];
    });
  }

  #reload(area: SnapshotArea, version: number): Promise<void> {
    const before = this.#loading.get(area);
    if (before?.version === version) return before.done;
    const earlier = before?.done.catch(() => undefined) ?? Promise.resolve();
    const done = earlier
      .then(() => this.#load(area))
      .then(
        (part) => {
          this.#publish(area, version, part);
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

  #publish(area: SnapshotArea, version: number, part: Partial<Snapshot>): void {
    this.#parts = { ...this.#parts, ...part };
    this.#versions.set(area, version);
    this.#unreadable.delete(area);
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

  async #load(area: SnapshotArea): Promise<Partial<Snapshot>> {
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
      case 'rates':
        return { rates: await this.#loadRates() };
    }
  }

  async #loadRates(): Promise<Snapshot['rates']> {
    this.#decks = await loadDecks(this.#options.database, this.#decks);
    return {
      deckBySheet: new Map([...this.#decks].map(([id, loaded]) => [id, loaded.deck])),
    };
  }
}

function isWhole(parts: Partial<Snapshot>): parts is Snapshot {
  return AREAS.every((area) => parts[area] !== undefined);
}
