import type { Deck } from '../../rating/deck/deck.js';

/**
 * Decks by sheet that remember which ones were asked for and are not there, so that only what a call
 * is decided from has to be read. What the planner asks for is the only list of what it needs: no
 * second copy of its rules says which sheets matter.
 */
export class AskedDecks extends Map<number, Deck> {
  readonly #known = new Set<number>();
  #missing = new Set<number>();

  override get(sheetId: number): Deck | undefined {
    if (!this.#known.has(sheetId)) this.#missing.add(sheetId);
    return super.get(sheetId);
  }

  /** Sheets asked for in vain since the last time, which are known from now on. */
  takeMissing(): readonly number[] {
    const missing = [...this.#missing];
    this.#missing = new Set();
    for (const sheetId of missing) this.#known.add(sheetId);
    return missing;
  }
}
