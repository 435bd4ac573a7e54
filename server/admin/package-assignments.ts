import { z } from 'zod';
import type {
  AccountRow,
  AssignmentRow,
  AssignmentValues,
  PackageRow,
} from '../../db/repositories/admin/stores.js';
import {
  accountStore,
  assignmentStore,
  extensionStore,
  packageStore,
} from '../../db/repositories/admin/stores.js';
import { allowanceHasHistory } from '../../db/repositories/admin/usage.js';
import { bumpConfigVersions } from '../../db/repositories/config-versions.js';
import { defined } from './accounts.js';
import { writeAudit } from './audit.js';
import type { Actor, AdminDeps, Change } from './context.js';
import { requireAccount } from './domains.js';
import { day, id, note, optionalId } from './fields.js';
import { createRecord, parseInput } from './records.js';
import type { RecordKind } from './records.js';
import { invalid, notFound } from './refusal.js';

const fields = {
  ends_on: day().nullable().meta({
    description: 'The first local day without it; null is no end.',
    example: '2031-01-31',
  }),
};

export const assignmentCreate = z.strictObject({
  package_id: id(),
  account_id: id(),
  extension_id: optionalId().default(null).meta({
    description: 'For the calls of this extension only; null: of all the account.',
  }),
  starts_on: day().meta({
    description: "Local day of the account's zone; the day of the month on which it is filled.",
  }),
  ends_on: fields.ends_on.default(null),
});

/** Who has it and from when is fixed: the periods already counted were made from it. */
export const assignmentUpdate = z.strictObject(fields).partial();

export const resetInput = z.strictObject({
  note: note(255).default('').meta({ description: 'Why, for the audit.' }),
});

export const assignmentKind: RecordKind<
  AssignmentRow,
  AssignmentValues,
  typeof assignmentCreate,
  typeof assignmentUpdate
> = {
  entity: 'package_assignment',
  areas: ['accounts'],
  store: assignmentStore,
  create: assignmentCreate,
  update: assignmentUpdate,
  async toValues(change, input) {
    const granted = await packageStore.find(change.tx, input.packageId);
    if (granted === undefined) throw invalid('package_id', 'does not exist');
    const account = await requireAccount(change, input.accountId);
    await checkGrantor(change, granted, account);
    await checkExtension(change, input);
    checkDays(input.startsOn, input.endsOn);
    return input;
  },
  toChanges(_change, row, input) {
    const changes = defined(input);
    checkDays(row.startsOn, changes.endsOn ?? null);
    return Promise.resolve(changes);
  },
  async findUser(change, row) {
    return (await allowanceHasHistory(change.tx, 'package', row.id))
      ? 'calls have used it; let it end instead'
      : null;
  },
};

export async function createAssignment(
  deps: AdminDeps,
  actor: Actor,
  input: z.input<typeof assignmentCreate>,
): Promise<AssignmentRow> {
  return createRecord(deps, actor, assignmentKind, parseInput(assignmentCreate, input));
}

/**
 * Fills inclusive seconds again, in the caller's transaction: from now on calls use a new bucket of the
 * same period. What running calls hold of the old one stays theirs.
 */
export async function resetAssignment(
  change: Change,
  assignmentId: number,
  input: z.output<typeof resetInput>,
): Promise<AssignmentRow> {
  // The area first, as in every change of configuration.
  await bumpConfigVersions(change.tx, assignmentKind.areas);
  const before = await assignmentStore.lock(change.tx, assignmentId);
  if (before === undefined) throw notFound('package_assignment', assignmentId);
  await assignmentStore.update(change.tx, assignmentId, { generation: before.generation + 1 });
  const after = await assignmentStore.find(change.tx, assignmentId);
  if (after === undefined) throw notFound('package_assignment', assignmentId);
  await writeAudit(change, {
    action: 'package_assignment.reset',
    entity: 'package_assignment',
    entityId: assignmentId,
    before,
    after: { ...after, note: input.note },
  });
  return after;
}

/** Who grants minutes stands above who has them in the tree, or gives them to its own extensions. */
async function checkGrantor(
  change: Change,
  granted: PackageRow,
  account: AccountRow,
): Promise<void> {
  let current: AccountRow | undefined = account;
  while (current !== undefined) {
    if (current.id === granted.accountId) return;
    const { parentId }: AccountRow = current;
    current = parentId === null ? undefined : await accountStore.find(change.tx, parentId);
  }
  throw invalid('package_id', 'is of an account that is not above this one');
}

async function checkExtension(
  change: Change,
  { accountId, extensionId }: { readonly accountId: number; readonly extensionId: number | null },
): Promise<void> {
  if (extensionId === null) return;
  const extension = await extensionStore.find(change.tx, extensionId);
  // One answer for both, so that nothing is told about other tenants' ids.
  if (extension?.accountId !== accountId) {
    throw invalid('extension_id', 'does not exist in this account');
  }
}

function checkDays(startsOn: string, endsOn: string | null): void {
  if (endsOn !== null && endsOn <= startsOn) {
    throw invalid('ends_on', `must be after ${startsOn}, its first day`);
  }
}
