import type { Logger } from 'pino';
import type { Database } from '../../db/client.js';
import { readConfigVersions } from '../../db/repositories/config-versions.js';
import type { ConfigArea } from '../../db/repositories/config-versions.js';
import {
  loadAccounts,
  loadCarriers,
  loadNumbers,
  loadPlans,
  loadSwitches,
} from '../../db/repositories/snapshot.js';
import {
  buildAccounts,
  buildCarriers,
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
  'rates',
];

interface Options {
  readonly database: Database;
  readonly log: Logger;
  readonly pollMs: number;
  /** Told after each change, with the areas that changed. */
  readonly onChange?: (areas: readonly SnapshotArea[], snapshot: Snapshot) => void;
}

/**
 * Keeps the snapshot of this node fresh: it polls one small table and reloads the areas whose version
 * moved. While the database is away the last snapshot goes on answering.
 */
export class SnapshotStore {
  readonly #options: Options;
  #current: Snapshot | null = null;
  #versions: ReadonlyMap<string, number> = new Map();
  #decks: LoadedDecks = new Map();
  #timer: NodeJS.Timeout | null = null;
  #refreshing: Promise<void> | null = null;
  #failures = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Null until the first load is done. */
  get current(): Snapshot | null {
    return this.#current;
  }

  /** True while the newest poll of the versions table failed. */
  get isStale(): boolean {
    return this.#failures > 0;
  }

  /** Rows in memory per rate sheet, for the metrics. */
  get deckSizes(): ReadonlyMap<number, number> {
    return new Map([...this.#decks].map(([id, loaded]) => [id, loaded.deck.size]));
  }

  /** Loads everything once; rejects when the database does not answer. */
  async start(): Promise<void> {
    await this.refresh();
    this.#schedule();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Reloads what changed. Calls that meet share one reload. */
  async refresh(): Promise<void> {
    this.#refreshing ??= this.#reload().finally(() => {
      this.#refreshing = null;
    });
    await this.#refreshing;
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      void this.#poll();
    }, this.#options.pollMs);
  }

  async #poll(): Promise<void> {
    try {
      await this.refresh();
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      if (this.#failures === 1) {
        this.#options.log.warn({ err: error }, 'configuration cannot be refreshed; last one stays');
      }
    }
    if (this.#timer !== null) this.#schedule();
  }

  async #reload(): Promise<void> {
    // Read before the data: a change in between is loaded now and once more with the next poll.
    const versions = await readConfigVersions(this.#options.database.orm);
    const changed = AREAS.filter(
      (area) => this.#current === null || versions.get(area) !== this.#versions.get(area),
    );
    if (changed.length === 0) return;
    let next: Partial<Snapshot> = this.#current ?? {};
    for (const area of changed) next = { ...next, ...(await this.#load(area)) };
    // Every area is there: the first reload loads all of them and later ones replace single ones.
    this.#current = next as Snapshot;
    this.#versions = versions;
    this.#options.log.debug({ areas: changed }, 'configuration reloaded');
    this.#options.onChange?.(changed, this.#current);
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
