import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Takes both of its outputs. */
  readonly logFile: string;
}

/** A process of this test run: it can be asked to stop, killed outright, and waited for. */
export class Child {
  readonly #process: ChildProcess;
  readonly #logFile: string;
  /** Resolves with the exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  #hasEnded = false;
  static readonly #living = new Set<ChildProcess>();

  /** Ends every process of this kind at once, for a run that is told to stop. */
  static killAll(): void {
    for (const child of Child.#living) child.kill('SIGKILL');
  }

  constructor(options: ChildOptions) {
    const log = openSync(options.logFile, 'a');
    this.#logFile = options.logFile;
    this.#process = spawn(options.command, [...options.args], {
      stdio: ['ignore', log, log],
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    closeSync(log);
    Child.#living.add(this.#process);
    this.ended = new Promise((resolve, reject) => {
      this.#process.once('error', reject);
      this.#process.once('exit', (code) => {
        this.#hasEnded = true;
        Child.#living.delete(this.#process);
        resolve(code);
      });
    });
    // Whoever waits sees the failure; nobody has to.
    this.ended.catch(() => undefined);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The end of what it wrote. */
  log(characters = 3000): string {
    return readFileSync(this.#logFile, 'utf8').slice(-characters);
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGUSR1' = 'SIGKILL'): Promise<void> {
    if (!this.#hasEnded) this.#process.kill(signal);
    await this.ended;
  }
}
