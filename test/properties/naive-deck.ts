import type { Activation } from '../../rating/deck/timeline.js';
import type { FrozenRate, Jurisdiction, RateRow } from '../../rating/deck/types.js';
import { Decimal } from '../../rating/money.js';

/** The rules for choosing a row written down a second time, by looking at everything there is. */

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const formats = new Map<string, Intl.DateTimeFormat>();

/** What a wall clock shows, as text from the runtime: nothing is computed here. */
function wallClock(atMs: number, timeZone: string) {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'short',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    });
  formats.set(timeZone, format);
  const parts = Object.fromEntries(
    format.formatToParts(atMs).map(({ type, value }) => [type, value]),
  );
  return {
    weekday: WEEKDAYS.indexOf(parts['weekday'] ?? '') + 1,
    date: `${parts['month'] ?? ''}-${parts['day'] ?? ''}`,
    time: `${parts['hour'] ?? ''}:${parts['minute'] ?? ''}:${parts['second'] ?? ''}`,
  };
}

function holdsAt(row: RateRow, atMs: number, timeZone: string): boolean {
  const clock = wallClock(atMs, timeZone);
  if (row.days !== undefined && !row.days.includes(clock.weekday)) return false;
  if (row.dates !== undefined && !row.dates.includes(clock.date)) return false;
  const from = row.timeFrom ?? '00:00:00';
  const to = row.timeTo ?? '24:00:00';
  return from < to ? from <= clock.time && clock.time < to : from <= clock.time || clock.time < to;
}

/** The row for a number: effective at one instant, its window open at another. */
export function naiveFind(
  rows: readonly RateRow[],
  number: string,
  instants: { readonly startMs: number; readonly windowMs?: number; readonly timeZone: string },
): RateRow | undefined {
  const { startMs, windowMs = startMs, timeZone } = instants;
  const active = rows.filter(
    (row) =>
      number.startsWith(row.prefix) &&
      (row.effectiveFrom ?? -Infinity) <= startMs &&
      startMs < (row.effectiveTo ?? Infinity) &&
      holdsAt(row, windowMs, timeZone),
  );
  return active.sort(
    (first, second) =>
      second.prefix.length - first.prefix.length ||
      second.priority - first.priority ||
      second.releaseId - first.releaseId ||
      first.id - second.id,
  )[0];
}

/** The release in force: of the activations that have begun, the one with the latest beginning. */
export function naiveReleaseAt(activations: readonly Activation[], atMs: number): number | null {
  let latest: Activation | null = null;
  for (const one of activations) {
    if (one.effectiveFromMs > atMs) continue;
    if (
      latest === null ||
      one.effectiveFromMs > latest.effectiveFromMs ||
      (one.effectiveFromMs === latest.effectiveFromMs && one.number > latest.number)
    ) {
      latest = one;
    }
  }
  return latest?.releaseId ?? null;
}

/** The price per minute of a row for a call. */
export function naivePriceFor(row: RateRow, call: Jurisdiction): string {
  const prices = row.jurisdictionPrices;
  if (prices === undefined) return row.ratePerMinute;
  if (call !== 'unknown') return prices[call];
  const all = [prices.interstate, prices.intrastate, prices.indeterminate];
  return Decimal.max(...all).toFixed();
}

/** A frozen rate as the model sees it: the row with the price that the call takes. */
export function naiveRow(row: RateRow, call: Jurisdiction): FrozenRate['row'] {
  return { ...row, ratePerMinute: naivePriceFor(row, call) };
}
