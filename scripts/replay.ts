/**
 * Plays recorded FreeSWITCH traffic against a running engine. Usage:
 *
 *   npm run replay -- [DIR] [--engine URL --user U --password P --esl-port N --esl-password P]
 *                     [--speed N|max] [--as-recorded] [--api-key K] [--wait SECONDS] [--json]
 *
 * Ends with 1 when the engine did not answer or refused a request, with 2 when called wrongly.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type ApiCall, CallApi } from './simulator/call-api.js';
import { EngineHttp } from './simulator/engine-http.js';
import { EventSocketServer } from './simulator/event-socket-server.js';
import { type EngineAccess, engineAccess, readLocalDefaults } from './simulator/local-defaults.js';
import { OWN_RECORDINGS, readScenarios, type Scenario } from './simulator/recording.js';
import { ReplayChannels, type ReplayResult, replayScenario } from './simulator/replay.js';
import { textTable } from './simulator/text-table.js';

interface Settings {
  readonly folder: string;
  readonly access: EngineAccess;
  readonly speed: number | 'max';
  readonly asRecorded: boolean;
  readonly json: boolean;
  readonly waitMs: number;
}

interface Report extends ReplayResult {
  readonly calls: readonly ApiCall[];
  /** Why the calls could not be asked for, if so. */
  readonly apiError: string | null;
}

function readSettings(): Settings {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      engine: { type: 'string' },
      user: { type: 'string' },
      password: { type: 'string' },
      'esl-port': { type: 'string' },
      'esl-password': { type: 'string' },
      'api-key': { type: 'string' },
      speed: { type: 'string', default: 'max' },
      wait: { type: 'string', default: '10' },
      'as-recorded': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const speed = values.speed === 'max' ? 'max' : Number(values.speed);
  if (speed !== 'max' && !(speed > 0)) throw new Error('--speed: a number above 0, or max');
  const waitMs = Number(values.wait) * 1000;
  if (!(waitMs >= 0)) throw new Error('--wait: seconds');
  return {
    folder: positionals[0] ?? OWN_RECORDINGS,
    access: engineAccess(values, readLocalDefaults()),
    speed,
    asRecorded: values['as-recorded'],
    json: values.json,
    waitMs,
  };
}

async function run(settings: Settings): Promise<readonly Report[]> {
  const { access } = settings;
  const scenarios = readScenarios(settings.folder);
  if (scenarios.length === 0) throw new Error(`${settings.folder}: no recorded scenario`);
  const channels = new ReplayChannels();
  const server: EventSocketServer = new EventSocketServer({
    password: access.eslPassword,
    coreUuid: () => channels.coreUuid,
    api: (command, argument) => channels.api(command, argument),
    onHeartbeat: () => server.publish('HEARTBEAT', null, channels.heartbeat(Date.now())),
  });
  const engine = new EngineHttp({
    url: access.engineUrl,
    user: access.user,
    password: access.password,
  });
  try {
    await listen(server, settings);
    return await playAll(scenarios, { settings, server, engine, channels });
  } finally {
    engine.close();
    await server.close();
  }
}

async function listen(
  server: EventSocketServer,
  { access, waitMs, json }: Settings,
): Promise<void> {
  const port = await server.listen(access.eslPort);
  const heard = await server.waitForSubscriber(waitMs);
  if (heard || json) return;
  console.log(
    `No listener came to port ${port} within ${waitMs / 1000} s: playing without events.`,
  );
}

interface Stage {
  readonly settings: Settings;
  readonly server: EventSocketServer;
  readonly engine: EngineHttp;
  readonly channels: ReplayChannels;
}

async function playAll(scenarios: readonly Scenario[], stage: Stage): Promise<readonly Report[]> {
  const { settings, ...players } = stage;
  const seed = randomUUID();
  const reports: Report[] = [];
  const say = (line: string): void => void (settings.json || console.log(line));
  for (const scenario of scenarios) {
    say(`\n== ${scenario.name}`);
    const { speed, asRecorded } = settings;
    const result = await replayScenario(scenario, {
      ...players,
      speed,
      asRecorded,
      seed,
      onStep: say,
    });
    const report = await withCalls(result, settings.access);
    reports.push(report);
    say(callTable(report));
  }
  return reports;
}

async function withCalls(result: ReplayResult, access: EngineAccess): Promise<Report> {
  if (access.apiKey === null || result.callers.length === 0) {
    return { ...result, calls: [], apiError: null };
  }
  const api = new CallApi(access, access.apiKey);
  try {
    // Settling happens after the record was taken; a moment is enough for the engine to do it.
    await sleep(500);
    const calls = await Promise.all(result.callers.map((uuid) => api.callsOf(uuid)));
    return { ...result, calls: calls.flat(), apiError: null };
  } catch (error) {
    return { ...result, calls: [], apiError: error instanceof Error ? error.message : 'unknown' };
  } finally {
    api.close();
  }
}

function callTable(report: Report): string {
  if (report.apiError !== null) return `calls could not be asked for: ${report.apiError}`;
  if (report.calls.length === 0) return '';
  const heading = ['state', 'reason', 'destination', 'billed s', 'price', 'cost', 'legs', 'id'];
  const rows = report.calls.map((call) => [
    call.state,
    call.reason,
    call.destination,
    call.billedSeconds,
    `${call.price} ${call.currency}`.trim(),
    `${call.cost} ${call.cost === '' ? '' : call.costCurrency}`.trim(),
    String(call.legs),
    call.id,
  ]);
  return textTable([heading, ...rows]);
}

function finish(reports: readonly Report[], json: boolean): void {
  const failures = reports.flatMap((report) => report.failures);
  const count = (of: (report: Report) => number): number =>
    reports.reduce((sum, report) => sum + of(report), 0);
  const total = {
    scenarios: reports.length,
    requests: count((report) => report.requests),
    events: count((report) => report.events),
    failures: failures.length,
  };
  if (json) console.log(JSON.stringify({ ...total, reports }, null, 2));
  else {
    console.log(
      `\n${total.scenarios} scenarios, ${total.requests} requests, ${total.events} events, ` +
        `${total.failures} failures`,
    );
    for (const failure of failures) console.error(failure);
  }
  process.exitCode = failures.length === 0 ? 0 : 1;
}

try {
  const settings = readSettings();
  finish(await run(settings), settings.json);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
