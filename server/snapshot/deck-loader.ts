import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { ReleaseIndex } from '../../rating/deck/release-index.js';
import type { ReleaseIndexParts } from '../../rating/deck/release-index.js';
import { TableCollector } from './deck-protocol.js';
import type { DeckReply, DeckRequest, DeckWorkerData } from './deck-protocol.js';
import type { LoadProgress } from './load-release.js';

/** A release that could not be read. */
export class DeckLoadError extends Error {
  constructor(
    message: string,
    /** Nothing is wrong with the release: the database or the thread went away. */
    readonly isPassing: boolean,
  ) {
    super(message);
    this.name = 'DeckLoadError';
  }
}

/** Whatever brings a release into memory, one at a time. */
export interface ReleaseLoader {
  /** @throws DeckLoadError */
  load(
    releaseId: number,
    options: { readonly signal: AbortSignal; onProgress(progress: LoadProgress): void },
  ): Promise<ReleaseIndex>;
  stop(): Promise<void>;
}

interface DeckLoaderOptions {
  readonly databaseUrl: string;
  readonly log: Logger;
}

interface Job {
  readonly number: number;
  readonly tables: TableCollector;
  parts: ReleaseIndexParts | null;
  onProgress(progress: LoadProgress): void;
  resolve(index: ReleaseIndex): void;
  reject(error: Error): void;
}

/**
 * Reads releases in a worker thread of its own, which is started with the first one and started anew
 * when it dies. The columns of a release change hands without being copied and its tables come in
 * small pieces, so the thread that decides calls is held up for a few milliseconds at most.
 */
export class DeckLoader implements ReleaseLoader {
  readonly #options: DeckLoaderOptions;
  #worker: Worker | null = null;
  #job: Job | null = null;
  #jobs = 0;
  #isStopped = false;

  constructor(options: DeckLoaderOptions) {
    this.#options = options;
  }

  /** The thread's number, which is another one after it died; null while there is none. */
  get threadId(): number | null {
    return this.#worker?.threadId ?? null;
  }

  load(
    releaseId: number,
    options: { readonly signal: AbortSignal; onProgress(progress: LoadProgress): void },
  ): Promise<ReleaseIndex> {
    if (this.#job !== null) throw new Error('deck-loader: found a load, expected one at a time');
    if (this.#isStopped || options.signal.aborted) {
      return Promise.reject(new DeckLoadError('cancelled', true));
    }
    this.#jobs += 1;
    const number = this.#jobs;
    return new Promise<ReleaseIndex>((resolve, reject) => {
      const cancel = (): void => {
        this.#worker?.postMessage({ kind: 'cancel', job: number } satisfies DeckRequest);
        this.#fail(new DeckLoadError('cancelled', true));
      };
      const settled =
        <Value>(settle: (value: Value) => void) =>
        (value: Value): void => {
          options.signal.removeEventListener('abort', cancel);
          this.#job = null;
          settle(value);
        };
      this.#job = {
        number,
        tables: new TableCollector(),
        parts: null,
        onProgress: options.onProgress,
        resolve: settled(resolve),
        reject: settled(reject),
      };
      options.signal.addEventListener('abort', cancel);
      this.#worker ??= this.#start();
      this.#worker.postMessage({ kind: 'load', job: number, releaseId } satisfies DeckRequest);
    });
  }

  /** Ends the thread; a load under way fails. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const worker = this.#worker;
    this.#worker = null;
    this.#fail(new DeckLoadError('stopped', true));
    await worker?.terminate();
  }

  /** Ends the thread as a crash would; for tests. */
  async kill(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const workerData: DeckWorkerData = { databaseUrl: this.#options.databaseUrl };
    const worker = new Worker(new URL('./deck-worker.js', import.meta.url), { workerData });
    worker.on('message', (message: DeckReply) => {
      if (worker === this.#worker) this.#handle(message);
    });
    worker.once('error', (error) => {
      this.#options.log.error({ err: error }, 'the thread that reads decks failed');
    });
    worker.once('exit', (exitCode) => {
      if (worker !== this.#worker) return;
      this.#worker = null;
      this.#options.log.warn(
        { exitCode },
        'the thread that reads decks ended; the next starts anew',
      );
      this.#fail(new DeckLoadError('the thread that reads decks ended', true));
    });
    // A node that has nothing else to do may end.
    worker.unref();
    return worker;
  }

  #fail(error: DeckLoadError): void {
    this.#job?.reject(error);
  }

  #handle(message: DeckReply): void {
    const job = this.#job;
    // What was cancelled may have been on its way already.
    if (job?.number !== message.job) return;
    switch (message.kind) {
      case 'progress':
        job.onProgress(message);
        break;
      case 'columns':
        job.parts = message.parts;
        this.#askForMore(job);
        break;
      case 'piece':
        if (message.piece === null) {
          this.#finish(job);
        } else {
          job.tables.add(message.piece);
          this.#askForMore(job);
        }
        break;
      case 'failed':
        job.reject(new DeckLoadError(message.message, message.isUnavailable));
    }
  }

  /** Only after others had their turn: messages that wait are otherwise handled one after the other. */
  #askForMore(job: Job): void {
    setImmediate(() => {
      if (this.#job !== job) return;
      this.#worker?.postMessage({ kind: 'more', job: job.number } satisfies DeckRequest);
    });
  }

  #finish(job: Job): void {
    if (job.parts === null) return;
    try {
      job.resolve(ReleaseIndex.fromParts(job.tables.complete(job.parts)));
    } catch (error) {
      job.reject(new DeckLoadError(String(error), false));
    }
  }
}
