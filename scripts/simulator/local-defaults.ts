import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What `scripts/start` leaves for the other commands, as far as it is there. */
export interface LocalDefaults {
  readonly engineUrl?: string;
  readonly freeswitchUser?: string;
  readonly freeswitchPassword?: string;
  readonly eslPort?: number;
  readonly eslPassword?: string;
  readonly apiKey?: string;
}

/** Reads `.data/local.json` below a folder. A missing file is no error, a broken one is. */
export function readLocalDefaults(folder = process.cwd()): LocalDefaults {
  const path = join(folder, '.data', 'local.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return {};
  }
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) throw new Error(`${path}: not a JSON object`);
  const record = value as Readonly<Record<string, unknown>>;
  const texts = ['engineUrl', 'freeswitchUser', 'freeswitchPassword', 'eslPassword', 'apiKey'];
  const known = texts.flatMap((name) =>
    typeof record[name] === 'string' ? [[name, record[name]] as const] : [],
  );
  const port = Number(record['eslPort']);
  const hasPort = Number.isInteger(port) && port > 0 && port < 65_536;
  return { ...Object.fromEntries(known), ...(hasPort ? { eslPort: port } : {}) };
}

/** Where the engine is and how to be its switch. */
export interface EngineAccess {
  readonly engineUrl: string;
  readonly user: string;
  readonly password: string;
  readonly eslPort: number;
  readonly eslPassword: string;
  readonly apiKey: string | null;
}

export interface AccessFlags {
  readonly engine?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly 'esl-port'?: string | undefined;
  readonly 'esl-password'?: string | undefined;
  readonly 'api-key'?: string | undefined;
}

/** A flag wins over the file, the file over what a fresh installation uses. */
export function engineAccess(flags: AccessFlags, defaults: LocalDefaults): EngineAccess {
  const port = flags['esl-port'] === undefined ? defaults.eslPort : Number(flags['esl-port']);
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65_536)) {
    throw new Error('--esl-port: a port is 0 to 65535');
  }
  return {
    engineUrl: flags.engine ?? defaults.engineUrl ?? 'http://127.0.0.1:8080',
    user: flags.user ?? defaults.freeswitchUser ?? 'freeswitch',
    password: flags.password ?? defaults.freeswitchPassword ?? '',
    eslPort: port ?? 8021,
    eslPassword: flags['esl-password'] ?? defaults.eslPassword ?? 'ClueCon',
    apiKey: flags['api-key'] ?? defaults.apiKey ?? null,
  };
}
