import type { Queryable } from '../../db/client.js';
import { dependsOnRouting } from '../calls/authorize-call.js';
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
 * nothing that has not been read, and once more where the number turns out to be ported, as for real
 * calls. It only computes, so that running it again costs and changes nothing.
 */
export async function planWhatIf(db: Queryable, input: PlanInput): Promise<PlannedWhatIf> {
  const unported = await planReading(db, input, null);
  if (!dependsOnRouting(unported.plan) || unported.plan.routingNumberBy === 'caller') {
    return unported;
  }
  const routingNumber = await input.findRoutingNumber(unported.plan.destination);
  return routingNumber === null ? unported : planReading(db, input, routingNumber);
}

async function planReading(
  db: Queryable,
  input: PlanInput,
  routingNumber: string | null,
): Promise<PlannedWhatIf> {
  const { atMs, suppose, request, settings, live } = input;
  const decks = new AskedDecks();
  const snapshot: Snapshot = { ...input.base, rates: input.rates ?? { deckBySheet: decks } };
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const plan = planCall(request, { snapshot, settings, nowMs: atMs, live, routingNumber });
    const missing = decks.takeMissing();
    if (missing.length === 0) return { plan, snapshot };
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
