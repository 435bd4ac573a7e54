import type { Database } from '../../db/client.js';
import { findRoutingNumbers } from '../../db/repositories/ported-numbers-read.js';
import { Batcher } from '../batcher.js';
import type { Clock } from '../clock.js';
import type { RatesSnapshot, Snapshot } from '../snapshot/snapshot.js';

export interface RoutingNumbersOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** How long an answer is remembered; a minute unless told. */
  readonly ttlMs?: number;
  /** How many answers are; 50 000 unless told. */
  readonly maxEntries?: number;
}

interface Answer {
  readonly routingNumber: string | null;
  readonly untilMs: number;
}

const TTL_MS = 60_000;
const MAX_ENTRIES = 50_000;

const knownNeeds = new WeakMap<RatesSnapshot, boolean>();

/** Whether any sheet is rated by the routing number, so that looking one up can change a price. */
export function needsRoutingNumbers({ rates }: Snapshot): boolean {
  const known = knownNeeds.get(rates);
  if (known !== undefined) return known;
  const isNeeded = [...rates.deckBySheet.values()].some(({ terms }) => terms.ratedOn === 'lrn');
  knownNeeds.set(rates, isNeeded);
  return isNeeded;
}

/**
 * Routing numbers of ported numbers, from the database by way of a memory of the latest answers.
 * Questions that come together share one statement.
 */
export class RoutingNumbers {
  readonly #options: RoutingNumbersOptions;
  readonly #answers = new Map<string, Answer>();
  readonly #questions: Batcher<string, string | null>;

  constructor(options: RoutingNumbersOptions) {
    this.#options = options;
    this.#questions = new Batcher({
      run: (numbers) => this.#ask(numbers),
      maxBatch: 200,
      concurrency: 2,
      maxWaiting: 5000,
    });
  }

  /** Null for a number that was not ported. Rejects when the database does not answer. */
  async find(number: string): Promise<string | null> {
    const known = this.#answers.get(number);
    if (known !== undefined && known.untilMs > this.#options.clock.nowMs()) {
      return known.routingNumber;
    }
    return this.#questions.submit(number);
  }

  async #ask(numbers: readonly string[]): Promise<readonly (string | null)[]> {
    const found = await findRoutingNumbers(this.#options.database.orm, numbers);
    const untilMs = this.#options.clock.nowMs() + (this.#options.ttlMs ?? TTL_MS);
    return numbers.map((number) => {
      const routingNumber = found.get(number) ?? null;
      this.#remember(number, { routingNumber, untilMs });
      return routingNumber;
    });
  }

  /** The oldest answer makes room: it would be asked for again soonest anyway. */
  #remember(number: string, answer: Answer): void {
    this.#answers.delete(number);
    this.#answers.set(number, answer);
    if (this.#answers.size <= (this.#options.maxEntries ?? MAX_ENTRIES)) return;
    const oldest = this.#answers.keys().next().value;
    if (oldest !== undefined) this.#answers.delete(oldest);
  }
}
