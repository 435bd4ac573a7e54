import { fileURLToPath } from 'node:url';
import { Child } from '../../freeswitch/support/child.js';
import { until } from '../../freeswitch/support/ports.js';
import { SECRET_KEY } from '../../support/world.js';

const MAIN = fileURLToPath(new URL('../../../server/main.js', import.meta.url));

/** Short times, so that the story is short; long enough for a database that is gone for a while. */
const SETTINGS = {
  HOLD_SLICE_SECONDS: '30',
  HOLD_EXTEND_MARGIN_SECONDS: '20',
  HEARTBEAT_SECONDS: '5',
  REAPER_INTERVAL_SECONDS: '2',
  ORPHAN_GRACE_SECONDS: '20',
  CONFIG_POLL_MS: '200',
  XML_DEADLINE_MS: '2500',
  LOG_LEVEL: 'info',
};

export interface EngineOptions {
  readonly name: string;
  readonly databaseUrl: string;
  readonly port: number;
  readonly folder: string;
}

/** One engine node as a process of its own, so that it can be killed like one. */
export class ClusterEngine {
  readonly #options: EngineOptions;
  #child: Child | null = null;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.#options.port)}`;
  }

  get log(): string {
    return this.#child?.log() ?? '';
  }

  async start(): Promise<void> {
    const { name, databaseUrl, port, folder } = this.#options;
    const child = new Child({
      command: process.execPath,
      args: [MAIN],
      logFile: `${folder}/${name}.log`,
      env: {
        PATH: process.env['PATH'] ?? '',
        DATABASE_URL: databaseUrl,
        SECRET_KEY,
        HTTP_HOST: '127.0.0.1',
        HTTP_PORT: String(port),
        NODE_ID: name,
        CDR_SPOOL_DIR: `${folder}/${name}-spool`,
        ...SETTINGS,
      },
    });
    this.#child = child;
    await until(
      `engine ${name} to be ready`,
      async () => {
        if (child.hasEnded) throw new Error(`it ended:\n${child.log()}`);
        return (await fetch(`${this.url}/readyz`)).ok ? true : null;
      },
      30_000,
    );
  }

  async kill(): Promise<void> {
    await this.#child?.kill('SIGKILL');
  }

  /** Resolves with the exit code of an orderly stop. */
  async stop(): Promise<number | null> {
    await this.#child?.kill('SIGTERM');
    return (await this.#child?.ended) ?? null;
  }
}
