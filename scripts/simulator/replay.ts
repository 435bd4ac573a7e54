import { setTimeout as sleep } from 'node:timers/promises';
import { type EventHeaders, headerText, parseJsonEvent } from '../../server/esl/event-headers.js';
import type { EngineHttp } from './engine-http.js';
import type { EventSocketServer } from './event-socket-server.js';
import { eventFrame } from './event-text.js';
import type { RecordedRequest, Scenario } from './recording.js';
import { callersOf, planReplay, type ReplayStep, spanOf } from './replay-plan.js';
import { createRewrite, type Rewrite } from './replay-rewrite.js';

export interface ReplayOptions {
  readonly engine: EngineHttp;
  readonly server: EventSocketServer;
  readonly channels: ReplayChannels;
  /** 1 for the recorded pace, `max` for no waiting at all. */
  readonly speed: number | 'max';
  /** Keeps recorded uuids and times. */
  readonly asRecorded: boolean;
  readonly seed: string;
  readonly onStep: (line: string) => void;
  readonly now?: () => number;
}

export interface ReplayResult {
  readonly scenario: string;
  readonly requests: number;
  readonly events: number;
  /** Requests that were not answered as a switch needs it. */
  readonly failures: readonly string[];
  /** The callers' legs, as the engine knows them. */
  readonly callers: readonly string[];
}

/** Plays one recorded scenario against the engine. A step waits for the reply of the one before. */
export async function replayScenario(
  scenario: Scenario,
  options: ReplayOptions,
): Promise<ReplayResult> {
  const steps = planReplay(scenario);
  const rewrite = rewriteFor(steps, options);
  const { fromMs } = spanOf(steps);
  const startedAt = performance.now();
  const failures: string[] = [];
  let events = 0;
  for (const step of steps) {
    if (options.speed !== 'max') {
      const dueMs = (step.atMs - fromMs) / options.speed;
      await sleep(Math.max(0, dueMs - (performance.now() - startedAt)));
    }
    const at = `+${Math.round(step.atMs - fromMs)} ms`.padEnd(10);
    if (step.kind === 'event') {
      options.onStep(`${at} ${playEvent(rewrite(step.event.json), options)}`);
      events += 1;
    } else {
      const { line, failure } = await playRequest(step.request, rewrite, options);
      options.onStep(`${at} ${line}`);
      if (failure !== null) failures.push(failure);
    }
  }
  return {
    scenario: scenario.name,
    requests: steps.length - events,
    events,
    failures,
    callers: callersOf(scenario).map(rewrite),
  };
}

/** Times move so that the recording, at the chosen pace, ends about now. */
function rewriteFor(steps: readonly ReplayStep[], options: ReplayOptions): Rewrite {
  if (options.asRecorded || steps.length === 0) return (text) => text;
  const { fromMs, toMs } = spanOf(steps);
  const lastsMs = options.speed === 'max' ? 0 : (toMs - fromMs) / options.speed;
  const endsAtMs = (options.now ?? Date.now)() + lastsMs;
  const shiftS = Math.floor((endsAtMs - toMs) / 1000);
  return createRewrite({ seed: options.seed, shiftS, fromMs, toMs });
}

function playEvent(json: string, options: ReplayOptions): string {
  options.server.publishRaw(eventFrame(json, 'json'));
  const headers = parseJsonEvent(json) ?? {};
  options.channels.remember(headers, json);
  const words = ['Event-Name', 'Event-Subclass', 'Call-Direction', 'Unique-ID', 'Hangup-Cause'];
  const found = words.flatMap((name) => headerText(headers, name) ?? []);
  return `event    ${found.join(' ')}`;
}

async function playRequest(
  request: RecordedRequest,
  rewrite: Rewrite,
  options: ReplayOptions,
): Promise<{ readonly line: string; readonly failure: string | null }> {
  const path = enginePath(rewrite(request.url));
  const reply = await options.engine.send({
    path,
    method: request.method,
    body: rewrite(request.body),
    contentType: request.headers['content-type'] ?? 'application/x-www-form-urlencoded',
    userAgent: request.headers['user-agent'] ?? 'freeswitch-xml/1.0',
  });
  const isRecord = path.startsWith('/freeswitch/cdr');
  const isGood = isRecord ? reply.status >= 200 && reply.status < 300 : reply.status === 200;
  const answer = reply.status === 0 ? `no answer: ${reply.text}` : String(reply.status);
  const line =
    `request  ${isRecord ? path : describeLookup(request.body)} -> ` +
    `${answer} (${reply.elapsedMs.toFixed(1)} ms)`;
  return { line, failure: isGood ? null : line };
}

/** The recording's own paths, as this engine names them. */
export function enginePath(url: string): string {
  if (url.startsWith('/cdr')) return `/freeswitch${url}`;
  return url.startsWith('/fs') ? `/freeswitch/xml${url.slice('/fs'.length)}` : url;
}

function describeLookup(body: string): string {
  const form = new URLSearchParams(body);
  const names = ['section', 'key_value', 'purpose', 'action', 'user', 'Hunt-Destination-Number'];
  return names.flatMap((name) => form.get(name) || []).join(' ');
}

/** What the replayed switch says when asked: the channels of the events played so far. */
export class ReplayChannels {
  private readonly living = new Map<string, { headers: EventHeaders; json: string }>();
  coreUuid = '';

  remember(headers: EventHeaders, json: string): void {
    this.coreUuid = headerText(headers, 'Core-UUID') ?? this.coreUuid;
    const uuid = headerText(headers, 'Unique-ID');
    const name = headerText(headers, 'Event-Name') ?? '';
    if (uuid === null) return;
    if (name === 'CHANNEL_HANGUP_COMPLETE' || name === 'CHANNEL_DESTROY') this.living.delete(uuid);
    else this.living.set(uuid, { headers, json });
  }

  /** Commands that would change a call are accepted and change nothing: the call is history. */
  api(command: string, argument: string): string {
    switch (command) {
      case 'show':
        return this.show();
      case 'uuid_dump':
        return this.living.get(argument.split(' ')[0] ?? '')?.json ?? '-ERR No such channel!\n';
      case 'global_getvar':
        return this.coreUuid;
      case 'version':
        return 'FreeSWITCH Version 1.11.2-release~64bit (replayed)\n';
      default:
        return '+OK\n';
    }
  }

  /** HEARTBEAT, which keeps the engine's watchdog content between scenarios. */
  heartbeat(nowMs: number): string {
    return JSON.stringify({
      'Event-Name': 'HEARTBEAT',
      'Core-UUID': this.coreUuid,
      'Event-Date-Timestamp': String(nowMs * 1000),
    });
  }

  private show(): string {
    const rows = [...this.living.values()].map(({ headers }) => {
      const text = (name: string): string => headerText(headers, name) ?? '';
      return {
        uuid: text('Unique-ID'),
        direction: text('Call-Direction'),
        created_epoch: text('Caller-Channel-Created-Time').slice(0, 10),
        name: text('Channel-Name'),
        state: text('Channel-State'),
        cid_num: text('Caller-Caller-ID-Number'),
        dest: text('Caller-Destination-Number'),
        callstate: text('Channel-Call-State'),
      };
    });
    return JSON.stringify(rows.length === 0 ? { row_count: 0 } : { row_count: rows.length, rows });
  }
}
