import { z } from 'zod';
import type { AccountRow, DomainRow, DomainValues } from '../../db/repositories/admin/stores.js';
import { accountStore, domainStore } from '../../db/repositories/admin/stores.js';
import { domainHasExtensions } from '../../db/repositories/admin/usage.js';
import type { Actor, AdminDeps, Change } from './context.js';
import { domainName, id } from './fields.js';
import { createRecord, parseInput } from './records.js';
import type { RecordKind } from './records.js';
import { conflict, invalid } from './refusal.js';

export const domainCreate = z.strictObject({ account_id: id(), name: domainName() });

/** The owner is fixed: extensions and their calls belong to it. */
export const domainUpdate = z.strictObject({ name: domainName() }).partial();

export const domainKind: RecordKind<
  DomainRow,
  DomainValues,
  typeof domainCreate,
  typeof domainUpdate
> = {
  entity: 'domain',
  areas: ['accounts'],
  store: domainStore,
  create: domainCreate,
  update: domainUpdate,
  uniqueFields: { domains_name_unique: 'name' },
  async toValues(change, input) {
    await requireAccount(change, input.accountId);
    return input;
  },
  async toChanges(change, row, input) {
    if (input.name === undefined || input.name === row.name) return {};
    // The domain's name is hashed into every password below it.
    if (await domainHasExtensions(change.tx, row.id)) {
      throw conflict('domain_has_extensions', 'A domain with extensions keeps its name.', 'name');
    }
    return { name: input.name };
  },
};

export async function createDomain(
  deps: AdminDeps,
  actor: Actor,
  input: z.input<typeof domainCreate>,
): Promise<DomainRow> {
  return createRecord(deps, actor, domainKind, parseInput(domainCreate, input));
}

export async function requireAccount(change: Change, accountId: number): Promise<AccountRow> {
  const account = await accountStore.find(change.tx, accountId);
  if (account === undefined) throw invalid('account_id', 'does not exist');
  return account;
}
