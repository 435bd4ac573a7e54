import type { LocalTime } from '../time/zone.js';
import type { RateRow } from './types.js';

/** The days, dates and times of a row in a form that is quick to test. */
export interface RateWindow {
  /** Bit n stands for ISO weekday n; null means every day. */
  readonly dayMask: number | null;
  /** Month × 100 + day; null means every date. */
  readonly dates: ReadonlySet<number> | null;
  readonly fromS: number;
  readonly toS: number;
}

/** Members of a row that say at which days, dates and times it holds. */
export type WindowMember = 'days' | 'dates' | 'timeFrom' | 'timeTo';

const TIME = /^(\d{2}):(\d{2})(?::(\d{2}))?$/;
const DAY_S = 86_400;

/** Seconds since midnight of `HH:MM:SS` or `HH:MM`; `24:00:00` is 86400; null when malformed. */
export function parseTimeOfDay(text: string): number | null {
  const match = TIME.exec(text);
  if (match === null) return null;
  const [, hours = '', minutes = '', seconds = '0'] = match;
  const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return Number(minutes) > 59 || Number(seconds) > 59 || total > DAY_S ? null : total;
}

/** The row's window, or null when the row holds at all times. */
export function compileWindow(row: Pick<RateRow, WindowMember>): RateWindow | null {
  const days = row.days?.length ? row.days : null;
  const dates = row.dates?.length ? row.dates : null;
  const timed = row.timeFrom !== undefined || row.timeTo !== undefined;
  if (days === null && dates === null && !timed) return null;
  return {
    dayMask: days === null ? null : days.reduce((mask, day) => mask | (1 << day), 0),
    dates: dates === null ? null : new Set(dates.map(toDateNumber)),
    fromS: row.timeFrom === undefined ? 0 : (parseTimeOfDay(row.timeFrom) ?? 0),
    toS: row.timeTo === undefined ? DAY_S : (parseTimeOfDay(row.timeTo) ?? DAY_S),
  };
}

function toDateNumber(date: string): number {
  return Number(date.slice(0, 2)) * 100 + Number(date.slice(3, 5));
}

/**
 * Tells whether a local time lies in the window: `from <= time < to`. A window that ends before it
 * starts passes midnight (22:00 to 06:00); each side of midnight is judged by its own weekday.
 */
export function windowContains(window: RateWindow, local: LocalTime): boolean {
  if (window.dayMask !== null && (window.dayMask & (1 << local.weekday)) === 0) return false;
  if (window.dates !== null && !window.dates.has(local.month * 100 + local.day)) return false;
  const time = local.secondOfDay;
  if (window.fromS < window.toS) return time >= window.fromS && time < window.toS;
  return time >= window.fromS || time < window.toS;
}
