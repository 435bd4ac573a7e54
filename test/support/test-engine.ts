import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoTenant } from '../../scripts/demo/demo-tenant.js';
import { seed } from '../../scripts/demo/seed.js';
import type { Clock } from '../../server/clock.js';
import { systemClock } from '../../server/clock.js';
import { composeEngine } from '../../server/compose.js';
import type { Engine } from '../../server/compose.js';
import { loadConfig } from '../../server/config.js';
import { createLog } from '../../server/log.js';
import { createSecrets } from '../../server/secrets.js';
import type { TempDatabase } from './temp-database.js';

export const TEST_SECRET_KEY = 'cd'.repeat(32);

/** How the demo tenant of one schema is reached. */
export interface DemoAccess {
  readonly apiKey: string;
  readonly freeswitchUser: string;
  readonly freeswitchPassword: string;
  readonly eslPort: number;
  readonly eslPassword: string;
}

/** Loads the demo tenant into a schema, its switch at the given event socket port. */
export async function seedDemo(temp: TempDatabase, eslPort: number): Promise<DemoAccess> {
  const folder = mkdtempSync(join(tmpdir(), 'ringledger-'));
  const localFile = join(folder, 'local.json');
  const secrets = createSecrets(TEST_SECRET_KEY);
  await seed(
    { database: temp.database, clock: systemClock, secrets },
    { ...demoTenant, switch: { ...demoTenant.switch, esl_port: eslPort } },
    { engineUrl: 'http://127.0.0.1:0', localFile, variablesFile: join(folder, 'vars.xml') },
  );
  const access = JSON.parse(readFileSync(localFile, 'utf8')) as DemoAccess;
  rmSync(folder, { recursive: true });
  return access;
}

export interface TestNode {
  readonly engine: Engine;
  readonly url: string;
}

export interface TestNodeOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  readonly logLevel?: string;
}

let folderOfSpools: string | null = null;

/** Nodes of one process must not share a spool; the folders go with the process. */
function spoolFolders(): string {
  if (folderOfSpools !== null) return folderOfSpools;
  const folder = mkdtempSync(join(tmpdir(), 'ringledger-spools-'));
  folderOfSpools = folder;
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** A whole node in this process, on a free port. Several may share one schema. */
export async function startNode(
  temp: TempDatabase,
  options: TestNodeOptions = {},
): Promise<TestNode> {
  const config = loadConfig({
    DATABASE_URL: temp.url,
    SECRET_KEY: TEST_SECRET_KEY,
    HTTP_PORT: '0',
    CONFIG_POLL_MS: '100',
    // Of the background thread, which writes a log of its own.
    LOG_LEVEL: options.logLevel ?? 'silent',
    CDR_SPOOL_DIR: mkdtempSync(join(spoolFolders(), 'node-')),
    ...options.env,
  });
  const log = createLog({ level: options.logLevel ?? 'silent' });
  const engine = composeEngine(config, log, options.clock ?? systemClock);
  const { port } = await engine.start();
  return { engine, url: `http://127.0.0.1:${String(port)}` };
}

/** A port nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  await new Promise((resolve) => server.close(resolve));
  return port;
}
