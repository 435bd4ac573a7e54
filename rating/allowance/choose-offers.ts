import { calendarMonth, FOREVER_MS, monthlyPeriod, startOfDay } from './periods.js';
import type { Period } from './periods.js';

/** A package as it was assigned to an account or an extension. */
export interface AssignedPackage {
  readonly assignmentId: number;
  /** How often it was filled by hand: each time is a bucket of its own. */
  readonly generation: number;
  readonly period: 'monthly' | 'once';
  /** Local days, `2026-11-22`; the end is the first day without it, null is none. */
  readonly startsOn: string;
  readonly endsOn: string | null;
  /** Seconds of each period. */
  readonly includedS: number;
  readonly incrementS: number;
  /** E.164 digits; the empty one is every number. */
  readonly prefixes: readonly string[];
}

/** Inclusive seconds that a call may use: whose, of which period, and how they are counted. */
export interface IncludedOffer {
  readonly ownerType: 'package' | 'did';
  readonly ownerId: number;
  readonly generation: number;
  /** Unix microseconds, half-open. */
  readonly periodStartUs: number;
  readonly periodEndUs: number;
  readonly totalS: number;
  readonly incrementS: number;
}

export interface PackageCall {
  /** E.164 digits of the number called. */
  readonly number: string;
  readonly atMs: number;
  /** The payer's zone: its days and months are meant. */
  readonly timeZone: string;
}

/**
 * What of these packages is good for a call, in the order in which it is to be used: what expires
 * first, then the lower assignment.
 */
export function choosePackages(
  packages: readonly AssignedPackage[],
  call: PackageCall,
): readonly IncludedOffer[] {
  return packages
    .filter(({ prefixes }) => matchesPrefixes(call.number, prefixes))
    .flatMap((assigned): IncludedOffer[] => {
      const period = packagePeriod(assigned, call.timeZone, call.atMs);
      if (period === null) return [];
      const { assignmentId, generation, includedS, incrementS } = assigned;
      const offer = { ownerType: 'package', ownerId: assignmentId, generation } as const;
      return [{ ...offer, ...microseconds(period), totalS: includedS, incrementS }];
    })
    .sort(inOrderOfUse);
}

/** Compares two packages: what expires first is used first, then the lower assignment. */
export function inOrderOfUse(first: IncludedOffer, second: IncludedOffer): number {
  return first.periodEndUs - second.periodEndUs || first.ownerId - second.ownerId;
}

/** The free minutes of a DID in a calendar month, counted by the second. */
export function offerFreeMinutes(
  did: { readonly didId: number; readonly freeMinutes: number },
  { timeZone, atMs }: Pick<PackageCall, 'timeZone' | 'atMs'>,
): IncludedOffer {
  return {
    ownerType: 'did',
    ownerId: did.didId,
    generation: 0,
    ...microseconds(calendarMonth(timeZone, atMs)),
    totalS: did.freeMinutes * 60,
    incrementS: 1,
  };
}

/** The period of an assignment that holds an instant, cut at its last day; null where none does. */
export function packagePeriod(
  { period, startsOn, endsOn }: Pick<AssignedPackage, 'period' | 'startsOn' | 'endsOn'>,
  timeZone: string,
  atMs: number,
): Period | null {
  const endMs = endsOn === null ? FOREVER_MS : startOfDay(endsOn, timeZone);
  const found =
    period === 'monthly'
      ? monthlyPeriod(startsOn, timeZone, atMs)
      : { fromMs: startOfDay(startsOn, timeZone), toMs: endMs };
  if (found === null || atMs < found.fromMs || atMs >= endMs) return null;
  return { fromMs: found.fromMs, toMs: Math.min(found.toMs, endMs) };
}

/** Whether a number begins with one of the prefixes; the empty one is good for all of them. */
export function matchesPrefixes(number: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => number.startsWith(prefix));
}

function microseconds({ fromMs, toMs }: Period) {
  return { periodStartUs: fromMs * 1000, periodEndUs: toMs * 1000 };
}
