import type { Queryable } from '../../db/client.js';
import type { CallPlan, PlanSettings } from '../calls/call-plan.js';
import type { CallRequest } from '../calls/call-request.js';
import type { LiveFacts } from '../calls/live-facts.js';
import { planCall } from '../calls/plan-call.js';
import type { RatesSnapshot, Snapshot } from '../snapshot/snapshot.js';
import { AskedDecks } from './asked-decks.js';
import type { BaseSnapshot } from './load-base.js';
import { loadSmallDeck } from './small-decks.js';
import type { SmallDeckQuestion } from './small-decks.js';

/** Every round reads what the one before asked for: a chain of accounts, then the carriers. */
const MAX_ROUNDS = 32;

const E164 = /^[1-9][0-9]{2,14}$/;

export interface PlanInput {
  readonly request: CallRequest;
  readonly base: BaseSnapshot;
  readonly settings: PlanSettings;
  readonly live: LiveFacts;
  readonly atMs: number;
  readonly suppose: SmallDeckQuestion['suppose'];
  /** Decks a node has in memory; null to read the few rows that matter from the database. */
  readonly rates: RatesSnapshot | null;
  /** The number a ported number is routed by; null for any other. */
  readonly findRoutingNumber: (number: string) => Promise<string | null>;
}

export interface PlannedWhatIf {
  readonly plan: CallPlan;
  /** What it was planned from. */
  readonly snapshot: Snapshot;
}

/**
 * Plans a call as `planCall` does, reading prices as it asks for them: it is run until it asks for
 * nothing that has not been read. It only computes, so that running it again costs and changes nothing.
 */
export async function planWhatIf(db: Queryable, input: PlanInput): Promise<PlannedWhatIf> {
  const decks = new AskedDecks();
  const snapshot: Snapshot = { ...input.base, rates: input.rates ?? { deckBySheet: decks } };
  const routing = new RoutingNumbers(input.findRoutingNumber);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const plan = planCall(input.request, {
      snapshot,
      settings: input.settings,
      nowMs: input.atMs,
      live: input.live,
      routingNumber: routing.current,
    });
    if (await routing.lookUp(plan)) {
      // What was read so far was read for another number.
      decks.forget();
      continue;
    }
    const missing = decks.takeMissing();
    if (missing.length === 0) return { plan, snapshot };
    const { atMs, suppose } = input;
    for (const sheetId of missing) {
      const deck = await loadSmallDeck(db, sheetId, { atMs, suppose, numbers: numbersOf(plan) });
      if (deck !== null) decks.set(sheetId, deck);
    }
  }
  throw new Error(`route test: not planned after ${String(MAX_ROUNDS)} rounds`);
}

function numbersOf({ destination, routingNumber }: CallPlan): readonly string[] {
  return routingNumber === null ? [destination] : [destination, routingNumber];
}

/** Looks up the number a plan leads to, once. */
class RoutingNumbers {
  current: string | null = null;
  #lookedUp: string | null = null;
  readonly #find: PlanInput['findRoutingNumber'];

  constructor(find: PlanInput['findRoutingNumber']) {
    this.#find = find;
  }

  /** True when it was a number not looked up before, so that the plan has to be made again. */
  async lookUp({ direction, destination }: CallPlan): Promise<boolean> {
    if (direction !== 'outbound' || destination === this.#lookedUp) return false;
    if (!E164.test(destination)) return false;
    this.#lookedUp = destination;
    this.current = await this.#find(destination);
    return true;
  }
}
