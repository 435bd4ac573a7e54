/**
 * Measures a node on this machine and prints one JSON line per figure, then a table.
 *
 *   npm run bench                    everything, 100,000 rates and 10 carriers
 *   npm run bench -- --quick         smaller decks and fewer requests, for a first look
 *   npm run bench -- --write         also puts the figures into test/bench/README.md
 */
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { openTempDatabase } from '../support/temp-database.js';
import { benchAnswers } from './answers-bench.js';
import { BENCH, fillBenchDatabase } from './bench-data.js';
import { benchCalls } from './calls-bench.js';
import { benchDecoder } from './decoder-bench.js';
import { figureTable } from './figures.js';
import type { Figure } from './figures.js';
import { describeRun, writeReadme } from './report.js';
import { findMariadb, residentMb, startChild, stopChild } from './processes.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const ratesPerSheet = values.quick ? 10_000 : 100_000;
const requests = values.quick ? 3_000 : 20_000;
const ESL_PORT = 28_021;

async function main(): Promise<void> {
  const figures: Figure[] = [];
  const report = (measured: readonly Figure[]) => {
    for (const figure of measured) process.stdout.write(`${JSON.stringify(figure)}\n`);
    figures.push(...measured);
  };
  report(benchDecoder(values.quick ? 5 : 20));
  const temp = await openTempDatabase();
  try {
    const size = { carriers: 10, ratesPerSheet };
    await fillBenchDatabase(temp.url, size, ESL_PORT);
    report(await benchEngine(temp.url, size.carriers * ratesPerSheet + ratesPerSheet));
  } finally {
    await temp.close();
  }
  const text = `${describeRun(ratesPerSheet)}\n\n${figureTable(figures)}\n`;
  process.stdout.write(`\n${text}`);
  if (values.write) writeReadme(text);
}

async function benchEngine(url: string, rates: number): Promise<readonly Figure[]> {
  const path = fileURLToPath(new URL('../../server/main.js', import.meta.url));
  const started = process.hrtime.bigint();
  const env = {
    DATABASE_URL: url,
    SECRET_KEY: BENCH.secretKey,
    HTTP_PORT: '0',
    LOG_LEVEL: 'info',
  };
  // As `npm start` runs it; more for profiling, such as --cpu-prof.
  const extra = process.env['BENCH_NODE_ARGS']?.split(' ') ?? [];
  const args = ['--max-semi-space-size=64', ...extra, path];
  const { child, match } = await startChild(args, env, /"port":(\d+)[^\n]*ringledger is ready/);
  const loadS = Number(process.hrtime.bigint() - started) / 1e9;
  try {
    const pid = child.pid ?? 0;
    const figures: Figure[] = [
      { name: 'start to ready', value: loadS, unit: 's', note: `${String(rates)} rates loaded` },
      { name: 'engine memory after start', value: residentMb(pid), unit: 'MB' },
    ];
    const port = Number(match[1]);
    figures.push(...(await benchAnswers(port, requests)));
    const load = { url, port, eslPort: ESL_PORT, enginePid: pid, databasePid: databasePid() };
    figures.push(...(await benchCalls({ ...load, calls: values.quick ? 4_000 : 10_000 })));
    figures.push({ name: 'engine memory at the end', value: residentMb(pid), unit: 'MB' });
    return figures;
  } finally {
    await stopChild(child);
  }
}

function databasePid(): number | null {
  const given = Number(process.env['BENCH_DATABASE_PID'] ?? '0');
  return given > 0 ? given : findMariadb();
}

await main();
