/**
 * The headers of one FreeSWITCH event. A value is a string, or a list of strings when the switch
 * added the header more than once.
 */
export type EventHeaders = Readonly<Record<string, unknown>>;

/** The event's own body (a background job's output), under the name the JSON format gives it. */
export const EVENT_BODY = '_body';

/** Reads the body of a `text/event-json` frame; null when it is not a JSON object. */
export function parseJsonEvent(body: Buffer | string): EventHeaders | null {
  try {
    const parsed: unknown = JSON.parse(typeof body === 'string' ? body : body.toString('utf8'));
    const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
    // JSON.parse gives an object whose own keys are exactly the event's headers.
    return isObject ? (parsed as EventHeaders) : null;
  } catch {
    return null;
  }
}

/**
 * Reads the body of a `text/event-plain` frame: `Name: value` lines with percent-encoded values,
 * then, when there is a Content-Length, an empty line and the event's own body. Lists are written
 * `ARRAY::a|:b` (switch_event.c: switch_event_serialize). Null when there is no header at all.
 */
export function parsePlainEvent(body: Buffer | string): EventHeaders | null {
  const text = typeof body === 'string' ? body : body.toString('utf8');
  const end = text.indexOf('\n\n');
  const headers: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  let count = 0;
  for (const line of (end === -1 ? text : text.slice(0, end)).split('\n')) {
    const colon = line.indexOf(': ');
    if (colon <= 0) continue;
    headers[line.slice(0, colon)] = plainValue(line.slice(colon + 2));
    count += 1;
  }
  if (end !== -1 && text.length > end + 2) headers[EVENT_BODY] = text.slice(end + 2);
  return count === 0 ? null : headers;
}

function plainValue(raw: string): string | readonly string[] {
  const value = decodeUrlText(raw);
  return value.startsWith('ARRAY::') ? value.slice('ARRAY::'.length).split('|:') : value;
}

/**
 * Undoes FreeSWITCH's percent-encoding. A `%` that begins no valid escape is kept as it is, as the
 * switch's own decoder does, so that one odd caller name cannot cost us an event. `+` is not a space.
 *
 * @example decodeUrlText('1001%40acme.example') // '1001@acme.example'
 * @example decodeUrlText('100%')                // '100%'
 */
export function decodeUrlText(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return decodeBytes(text);
  }
}

function decodeBytes(text: string): string {
  const source = Buffer.from(text, 'utf8');
  const target = Buffer.alloc(source.length);
  let length = 0;
  for (let index = 0; index < source.length; index += 1) {
    const escape = source.toString('latin1', index, index + 3);
    const isEscape = /^%[0-9A-Fa-f]{2}$/.test(escape);
    target[length] = isEscape ? Number.parseInt(escape.slice(1), 16) : (source[index] ?? 0);
    length += 1;
    if (isEscape) index += 2;
  }
  return target.toString('utf8', 0, length);
}

/** A header as text: the first value of a list; null when absent or empty. */
export function headerText(headers: EventHeaders, name: string): string | null {
  const raw = headers[name];
  const value: unknown = Array.isArray(raw) ? raw[0] : raw;
  return typeof value === 'string' && value !== '' ? value : null;
}
