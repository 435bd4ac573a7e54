/**
 * Breaks a running installation in every way it is meant to survive, and checks the money afterwards.
 * Usage:
 *
 *   npm run chaos -- [--seed N] [--minutes M] [--cps C] [--every SECONDS] [--keep] [--quiet]
 *
 * Starts a MariaDB, two engine nodes and two simulated switches of its own. Ends with 1 when a check
 * failed, with 2 when called wrongly or when it could not run.
 */
import { parseArgs } from 'node:util';
import { findMariadb } from './chaos/mariadb.js';
import { reportLines } from './chaos/report.js';
import { type ChaosOptions, ChaosRun } from './chaos/run.js';

const LONGEST_TALK_MS = 75_000;
/** As a shell says of a command that was ended by Ctrl-C. */
const INTERRUPTED = 130;
const LAST_CALLS_MS = 10_000;

function readOptions(): ChaosOptions {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
      minutes: { type: 'string', default: '2' },
      cps: { type: 'string', default: '8' },
      every: { type: 'string', default: '6' },
      keep: { type: 'boolean', default: false },
      quiet: { type: 'boolean', default: false },
    },
  });
  const seconds = numberFlag('--minutes', values.minutes, 0.1, 600) * 60;
  return {
    seed: numberFlag('--seed', values.seed, 0, 2 ** 32 - 1),
    seconds,
    callsPerSecond: numberFlag('--cps', values.cps, 0.5, 200),
    injectEveryMs: numberFlag('--every', values.every, 0.5, 3_600) * 1000,
    longestTalkMs: Math.min(LONGEST_TALK_MS, seconds * 600),
    lastCallsMs: LAST_CALLS_MS,
    keep: values.keep,
    say: values.quiet ? () => undefined : (line) => console.error(`==> ${line}`),
  };
}

function numberFlag(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (value >= least && value <= most) return value;
  throw new Error(`${name}: a number from ${String(least)} to ${String(most)}`);
}

async function main(): Promise<number> {
  const options = readOptions();
  if (findMariadb() === null)
    throw new Error('mariadbd is missing: apt-get install mariadb-server');
  console.log(`seed ${String(options.seed)}`);
  const run = new ChaosRun(options);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      process.exitCode = INTERRUPTED;
      void run.stop().finally(() => process.exit());
    });
  }
  const report = await run.run();
  for (const line of reportLines(report)) console.log(line);
  return report.problems.length === 0 ? 0 : 1;
}

try {
  const code = await main();
  process.exitCode ??= code;
} catch (error) {
  // What a signal took away is no failure of the run.
  if (process.exitCode === INTERRUPTED) process.exit();
  console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 2;
}
// Timers of the simulated switches may outlive the run by some seconds, and mean nothing any more.
process.exit();
