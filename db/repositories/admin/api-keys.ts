import { eq } from 'drizzle-orm';
import type { Queryable } from '../../client.js';
import { apiKeys, configVersions } from '../../schema/index.js';

export interface AccessKey {
  readonly id: number;
  readonly name: string;
  readonly keyHash: string;
  readonly scopes: unknown;
}

/** The version of the keys; it moves with every change of one. */
export async function readAccessVersion(db: Queryable): Promise<number> {
  const rows = await db
    .select({ version: configVersions.version })
    .from(configVersions)
    .where(eq(configVersions.area, 'access'));
  return rows[0]?.version ?? 0;
}

export async function loadActiveKeys(db: Queryable): Promise<readonly AccessKey[]> {
  return db
    .select({
      id: apiKeys.id,
      name: apiKeys.name,
      keyHash: apiKeys.keyHash,
      scopes: apiKeys.scopes,
    })
    .from(apiKeys)
    .where(eq(apiKeys.status, 'active'));
}
