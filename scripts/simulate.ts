/**
 * Places simulated calls against a running engine. Usage:
 *
 *   npm run simulate -- [--cps 20] [--calls 500] [--seed 7] [--talk-ms 2000] [--cdr json|xml]
 *                       [--from 1001@acme.example] [--numbers A,B,…] [--most 5000]
 *                       [--fresh-connections] [--engine URL --user U --password P]
 *                       [--esl-port N --esl-password P] [--api-key K] [--wait SECONDS] [--json]
 *
 * Ends with 1 when lookups failed or records were lost, with 2 when called wrongly.
 */
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { CallApi } from './simulator/call-api.js';
import { EngineHttp } from './simulator/engine-http.js';
import { EventSocketServer } from './simulator/event-socket-server.js';
import { loadMix } from './simulator/load-mix.js';
import { moneyOfCalls, type MoneyOfCalls } from './simulator/load-money.js';
import { type LoadResult, type LoadSummary, runLoad, summarize } from './simulator/load.js';
import { type EngineAccess, engineAccess, readLocalDefaults } from './simulator/local-defaults.js';
import { runApiCommand } from './simulator/switch-api.js';
import { SimulatedSwitch, type SwitchCounters } from './simulator/switch.js';
import { textTable } from './simulator/text-table.js';

interface Settings {
  readonly access: EngineAccess;
  readonly callsPerSecond: number;
  readonly calls: number;
  readonly seed: number;
  readonly talkMs: number;
  readonly mostAtOnce: number;
  readonly waitMs: number;
  readonly cdrFormat: 'json' | 'xml';
  readonly user: string;
  readonly domain: string;
  readonly numbers: readonly string[];
  readonly freshConnections: boolean;
  readonly json: boolean;
}

interface Report extends LoadSummary, SwitchCounters {
  readonly placed: Readonly<Record<string, number>>;
  readonly late: number;
  readonly elapsedSeconds: number;
  readonly callsPerSecond: number;
  /** CPU time of this process; the engine's is its own. */
  readonly cpuSeconds: number;
  readonly hadListener: boolean;
  readonly money: MoneyOfCalls | null;
  readonly moneyError: string | null;
}

const NUMBERS = '447700900123,33142278186,39061234,34911234';

function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      cps: { type: 'string', default: '20' },
      calls: { type: 'string', default: '500' },
      seed: { type: 'string', default: '7' },
      'talk-ms': { type: 'string', default: '2000' },
      most: { type: 'string', default: '5000' },
      wait: { type: 'string', default: '10' },
      cdr: { type: 'string', default: 'json' },
      from: { type: 'string', default: '1001@acme.example' },
      numbers: { type: 'string', default: NUMBERS },
      'fresh-connections': { type: 'boolean', default: false },
      engine: { type: 'string' },
      user: { type: 'string' },
      password: { type: 'string' },
      'esl-port': { type: 'string' },
      'esl-password': { type: 'string' },
      'api-key': { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const [user = '', domain = ''] = values.from.split('@');
  if (user === '' || domain === '') throw new Error('--from: extension@domain');
  if (values.cdr !== 'json' && values.cdr !== 'xml') throw new Error('--cdr: json or xml');
  return {
    access: engineAccess(values, readLocalDefaults()),
    callsPerSecond: numberFlag('--cps', values.cps, 0.01, 5_000),
    calls: wholeFlag('--calls', values.calls, 1, 10_000_000),
    seed: wholeFlag('--seed', values.seed, 0, 2 ** 32 - 1),
    talkMs: wholeFlag('--talk-ms', values['talk-ms'], 1, 86_400_000),
    mostAtOnce: wholeFlag('--most', values.most, 1, 100_000),
    waitMs: numberFlag('--wait', values.wait, 0, 3_600) * 1000,
    cdrFormat: values.cdr,
    user,
    domain,
    numbers: values.numbers.split(',').filter((number) => number !== ''),
    freshConnections: values['fresh-connections'],
    json: values.json,
  };
}

function numberFlag(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (value >= least && value <= most) return value;
  throw new Error(`${name}: a number from ${least} to ${most}`);
}

function wholeFlag(name: string, text: string, least: number, most: number): number {
  const value = numberFlag(name, text, least, most);
  if (Number.isInteger(value)) return value;
  throw new Error(`${name}: a whole number`);
}

async function run(settings: Settings): Promise<Report> {
  const { access, cdrFormat } = settings;
  const engine = new EngineHttp({
    url: access.engineUrl,
    user: access.user,
    password: access.password,
    keepConnections: !settings.freshConnections,
    timeoutMs: 30_000,
  });
  const server: EventSocketServer = new EventSocketServer({
    password: access.eslPassword,
    coreUuid: () => sim.coreUuid,
    api: (command, argument) => runApiCommand(sim, command, argument),
    onHeartbeat: () => sim.publishAlive(),
  });
  const sim = new SimulatedSwitch({ engine, sink: server, cdrFormat });
  await server.listen(access.eslPort);
  try {
    const hadListener = await server.waitForSubscriber(settings.waitMs);
    const cpuBefore = process.cpuUsage();
    const result = await placeAll(sim, settings);
    const { user, system } = process.cpuUsage(cpuBefore);
    const money = await askForMoney(result, access);
    return {
      ...summarize(result.outcomes),
      ...sim.counters,
      ...money,
      placed: result.placed,
      late: result.late,
      elapsedSeconds: Math.round(result.elapsedMs / 100) / 10,
      callsPerSecond: Math.round((settings.calls * 10_000) / result.elapsedMs) / 10,
      cpuSeconds: Math.round((user + system) / 10_000) / 100,
      hadListener,
    };
  } finally {
    engine.close();
    await server.close();
  }
}

async function placeAll(sim: SimulatedSwitch, settings: Settings): Promise<LoadResult> {
  const bar =
    process.stderr.isTTY && !settings.json ? new SingleBar({ stopOnComplete: true }) : null;
  bar?.start(settings.calls, 0);
  try {
    return await runLoad(sim, loadMix({ ...settings, colleague: '1002' }), {
      ...settings,
      onDone: (done) => bar?.update(done),
    });
  } finally {
    bar?.stop();
  }
}

async function askForMoney(
  result: LoadResult,
  access: EngineAccess,
): Promise<Pick<Report, 'money' | 'moneyError'>> {
  if (access.apiKey === null) return { money: null, moneyError: null };
  const api = new CallApi(access, access.apiKey);
  const callers = result.outcomes.flatMap(({ aLegUuid }) => aLegUuid ?? []);
  try {
    return { money: await moneyOfCalls(api, callers), moneyError: null };
  } catch (error) {
    return { money: null, moneyError: error instanceof Error ? error.message : 'unknown' };
  } finally {
    api.close();
  }
}

function reportText(report: Report): string {
  const { postDialDelayMs: delay } = report;
  const rows: string[][] = [
    ['', ''],
    ['calls', `${report.calls} in ${report.elapsedSeconds} s, ${report.callsPerSecond} a second`],
    ['placed', countsText(report.placed)],
    ['answered', `${report.answered}, ${report.talkSeconds} s of talk`],
    ['not answered', countsText(report.failed)],
    ['refused', countsText(report.refused)],
    ['attempts', String(report.attempts)],
    [
      'post-dial delay',
      `p50 ${delay.p50}, p95 ${delay.p95}, p99 ${delay.p99}, max ${delay.max} ms`,
    ],
    ['records', `${report.records} taken, ${report.recordsLost} lost`],
    ['events', `${report.events}${report.hadListener ? '' : ' (nobody listened)'}`],
    ['failed lookups', String(report.failedLookups)],
    ['CPU here', `${report.cpuSeconds} s`],
  ];
  if (report.late > 0) rows.push(['late', `${report.late} waited for --most`]);
  if (report.moneyError !== null) rows.push(['money', `not known: ${report.moneyError}`]);
  if (report.money !== null) {
    const { settled, calls, price, cost } = report.money;
    rows.push(['settled', `${settled} of ${calls} asked about`]);
    rows.push(['price', countsText(price)], ['cost', countsText(cost)]);
  }
  return textTable(rows);
}

function countsText(counts: Readonly<Record<string, number | string>>): string {
  const parts = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}

try {
  const settings = readSettings();
  const report = await run(settings);
  console.log(settings.json ? JSON.stringify(report, null, 2) : reportText(report));
  process.exitCode = report.failedLookups + report.recordsLost === 0 ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
