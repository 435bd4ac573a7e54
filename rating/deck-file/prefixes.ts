export type PrefixReading =
  | { readonly kind: 'prefixes'; readonly prefixes: readonly string[] }
  | { readonly kind: 'missing' }
  | {
      readonly kind: 'wrong';
      readonly code: 'invalid_prefix' | 'formula_cell';
      readonly detail: string;
    };

const MOST_DIGITS = 15;
/** A line may stand for this many prefixes: more is a mistake, or a file of another kind. */
const MOST_PREFIXES = 10_000;

/** What stands before and behind the digits of every prefix of a line. */
export interface PrefixRules {
  /** Digits put in front: a country code from its own column. */
  readonly before: string;
  /** True for digits as they are, where `+` and `00` mean nothing. */
  readonly isLocal: boolean;
}

const FULL: PrefixRules = { before: '', isLocal: false };

/**
 * The prefixes of a cell: one, a list (`44;4420`), ranges (`447700-447799`, brought to the fewest
 * prefixes that cover exactly it). Blanks inside are taken out, as are a leading `+` or `00` and the
 * `^` and `.*` of patterns. `*` alone is the empty prefix, which matches every number.
 */
export function readPrefixes(cell: string, rules: PrefixRules = FULL): PrefixReading {
  // The usual cell is digits and nothing else.
  if (rules.before === '' && /^[1-9]\d{0,14}$/.test(cell)) {
    return { kind: 'prefixes', prefixes: [cell] };
  }
  const text = cell.trim();
  if (/^[=@]/.test(text) || /^[+-]\D/.test(text)) {
    return { kind: 'wrong', code: 'formula_cell', detail: `'${text.slice(0, 60)}' is a formula` };
  }
  if (text === '*') return { kind: 'prefixes', prefixes: [rules.before] };
  const parts = text.split(/[;|,/\r\n]+/).filter((part) => part.trim() !== '');
  if (parts.length === 0) return { kind: 'missing' };
  const prefixes = new Set<string>();
  for (const part of parts) {
    const found = readPart(part, rules);
    if (typeof found === 'string') return { kind: 'wrong', code: 'invalid_prefix', detail: found };
    for (const prefix of found) prefixes.add(prefix);
    if (prefixes.size > MOST_PREFIXES) {
      const detail = `stands for more than ${String(MOST_PREFIXES)} prefixes`;
      return { kind: 'wrong', code: 'invalid_prefix', detail };
    }
  }
  return { kind: 'prefixes', prefixes: [...prefixes] };
}

/** The prefixes of one element of a list, or what is wrong with it. */
function readPart(part: string, rules: PrefixRules): readonly string[] | string {
  const ends = part.split(/\s*[-–—]\s*/);
  const digits = ends.map((end) => clean(end, rules));
  for (const [index, end] of digits.entries()) {
    const problem = problemOf(end, ends[index] ?? '');
    if (problem !== null) return problem;
  }
  const [first = '', last, ...more] = digits;
  if (last === undefined) return [first];
  if (more.length > 0) return `'${part.trim()}' has more than one dash`;
  if (first.length !== last.length) {
    return `'${part.trim()}' is no range: both ends need as many digits`;
  }
  if (first > last) return `'${part.trim()}' ends before it begins`;
  return coverRange(first, last);
}

function clean(text: string, { before, isLocal }: PrefixRules): string {
  const digits = text
    .replace(/[\s\u00a0()]+/g, '')
    .replace(/^'/, '')
    .replace(/^\^/, '')
    .replace(/(?:\.\*|[*%])?\$?$/, '');
  return before + (isLocal ? digits : digits.replace(/^(?:\+|00)/, ''));
}

function problemOf(digits: string, written: string): string | null {
  const shown = written.trim().slice(0, 60);
  if (/^\d(?:[.,]\d+)?e\+?\d+$/i.test(shown)) {
    return `'${shown}' is in scientific notation: a spreadsheet has changed the number`;
  }
  if (!/^\d+$/.test(digits)) return `'${shown}' is not digits`;
  if (digits.length > MOST_DIGITS) return `'${shown}' has more than ${String(MOST_DIGITS)} digits`;
  if (digits.startsWith('0')) return `'${shown}' begins with 0, which no E.164 number does`;
  return null;
}

/**
 * The fewest prefixes that match exactly the numbers of a range. `coverRange('447700', '447799')` is
 * `4477`; `coverRange('10', '12')` is `10`, `11`, `12`. Both ends have equally many digits.
 */
export function coverRange(first: string, last: string): readonly string[] {
  const prefixes: string[] = [];
  const { length } = first;
  const end = Number(last);
  let at = Number(first);
  while (at <= end) {
    let size = 1;
    let dropped = 0;
    while (dropped < length - 1 && at % (size * 10) === 0 && at + size * 10 - 1 <= end) {
      size *= 10;
      dropped += 1;
    }
    const digits = String(at).padStart(length, '0');
    prefixes.push(digits.slice(0, length - dropped));
    at += size;
  }
  return prefixes;
}
