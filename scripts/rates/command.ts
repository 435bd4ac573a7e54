import { userInfo } from 'node:os';
import process from 'node:process';
import { SingleBar } from 'cli-progress';
import type { ParseArgsConfig } from 'node:util';
import { openDatabase } from '../../db/client.js';
import type { Database } from '../../db/client.js';
import { scriptActor } from '../../server/admin/context.js';
import type { Actor, AdminDeps } from '../../server/admin/context.js';
import { systemClock } from '../../server/clock.js';
import type { Clock } from '../../server/clock.js';
import { loadSettings } from '../../server/config.js';
import type { Secrets } from '../../server/secrets.js';

/** Values of a command's options, as `util.parseArgs` gives them. */
export type OptionValues = Readonly<
  Record<string, string | boolean | readonly (string | boolean)[] | undefined>
>;

export interface RatesInput {
  readonly values: OptionValues;
  /** What stands behind the command's name. */
  readonly positionals: readonly string[];
  readonly context: RatesContext;
}

/** One word behind `npm run rates --`. */
export interface RatesCommand {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Shown for `--help`, and when the arguments are wrong. */
  readonly usage: string;
  /** `--json` and `--help` are every command's. */
  readonly options: NonNullable<ParseArgsConfig['options']>;
  /**
   * Returns the exit code: 0 when it was done, 1 when what was asked for cannot be (a file with
   * faults, an unknown sheet). Anything that is thrown ends with 2, but a `Refusal` with 1.
   */
  run(input: RatesInput): Promise<number>;
}

/** The command was called wrongly: its usage is shown and the exit code is 2. */
export class UsageError extends Error {}

/** A bar on a terminal, and nothing anywhere else. */
export interface Progress {
  update(done: number): void;
  stop(): void;
}

const NO_PROGRESS: Progress = { update: () => undefined, stop: () => undefined };

/** The engine's key may not be readable by whoever loads rates, and nothing about rates is sealed. */
const NO_SECRETS: Secrets = {
  seal: () => refuseSecret(),
  open: () => refuseSecret(),
};

function refuseSecret(): never {
  throw new Error('secrets: a rates command asked for one, expected none to');
}

/** What every command works with. The database is opened when it is first asked for. */
export class RatesContext {
  readonly clock: Clock = systemClock;
  readonly actor: Actor = scriptActor(`cli:${userName()}`);
  private opened: Database | undefined;

  constructor(
    /** One JSON document on standard output instead of lines. */
    readonly isJson: boolean,
    /** Aborted when the command is told to stop. */
    readonly signal: AbortSignal,
  ) {}

  get database(): Database {
    if (this.opened === undefined) {
      const { databaseUrl } = loadSettings(process.env, ['databaseUrl']);
      this.opened = openDatabase({ url: databaseUrl, poolSize: 4 });
    }
    return this.opened;
  }

  /** Most rows a release may have. */
  get maxRows(): number {
    return loadSettings(process.env, ['ratesMaxRows']).ratesMaxRows;
  }

  /** What the services of `server/admin` ask for. */
  get admin(): AdminDeps {
    return { database: this.database, clock: this.clock, secrets: NO_SECRETS };
  }

  /** A line for people; nothing when JSON was asked for. */
  say(text: string): void {
    if (!this.isJson) console.log(text);
  }

  /** The document of `--json`; nothing otherwise. */
  json(value: unknown): void {
    if (this.isJson) console.log(JSON.stringify(value, null, 2));
  }

  progress(total: number, unit = ''): Progress {
    if (this.isJson || !process.stderr.isTTY || total <= 0) return NO_PROGRESS;
    const format = `{bar} {percentage}% {value}/{total}${unit === '' ? '' : ` ${unit}`} {eta_formatted}`;
    const bar = new SingleBar({ format, stream: process.stderr, hideCursor: true });
    bar.start(total, 0);
    return {
      update: (done) => {
        bar.update(Math.min(done, total));
      },
      stop: () => {
        bar.stop();
      },
    };
  }

  async close(): Promise<void> {
    await this.opened?.close();
  }
}

/** A text option, or undefined where it was not given. */
export function textOption(values: OptionValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a number that has no name.
    return 'unknown';
  }
}
