import {
  accountStore,
  domainStore,
  extensionStore,
  sheetStore,
} from '../../db/repositories/admin/stores.js';
import type { ExtensionRow } from '../../db/repositories/admin/stores.js';
import type { Database } from '../../db/client.js';
import { accountKind } from '../../server/admin/accounts.js';
import { scriptActor } from '../../server/admin/context.js';
import type { AdminDeps } from '../../server/admin/context.js';
import { extensionKind } from '../../server/admin/extensions.js';
import { updateRecord } from '../../server/admin/records.js';
import { createSwitch } from '../../server/admin/switches.js';
import { systemClock } from '../../server/clock.js';
import { createSecrets, randomSecret } from '../../server/secrets.js';
import { loadTenant } from '../demo/load-tenant.js';
import { tenantData } from '../demo/tenant-data.js';
import type { HostAccess } from './switch-host.js';
import { tenantOf } from './world-tenant.js';
import type { ChaosPhone, ChaosWorld } from './world.js';

const ACTOR = scriptActor('chaos');

export function adminDeps(database: Database, secretKey: string): AdminDeps {
  const secrets = createSecrets(secretKey);
  return { database, clock: systemClock, secrets, allowWeakPasswords: true };
}

/** Ids of accounts by their codes, and of phones by their addresses. */
export type IdByName = ReadonlyMap<string, number>;

export interface SeededWorld {
  readonly ids: IdByName;
  readonly access: readonly HostAccess[];
}

/** Loads the world through the services the API uses, and one switch for each event socket port. */
export async function seedWorld(
  deps: AdminDeps,
  world: ChaosWorld,
  eslPorts: readonly number[],
): Promise<SeededWorld> {
  // The tenant's shape has one switch that `seed` would make; here they are made one by one.
  const data = tenantData.parse({ ...tenantOf(world), switch: switchInput(0, 1) });
  await loadTenant(deps, ACTOR, data);
  const ids = await readIds(deps, world);
  await finishAccounts(deps, world, ids);
  await finishPhones(deps, world, ids);
  const access: HostAccess[] = [];
  for (const [index, eslPort] of eslPorts.entries()) {
    const eslPassword = randomSecret();
    const input = { ...switchInput(index, eslPort), esl_password: eslPassword };
    const { row, httpPassword } = await createSwitch(deps, ACTOR, input);
    access.push({ user: row.httpUsername, password: httpPassword, eslPort, eslPassword });
  }
  return { ids, access };
}

async function readIds(deps: AdminDeps, world: ChaosWorld): Promise<IdByName> {
  const ids = new Map<string, number>();
  for (const { code, phones } of world.accounts) {
    const row = await accountStore.findBy(deps.database.orm, { code });
    if (row !== undefined) ids.set(code, row.id);
    for (const { address } of phones) ids.set(address, (await readPhone(deps, address)).id);
  }
  return ids;
}

async function readPhone({ database }: AdminDeps, address: string): Promise<ExtensionRow> {
  const [number = '', name = ''] = address.split('@');
  const domain = await domainStore.findBy(database.orm, { name });
  const domainId = domain?.id ?? 0;
  const row = await extensionStore.findBy(database.orm, { domainId, number });
  if (row === undefined) throw new Error(`phone ${address} was not made`);
  return row;
}

/** What names another record, which the loader of the demo tenant does not know. */
async function finishAccounts(deps: AdminDeps, world: ChaosWorld, ids: IdByName): Promise<void> {
  for (const { code, paidBy, inboundSheet } of world.accounts) {
    if (paidBy === null && inboundSheet === null) continue;
    const row = await accountStore.findBy(deps.database.orm, { code });
    if (row === undefined) throw new Error(`account ${code} was not made`);
    await updateRecord(deps, ACTOR, accountKind, row, {
      ...(paidBy === null ? {} : { paid_by_id: ids.get(paidBy) ?? null }),
      ...(inboundSheet === null
        ? {}
        : { inbound_rate_sheet_id: await sheetId(deps, inboundSheet) }),
    });
  }
}

async function finishPhones(deps: AdminDeps, world: ChaosWorld, ids: IdByName): Promise<void> {
  for (const { address, sheet, drawsOn } of phonesOf(world)) {
    if (sheet === undefined && drawsOn === undefined) continue;
    await updateRecord(deps, ACTOR, extensionKind, await readPhone(deps, address), {
      ...(sheet === undefined ? {} : { rate_sheet_id: await sheetId(deps, sheet) }),
      ...(drawsOn === undefined
        ? {}
        : { funds: 'shared', funds_extension_id: ids.get(drawsOn) ?? null }),
    });
  }
}

function phonesOf({ accounts }: ChaosWorld): readonly ChaosPhone[] {
  return accounts.flatMap(({ phones }) => phones);
}

async function sheetId({ database }: AdminDeps, name: string): Promise<number> {
  const row = await sheetStore.findBy(database.orm, { name });
  if (row === undefined) throw new Error(`rate sheet ${name} was not made`);
  return row.id;
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
