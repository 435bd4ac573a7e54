import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SETTINGS } from './config/settings.js';
import type { Config, Setting } from './config/settings.js';

export { SETTINGS, settingsTable } from './config/settings.js';
export type { Config } from './config/settings.js';

/** Everything that is wrong with the settings, each line `NAME: found X, expected Y`. */
export class ConfigError extends Error {
  readonly code = 'bad_settings';

  constructor(readonly problems: readonly string[]) {
    super(`${problems.length} bad setting(s):\n  ${problems.join('\n  ')}`);
    this.name = 'ConfigError';
  }
}

/** Reads a small file; undefined when there is none. Handed in by tests. */
export type ReadText = (path: string) => string | undefined;

/** Relative file settings are meant from the project's folder, wherever a script is started from. */
const PROJECT_FOLDER = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Turns the environment into checked settings. An empty variable counts as unset, as in compose files
 * that pass variables through.
 *
 * @throws ConfigError with every problem at once, so that one start shows all there is to correct.
 */
export function loadConfig(env: NodeJS.ProcessEnv, readText: ReadText = readTextFile): Config {
  const config = loadSettings(env, Object.keys(SETTINGS) as (keyof Config)[], readText);
  const problems = contradictions(config);
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/**
 * Reads only the named settings, for commands that need a database and no secret key.
 *
 * @throws ConfigError with every problem of those.
 */
export function loadSettings<Key extends keyof Config>(
  env: NodeJS.ProcessEnv,
  keys: readonly Key[],
  readText: ReadText = readTextFile,
): Pick<Config, Key> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const key of keys) {
    const parsed = parseSetting(SETTINGS[key], env, readText);
    if ('problem' in parsed) problems.push(parsed.problem);
    else values[key] = parsed.value;
  }
  if (problems.length > 0) throw new ConfigError(problems);
  // Every key asked for has its parsed value here: one that had none left a problem behind.
  return values as Pick<Config, Key>;
}

type Parsed = { readonly value: unknown } | { readonly problem: string };

function parseSetting(
  setting: Setting<unknown>,
  env: NodeJS.ProcessEnv,
  readText: ReadText,
): Parsed {
  const given = rawValue(setting, env, readText);
  if (given === undefined) {
    return { problem: `${setting.name}: found nothing, expected ${expectation(setting)}` };
  }
  const result = setting.kind.schema.safeParse(given);
  if (result.success) return { value: result.data };
  const shown = setting.secret === true ? `${given.length} characters` : JSON.stringify(given);
  return { problem: `${setting.name}: found ${shown}, expected ${setting.kind.expected}` };
}

function rawValue(
  setting: Setting<unknown>,
  env: NodeJS.ProcessEnv,
  readText: ReadText,
): string | undefined {
  const given = env[setting.name];
  if (given !== undefined && given !== '') return given;
  if (setting.fileSetting !== undefined) return fromFile(setting.fileSetting, env, readText);
  return setting.default ?? (setting.name === 'NODE_ID' ? machineName() : undefined);
}

function fromFile(
  fileSetting: 'DATABASE_URL_FILE' | 'SECRET_KEY_FILE',
  env: NodeJS.ProcessEnv,
  readText: ReadText,
): string | undefined {
  const { default: usual } =
    fileSetting === 'DATABASE_URL_FILE' ? SETTINGS.databaseUrlFile : SETTINGS.secretKeyFile;
  const named = env[fileSetting];
  const path = named === undefined || named === '' ? (usual ?? '') : named;
  const line = readText(isAbsolute(path) ? path : join(PROJECT_FOLDER, path))?.split('\n')[0];
  return line?.trim();
}

function expectation(setting: Setting<unknown>): string {
  const file = setting.fileSetting;
  return file === undefined
    ? setting.kind.expected
    : `${setting.kind.expected}, here or in the file that ${file} names (./scripts/start makes it)`;
}

/** Each of these settings is fine alone and wrong together with another. */
function contradictions(config: Config): string[] {
  const problems: string[] = [];
  if (config.holdExtendMarginS >= config.holdSliceS) {
    problems.push(
      `HOLD_EXTEND_MARGIN_SECONDS: found ${config.holdExtendMarginS}, ` +
        `expected less than HOLD_SLICE_SECONDS (${config.holdSliceS})`,
    );
  }
  // A hold is looked at on heartbeats only: one that lasts less than a beat would be found too late.
  if (config.holdExtendMarginS <= config.heartbeatS) {
    problems.push(
      `HOLD_EXTEND_MARGIN_SECONDS: found ${config.holdExtendMarginS}, ` +
        `expected more than HEARTBEAT_SECONDS (${config.heartbeatS})`,
    );
  }
  return problems;
}

function machineName(): string {
  const name = hostname()
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 64);
  return name === '' ? 'node' : name;
}

function readTextFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Missing and unreadable files are the same to the reader: the setting has no value.
    return undefined;
  }
}
