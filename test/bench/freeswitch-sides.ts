import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child } from '../freeswitch/support/child.js';
import { FreeswitchProcess } from '../freeswitch/support/freeswitch.js';
import { freePort, until } from '../freeswitch/support/ports.js';
import { BENCH, fillBenchDatabase, setSwitchPorts } from './bench-data.js';
import { findMariadb, findProcess, cpuSeconds } from './processes.js';
import { makePlain } from './plain-freeswitch.js';
import { SippLoad } from './sipp-load.js';
import type { LoadOutcome } from './sipp-load.js';

const MAIN = fileURLToPath(new URL('../../server/main.js', import.meta.url));
/** Where `fillBenchDatabase` has all its gateways. */
const CARRIER_PORT = 17_001;
const RATES = 10_000;
const CARRIERS = 3;

export interface Trial {
  readonly rate: number;
  readonly seconds: number;
}

export interface TrialResult extends LoadOutcome {
  /** Milliseconds of processor for each call placed. */
  readonly cpuMs: {
    readonly freeswitch: number;
    readonly engine: number;
    readonly database: number;
  };
}

/** One FreeSWITCH, with whatever tells it what to do. */
export interface Side {
  readonly name: string;
  place(trial: Trial): Promise<TrialResult>;
}

export interface OpenSides {
  readonly plain: Side;
  readonly ours: Side;
  close(): Promise<void>;
}

interface SidesOptions {
  readonly binary: string;
  readonly folder: string;
  readonly url: string;
}

/** Two FreeSWITCH of the same build with the same profiles, one carrier for both, one engine. */
export async function openSides({ binary, folder, url }: SidesOptions): Promise<OpenSides> {
  const ports = {
    esl: await freePort(),
    engine: await freePort(),
    ours: { internal: await freePort(), external: await freePort() },
    plain: { internal: await freePort(), external: await freePort() },
  };
  await fillBenchDatabase(url, { carriers: CARRIERS, ratesPerSheet: RATES }, ports.esl);
  await setSwitchPorts(url, ports.ours);
  const engine = engineChild(folder, url, ports.engine);
  const base = `http://127.0.0.1:${String(ports.engine)}`;
  await until('the engine', async () => ((await fetch(`${base}/readyz`)).ok ? true : null), 30_000);
  const switchOf = (name: 'ours' | 'plain', eslPort: number) =>
    new FreeswitchProcess(binary, join(folder, name), {
      switchName: name,
      xmlUrl: `${base}/freeswitch/xml`,
      cdrUrl: `${base}/freeswitch/cdr`,
      credentials: `${BENCH.httpUser}:${BENCH.httpPassword}`,
      eslPort,
      eslPassword: BENCH.eslPassword,
    });
  const ours = switchOf('ours', ports.esl);
  const plain = switchOf('plain', await freePort());
  await makePlain(join(folder, 'plain', 'conf'), { base, from: ports.ours, to: ports.plain });
  const sipp = join(folder, 'sipp');
  mkdirSync(sipp);
  const load = await SippLoad.open(sipp, CARRIER_PORT);
  await ours.start();
  await plain.start();
  await until('the event socket', async () => {
    const metrics = await (await fetch(`${base}/metrics`)).text();
    return metrics.includes('switch_connected{switch="bench"} 1') ? true : null;
  });
  const pids = {
    engine: engine.pid,
    database: Number(process.env['BENCH_DATABASE_PID'] ?? findMariadb() ?? 0),
  };
  return {
    plain: side('static', load, ports.plain.internal, {
      freeswitch: findProcess(join(folder, 'plain', 'conf')),
    }),
    ours: side('Ringledger', load, ports.ours.internal, {
      freeswitch: findProcess(join(folder, 'ours', 'conf')),
      ...pids,
    }),
    close: async () => {
      await load.close();
      await plain.kill();
      await ours.kill();
      await engine.kill();
    },
  };
}

interface Pids {
  readonly freeswitch: number;
  readonly engine?: number;
  readonly database?: number;
}

function side(name: string, load: SippLoad, port: number, pids: Pids): Side {
  const used = (pid: number | undefined): number => (pid === undefined ? 0 : cpuSeconds(pid));
  const measure = () => ({
    freeswitch: used(pids.freeswitch),
    engine: used(pids.engine),
    database: used(pids.database),
  });
  return {
    name,
    place: async ({ rate, seconds }) => {
      const before = measure();
      const outcome = await load.place({ port, rate, calls: rate * seconds });
      // What is settled behind the last call belongs to the calls.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const after = measure();
      const perCall = (who: keyof typeof before): number =>
        ((after[who] - before[who]) * 1000) / (rate * seconds);
      const cpuMs = {
        freeswitch: perCall('freeswitch'),
        engine: perCall('engine'),
        database: perCall('database'),
      };
      return { ...outcome, cpuMs };
    },
  };
}

function engineChild(folder: string, url: string, port: number): Child {
  return new Child({
    command: process.execPath,
    args: ['--max-semi-space-size=64', ...extraArguments(), MAIN],
    logFile: join(folder, 'engine.log'),
    env: {
      PATH: process.env['PATH'] ?? '',
      DATABASE_URL: url,
      SECRET_KEY: BENCH.secretKey,
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: String(port),
      CDR_SPOOL_DIR: join(folder, 'spool'),
    },
  });
}

/** For profiling, such as --cpu-prof. */
function extraArguments(): readonly string[] {
  return process.env['BENCH_NODE_ARGS']?.split(' ') ?? [];
}
