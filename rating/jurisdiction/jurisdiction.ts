import type { Jurisdiction } from '../deck/types.js';
import { stateOfAreaCode } from './us-area-codes.js';

/** A number of the North American plan: country code 1, area code, seven digits. */
const NORTH_AMERICAN = /^1([2-9]\d\d)[2-9]\d{6}$/;

/**
 * Whether a call stays within one US state, from both numbers in E.164 digits (a ported number by its
 * routing number, where that is known). Null when the called number is not one of a US state: other
 * countries, and the numbers of country code 1 that belong to Canada, the Caribbean, a US territory
 * or no place at all (toll-free, premium). `unknown` when the called one is, and the caller's state
 * cannot be told.
 *
 * `jurisdictionOf('12125551234', '17165551234')` is `intrastate`, both are New York.
 */
export function jurisdictionOf(callerNumber: string, calledNumber: string): Jurisdiction | null {
  const called = stateOf(calledNumber);
  if (called === null) return null;
  const caller = stateOf(callerNumber);
  if (caller === null) return 'unknown';
  return caller === called ? 'intrastate' : 'interstate';
}

function stateOf(number: string): string | null {
  const areaCode = NORTH_AMERICAN.exec(number)?.[1];
  return areaCode === undefined ? null : stateOfAreaCode(areaCode);
}
