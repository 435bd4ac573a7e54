import type { CandidateOutcome, Deck, DeckCandidate } from '../deck/deck.js';
import type { RefusalReason } from './types.js';

export interface MissingRate {
  readonly reason: Extract<RefusalReason, 'no_rate' | 'outside_window'>;
  readonly detail: string;
}

/**
 * Why a deck has no rate for a number at an instant: nothing matches, or what matches is not in force.
 * A row that is merely outside its hours is told first, for such a route comes back by itself; of
 * several rows the longest prefix is named.
 */
export function missingRate(deck: Deck, number: string, atMs: number): MissingRate {
  const candidates = deck.explain(number, atMs);
  const outside = candidates.find(({ outcome }) => outcome === 'outside_window');
  if (outside !== undefined) {
    return { reason: 'outside_window', detail: `${rowName(outside)} holds ${hoursOf(outside)}` };
  }
  const best = candidates[0];
  if (best === undefined) return { reason: 'no_rate', detail: `no row for ${number}` };
  return { reason: 'no_rate', detail: `${rowName(best)} ${outcomeText(best)}` };
}

function rowName({ row }: DeckCandidate): string {
  return row.prefix === '' ? 'the row for every number' : `prefix ${row.prefix}`;
}

function outcomeText({ row, outcome }: DeckCandidate): string {
  const texts: Partial<Record<CandidateOutcome, string>> = {
    not_yet_effective: `begins ${instant(row.effectiveFrom)}`,
    no_longer_effective: `ended ${instant(row.effectiveTo)}`,
  };
  return texts[outcome] ?? `is ${outcome}`;
}

function instant(atMs: number | null): string {
  return atMs === null ? 'at no known time' : new Date(atMs).toISOString();
}

function hoursOf({ row }: DeckCandidate): string {
  const parts: string[] = [];
  if ((row.days?.length ?? 0) > 0) parts.push(`on weekdays ${row.days?.join(',') ?? ''}`);
  if ((row.dates?.length ?? 0) > 0) parts.push(`on dates ${row.dates?.join(',') ?? ''}`);
  if (row.timeFrom !== undefined || row.timeTo !== undefined) {
    parts.push(`from ${row.timeFrom ?? '00:00:00'} to ${row.timeTo ?? '24:00:00'}`);
  }
  return parts.length === 0 ? 'at other times' : parts.join(' ');
}
