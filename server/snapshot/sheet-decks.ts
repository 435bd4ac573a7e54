import type { Logger } from 'pino';
import { Deck } from '../../rating/deck/deck.js';
import type { DeckPeriod } from '../../rating/deck/deck.js';
import type { ReleaseIndex } from '../../rating/deck/release-index.js';
import { termsOf } from './sheet-terms.js';
import type { SheetPlan } from './wanted-releases.js';

interface MadeDeck {
  readonly version: number;
  readonly periods: readonly DeckPeriod[];
  readonly deck: Deck;
}

/**
 * One deck for each sheet, put together from the indexes at hand. A deck is kept as long as its terms
 * and periods are the same, with whatever it remembers of popular numbers.
 */
export class SheetDecks {
  #made: ReadonlyMap<number, MadeDeck> = new Map();
  #current: ReadonlyMap<number, Deck> = new Map();

  constructor(private readonly log: Logger) {}

  get current(): ReadonlyMap<number, Deck> {
    return this.#current;
  }

  /**
   * Brings the decks in line with the plan and says whether any changed. While the release in force
   * is not at hand, the sheet keeps the deck it had; a later release that is not just begins later.
   */
  assemble(
    plans: readonly SheetPlan[],
    indexOf: (releaseId: number) => ReleaseIndex | null,
  ): boolean {
    const made = new Map<number, MadeDeck>();
    for (const plan of plans) {
      const deck = this.#deckOf(plan, indexOf);
      if (deck !== undefined) made.set(plan.sheet.id, deck);
    }
    const isSame =
      made.size === this.#made.size &&
      [...made].every(([sheetId, { deck }]) => this.#made.get(sheetId)?.deck === deck);
    this.#made = made;
    if (isSame) return false;
    this.#current = new Map([...made].map(([sheetId, { deck }]) => [sheetId, deck]));
    return true;
  }

  #deckOf(
    { sheet, periods, inForce }: SheetPlan,
    indexOf: (releaseId: number) => ReleaseIndex | null,
  ): MadeDeck | undefined {
    if (periods.length === 0) return undefined;
    const before = this.#made.get(sheet.id);
    if (inForce !== null && indexOf(inForce) === null) return before;
    const atHand = periods.flatMap(({ fromMs, releaseId }): DeckPeriod[] => {
      if (releaseId === null) return [{ fromMs, index: null }];
      const index = indexOf(releaseId);
      return index === null ? [] : [{ fromMs, index }];
    });
    if (before?.version === sheet.version && isSamePeriods(before.periods, atHand)) return before;
    try {
      return { version: sheet.version, periods: atHand, deck: new Deck(termsOf(sheet), atHand) };
    } catch (error) {
      this.log.error({ err: error, sheetId: sheet.id }, 'terms no deck can have; last one stays');
      return before;
    }
  }
}

function isSamePeriods(first: readonly DeckPeriod[], second: readonly DeckPeriod[]): boolean {
  return (
    first.length === second.length &&
    first.every(
      ({ fromMs, index }, at) => second[at]?.fromMs === fromMs && second[at].index === index,
    )
  );
}
