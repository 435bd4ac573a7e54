import { headerText } from '../../server/esl/event-headers.js';
import type { RecordedEvent, RecordedRequest, Scenario } from './recording.js';

/** Events are stamped up to this long before they happen. */
const CLOCK_TICK_MS = 25;

export type ReplayStep =
  | { readonly kind: 'request'; readonly atMs: number; readonly request: RecordedRequest }
  | { readonly kind: 'event'; readonly atMs: number; readonly event: RecordedEvent };

/**
 * The steps of a scenario in one order: requests and events each as they were recorded, merged by
 * time. The switch stamps events with a clock that moves every 20 ms, so the times alone would put
 * some effects before their causes. Two orders are certain and win over the times: a leg that was
 * dialled follows the dialplan fetch that dialled it, and CHANNEL_HANGUP_COMPLETE follows the leg's
 * own call detail record.
 */
export function planReplay(scenario: Scenario): readonly ReplayStep[] {
  const requests = [...scenario.requests].sort((left, right) => left.t - right.t);
  const causes = scenario.events.map((event) => lastCause(event, requests));
  const steps: ReplayStep[] = [];
  let played = 0;
  const playRequest = (): void => {
    const request = requests[played];
    if (request !== undefined) steps.push({ kind: 'request', atMs: request.t, request });
    played += 1;
  };
  scenario.events.forEach((event, index) => {
    const atMs = event.atUs / 1000;
    while (played < requests.length) {
      const isEarlier = (requests[played]?.t ?? 0) < atMs;
      if (!isEarlier && played > (causes[index] ?? -1)) break;
      playRequest();
    }
    steps.push({ kind: 'event', atMs, event });
  });
  while (played < requests.length) playRequest();
  return steps;
}

/** Index of the last request that must come before the event, -1 for none. */
function lastCause(event: RecordedEvent, requests: readonly RecordedRequest[]): number {
  const uuid = headerText(event.headers, 'Unique-ID');
  if (uuid === null) return -1;
  if (event.name === 'CHANNEL_HANGUP_COMPLETE' || event.name === 'CHANNEL_DESTROY') {
    return requests.findIndex(({ url }) => url.includes('/cdr?') && url.endsWith(uuid));
  }
  if (headerText(event.headers, 'Call-Direction') !== 'outbound') return -1;
  const origin = headerText(event.headers, 'Other-Leg-Unique-ID');
  if (origin === null) return -1;
  const fetches = requests.flatMap(({ body, t }, index) =>
    body.includes('section=dialplan') && body.includes(origin) ? [{ index, t }] : [],
  );
  // A transferred call fetches again: the cause is the last fetch that can have come before.
  const before = fetches.filter(({ t }) => t <= event.atUs / 1000 + CLOCK_TICK_MS);
  return (before.at(-1) ?? fetches[0])?.index ?? -1;
}

/** Leg uuids for which the engine was asked for a dialplan, in that order. */
export function callersOf(scenario: Scenario): readonly string[] {
  const uuids = scenario.requests.flatMap(({ body }) => {
    const isDialplan = body.includes('section=dialplan');
    const uuid = /(?:^|&)Unique-ID=([0-9a-f-]{36})/.exec(body)?.[1];
    return isDialplan && uuid !== undefined ? [uuid] : [];
  });
  return [...new Set(uuids)];
}

/** First and last moment of a scenario, in milliseconds since the epoch. */
export function spanOf(steps: readonly ReplayStep[]): {
  readonly fromMs: number;
  readonly toMs: number;
} {
  const times = steps.map((step) => step.atMs);
  return { fromMs: Math.min(...times), toMs: Math.max(...times) };
}
