import { fileURLToPath } from 'node:url';
import { inArray, sql } from 'drizzle-orm';
import { openDatabase } from '../../db/client.js';
import type { Database } from '../../db/client.js';
import { calls, legs } from '../../db/schema/index.js';
import { BENCH } from './bench-data.js';
import type { Figure } from './figures.js';
import { cpuSeconds, runJsonChild } from './processes.js';

export interface CallsBenchOptions {
  readonly url: string;
  readonly port: number;
  readonly eslPort: number;
  readonly enginePid: number;
  readonly databasePid: number | null;
  readonly calls: number;
}

interface SimulatorReport {
  readonly calls: number;
  readonly answered: number;
  readonly failedLookups: number;
  readonly recordsLost: number;
  readonly elapsedSeconds: number;
  readonly cpuSeconds: number;
  readonly hadListener: boolean;
}

/**
 * Whole calls end to end: a simulated FreeSWITCH fetches directory and dialplan, sends the events of
 * every leg and posts its CDRs; a call counts when its last leg is settled and its hold released.
 */
export async function benchCalls(options: CallsBenchOptions): Promise<readonly Figure[]> {
  const database = openDatabase({ url: options.url, poolSize: 2 });
  try {
    await clearOpenCalls(database);
    const before = measure(options);
    const report = await simulate(options);
    const placed = process.hrtime.bigint();
    if (report.failedLookups + report.recordsLost > 0 || !report.hadListener) {
      throw new Error(`simulation went wrong: ${JSON.stringify(report)}`);
    }
    await waitUntilSettled(database);
    // From the first call placed to the last one settled; starting the simulator is not the engine's.
    const seconds = report.elapsedSeconds + Number(process.hrtime.bigint() - placed) / 1e9;
    const after = measure(options);
    const perThousand = (used: number) => (used / report.calls) * 1000;
    return [
      {
        name: 'calls authorised and settled',
        value: report.calls / seconds,
        unit: 'calls/s',
        note: `${String(report.calls)} calls, ${String(report.answered)} answered, ${String(await countLegs(database))} legs in all`,
      },
      {
        name: 'CPU of the engine',
        value: perThousand(after.engine - before.engine),
        unit: 's per 1,000 calls',
      },
      {
        name: 'CPU of MariaDB',
        value: perThousand(after.database - before.database),
        unit: 's per 1,000 calls',
      },
      {
        name: 'CPU of the simulated switch',
        value: perThousand(report.cpuSeconds),
        unit: 's per 1,000 calls',
        note: 'not part of the product, on the same two cores',
      },
    ];
  } finally {
    await database.close();
  }
}

function measure({ enginePid, databasePid }: CallsBenchOptions) {
  return {
    engine: cpuSeconds(enginePid),
    database: databasePid === null ? 0 : cpuSeconds(databasePid),
  };
}

/** The answers measured before left decisions that nobody will ever end. */
async function clearOpenCalls(database: Database): Promise<void> {
  await database.orm
    .update(calls)
    .set({ state: 'released', reason: 'BENCH' })
    .where(inArray(calls.state, ['authorized', 'answered']));
}

async function waitUntilSettled(database: Database): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const [row] = await database.orm
      .select({ open: sql<number>`count(*)` })
      .from(calls)
      .where(inArray(calls.state, ['authorized', 'answered']));
    if (Number(row?.open) === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('calls were still open half a minute after the load');
}

async function countLegs(database: Database): Promise<number> {
  const [row] = await database.orm.select({ count: sql<number>`count(*)` }).from(legs);
  return Number(row?.count ?? 0);
}

async function simulate(options: CallsBenchOptions): Promise<SimulatorReport> {
  const path = fileURLToPath(new URL('../../scripts/simulate.js', import.meta.url));
  const flags = {
    cps: '2000',
    calls: String(options.calls),
    most: '400',
    seed: '7',
    'talk-ms': '200',
    engine: `http://127.0.0.1:${String(options.port)}`,
    user: BENCH.httpUser,
    password: BENCH.httpPassword,
    'esl-port': String(options.eslPort),
    'esl-password': BENCH.eslPassword,
    wait: '35',
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
  return (await runJsonChild([path, '--json', ...args])) as SimulatorReport;
}
