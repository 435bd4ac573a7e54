import { z } from 'zod';
import type { DidRow, DidValues } from '../../db/repositories/admin/stores.js';
import {
  carrierStore,
  didStore,
  extensionStore,
  menuStore,
} from '../../db/repositories/admin/stores.js';
import { didHasHistory } from '../../db/repositories/admin/usage.js';
import { checkSheet, defined } from './accounts.js';
import type { Actor, AdminDeps, Change } from './context.js';
import { requireAccount } from './domains.js';
import { capacity, digits, id, note, optionalId } from './fields.js';
import { createRecord, parseInput } from './records.js';
import type { RecordKind } from './records.js';
import { invalid } from './refusal.js';

const fields = {
  number: digits(3, 15),
  account_id: id(),
  carrier_id: optionalId(),
  status: z.enum(['active', 'paused']),
  extension_id: optionalId(),
  ivr_menu_id: optionalId(),
  max_channels: capacity(),
  max_cps: capacity(),
  rate_sheet_id: optionalId().meta({
    description: 'Prices calls to it by its own number; null: as its account says.',
  }),
  free_minutes: z.int().min(0).max(100_000).meta({
    description: 'Minutes of each calendar month that cost nothing.',
  }),
  comment: note(255),
};

export const didCreate = z.strictObject({
  ...fields,
  carrier_id: fields.carrier_id.default(null),
  status: fields.status.default('active'),
  extension_id: fields.extension_id.default(null),
  ivr_menu_id: fields.ivr_menu_id.default(null),
  max_channels: fields.max_channels.default(null),
  max_cps: fields.max_cps.default(null),
  rate_sheet_id: fields.rate_sheet_id.default(null),
  free_minutes: fields.free_minutes.default(0),
  comment: fields.comment.default(''),
});

export const didUpdate = z.strictObject(fields).partial();

export const didKind: RecordKind<DidRow, DidValues, typeof didCreate, typeof didUpdate> = {
  entity: 'did',
  areas: ['numbers'],
  store: didStore,
  create: didCreate,
  update: didUpdate,
  uniqueFields: { dids_number_unique: 'number' },
  async toValues(change, input) {
    await checkDestination(change, input);
    return input;
  },
  async toChanges(change, row, input) {
    const changes = defined(input);
    await checkDestination(change, { ...row, ...changes });
    return changes;
  },
  async findUser(change, row) {
    return (await didHasHistory(change.tx, row)) ? 'it has been called' : null;
  },
};

export async function createDid(
  deps: AdminDeps,
  actor: Actor,
  input: z.input<typeof didCreate>,
): Promise<DidRow> {
  return createRecord(deps, actor, didKind, parseInput(didCreate, input));
}

interface Destination {
  readonly accountId: number;
  readonly carrierId: number | null;
  readonly extensionId: number | null;
  readonly ivrMenuId: number | null;
  readonly rateSheetId: number | null;
}

/** A number leads to exactly one place, and never into another tenant. */
async function checkDestination(change: Change, did: Destination): Promise<void> {
  const account = await requireAccount(change, did.accountId);
  await checkSheet(change, did.rateSheetId, account.currency);
  if ((did.extensionId === null) === (did.ivrMenuId === null)) {
    throw invalid('extension_id', 'give either extension_id or ivr_menu_id, the other null');
  }
  if (did.carrierId !== null && (await carrierStore.find(change.tx, did.carrierId)) === undefined) {
    throw invalid('carrier_id', 'does not exist');
  }
  if (did.extensionId !== null) {
    const extension = await extensionStore.find(change.tx, did.extensionId);
    requireSameOwner('extension_id', did.accountId, extension);
  }
  if (did.ivrMenuId !== null) {
    const menu = await menuStore.find(change.tx, did.ivrMenuId);
    requireSameOwner('ivr_menu_id', did.accountId, menu);
  }
}

function requireSameOwner(
  path: string,
  accountId: number,
  target: { readonly accountId: number } | undefined,
): void {
  // One answer for both, so that nothing is told about other tenants' ids.
  if (target?.accountId !== accountId) throw invalid(path, 'does not exist in this account');
}
