import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { loadConfig } from '../server/config.js';
import type { Config } from '../server/config.js';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
/** A node with millions of rates is ready some seconds after it listens. */
const WAIT_MS = 120_000;

/** What the demo tenant's loader leaves in .data/local.json, as far as a newcomer needs it. */
const localFile = z.looseObject({
  /** The engine's address as the FreeSWITCH variables have it. */
  engineUrl: z.string().optional(),
  apiKey: z.string(),
  freeswitch: z.looseObject({
    user: z.string(),
    password: z.string(),
    /** Holds the addresses, ports and secrets that freeswitch-conf/ reads. */
    variablesFile: z.string().optional(),
  }),
  phones: z
    .array(z.looseObject({ user: z.string(), domain: z.string(), password: z.string() }))
    .default([]),
});

type Local = z.infer<typeof localFile>;

/**
 * Waits until the engine is ready and then prints what a newcomer needs.
 * Usage: node dist/scripts/welcome.js --engine-pid PID
 */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { 'engine-pid': { type: 'string', default: '0' } } });
  const config = loadConfig(process.env);
  if (config.httpPort === 0) {
    console.error('the engine takes any free port: its log names it');
    return 0;
  }
  const base = `http://${reachableHost(config.httpHost)}:${config.httpPort}`;
  // When the engine has ended instead, its own last words are on the screen already.
  if (!(await answers(`${base}/readyz`, Number(values['engine-pid'])))) return 1;
  console.log(welcome(base, config, readLocal()));
  return 0;
}

/** An address that listens everywhere is reached, from here, by loopback. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

async function answers(url: string, pid: number): Promise<boolean> {
  const startedMs = Date.now();
  while (Date.now() - startedMs < WAIT_MS) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
      if (response.ok && isAlive(pid)) return true;
    } catch {
      // Not listening yet.
    }
    if (!isAlive(pid)) return false;
    await pause(100);
  }
  return false;
}

function isAlive(pid: number): boolean {
  if (pid === 0) return true;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function readLocal(): Local | null {
  const path = join(PROJECT, '.data/local.json');
  if (!existsSync(path)) return null;
  const parsed = localFile.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  return parsed.success ? parsed.data : null;
}

function welcome(base: string, config: Config, local: Local | null): string {
  const lines = [
    '',
    `Ringledger is running. Its data is in ${join(PROJECT, '.data')}; Ctrl-C stops it.`,
    '',
    `  API              ${base}/api/v1`,
    `  API reference    ${base}/api/v1/docs   (OpenAPI: ${base}/api/v1/openapi.json)`,
    `  Health           ${base}/healthz  ${base}/readyz  ${base}/metrics`,
    ...(local === null
      ? withoutDemo()
      : [...access(base, local), ...freeswitch(base, config, local)]),
    '',
    'Next, in another terminal: npm run replay    (plays recorded calls and shows what they cost)',
    '',
  ];
  return lines.join('\n');
}

function withoutDemo(): readonly string[] {
  return ['', 'There is no demo tenant here (.data/local.json is missing): npm run seed loads it.'];
}

function access(base: string, local: Local): readonly string[] {
  const phones = local.phones.map(
    ({ user, domain, password }) => `  ${`${user}@${domain}`.padEnd(24)} password ${password}`,
  );
  return [
    `  API key          ${local.apiKey}`,
    `                   curl -H 'Authorization: Bearer ${local.apiKey}' ${base}/api/v1/accounts`,
    ...(phones.length === 0
      ? []
      : ['', 'Demo phones, to be registered at your FreeSWITCH:', ...phones]),
  ];
}

function freeswitch(base: string, config: Config, local: Local): readonly string[] {
  const { user, password, variablesFile } = local.freeswitch;
  const elsewhere =
    config.httpHost === '127.0.0.1'
      ? ['  On another machine: start with HTTP_HOST=0.0.0.0 and put its address in these URLs.']
      : [];
  return [
    '',
    'A FreeSWITCH on this machine takes everything from here with',
    `  freeswitch -conf ${join(PROJECT, 'freeswitch-conf')} -nonat`,
    ...(variablesFile === undefined ? [] : [`  (addresses, ports, secrets: ${variablesFile})`]),
    ...(local.engineUrl === undefined || local.engineUrl === base
      ? []
      : [`  That file says ${local.engineUrl}: npm run seed puts the new address into it.`]),
    'A FreeSWITCH with its own configuration needs:',
    `  xml_curl   ${base}/freeswitch/xml   credentials ${user}:${password}`,
    `  CDRs       ${base}/freeswitch/cdr   the same credentials`,
    ...elsewhere,
  ];
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
