import { z } from 'zod';
import type { ApiKeyRow, ApiKeyValues } from '../../db/repositories/admin/stores.js';
import { apiKeyStore } from '../../db/repositories/admin/stores.js';
import { randomSecret, sha256 } from '../secrets.js';
import { defined } from './accounts.js';
import type { Actor, AdminDeps, Change } from './context.js';
import { line } from './fields.js';
import { createRecord, parseInput } from './records.js';
import type { RecordKind } from './records.js';
import { conflict, Refusal } from './refusal.js';

export const SCOPES = [
  '*',
  'config:read',
  'config:write',
  'rates:write',
  'calls:read',
  'money:read',
  'money:write',
  'keys:write',
  'audit:read',
] as const;

export type Scope = Exclude<(typeof SCOPES)[number], '*'>;

const fields = {
  name: line(120),
  scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
};

export const apiKeyCreate = z.strictObject(fields);

export const apiKeyUpdate = z
  .strictObject({
    ...fields,
    status: z.enum(['active', 'revoked']).meta({ description: 'A revoked key stays revoked.' }),
  })
  .partial();

type ApiKeyKind = RecordKind<ApiKeyRow, ApiKeyValues, typeof apiKeyCreate, typeof apiKeyUpdate>;

const KEY_PREFIX = 'rlk_';
/** Enough to tell keys apart on a screen, far too little to guess the rest. */
const SHOWN = 12;

export const apiKeyKind: ApiKeyKind = apiKeyKindWith(() => randomSecret(KEY_PREFIX));

function apiKeyKindWith(makeKey: () => string): ApiKeyKind {
  return {
    entity: 'api_key',
    areas: ['access'],
    store: apiKeyStore,
    create: apiKeyCreate,
    update: apiKeyUpdate,
    secrets: ['keyHash'],
    async toValues(change, input) {
      refuseMoreThanOwn(change, input.scopes);
      const key = makeKey();
      return { ...input, keyHash: sha256(key), keyPrefix: key.slice(0, SHOWN) };
    },
    async toChanges(change, row, input) {
      refuseMoreThanOwn(change, input.scopes ?? []);
      if (row.status === 'revoked' && input.status === 'active') {
        throw conflict(
          'key_revoked',
          'A revoked key cannot be used again; make another.',
          'status',
        );
      }
      return defined(input);
    },
  };
}

export interface ApiKeyWithSecret {
  readonly row: ApiKeyRow;
  /** Shown this once; only its hash is kept. */
  readonly key: string;
}

export async function createApiKey(
  deps: AdminDeps,
  actor: Actor,
  input: z.input<typeof apiKeyCreate>,
): Promise<ApiKeyWithSecret> {
  const key = randomSecret(KEY_PREFIX);
  const kind = apiKeyKindWith(() => key);
  const row = await createRecord(deps, actor, kind, parseInput(apiKeyCreate, input));
  return { row, key };
}

export function hasScope(scopes: readonly string[], wanted: string): boolean {
  return scopes.includes('*') || scopes.includes(wanted);
}

/** Whoever may make keys may not make one that can do more than he can himself. */
function refuseMoreThanOwn(change: Change, scopes: readonly string[]): void {
  const more = scopes.find((scope) => !hasScope(change.actor.scopes, scope));
  if (more === undefined) return;
  throw new Refusal('forbidden', 'scope_not_held', `This key does not hold the scope ${more}.`, [
    { path: 'scopes', message: `${more} is not among your own` },
  ]);
}
