import { zoneNamed } from '../time/zone.js';
import type { Zone } from '../time/zone.js';

/** A stretch of time, half-open, in UTC epoch milliseconds. */
export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The end of what has none, in 2255: the last whole millisecond whose microseconds a double still
 * counts exactly.
 */
export const FOREVER_MS = 9_007_199_254_740;

/** A local day, such as `2026-11-22`, in parts; months count from 1. */
interface LocalDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/**
 * The month that holds an instant, of months that begin on the day of the month of `startsOn`. Where
 * a month is too short for that day, it begins on its last one; the next takes the day again: 31
 * January, 28 February, 31 March. Null before the start.
 * @throws RangeError for a date or a zone that there is not.
 */
export function monthlyPeriod(startsOn: string, zoneName: string, atMs: number): Period | null {
  const zone = zoneNamed(zoneName);
  const start = parseDay(startsOn);
  if (atMs < midnight(zone, start)) return null;
  return periodFrom((months) => midnight(zone, monthsAfter(start, months)), {
    guess: monthsBetween(start, localDay(zone, atMs)),
    atMs,
  });
}

/** The calendar month of a zone that holds an instant. */
export function calendarMonth(zoneName: string, atMs: number): Period {
  const zone = zoneNamed(zoneName);
  const first = { ...localDay(zone, atMs), day: 1 };
  return periodFrom((months) => midnight(zone, monthsAfter(first, months)), { guess: 0, atMs });
}

/** The first instant of a local day. */
export function startOfDay(day: string, zoneName: string): number {
  return midnight(zoneNamed(zoneName), parseDay(day));
}

/** The local day of an instant, such as `2026-11-22`. */
export function dayOf(zoneName: string, atMs: number): string {
  const { year, month, day } = localDay(zoneNamed(zoneName), atMs);
  const pad = (part: number, digits: number): string => String(part).padStart(digits, '0');
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** The one of consecutive periods that holds an instant; `guess` is near it. */
function periodFrom(
  startOf: (index: number) => number,
  { guess, atMs }: { readonly guess: number; readonly atMs: number },
): Period {
  let index = guess;
  while (startOf(index) > atMs) index -= 1;
  while (startOf(index + 1) <= atMs) index += 1;
  return { fromMs: startOf(index), toMs: startOf(index + 1) };
}

function monthsBetween(start: LocalDay, day: LocalDay): number {
  return (day.year - start.year) * 12 + day.month - start.month;
}

/** The same day so many months later, or the last one of that month where it has no such day. */
function monthsAfter(start: LocalDay, months: number): LocalDay {
  const count = start.year * 12 + start.month - 1 + months;
  const year = Math.floor(count / 12);
  const month = count - year * 12 + 1;
  return { year, month, day: Math.min(start.day, daysOf(year, month)) };
}

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** A midnight that the clocks skip is the moment after the skip; of two, it is the first. */
function midnight(zone: Zone, day: LocalDay): number {
  return zone.toInstant({ ...day, hour: 0, minute: 0, second: 0 });
}

function localDay(zone: Zone, atMs: number): LocalDay {
  const date = new Date(atMs + zone.offsetMs(atMs));
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
  };
}

function parseDay(text: string): LocalDay {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  const [year, month, day] = (match ?? []).slice(1).map(Number);
  const isDay =
    year !== undefined &&
    month !== undefined &&
    day !== undefined &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysOf(year, month);
  if (!isDay) throw new RangeError(`invalid_date: ${text} is not a day`);
  return { year, month, day };
}
