import type { ChildProcess } from 'node:child_process';
import { desc } from 'drizzle-orm';
import { openDatabase } from '../../db/client.js';
import type { Database } from '../../db/client.js';
import { calls } from '../../db/schema/index.js';
import type { Decision } from '../../server/calls/decision.js';
import { loadDialplans } from './answers-bench.js';
import type { BenchSheet } from './bench-data.js';
import { addRelease, copyRows, publishDraft } from './bench-data.js';
import type { Figure } from './figures.js';
import { percentile } from './figures.js';
import { activate } from './import-bench.js';
import { waitForOutput } from './processes.js';

const PER_SECOND = 100;
const QUIET_S = 10;
/** Also how long the load goes on after the new prices hold. */
const AFTER_S = 3;
const LONGEST_S = 300;

export interface SwapOptions {
  readonly url: string;
  readonly port: number;
  readonly engine: ChildProcess;
  readonly sheet: BenchSheet;
}

/**
 * What callers notice of a new release: a steady stream of dialplan look-ups while a draft as large as
 * the one in force is loaded ahead, activated and swapped in, beside the same stream undisturbed.
 */
export async function benchSwap(options: SwapOptions): Promise<readonly Figure[]> {
  const { url, port, sheet } = options;
  const database = openDatabase({ url, poolSize: 2 });
  try {
    const releaseId = await addRelease(database, sheet.sheetId, 100);
    await copyRows(database, sheet.releaseId, releaseId, '0.06');
    await readLoopDelay(port);
    const quiet = await loadDialplans(port, QUIET_S * PER_SECOND, PER_SECOND);
    const quietLoopMs = await readLoopDelay(port);
    const stop = { at: LONGEST_S * PER_SECOND };
    const disturbed = streamUntil(port, stop);
    const swap = await swapIn(options, database, releaseId).finally(() => {
      stop.at = 0;
    });
    const times = await disturbed;
    const loopMs = await readLoopDelay(port);
    const p = (list: readonly number[], at: number) => percentile(list, at);
    return [
      {
        name: 'dialplan answer while a release is swapped in, p99',
        value: p(times, 99),
        unit: 'ms',
        ratio: { value: p(times, 99) / p(quiet, 99), baseline: 'undisturbed' },
        note: `${String(PER_SECOND)}/s, ${String(times.length)} answers; ${String(sheet.rows)} rates`,
      },
      {
        name: 'dialplan answer while a release is swapped in, slowest',
        value: Math.max(...times),
        unit: 'ms',
        ratio: { value: Math.max(...times) / Math.max(...quiet), baseline: 'undisturbed' },
      },
      {
        name: 'event loop held up meanwhile at most',
        value: loopMs,
        unit: 'ms',
        ratio: { value: loopMs / quietLoopMs, baseline: 'undisturbed' },
        note: 'looked at every 10 ms, so an idle loop shows 10',
      },
      {
        name: 'activation to the first call at the new price',
        value: swap.swappedS,
        unit: 's',
        note: `loaded ahead in ${swap.loadedS.toFixed(1)} s`,
      },
    ];
  } finally {
    await database.close();
  }
}

/** Publishes a draft, waits until the node has it at hand, activates it and waits for its prices. */
async function swapIn(
  { url, engine, sheet }: SwapOptions,
  database: Database,
  releaseId: number,
): Promise<{ readonly loadedS: number; readonly swappedS: number }> {
  const line = new RegExp(`"releaseId":${String(releaseId)}[^\\n]*rates loaded`);
  const started = performance.now();
  const loaded = waitForOutput(engine, line, LONGEST_S);
  await publishDraft(database, { sheetId: sheet.sheetId, releaseId });
  await loaded;
  const loadedS = (performance.now() - started) / 1000;
  const activated = performance.now();
  await activate(url, releaseId);
  const swappedS = await untilPricedBy(database, releaseId, activated);
  await new Promise((resolve) => setTimeout(resolve, AFTER_S * 1000));
  return { loadedS, swappedS };
}

/** Short runs of the load maker one after the other, until told to stop. */
async function streamUntil(port: number, stop: { at: number }): Promise<readonly number[]> {
  const times: number[] = [];
  while (times.length < stop.at) {
    times.push(...(await loadDialplans(port, 2 * PER_SECOND, PER_SECOND)));
  }
  return times;
}

/** The longest delay since the last time it was read, in ms; reading begins anew. */
async function readLoopDelay(port: number): Promise<number> {
  const text = await readMetrics(port);
  const found = /^nodejs_eventloop_lag_max_seconds(?:\{[^}]*\})? ([\d.e+-]+)/m.exec(text);
  return Number(found?.[1] ?? NaN) * 1000;
}

async function readMetrics(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();
}

/** Seconds until a call was priced by the release. */
async function untilPricedBy(
  database: Database,
  releaseId: number,
  started: number,
): Promise<number> {
  for (let attempt = 0; attempt < LONGEST_S * 20; attempt += 1) {
    const [newest] = await database.orm
      .select({ decision: calls.decision })
      .from(calls)
      .orderBy(desc(calls.createdUs))
      .limit(1);
    // The column holds what the authoriser stored.
    const decision = newest?.decision as Decision | undefined;
    if (decision?.payers[0]?.rate.row.releaseId === releaseId) {
      return (performance.now() - started) / 1000;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('no call was priced by the activated release');
}
