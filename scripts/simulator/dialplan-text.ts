import { DialStringSyntaxError, type DialString, parseDialString } from './bridge-string.js';

/** The dial string, or null where FreeSWITCH would find no channel to make of it. */
export function readDialString(text: string): DialString | null {
  try {
    return parseDialString(text);
  } catch (error) {
    if (error instanceof DialStringSyntaxError) return null;
    throw error;
  }
}

/** `${name}` becomes the variable's value. API calls in it are not simulated: they become nothing. */
export function expand(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$\{([^{}]*)\}/g, (_all, name: string) => variables.get(name) ?? '');
}

/** An entry's `digits` are literal, or `/regex/`. */
export function menuMatch(digits: string, pressed: string): readonly string[] | null {
  const pattern = /^\/(.*)\/$/.exec(digits)?.[1];
  if (pattern === undefined) return digits === pressed ? [pressed] : null;
  return new RegExp(pattern).exec(pressed);
}

/** `DIALSTATUS` of a failed bridge. */
export function dialStatus(cause: string): string {
  const words: Readonly<Record<string, string>> = {
    USER_BUSY: 'BUSY',
    NO_ANSWER: 'NOANSWER',
    ORIGINATOR_CANCEL: 'CANCEL',
    CALL_REJECTED: 'DONTCALL',
  };
  return words[cause] ?? cause;
}
