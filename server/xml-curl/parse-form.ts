/**
 * A form as FreeSWITCH posts it. Names are taken as they are; of a repeated one the last counts, but
 * for the names of the prefix, of which the first does.
 */
export type Form = ReadonlyMap<string, string>;

export type FormProblem = 'too_many_fields';

const MAX_FIELDS = 5000;

/**
 * What FreeSWITCH writes in front of everything else, unencoded. The last of them can be a realm that
 * some unauthenticated phone made up, with `&section=dialplan&…` in it: were the last value to count,
 * that phone could pass its registration off as anybody's call.
 */
const PREFIX = new Set(['hostname', 'section', 'tag_name', 'key_name', 'key_value']);

/**
 * Parses `application/x-www-form-urlencoded` by FreeSWITCH's own rules: no arrays, no brackets, no
 * plus-for-space (it encodes blanks as %20 and sends SIP values with a bare `+`). The first five
 * fields are not encoded at all and may hold whatever a phone put into its realm, so a malformed
 * `%` stays as it stands.
 */
export function parseForm(body: string): Form | FormProblem {
  const form = new Map<string, string>();
  let fields = 0;
  let start = 0;
  while (start <= body.length) {
    const found = body.indexOf('&', start);
    const end = found === -1 ? body.length : found;
    if (end > start) {
      fields += 1;
      if (fields > MAX_FIELDS) return 'too_many_fields';
      addField(form, body, start, end);
    }
    start = end + 1;
  }
  return form;
}

function addField(form: Map<string, string>, body: string, start: number, end: number): void {
  const equals = body.indexOf('=', start);
  const nameEnd = equals === -1 || equals > end ? end : equals;
  const name = body.slice(start, nameEnd);
  if (PREFIX.has(name) && form.has(name)) return;
  const value = nameEnd === end ? '' : body.slice(nameEnd + 1, end);
  form.set(name, value.includes('%') ? decode(value) : value);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
