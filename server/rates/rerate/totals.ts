import { AMOUNT_DECIMALS, Decimal } from '../../../rating/money.js';
import type { ChargedRole } from '../../../rating/settlement/price-charge.js';
import type { NoRateReason } from '../reprice/reprice-charge.js';

/** What the charges of one party that a run has looked at came to, before and after. */
export interface PartyTotal {
  readonly role: ChargedRole;
  /** Null sums up the parties beyond the bound. */
  readonly partyId: number | null;
  readonly currency: string;
  readonly charges: number;
  readonly changed: number;
  readonly oldAmount: string;
  readonly newAmount: string;
}

export type SkipReason = NoRateReason | 'no_release';

/** What a run has come to so far; kept with it as JSON, amounts as exact strings. */
export interface RerateTotals {
  readonly parties: readonly PartyTotal[];
  /** Legs left as they are, by the first reason that was met. */
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  /** The first of them, so that a person can look. */
  readonly skippedLegs: readonly { readonly legUuid: string; readonly reason: SkipReason }[];
  /** Corrections stored; a preview keeps only the first of them. */
  readonly corrections: number;
}

export const NO_TOTALS: RerateTotals = {
  parties: [],
  skipped: {},
  skippedLegs: [],
  corrections: 0,
};

/** Parties told apart; the sums of all others are kept together, per role and currency. */
const MAX_PARTIES = 20_000;
const MAX_SKIPPED_LEGS = 20;

interface ChargeSum {
  readonly role: ChargedRole;
  readonly partyId: number | null;
  readonly currency: string;
}

interface Sum extends ChargeSum {
  charges: number;
  changed: number;
  oldAmount: Decimal;
  newAmount: Decimal;
}

/** Adds up what a run sees; starts from what was stored, ends in what is to be stored. */
export class TotalsBuilder {
  readonly #sums = new Map<string, Sum>();
  readonly #skipped: Map<SkipReason, number>;
  readonly #skippedLegs: { legUuid: string; reason: SkipReason }[];
  #corrections: number;

  constructor(start: RerateTotals) {
    for (const party of start.parties) {
      this.#sums.set(keyOf(party), {
        ...party,
        oldAmount: new Decimal(party.oldAmount),
        newAmount: new Decimal(party.newAmount),
      });
    }
    // The keys are those of the record.
    this.#skipped = new Map(Object.entries(start.skipped) as [SkipReason, number][]);
    this.#skippedLegs = [...start.skippedLegs];
    this.#corrections = start.corrections;
  }

  get corrections(): number {
    return this.#corrections;
  }

  addCharge(charge: ChargeSum, oldAmount: string, newAmount: string): void {
    const sum = this.#sumOf(charge);
    sum.charges += 1;
    if (oldAmount !== newAmount) sum.changed += 1;
    sum.oldAmount = sum.oldAmount.plus(oldAmount);
    sum.newAmount = sum.newAmount.plus(newAmount);
  }

  addSkippedLeg(legUuid: string, reason: SkipReason): void {
    this.#skipped.set(reason, (this.#skipped.get(reason) ?? 0) + 1);
    if (this.#skippedLegs.length < MAX_SKIPPED_LEGS) this.#skippedLegs.push({ legUuid, reason });
  }

  addCorrections(count: number): void {
    this.#corrections += count;
  }

  build(): RerateTotals {
    return {
      parties: [...this.#sums.values()].map((sum) => ({
        ...sum,
        oldAmount: sum.oldAmount.toFixed(AMOUNT_DECIMALS),
        newAmount: sum.newAmount.toFixed(AMOUNT_DECIMALS),
      })),
      skipped: Object.fromEntries(this.#skipped),
      skippedLegs: this.#skippedLegs,
      corrections: this.#corrections,
    };
  }

  #sumOf({ role, partyId, currency }: ChargeSum): Sum {
    const own = { role, partyId, currency };
    const known = this.#sums.get(keyOf(own));
    if (known !== undefined) return known;
    const party = this.#sums.size < MAX_PARTIES ? own : { ...own, partyId: null };
    const others = this.#sums.get(keyOf(party));
    if (others !== undefined) return others;
    const zero = { charges: 0, changed: 0, oldAmount: new Decimal(0), newAmount: new Decimal(0) };
    const sum = { ...party, ...zero };
    this.#sums.set(keyOf(party), sum);
    return sum;
  }
}

function keyOf({ role, partyId, currency }: ChargeSum): string {
  return `${role} ${String(partyId)} ${currency}`;
}

/** The stored form read back; a run that has not begun has none. */
export function readTotals(stored: unknown): RerateTotals {
  // Written by `TotalsBuilder` only.
  return stored === null || stored === undefined ? NO_TOTALS : (stored as RerateTotals);
}

/** What all parties of one role come to in one currency. */
export function sumByRole(totals: RerateTotals): readonly Omit<PartyTotal, 'partyId'>[] {
  const sums = new TotalsSum();
  for (const party of totals.parties) sums.add(party);
  return sums.all;
}

class TotalsSum {
  readonly #sums = new Map<string, Omit<PartyTotal, 'partyId'>>();

  get all(): readonly Omit<PartyTotal, 'partyId'>[] {
    return [...this.#sums.values()];
  }

  add({ partyId: _, ...party }: PartyTotal): void {
    const key = `${party.role} ${party.currency}`;
    const sum = this.#sums.get(key);
    this.#sums.set(
      key,
      sum === undefined
        ? party
        : {
            ...party,
            charges: sum.charges + party.charges,
            changed: sum.changed + party.changed,
            oldAmount: plus(sum.oldAmount, party.oldAmount),
            newAmount: plus(sum.newAmount, party.newAmount),
          },
    );
  }
}

function plus(first: string, second: string): string {
  return new Decimal(first).plus(second).toFixed(AMOUNT_DECIMALS);
}
