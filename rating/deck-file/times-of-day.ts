const TIME = /^(\d{1,2})(?:[:.h](\d{2})(?:[:.](\d{2}))?)?\s*([ap]m)?$/i;
const COMPACT = /^(\d{2})(\d{2})$/;
const DAY_S = 86_400;

/**
 * Seconds since midnight of `8:00`, `08:00:00`, `0800`, `8` or `8 pm`; null when it is no time. As an
 * inclusive `end`, a time that is the last minute or second of an hour means the full hour: decks say
 * 17:59 or 23:59 for windows that nothing is left out between.
 */
export function readTimeOfDay(cell: string, isInclusiveEnd: boolean): number | null {
  const text = cell.trim();
  const match = TIME.exec(text) ?? COMPACT.exec(text);
  if (match === null) return null;
  const [, hours = '', minutes = '0', seconds, half] = match;
  const hour = hourOf(Number(hours), half);
  const total = hour * 3600 + Number(minutes) * 60 + Number(seconds ?? '0');
  if (hour < 0 || Number(minutes) > 59 || Number(seconds ?? '0') > 59 || total > DAY_S) return null;
  if (!isInclusiveEnd) return total;
  if (seconds === '59') return total + 1;
  return seconds === undefined && minutes === '59' ? total + 60 : total;
}

function hourOf(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  if (hour < 1 || hour > 12) return -1;
  return (hour % 12) + (half.toLowerCase() === 'pm' ? 12 : 0);
}

/** `HH:MM:SS`; a whole day is `24:00:00`. */
export function timeText(secondOfDay: number): string {
  const parts = [secondOfDay / 3600, (secondOfDay / 60) % 60, secondOfDay % 60];
  return parts.map((part) => String(Math.floor(part)).padStart(2, '0')).join(':');
}
