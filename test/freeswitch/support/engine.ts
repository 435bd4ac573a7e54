import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child } from './child.js';
import { until } from './ports.js';

const MAIN = fileURLToPath(new URL('../../../server/main.js', import.meta.url));

export interface EngineOptions {
  readonly databaseUrl: string;
  readonly secretKey: string;
  readonly port: number;
  readonly logFile: string;
  /** Nodes that run at the same time differ in it. */
  readonly nodeId?: string;
}

/** Short times, so that stories about waiting are short; all within what the settings allow. */
const SETTINGS = {
  HOLD_SLICE_SECONDS: '30',
  HOLD_EXTEND_MARGIN_SECONDS: '26',
  HEARTBEAT_SECONDS: '5',
  RING_TIMEOUT_SECONDS: '5',
  REAPER_INTERVAL_SECONDS: '2',
  ORPHAN_GRACE_SECONDS: '5',
  CONFIG_POLL_MS: '100',
  // Below FreeSWITCH's 3 s; long enough for a machine that is busy with other things.
  XML_DEADLINE_MS: '2500',
  LIMIT_WARNING_SECONDS: '3',
  LOG_LEVEL: 'info',
};

/** The engine as its own process, so that it can be killed like one. */
export class EngineProcess {
  readonly #options: EngineOptions;
  #child: Child | null = null;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  get log(): string {
    return this.#child?.log() ?? '';
  }

  async start(): Promise<void> {
    const { databaseUrl, secretKey, port, logFile, nodeId = 'lab' } = this.#options;
    const child = new Child({
      command: process.execPath,
      args: [MAIN],
      logFile,
      env: {
        PATH: process.env['PATH'] ?? '',
        DATABASE_URL: databaseUrl,
        SECRET_KEY: secretKey,
        HTTP_HOST: '127.0.0.1',
        HTTP_PORT: String(port),
        CDR_SPOOL_DIR: join(dirname(logFile), 'spool'),
        ...SETTINGS,
        NODE_ID: nodeId,
      },
    });
    this.#child = child;
    await until('the engine to be ready', async () => {
      if (child.hasEnded) return null;
      const response = await fetch(`http://127.0.0.1:${String(port)}/readyz`);
      return response.ok ? true : null;
    }).catch((error: unknown) => {
      throw new Error(`engine did not start:\n${child.log()}`, { cause: error });
    });
  }

  /** As the kernel would when it is out of memory: nothing is finished, nothing is told. */
  async kill(): Promise<void> {
    await this.#child?.kill('SIGKILL');
  }

  /** Resolves with the exit code of an orderly stop. */
  async stop(): Promise<number | null> {
    await this.#child?.kill('SIGTERM');
    return (await this.#child?.ended) ?? null;
  }
}
