import type { Logger } from 'pino';
import type { Database } from '../../db/client.js';
import { loadCarrierDebts } from '../../db/repositories/carrier-credit.js';

export interface CarrierCreditOptions {
  readonly database: Database;
  readonly log: Logger;
  /** How often the books are read; 3 s unless told. */
  readonly pollMs?: number;
}

const POLL_MS = 3000;

/**
 * What is owed to carriers, in memory: read from the ledger every few seconds, so a limit is kept to
 * what a few seconds of calls cost. While the database is away the last figures go on answering.
 */
export class CarrierCredit {
  readonly #options: CarrierCreditOptions;
  #owed: ReadonlyMap<number, string> = new Map();
  #timer: NodeJS.Timeout | null = null;
  #reading: Promise<void> | null = null;
  #isAway = false;

  constructor(options: CarrierCreditOptions) {
    this.#options = options;
  }

  /** In the carrier's currency; null for a carrier that nothing was ever owed to. */
  owedTo(carrierId: number): string | null {
    return this.#owed.get(carrierId) ?? null;
  }

  /** Reads once, then goes on in the background; rejects when the database does not answer. */
  async start(): Promise<void> {
    await this.refresh();
    this.#timer = setInterval(() => {
      void this.#poll();
    }, this.#options.pollMs ?? POLL_MS);
  }

  /** Resolves when no read is under way any more. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    await this.#reading?.catch(() => undefined);
  }

  async refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    await this.#reading;
  }

  async #read(): Promise<void> {
    const debts = await loadCarrierDebts(this.#options.database.orm);
    this.#owed = new Map(debts.map(({ carrierId, owed }) => [carrierId, owed]));
  }

  async #poll(): Promise<void> {
    if (this.#reading !== null) return;
    try {
      await this.refresh();
      this.#isAway = false;
    } catch (error) {
      if (!this.#isAway) {
        this.#options.log.warn({ err: error }, 'debts cannot be read; the last ones stay');
      }
      this.#isAway = true;
    }
  }
}
