/** One leg of a dial string: where to, and the variables it carries. */
export interface DialledLeg {
  readonly endpoint: string;
  readonly variables: ReadonlyMap<string, string>;
}

/** Groups are tried one after the other (`|`), the legs of a group ring together (`,`). */
export type DialString = readonly (readonly DialledLeg[])[];

export class DialStringSyntaxError extends Error {
  override readonly name = 'DialStringSyntaxError';
}

/**
 * Reads a `bridge` argument as FreeSWITCH does (switch_ivr_originate.c, switch_utils.c).
 *
 * - `{a=1,b=2}` at the front is common to all legs, `[…]` before an endpoint belongs to that leg; on
 *   a clash the common one wins, unless the common ones hold `local_var_clobber=true`.
 * - `^^X` right after the bracket makes X the separator instead of the comma; `\,` is a comma.
 * - Quotes protect commas inside `{…}`. Inside `[…]` they do not: the split at `|` removes them
 *   before the variables are looked at, so that `[c='PCMA,PCMU']` sets c to PCMA.
 *
 * @throws DialStringSyntaxError on an unclosed bracket, an empty leg or a parallel mark `:_:`.
 */
export function parseDialString(text: string): DialString {
  if (text.includes(':_:'))
    throw new DialStringSyntaxError('enterprise originate is not simulated');
  const common = new Map<string, string>();
  let rest = text.trim();
  while (rest.startsWith('{')) {
    const end = closing(rest, '{', '}');
    for (const [name, value] of variablesOf(rest.slice(1, end), true)) common.set(name, value);
    rest = rest.slice(end + 1).trim();
  }
  const localWins = common.get('local_var_clobber') === 'true';
  return splitOutside(stripQuotes(rest), '|').map((group) =>
    splitOutside(group, ',').map((leg) => parseLeg(leg, common, localWins)),
  );
}

function parseLeg(
  text: string,
  common: ReadonlyMap<string, string>,
  localWins: boolean,
): DialledLeg {
  const own = new Map<string, string>();
  let rest = text.trim();
  while (rest.startsWith('[')) {
    const end = closing(rest, '[', ']');
    for (const [name, value] of variablesOf(rest.slice(1, end), false)) own.set(name, value);
    rest = rest.slice(end + 1).trim();
  }
  if (rest === '') throw new DialStringSyntaxError('a leg has no endpoint');
  const variables = localWins ? new Map([...common, ...own]) : new Map([...own, ...common]);
  return { endpoint: rest, variables };
}

/** Offset of the bracket that closes the one at offset 0. */
function closing(text: string, open: string, close: string): number {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === open) depth += 1;
    if (text[index] === close) depth -= 1;
    if (depth === 0) return index;
  }
  throw new DialStringSyntaxError(`${open} is never closed`);
}

function variablesOf(inner: string, quotesCount: boolean): readonly (readonly [string, string])[] {
  const announced = inner.startsWith('^^');
  const separator = announced ? inner.charAt(2) : ',';
  return splitPairs(announced ? inner.slice(3) : inner, separator, quotesCount).flatMap((pair) => {
    const equals = pair.indexOf('=');
    if (equals <= 0) return [];
    const value = pair.slice(equals + 1).trim();
    return value === '' ? [] : [[pair.slice(0, equals).trim(), value] as const];
  });
}

function splitPairs(text: string, separator: string, quotesCount: boolean): readonly string[] {
  const pairs: string[] = [];
  let current = '';
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index);
    if (char === '\\' && (text[index + 1] === separator || text[index + 1] === "'")) {
      index += 1;
      current += text.charAt(index);
    } else if (char === "'" && quotesCount) {
      quoted = !quoted;
    } else if (char === separator && !quoted) {
      pairs.push(current);
      current = '';
    } else {
      current += char;
    }
  }
  return [...pairs, current];
}

/** Splits where the mark stands outside square brackets. */
function splitOutside(text: string, mark: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index];
    if (char === '[') depth += 1;
    if (char === ']') depth = Math.max(0, depth - 1);
    if (char === mark && depth === 0) {
      parts.push(text.slice(from, index));
      from = index + 1;
    }
  }
  return [...parts, text.slice(from)];
}

function stripQuotes(text: string): string {
  return text.replaceAll(/(?<!\\)'/g, '');
}
