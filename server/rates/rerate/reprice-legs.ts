import type { ChargeToReprice } from '../../../db/repositories/leg-charges.js';
import type { RatingStep } from '../../../rating/call/steps.js';
import type { ChargeDecks } from '../reprice/charge-decks.js';
import { repriceCharge } from '../reprice/reprice-charge.js';
import type { Repriced } from '../reprice/reprice-charge.js';
import type { SkipReason } from './totals.js';

/** A charge and what it is by the releases in force now for its time. */
export interface RepricedCharge {
  readonly charge: ChargeToReprice;
  readonly newAmount: string;
  readonly releaseId: number;
  readonly steps: readonly RatingStep[];
}

/** A leg with all of its charges that are in the scope. */
export type RepricedLeg =
  | {
      readonly kind: 'priced';
      readonly legUuid: string;
      readonly charges: readonly RepricedCharge[];
      /** Those of the charges that are not what they were. */
      readonly changed: readonly RepricedCharge[];
    }
  | { readonly kind: 'skipped'; readonly legUuid: string; readonly reason: SkipReason };

/**
 * Prices legs again, in the order of their charges. A leg is corrected whole or not at all: where one
 * of its charges has no rate, the others are left as well, so that nobody is charged by new prices for
 * a leg that others pay by old ones.
 */
export function repriceLegs(
  charges: readonly ChargeToReprice[],
  decks: ChargeDecks,
): readonly RepricedLeg[] {
  const byLeg = new Map<string, ChargeToReprice[]>();
  for (const charge of charges) {
    const own = byLeg.get(charge.legUuid);
    if (own === undefined) byLeg.set(charge.legUuid, [charge]);
    else own.push(charge);
  }
  return [...byLeg].map(([legUuid, own]) => repriceLeg(legUuid, own, decks));
}

function repriceLeg(
  legUuid: string,
  charges: readonly ChargeToReprice[],
  decks: ChargeDecks,
): RepricedLeg {
  const repriced: RepricedCharge[] = [];
  for (const charge of charges) {
    const result = reprice(charge, decks);
    if (result.kind === 'no_rate') return { kind: 'skipped', legUuid, reason: result.reason };
    const { amount: newAmount, releaseId, steps } = result;
    repriced.push({ charge, newAmount, releaseId, steps });
  }
  const changed = repriced.filter(({ charge, newAmount }) => charge.amount !== newAmount);
  return { kind: 'priced', legUuid, charges: repriced, changed };
}

function reprice(
  charge: ChargeToReprice,
  decks: ChargeDecks,
): Repriced | { readonly kind: 'no_rate'; readonly reason: SkipReason } {
  const deck = decks.deckOf(charge);
  return deck === null ? { kind: 'no_rate', reason: 'no_release' } : repriceCharge(charge, deck);
}
