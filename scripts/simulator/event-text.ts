import { type EventHeaders, parseJsonEvent } from '../../server/esl/event-headers.js';

export type EventFormat = 'json' | 'plain';

/** One event as a frame of the event socket (mod_event_socket.c: listener_run). */
export function eventFrame(json: string, format: EventFormat): Buffer {
  const body = format === 'json' ? json : plainText(json);
  const length = Buffer.byteLength(body);
  return Buffer.from(
    `Content-Length: ${length}\nContent-Type: text/event-${format}\n\n${body}`,
    'utf8',
  );
}

/** The JSON of an event in the plain format: percent-encoded values, lists as `ARRAY::a|:b`. */
export function plainText(json: string): string {
  const headers: EventHeaders = parseJsonEvent(json) ?? {};
  let text = '';
  let body = '';
  for (const [name, value] of Object.entries(headers)) {
    if (name === '_body') body = String(value);
    else text += `${name}: ${plainValue(value)}\n`;
  }
  return `${text}\n${body}`;
}

function plainValue(value: unknown): string {
  const text = Array.isArray(value) ? `ARRAY::${value.join('|:')}` : String(value);
  return encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%2C', ',');
}
