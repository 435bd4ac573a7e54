import type { LocalDateTime, Zone } from '../time/zone.js';
import type { DateFormat } from './types.js';

/** A date as written: its parts, and whether it says the time of day or the zone too. */
export interface ReadDate {
  readonly local: LocalDateTime;
  readonly ms: number;
  readonly hasTime: boolean;
  /** Minutes east of UTC; null where the date is local. */
  readonly offsetMinutes: number | null;
}

const TIME = String.raw`(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?\s*([AP]M)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?`;
const ISO = new RegExp(String.raw`^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})${TIME}$`, 'i');
const COMPACT = new RegExp(String.raw`^(\d{4})(\d{2})(\d{2})${TIME}$`, 'i');
const NUMERIC = new RegExp(String.raw`^(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})${TIME}$`, 'i');
const NAMED = new RegExp(
  String.raw`^(\d{1,2})(?:st|nd|rd|th)?[-/. ]+([a-z]{3,9})\.?[-/., ]+(\d{4}|\d{2})${TIME}$`,
  'i',
);
const NAME_FIRST = new RegExp(
  String.raw`^([a-z]{3,9})\.?[-/. ]+(\d{1,2})(?:st|nd|rd|th)?[-/., ]+(\d{4}|\d{2})${TIME}$`,
  'i',
);
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** What the text says about the order of day and month; `none` where it is no numeric date. */
export function dateHint(text: string): 'D/M/Y' | 'M/D/Y' | 'either' | 'none' {
  const match = NUMERIC.exec(text.trim());
  if (match === null) return 'none';
  const [, first = '', mark, second = ''] = match;
  if (Number(first) > 12 && Number(second) <= 12) return 'D/M/Y';
  if (Number(second) > 12 && Number(first) <= 12) return 'M/D/Y';
  // Nobody puts the month first before a full stop.
  if (mark === '.') return 'D/M/Y';
  return Number(first) === Number(second) ? 'none' : 'either';
}

/**
 * Reads a date with or without a time of day. ISO forms and names of months are understood in every
 * format. Null for anything else, and for days that no calendar has.
 */
export function readDate(text: string, format: DateFormat | null): ReadDate | null {
  const trimmed = text.trim();
  const iso = ISO.exec(trimmed) ?? COMPACT.exec(trimmed);
  if (iso !== null) return build(iso, [iso[1], iso[2], iso[3]], 4);
  const numeric = NUMERIC.exec(trimmed);
  if (numeric !== null) {
    const [, first, , second, year] = numeric;
    const [day, month] = format === 'M/D/Y' ? [second, first] : [first, second];
    return format === 'Y-M-D' ? null : build(numeric, [year, month, day], 5);
  }
  const named = NAMED.exec(trimmed);
  if (named !== null) return build(named, [named[3], monthOf(named[2]), named[1]], 4);
  const nameFirst = NAME_FIRST.exec(trimmed);
  if (nameFirst === null) return null;
  return build(nameFirst, [nameFirst[3], monthOf(nameFirst[1]), nameFirst[2]], 4);
}

function monthOf(name: string | undefined): string {
  return String(MONTHS.indexOf((name ?? '').slice(0, 3).toLowerCase()) + 1);
}

type Parts = readonly [string | undefined, string | undefined, string | undefined];

function build(match: RegExpExecArray, date: Parts, timeAt: number): ReadDate | null {
  const [year, month, day] = date.map(Number);
  if (year === undefined || month === undefined || day === undefined) return null;
  const time = match.slice(timeAt, timeAt + 6);
  const [hours, minutes = '0', seconds = '0', fraction = '', half, zone] = time;
  const hour = hourOf(hours ?? '0', half);
  const local = {
    year: year < 100 ? 2000 + year : year,
    month,
    day,
    hour,
    minute: Number(minutes),
    second: Number(seconds),
  };
  if (!isReal(local)) return null;
  return {
    local,
    ms: Number(fraction.padEnd(3, '0').slice(0, 3)),
    hasTime: hours !== undefined,
    offsetMinutes: offsetOf(zone),
  };
}

function hourOf(hours: string, half: string | undefined): number {
  const hour = Number(hours);
  if (half === undefined) return hour;
  if (hour < 1 || hour > 12) return -1;
  return (hour % 12) + (half.toLowerCase() === 'pm' ? 12 : 0);
}

function isReal({ year, month, day, hour, minute, second }: LocalDateTime): boolean {
  if (hour < 0 || hour > 23 || minute > 59 || second > 59) return false;
  if (year < 1990 || year > 2199 || month < 1 || month > 12) return false;
  return day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function offsetOf(zone: string | undefined): number | null {
  if (zone === undefined) return null;
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
  if (match === null) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === '-' ? -minutes : minutes;
}

/**
 * The instant a date means, by the clocks of `zone` unless it names its own offset. As an `end`, a
 * date without a time means that the whole of that day still belongs to the period.
 */
export function instantOf(date: ReadDate, zone: Zone, isEnd: boolean): number {
  const { local, ms, hasTime, offsetMinutes } = date;
  const day = new Date(Date.UTC(local.year, local.month - 1, local.day + 1));
  const shifted =
    isEnd && !hasTime
      ? {
          ...local,
          year: day.getUTCFullYear(),
          month: day.getUTCMonth() + 1,
          day: day.getUTCDate(),
        }
      : local;
  if (offsetMinutes === null) return zone.toInstant(shifted) + ms;
  const { year, month, day: date2, hour, minute, second } = shifted;
  return Date.UTC(year, month - 1, date2, hour, minute, second) - offsetMinutes * 60_000 + ms;
}
