/** Characters of a destination's name; the rest of a longer one is cut off. */
export const MOST_NAME_LENGTH = 120;

const STARTS_FORMULA = /^[=@\t\r]|^[+-](?=[^\d\s])/;
const TRUE = new Set(['1', 'y', 'yes', 'true', 'x', 'on', 'blocked', 'block', 'closed', 'barred']);
const FALSE = new Set([
  '',
  '0',
  'n',
  'no',
  'false',
  'off',
  'open',
  'active',
  'allowed',
  'unblocked',
]);

/** True for text that a spreadsheet would compute: `=1+1`, `+A1`, `@x`. */
export function isFormula(cell: string): boolean {
  return STARTS_FORMULA.test(cell.trimStart());
}

/** A name on one line. An apostrophe that `guardedText` put in front is taken off again. */
export function readName(cell: string): string {
  const line = cell.replace(/\p{Cc}+/gu, ' ').trim();
  const bare = /^'+[=+\-@]/.test(line) ? line.slice(1) : line;
  return bare.length > MOST_NAME_LENGTH ? [...bare].slice(0, MOST_NAME_LENGTH).join('') : bare;
}

/** Text that no spreadsheet takes for a formula: what could be one gets an apostrophe in front. */
export function guardedText(text: string): string {
  return /^'*[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

/** `yes`, `1`, `blocked`, `no`, an empty cell and the like; null for other words. */
export function readFlag(cell: string): boolean | null {
  const word = cell.trim().toLowerCase();
  if (TRUE.has(word)) return true;
  return FALSE.has(word) ? false : null;
}

/** Days of the year of `12-25; 01-01`, sorted; null when one is not `MM-DD`. */
export function readDaysOfYear(cell: string): readonly string[] | null {
  const dates = cell
    .split(/[;,|\s]+/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (dates.some((date) => !/^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/.test(date))) return null;
  return [...new Set(dates)].sort();
}
