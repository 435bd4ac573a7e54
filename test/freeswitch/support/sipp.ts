import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child } from './child.js';
import { freePort } from './ports.js';

const SCENARIOS = fileURLToPath(new URL('../../../../test/freeswitch/sipp/', import.meta.url));

export interface SippOptions {
  /** A file in `sipp/`, without `.xml`. */
  readonly scenario: string;
  /** Texts put in place of `{NAME}` in the scenario. */
  readonly fill?: Readonly<Record<string, string | number>>;
  /** Where a caller sends to; unset for those who only answer. */
  readonly to?: { readonly ip: string; readonly port: number };
  readonly ip?: string;
  readonly port?: number;
  /** How long an unspecified pause of the scenario lasts. */
  readonly pauseMs?: number;
  /** Calls to make or take before it ends; unset, it answers for ever. */
  readonly calls?: number;
}

/** Runs SIPp with one of our scenarios, as a phone or a carrier. */
export class SippRunner {
  readonly #folder: string;
  readonly #running = new Set<Child>();
  #count = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes one call, or one registration, and waits for its end. @throws Error when it went wrong. */
  async call(options: SippOptions): Promise<void> {
    await this.begin({ calls: 1, ...options }).then((call) => call.succeeded());
  }

  async begin(options: SippOptions): Promise<SippCall> {
    this.#count += 1;
    const name = `${String(this.#count).padStart(2, '0')}-${options.scenario}`;
    const port = options.port ?? (await freePort());
    const file = join(this.#folder, `${name}.xml`);
    writeFileSync(file, filledScenario(options));
    const child = new Child({
      command: 'sipp',
      args: argumentsOf(options, { file, name, port }),
      cwd: this.#folder,
      env: { ...process.env, TERM: 'dumb' },
      logFile: join(this.#folder, `${name}.out`),
    });
    this.#running.add(child);
    void child.ended.finally(() => this.#running.delete(child)).catch(() => undefined);
    return new SippCall(child, port, () => this.#messages(name));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running].map((child) => child.kill()));
  }

  #messages(name: string): string {
    const files = readdirSync(this.#folder).filter(
      (file) => file === `${name}.errors` || file === `${name}.messages`,
    );
    return files
      .map((file) => `--- ${file}\n${readFileSync(join(this.#folder, file), 'utf8').slice(-4000)}`)
      .join('\n');
  }
}

export class SippCall {
  readonly #child: Child;
  readonly #messages: () => string;
  readonly port: number;

  constructor(child: Child, port: number, messages: () => string) {
    this.#child = child;
    this.port = port;
    this.#messages = messages;
  }

  /** Waits for the end and insists that everything went as its scenario says. */
  async succeeded(): Promise<void> {
    const code = await this.#child.ended;
    if (code === 0) return;
    throw new Error(`sipp ended with code ${String(code)}\n${this.#messages()}`);
  }

  /** What it said and heard so far. */
  get messages(): string {
    return this.#messages();
  }

  async kill(): Promise<void> {
    await this.#child.kill();
  }
}

function argumentsOf(
  options: SippOptions,
  run: { readonly file: string; readonly name: string; readonly port: number },
): readonly string[] {
  const { to, calls } = options;
  return [
    '-sf',
    run.file,
    '-i',
    options.ip ?? '127.0.0.1',
    '-p',
    String(run.port),
    '-nostdin',
    '-trace_err',
    '-error_file',
    `${run.name}.errors`,
    '-trace_msg',
    '-message_file',
    `${run.name}.messages`,
    '-d',
    String(options.pauseMs ?? 1000),
    // All of them within a second.
    ...(calls === undefined ? [] : ['-m', String(calls), '-l', String(calls), '-r', String(calls)]),
    ...(to === undefined ? [] : [`${to.ip}:${String(to.port)}`]),
  ];
}

function filledScenario(options: SippOptions): string {
  const path = join(SCENARIOS, `${options.scenario}.xml`);
  if (!existsSync(path)) throw new Error(`scenario: found no ${path}`);
  const text = readFileSync(path, 'utf8');
  return text.replace(/\{([A-Z_]+)\}/g, (_match, name: string) => {
    const value = options.fill?.[name];
    if (value === undefined) throw new Error(`scenario ${options.scenario}: ${name} is not given`);
    return String(value);
  });
}
