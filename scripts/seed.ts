import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openDatabase } from '../db/client.js';
import { Refusal } from '../server/admin/refusal.js';
import { systemClock } from '../server/clock.js';
import { ConfigError, loadConfig } from '../server/config.js';
import type { Config } from '../server/config.js';
import { createSecrets } from '../server/secrets.js';
import { demoTenant } from './demo/demo-tenant.js';
import { seed } from './demo/seed.js';
import { tenantData } from './demo/tenant-data.js';
import type { TenantInput } from './demo/tenant-data.js';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

const USAGE = `Usage: npm run seed -- [--data FILE]

Loads the demo tenant, or the tenant in FILE (JSON in the shape of scripts/demo/tenant-data.ts), into
the database of DATABASE_URL. What is there already stays as it is; a second run changes nothing.
Writes local.json under RINGLEDGER_DATA_DIR (.data) and freeswitch-conf/ringledger-vars.xml.`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { data: { type: 'string' }, help: { type: 'boolean', default: false } },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const config = loadConfig(process.env);
  const input = values.data === undefined ? demoTenant : readData(values.data);
  const database = openDatabase({ url: config.databaseUrl, poolSize: 2 });
  try {
    const done = await seed(
      { database, clock: systemClock, secrets: createSecrets(config.secretKey) },
      input,
      targetsOf(config),
    );
    for (const line of done) console.log(`made ${line}`);
    console.log(done.length === 0 ? 'Everything was there already; nothing was changed.' : 'Done.');
  } finally {
    await database.close();
  }
}

/** @throws z.ZodError that names every field that is wrong. */
function readData(path: string): TenantInput {
  const data: unknown = JSON.parse(readFileSync(path, 'utf8'));
  return tenantData.parse(data);
}

function targetsOf(config: Config) {
  const folder = process.env['RINGLEDGER_DATA_DIR'] ?? '.data';
  const variables = process.env['RINGLEDGER_FREESWITCH_VARS'];
  return {
    engineUrl: `http://${reachable(config.httpHost)}:${config.httpPort}`,
    localFile: join(resolve(PROJECT, folder), 'local.json'),
    variablesFile: resolve(PROJECT, variables ?? 'freeswitch-conf/ringledger-vars.xml'),
  };
}

/** An engine that listens everywhere is reached from here by loopback. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

try {
  await main();
} catch (error) {
  const isExpected = error instanceof ConfigError || error instanceof Refusal;
  const shown = error instanceof Error && !isExpected ? (error.stack ?? error.message) : error;
  console.error(`seed: ${isExpected ? error.message : String(shown)}`);
  process.exitCode = 1;
}
