import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFreeswitchVars } from '../../../scripts/demo/freeswitch-vars.js';
import type { FreeswitchVars } from '../../../scripts/demo/freeswitch-vars.js';
import { openTransport } from '../../../server/esl/modesl-transport.js';
import type { Transport } from '../../../server/esl/modesl-transport.js';
import { Child } from './child.js';
import { until } from './ports.js';

const CONF = fileURLToPath(new URL('../../../../freeswitch-conf/', import.meta.url));
const FOLDERS = ['log', 'db', 'run', 'temp', 'storage', 'recordings', 'cache', 'scripts'];
const BOOT_MS = 40_000;

/** A FreeSWITCH on a copy of `freeswitch-conf/`, with everything it writes in one folder. */
export class FreeswitchProcess {
  readonly binary: string;
  readonly #folder: string;
  readonly #vars: FreeswitchVars;
  #child: Child | null = null;
  #transport: Transport | null = null;

  constructor(binary: string, folder: string, vars: FreeswitchVars) {
    this.binary = binary;
    this.#folder = folder;
    this.#vars = vars;
    cpSync(CONF, join(folder, 'conf'), { recursive: true });
    for (const name of FOLDERS) mkdirSync(join(folder, name), { recursive: true });
    writeFreeswitchVars(join(folder, 'conf', 'ringledger-vars.xml'), vars);
  }

  /** Starts it and waits until both SIP profiles, which the engine describes, are running. */
  async start(): Promise<void> {
    const child = this.#spawn();
    await until('FreeSWITCH with its profiles', () => this.#isUp(child), BOOT_MS).catch(
      (error: unknown) => {
        throw new Error(`FreeSWITCH did not come up:\n${this.log}`, { cause: error });
      },
    );
  }

  /** Starts it where it cannot go on; resolves with its exit code, null when a signal ended it. */
  async runToItsEnd(): Promise<number | null> {
    return this.#spawn().ended;
  }

  /** Runs a console command, past the engine's own connection. */
  async api(command: string): Promise<string> {
    this.#transport ??= await this.#connect();
    return this.#transport.request(`api ${command}`);
  }

  /** CDRs it could not deliver. */
  get undelivered(): readonly string[] {
    const folder = join(this.#folder, 'log', 'json_cdr');
    return readdirSync(folder).map((name) => join(folder, name));
  }

  get log(): string {
    const log = readFileSync(join(this.#folder, 'log', 'freeswitch.log'), 'utf8');
    return `${this.#child?.log(1500) ?? ''}\n${log.slice(-4000)}`;
  }

  async kill(): Promise<void> {
    this.#transport?.close('killed');
    this.#transport = null;
    await this.#child?.kill('SIGKILL');
  }

  #spawn(): Child {
    const flags = FOLDERS.flatMap((name) => [`-${name}`, join(this.#folder, name)]);
    this.#child = new Child({
      command: this.binary,
      args: ['-nonat', '-nf', '-nc', '-nort', '-conf', join(this.#folder, 'conf'), ...flags],
      logFile: join(this.#folder, 'freeswitch.out'),
    });
    return this.#child;
  }

  async #isUp(child: Child): Promise<true | null> {
    if (child.hasEnded) throw new Error('it has ended');
    const status = await this.api('sofia status');
    const running = status.match(/^\s*(internal|external)\s+profile\s.*RUNNING/gm) ?? [];
    return running.length === 2 ? true : null;
  }

  #connect(): Promise<Transport> {
    return new Promise((resolve, reject) => {
      const transport = openTransport({
        host: '127.0.0.1',
        port: this.#vars.eslPort,
        login: `auth ${this.#vars.eslPassword}`,
        commandTimeoutMs: 5000,
        connectTimeoutMs: 2000,
        onLoggedIn: () => {
          resolve(transport);
        },
        onEvent: () => undefined,
        onClosed: (reason) => {
          if (this.#transport === transport) this.#transport = null;
          reject(new Error(reason));
        },
      });
    });
  }
}
