import { accountStore } from '../../db/repositories/admin/stores.js';
import type { Database } from '../../db/client.js';
import { scriptActor } from '../../server/admin/context.js';
import type { AdminDeps } from '../../server/admin/context.js';
import { createSwitch } from '../../server/admin/switches.js';
import { systemClock } from '../../server/clock.js';
import { createSecrets, randomSecret } from '../../server/secrets.js';
import { loadTenant } from '../demo/load-tenant.js';
import { tenantData } from '../demo/tenant-data.js';
import type { HostAccess } from './switch-host.js';
import type { ChaosWorld } from './world.js';

const ACTOR = scriptActor('chaos');

export function adminDeps(database: Database, secretKey: string): AdminDeps {
  const secrets = createSecrets(secretKey);
  return { database, clock: systemClock, secrets, allowWeakPasswords: true };
}

export interface SeededWorld {
  readonly idByCode: ReadonlyMap<string, number>;
  readonly access: readonly HostAccess[];
}

/** Loads the world through the services the API uses, and one switch for each event socket port. */
export async function seedWorld(
  deps: AdminDeps,
  world: ChaosWorld,
  eslPorts: readonly number[],
): Promise<SeededWorld> {
  // The tenant's shape has one switch that `seed` would make; here they are made one by one.
  const data = tenantData.parse({ ...world.tenant, switch: switchInput(0, 1) });
  await loadTenant(deps, ACTOR, data);
  const access: HostAccess[] = [];
  for (const [index, eslPort] of eslPorts.entries()) {
    const eslPassword = randomSecret();
    const input = { ...switchInput(index, eslPort), esl_password: eslPassword };
    const { row, httpPassword } = await createSwitch(deps, ACTOR, input);
    access.push({ user: row.httpUsername, password: httpPassword, eslPort, eslPassword });
  }
  const idByCode = new Map<string, number>();
  for (const { code } of world.accounts) {
    const row = await accountStore.findBy(deps.database.orm, { code });
    if (row !== undefined) idByCode.set(code, row.id);
  }
  return { idByCode, access };
}

function switchInput(index: number, eslPort: number) {
  return {
    name: `fs${String(index + 1)}`,
    http_username: `fs${String(index + 1)}`,
    allowed_cidrs: ['127.0.0.1/32', '::1/128'],
    esl_host: '127.0.0.1',
    esl_port: eslPort,
    sip_ip: '127.0.0.1',
    rtp_ip: '127.0.0.1',
  };
}
