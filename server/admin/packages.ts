import { z } from 'zod';
import { loadPackagePrefixes, replacePackagePrefixes } from '../../db/repositories/admin/parts.js';
import type { PackageRow, PackageValues } from '../../db/repositories/admin/stores.js';
import { packageStore } from '../../db/repositories/admin/stores.js';
import { defined } from './accounts.js';
import type { Actor, AdminDeps } from './context.js';
import { requireAccount } from './domains.js';
import { id, line } from './fields.js';
import { createRecord, parseInput } from './records.js';
import type { RecordKind } from './records.js';

const MAX_PREFIXES = 2000;

const fields = {
  name: line(160),
  included_s: z.int().min(1).max(100_000_000).meta({
    description: 'Seconds of each period. Periods that calls have begun to use keep theirs.',
  }),
  increment_s: z.int().min(1).max(3600).meta({
    description: 'A started increment is used up whole.',
  }),
  status: z.enum(['active', 'disabled']),
  prefixes: z
    .array(z.string().regex(/^[0-9]{0,15}$/, 'must be up to 15 digits'))
    .min(1)
    .max(MAX_PREFIXES)
    .refine((list) => new Set(list).size === list.length, 'holds a prefix twice')
    .meta({
      description: 'Numbers it is good for begin with one of these; the empty one is everywhere.',
      example: ['4420', '447'],
    }),
};

export const packageCreate = z.strictObject({
  ...fields,
  account_id: id().meta({ description: 'Who grants it, to itself or to accounts below.' }),
  period: z.enum(['monthly', 'once']).default('monthly').meta({
    description: 'Filled again each month on the day it was assigned from, or never.',
  }),
  increment_s: fields.increment_s.default(1),
  status: fields.status.default('active'),
});

/** Owner and period are fixed: periods already counted were made from them. */
export const packageUpdate = z.strictObject(fields).partial();

export const packageKind: RecordKind<
  PackageRow,
  PackageValues,
  typeof packageCreate,
  typeof packageUpdate
> = {
  entity: 'package',
  areas: ['accounts'],
  store: packageStore,
  create: packageCreate,
  update: packageUpdate,
  uniqueFields: { packages_name_unique: 'name' },
  async toValues(change, { prefixes: _, ...input }) {
    await requireAccount(change, input.accountId);
    return input;
  },
  toChanges(_change, _row, { prefixes: _, ...input }) {
    return Promise.resolve(defined(input));
  },
  async saveParts(change, packageId, { prefixes }) {
    if (prefixes !== undefined) await replacePackagePrefixes(change.tx, packageId, prefixes);
  },
  async loadParts(db, ids) {
    const prefixes = await loadPackagePrefixes(db, ids);
    return new Map(
      ids.map((packageId) => [packageId, { prefixes: prefixes.get(packageId) ?? [] }]),
    );
  },
  async removeParts(change, row) {
    await replacePackagePrefixes(change.tx, row.id, []);
  },
};

export async function createPackage(
  deps: AdminDeps,
  actor: Actor,
  input: z.input<typeof packageCreate>,
): Promise<PackageRow> {
  return createRecord(deps, actor, packageKind, parseInput(packageCreate, input));
}
