import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { apiKeyStore, switchStore } from '../../db/repositories/admin/stores.js';
import type { SwitchRow } from '../../db/repositories/admin/stores.js';
import { apiKeyKind, createApiKey } from '../../server/admin/api-keys.js';
import type { Actor, AdminDeps } from '../../server/admin/context.js';
import { updateRecord } from '../../server/admin/records.js';
import { createSwitch, rotateSwitchPassword } from '../../server/admin/switches.js';
import { randomSecret, sha256 } from '../../server/secrets.js';
import type { TenantData } from './tenant-data.js';

/** What a person or a script on this machine needs to use the demo tenant: `.data/local.json`. */
const localAccess = z.object({
  engineUrl: z.string(),
  apiKey: z.string(),
  freeswitchUser: z.string(),
  freeswitchPassword: z.string(),
  eslHost: z.string(),
  eslPort: z.number(),
  eslPassword: z.string(),
  phones: z.array(z.object({ user: z.string(), domain: z.string(), password: z.string() })),
  /** The same again for `scripts/start`, with the file that freeswitch-conf reads. */
  freeswitch: z.object({ user: z.string(), password: z.string(), variablesFile: z.string() }),
});

export type LocalAccess = z.output<typeof localAccess>;

/** Null when there is no file, or one that an older version wrote. */
export function readLocalAccess(path: string): LocalAccess | null {
  if (!existsSync(path)) return null;
  try {
    return localAccess.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}

/** Whole or not at all, for its owner's eyes only. True when something was written. */
export function writeLocalAccess(path: string, access: LocalAccess): boolean {
  const text = `${JSON.stringify(access, null, 2)}\n`;
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return false;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  chmodSync(`${path}.new`, 0o600);
  renameSync(`${path}.new`, path);
  return true;
}

export interface SwitchAccess {
  readonly row: SwitchRow;
  readonly httpPassword: string;
  readonly eslPassword: string;
  /** What was done, or null when the known passwords still hold. */
  readonly done: string | null;
}

/**
 * The data's switch with its passwords. Only hashes are kept of the HTTP one, so where
 * the local file is gone it is given a new one.
 */
export async function ensureSwitch(
  deps: AdminDeps,
  actor: Actor,
  data: TenantData['switch'],
  known: LocalAccess | null,
): Promise<SwitchAccess> {
  const found = await switchStore.findBy(deps.database.orm, { name: data.name });
  if (found === undefined) {
    const eslPassword = randomSecret();
    const made = await createSwitch(deps, actor, { ...data, esl_password: eslPassword });
    return { ...made, eslPassword, done: `switch ${data.name}` };
  }
  const eslPassword = deps.secrets.open(found.eslPasswordSealed);
  if (known !== null && sha256(known.freeswitchPassword) === found.httpPasswordHash) {
    return { row: found, httpPassword: known.freeswitchPassword, eslPassword, done: null };
  }
  const rotated = await rotateSwitchPassword(deps, actor, { id: found.id });
  return { ...rotated, eslPassword, done: `new HTTP password of switch ${data.name}` };
}

const KEY_NAME = 'demo';

/** The demo's API key. One that nobody knows any more is revoked and replaced. */
export async function ensureApiKey(
  deps: AdminDeps,
  actor: Actor,
  known: LocalAccess | null,
): Promise<{ readonly key: string; readonly done: string | null }> {
  const db = deps.database.orm;
  if (known !== null) {
    const keyHash = sha256(known.apiKey);
    const found = await apiKeyStore.findBy(db, { keyHash, status: 'active' });
    if (found !== undefined) return { key: known.apiKey, done: null };
  }
  const lost = await apiKeyStore.list(db, {
    offset: 0,
    limit: 100,
    sort: { field: 'id', descending: false },
    filters: { name: KEY_NAME, status: 'active' },
  });
  for (const { id, version } of lost.rows) {
    await updateRecord(deps, actor, apiKeyKind, { id, version }, { status: 'revoked' });
  }
  const { key } = await createApiKey(deps, actor, { name: KEY_NAME, scopes: ['*'] });
  return { key, done: `API key ${KEY_NAME}` };
}
