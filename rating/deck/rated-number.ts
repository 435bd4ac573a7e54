import type { DeckTerms } from './types.js';

/** A call's number, and the one by which it is really routed, where that is another. */
export interface CallNumbers {
  /** E.164 digits. */
  readonly number: string;
  /** E.164 digits; null or absent where the number is not ported. */
  readonly routingNumber?: string | null;
}

/** The number by which a sheet is looked up: the one called, or the routing number where it says so. */
export function ratedNumber(
  terms: Pick<DeckTerms, 'ratedOn'>,
  { number, routingNumber }: CallNumbers,
): string {
  return terms.ratedOn === 'lrn' ? (routingNumber ?? number) : number;
}
