import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import type { Config } from '../config.js';

/** What the thread is told when it is started. */
export interface JobWorkerData {
  readonly databaseUrl: string;
  readonly nodeId: string;
  readonly uploadFolder: string;
  readonly maxRows: number;
  readonly logLevel: Config['logLevel'];
}

export type JobMessage = { readonly kind: 'poke' } | { readonly kind: 'stop' };

export interface BackgroundJobsOptions {
  readonly data: JobWorkerData;
  readonly log: Logger;
  /** How long a stop waits for what is under way before it ends the thread. */
  readonly stopMs: number;
  /** Another thread than `background-worker.js`; for tests. */
  readonly workerFile?: URL;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A thread that ran so long is started again without a longer pause. */
const HEALTHY_MS = 60_000;

/**
 * The one background thread of a node: imports, previews and re-ratings. Nothing that decides calls
 * waits for it, and its death costs it nothing: every piece of work is a row with a lease, which the
 * next thread, or that of another node, goes on with.
 */
export class BackgroundJobs {
  readonly #options: BackgroundJobsOptions;
  #worker: Worker | null = null;
  #restart: NodeJS.Timeout | null = null;
  #pauseMs = FIRST_PAUSE_MS;
  #restarts = 0;
  #isStopped = false;

  constructor(options: BackgroundJobsOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#worker !== null;
  }

  /** How often the thread died and was started again. */
  get restarts(): number {
    return this.#restarts;
  }

  start(): void {
    if (this.#worker !== null || this.#isStopped) return;
    const { workerFile, data, log } = this.#options;
    const file = workerFile ?? new URL('./background-worker.js', import.meta.url);
    const worker = new Worker(file, { workerData: data });
    const startedMs = performance.now();
    this.#worker = worker;
    worker.once('error', (error) => {
      log.error({ err: error }, 'the background thread failed');
    });
    worker.once('exit', (exitCode) => {
      this.#worker = null;
      if (!this.#isStopped) this.#startAgain(exitCode, performance.now() - startedMs);
    });
  }

  /** Something was queued: the thread looks for it now instead of within a second. */
  poke(): void {
    this.#worker?.postMessage({ kind: 'poke' } satisfies JobMessage);
  }

  /** Lets the work under way reach a point it can be gone on from, and ends the thread. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#restart !== null) clearTimeout(this.#restart);
    const worker = this.#worker;
    if (worker === null) return;
    const ended = new Promise<void>((resolve) => {
      worker.once('exit', () => {
        resolve();
      });
    });
    worker.postMessage({ kind: 'stop' } satisfies JobMessage);
    const timer = setTimeout(() => {
      this.#options.log.warn('the background thread did not stop in time; it is ended');
      void worker.terminate();
    }, this.#options.stopMs);
    await ended;
    clearTimeout(timer);
  }

  #startAgain(exitCode: number, ranMs: number): void {
    if (ranMs >= HEALTHY_MS) this.#pauseMs = FIRST_PAUSE_MS;
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    this.#restarts += 1;
    this.#options.log.warn({ exitCode, pauseMs }, 'the background thread ended; it starts anew');
    this.#restart = setTimeout(() => {
      this.#restart = null;
      this.start();
    }, pauseMs);
  }
}
