import type { ChildProcess } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { killNow, startTied } from './child.js';

const ENTRY = fileURLToPath(new URL('node-worker.js', import.meta.url));
const RESTART_MS = 300;

export interface EngineProcessOptions {
  readonly name: string;
  readonly port: number;
  /** For its log. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** A node that was ready ended by itself: no injection did that. */
  readonly onCrash: (what: string) => void;
}

/** One engine node as a process that is killed, frozen and started again, and whose clock is set wrong. */
export class EngineProcess {
  readonly url: string;
  #child: ChildProcess | null = null;
  #isWanted = false;
  #isReady = false;
  #offsetMs = 0;
  #readyWaiters: (() => void)[] = [];

  constructor(private readonly options: EngineProcessOptions) {
    this.url = `http://127.0.0.1:${String(options.port)}`;
  }

  get name(): string {
    return this.options.name;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** The end of its log. */
  get lastWords(): string {
    return readFileSync(this.#logPath, 'utf8').trimEnd().split('\n').at(-1) ?? '';
  }

  /** Starts it, again and again if need be, as a service manager would. Resolves when it serves. */
  start(): Promise<void> {
    this.#isWanted = true;
    if (this.#child === null) this.#spawn();
    if (this.#isReady) return Promise.resolve();
    return new Promise((resolve) => this.#readyWaiters.push(resolve));
  }

  /** SIGKILL. It stays down until `start`. */
  async kill(): Promise<void> {
    this.#isWanted = false;
    this.#isReady = false;
    const child = this.#child;
    this.#child = null;
    if (child !== null) await killNow(child);
  }

  /** Stops it in the middle of whatever it does, as a machine that swaps or migrates would. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Milliseconds by which its clock is wrong from now on, also after a restart. */
  setClock(offsetMs: number): void {
    this.#offsetMs = offsetMs;
    if (this.#child?.connected === true) this.#child.send(offsetMs);
  }

  get #logPath(): string {
    return join(this.options.folder, `${this.options.name}.log`);
  }

  #spawn(): void {
    const { name, port, folder, env } = this.options;
    const log = openSync(this.#logPath, 'a');
    const child = startTied({
      command: process.execPath,
      args: [ENTRY],
      env: {
        ...process.env,
        ...env,
        NODE_ID: name,
        HTTP_PORT: String(port),
        CDR_SPOOL_DIR: join(folder, 'spool'),
        CHAOS_CLOCK_OFFSET_MS: String(this.#offsetMs),
      },
      stdio: ['ignore', log, log, 'ipc'],
    });
    this.#child = child;
    child.on('error', () => undefined);
    child.on('message', () => {
      if (this.#child !== child) return;
      this.#isReady = true;
      child.send(this.#offsetMs);
      for (const waiter of this.#readyWaiters.splice(0)) waiter();
    });
    child.on('exit', (code, signal) => void this.#onExit(child, code, signal));
  }

  async #onExit(child: ChildProcess, code: number | null, signal: string | null): Promise<void> {
    // One that was killed by an injection is not the present child any more.
    if (this.#child !== child) return;
    this.#child = null;
    const word = signal ?? `code ${String(code)}`;
    if (this.#isReady) this.options.onCrash(`${this.name} ended by itself with ${word}`);
    this.#isReady = false;
    await sleep(RESTART_MS);
    if (this.#isWanted && this.#child === null) this.#spawn();
  }
}
