import { z } from 'zod';
import { loadMenuEntries, replaceMenuEntries } from '../../db/repositories/admin/parts.js';
import type { MenuRow, MenuValues } from '../../db/repositories/admin/stores.js';
import { menuStore } from '../../db/repositories/admin/stores.js';
import { defined } from './accounts.js';
import type { Actor, AdminDeps } from './context.js';
import { requireAccount } from './domains.js';
import { code, id } from './fields.js';
import { createRecord, parseInput } from './records.js';
import type { RecordKind } from './records.js';
import { invalid } from './refusal.js';

/** A file, or a generated tone such as `tone_stream://%(200,100,440)`; never something to expand. */
const sound = () =>
  z
    .string()
    .max(255)
    .regex(/^[\x21-\x7e]*$/, 'must be printable ASCII without spaces')
    .regex(/^[^$<>"'`|&\\]*$/, 'must not hold $ < > " \' ` | & or a backslash')
    .refine((text) => !text.includes('..'), 'must not climb out of the sounds folder');

const menuEntry = z.strictObject({
  digits: z.string().regex(/^[0-9*#]{1,16}$/, 'must be 1 to 16 of 0-9, * and #'),
  transfer_to: z.string().regex(/^[0-9*#A-Za-z._-]{1,32}$/, 'must be a number or an extension'),
});

const fields = {
  name: code(64),
  greet_long: sound(),
  greet_short: sound(),
  invalid_sound: sound(),
  exit_sound: sound(),
  timeout_ms: z.int().min(500).max(60_000),
  inter_digit_timeout_ms: z.int().min(200).max(20_000),
  max_failures: z.int().min(1).max(20),
  max_timeouts: z.int().min(1).max(20),
  digit_length: z.int().min(1).max(16),
  entries: z.array(menuEntry).max(100),
};

export const menuCreate = z.strictObject({
  account_id: id(),
  ...fields,
  greet_short: fields.greet_short.default(''),
  invalid_sound: fields.invalid_sound.default(''),
  exit_sound: fields.exit_sound.default(''),
  timeout_ms: fields.timeout_ms.default(5000),
  inter_digit_timeout_ms: fields.inter_digit_timeout_ms.default(2000),
  max_failures: fields.max_failures.default(3),
  max_timeouts: fields.max_timeouts.default(3),
  digit_length: fields.digit_length.default(4),
  entries: fields.entries.default([]),
});

/** The owner is fixed: numbers that lead to the menu belong to the same account. */
export const menuUpdate = z.strictObject(fields).partial();

export const menuKind: RecordKind<MenuRow, MenuValues, typeof menuCreate, typeof menuUpdate> = {
  entity: 'ivr_menu',
  areas: ['numbers'],
  store: menuStore,
  create: menuCreate,
  update: menuUpdate,
  uniqueFields: { ivr_menus_name_unique: 'name' },
  async toValues(change, { entries, ...input }) {
    await requireAccount(change, input.accountId);
    checkEntries(entries);
    return input;
  },
  async toChanges(_change, _row, { entries, ...input }) {
    checkEntries(entries ?? []);
    return defined(input);
  },
  async saveParts(change, menuId, { entries }) {
    if (entries !== undefined) await replaceMenuEntries(change.tx, menuId, entries);
  },
  async loadParts(db, ids) {
    const entries = await loadMenuEntries(db, ids);
    return new Map(ids.map((menuId) => [menuId, { entries: entries.get(menuId) ?? [] }]));
  },
  async removeParts(change, row) {
    await replaceMenuEntries(change.tx, row.id, []);
  },
};

export async function createMenu(
  deps: AdminDeps,
  actor: Actor,
  input: z.input<typeof menuCreate>,
): Promise<MenuRow> {
  return createRecord(deps, actor, menuKind, parseInput(menuCreate, input));
}

function checkEntries(entries: readonly { readonly digits: string }[]): void {
  const seen = new Set<string>();
  entries.forEach(({ digits }, index) => {
    if (seen.has(digits)) throw invalid(`entries.${index}.digits`, 'is in the menu twice');
    seen.add(digits);
  });
}
