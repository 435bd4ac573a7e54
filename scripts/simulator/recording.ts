import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EventHeaders, headerText } from '../../server/esl/event-headers.js';
import { readEventFrame } from '../../server/esl/decode-event.js';
import { FrameDecoder } from '../../server/esl/frame-decoder.js';

/** The recordings that come with the product, seen from the compiled file. */
export const OWN_RECORDINGS = fileURLToPath(
  new URL('../../../test/fixtures/recorded', import.meta.url),
);

export interface RecordedRequest {
  /** Milliseconds since the epoch, when the request arrived. */
  readonly t: number;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RecordedEvent {
  /** Microseconds since the epoch, from the event itself. */
  readonly atUs: number;
  readonly name: string;
  readonly subclass: string | null;
  readonly headers: EventHeaders;
  /** The event's JSON, as it was sent. */
  readonly json: string;
}

export interface Scenario {
  readonly name: string;
  readonly requests: readonly RecordedRequest[];
  readonly events: readonly RecordedEvent[];
}

/** Reads one scenario folder; a missing file means that nothing of its kind happened. */
export function readScenario(folder: string): Scenario {
  const http = join(folder, 'http.jsonl');
  const esl = join(folder, 'esl.json.raw');
  return {
    name: basename(folder),
    requests: existsSync(http) ? readRequests(readFileSync(http, 'utf8')) : [],
    events: existsSync(esl) ? readEvents(readFileSync(esl)) : [],
  };
}

/** The folder itself when it is a scenario, else the scenarios in it, by name. */
export function readScenarios(folder: string): readonly Scenario[] {
  const isScenario = ['http.jsonl', 'esl.json.raw'].some((file) => existsSync(join(folder, file)));
  if (isScenario) return [readScenario(folder)];
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isDirectory())
    .map(readScenario)
    .filter((scenario) => scenario.requests.length + scenario.events.length > 0);
}

function readRequests(text: string): readonly RecordedRequest[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, index) => {
      const value: unknown = JSON.parse(line);
      if (isRequest(value)) return value;
      throw new Error(`http.jsonl line ${index + 1}: not a recorded request`);
    });
}

function isRequest(value: unknown): value is RecordedRequest {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Readonly<Record<string, unknown>>;
  const texts = ['method', 'url', 'body'].every((key) => typeof record[key] === 'string');
  return texts && typeof record['t'] === 'number' && typeof record['headers'] === 'object';
}

function readEvents(bytes: Buffer): readonly RecordedEvent[] {
  const events: RecordedEvent[] = [];
  const decoder = new FrameDecoder((frame) => {
    const headers = readEventFrame(frame);
    if (headers === null) return;
    events.push({
      atUs: Number(headerText(headers, 'Event-Date-Timestamp') ?? '0'),
      name: headerText(headers, 'Event-Name') ?? '',
      subclass: headerText(headers, 'Event-Subclass'),
      headers,
      json: frame.body.toString('utf8'),
    });
  });
  decoder.push(bytes);
  return events;
}
