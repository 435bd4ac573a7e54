/**
 * Measures a node and its rating on this machine and prints one JSON line per figure, then a table.
 *
 *   npm run bench                    everything, 100,000 rates and 10 carriers
 *   npm run bench -- --quick         smaller decks and fewer requests, for a first look
 *   npm run bench -- --full          1,000,000 rates for the client and for each carrier, and a deck of
 *                                    10,000,000 in memory; takes a quarter of an hour and 8 GB of disk
 *   npm run bench -- --only rating   of these only the decks in memory and in the database, or
 *                    --only engine   only the node
 *   npm run bench -- --write         also puts the figures into test/bench/README.md
 */
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { openTempDatabase } from '../support/temp-database.js';
import { benchAnswers } from './answers-bench.js';
import { BENCH, fillBenchDatabase } from './bench-data.js';
import type { BenchSheets } from './bench-data.js';
import { benchCalls } from './calls-bench.js';
import { benchDecks } from './deck-bench.js';
import { benchDecoder } from './decoder-bench.js';
import { figureTable } from './figures.js';
import type { Figure } from './figures.js';
import { benchHolds } from './holds-bench.js';
import { benchImport } from './import-bench.js';
import { benchRateDatabase } from './rates-bench.js';
import { describeRun, writeReadme } from './report.js';
import { findMariadb, residentMb, startChild, stopChild } from './processes.js';
import { benchSwap } from './swap-bench.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const K = 1000;
const M = 1_000_000;
const size = sizeOf();
const ESL_PORT = 28_021;
const CARRIERS = 10;

/** How much is measured. */
interface RunSize {
  readonly ratesPerSheet: number;
  /** Decks built in memory alone. */
  readonly inMemory: readonly number[];
  readonly requests: number;
  readonly calls: number;
  readonly decoderRounds: number;
}

function sizeOf(): RunSize {
  if (values.full) return { ...usualSize(), ratesPerSheet: M, inMemory: [100 * K, M, 10 * M] };
  return values.quick ? quickSize() : usualSize();
}

function quickSize(): RunSize {
  return {
    ratesPerSheet: 10 * K,
    inMemory: [10 * K],
    requests: 3 * K,
    calls: 4 * K,
    decoderRounds: 5,
  };
}

function usualSize(): RunSize {
  return {
    ratesPerSheet: 100 * K,
    inMemory: [100 * K, M],
    requests: 20 * K,
    calls: 10 * K,
    decoderRounds: 20,
  };
}

async function main(): Promise<void> {
  const { only } = values;
  if (only !== undefined && only !== 'rating' && only !== 'engine') {
    throw new Error(`--only: found ${only}, expected rating or engine`);
  }
  const figures: Figure[] = [];
  const report = (measured: readonly Figure[]) => {
    for (const figure of measured) process.stdout.write(`${JSON.stringify(figure)}\n`);
    figures.push(...measured);
  };
  if (only !== 'rating') report(benchDecoder(size.decoderRounds));
  if (only !== 'rating') report(await benchHolds(size.requests));
  if (only !== 'engine') report(await benchDecks(size.inMemory));
  const temp = await openTempDatabase();
  try {
    const { ratesPerSheet } = size;
    const sheets = await fillBenchDatabase(
      temp.url,
      { carriers: CARRIERS, ratesPerSheet },
      ESL_PORT,
    );
    if (only !== 'engine') report(await benchRateDatabase(temp.url, sheets, ratesPerSheet));
    await benchEngine(temp.url, sheets, report);
  } finally {
    await temp.close();
  }
  const text = `${describeRun(size.ratesPerSheet)}\n\n${figureTable(figures)}\n`;
  process.stdout.write(`\n${text}`);
  if (values.write) writeReadme(text);
}

async function benchEngine(
  url: string,
  sheets: BenchSheets,
  report: (figures: readonly Figure[]) => void,
): Promise<void> {
  const path = fileURLToPath(new URL('../../server/main.js', import.meta.url));
  const rates = [sheets.retail, ...sheets.carriers].reduce((sum, { rows }) => sum + rows, 0);
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
    const port = Number(match[1]);
    if (values.only !== 'rating') {
      report([
        { name: 'start to ready', value: loadS, unit: 's', note: `${String(rates)} rates loaded` },
        { name: 'engine memory after start', value: residentMb(pid), unit: 'MB' },
      ]);
      report(await benchAnswers(port, size.requests));
      const load = { url, port, eslPort: ESL_PORT, enginePid: pid, databasePid: databasePid() };
      report(await benchCalls({ ...load, calls: size.calls }));
    }
    if (values.only !== 'engine') {
      report(await benchSwap({ url, port, engine: child, sheet: sheets.retail }));
      report(await benchImport(url, sheets.retail, size.ratesPerSheet));
    }
    report([{ name: 'engine memory at the end', value: residentMb(pid), unit: 'MB' }]);
  } finally {
    await stopChild(child);
  }
}

function databasePid(): number | null {
  const given = Number(process.env['BENCH_DATABASE_PID'] ?? '0');
  return given > 0 ? given : findMariadb();
}

await main();
