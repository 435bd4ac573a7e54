import { z } from 'zod';
import { deleteUnusedReleases, userOfSheet } from '../../db/repositories/admin/rates.js';
import type { SheetRow, SheetValues } from '../../db/repositories/admin/stores.js';
import { releaseStore, sheetStore } from '../../db/repositories/admin/stores.js';
import { defined } from './accounts.js';
import type { Actor, AdminDeps } from './context.js';
import { currency, line, percent, timeZone } from './fields.js';
import { createRecord, parseInput } from './records.js';
import type { RecordKind } from './records.js';
import { invalid } from './refusal.js';

const fields = {
  name: line(120),
  time_zone: timeZone(),
  duration_rounding: z.enum(['up', 'half_up', 'down']),
  rounding_mode: z.enum(['up', 'half_up', 'half_even', 'down']),
  rounding_decimals: z.int().min(0).max(6),
  tax_percent: percent(),
  tax_mode: z.enum(['added', 'included']).meta({
    description: "Whether tax comes on top of the sheet's prices or is contained in them.",
  }),
  time_of_day_policy: z.enum(['start', 'split']).meta({
    description:
      '`start`: the time slot at the start prices the whole call. `split`: each second its own.',
  }),
  rated_on: z
    .enum(['number', 'lrn'])
    .meta({ description: 'What is looked up: the number, or its routing number where known.' }),
  notice_days: z.int().min(0).max(365).meta({
    description: 'Days ahead that clients are promised to hear of an increase.',
  }),
};

export const sheetCreate = z.strictObject({
  ...fields,
  currency: currency(),
  time_zone: fields.time_zone.default('UTC'),
  duration_rounding: fields.duration_rounding.default('up'),
  rounding_mode: fields.rounding_mode.default('half_up'),
  rounding_decimals: fields.rounding_decimals.default(6),
  tax_percent: fields.tax_percent.default('0'),
  tax_mode: fields.tax_mode.default('added'),
  time_of_day_policy: fields.time_of_day_policy.default('start'),
  rated_on: fields.rated_on.default('number'),
  notice_days: fields.notice_days.default(7),
});

/** The currency is fixed: accounts and carriers were matched against it. */
export const sheetUpdate = z.strictObject(fields).partial();

export const sheetKind: RecordKind<SheetRow, SheetValues, typeof sheetCreate, typeof sheetUpdate> =
  {
    entity: 'rate_sheet',
    areas: ['rates'],
    store: sheetStore,
    create: sheetCreate,
    update: sheetUpdate,
    uniqueFields: { rate_sheets_name_unique: 'name' },
    async toValues(_change, input) {
      checkTax(input.taxPercent);
      return input;
    },
    async toChanges(_change, _row, input) {
      checkTax(input.taxPercent ?? '0');
      return defined(input);
    },
    async findUser(change, row) {
      const user = await userOfSheet(change.tx, row.id);
      if (user !== null) return `${user} is priced by it`;
      const active = await releaseStore.findBy(change.tx, { sheetId: row.id, status: 'active' });
      return active === undefined ? null : `release ${active.number} was activated`;
    },
    async removeParts(change, row) {
      await deleteUnusedReleases(change.tx, row.id);
    },
  };

export async function createSheet(
  deps: AdminDeps,
  actor: Actor,
  input: z.input<typeof sheetCreate>,
): Promise<SheetRow> {
  return createRecord(deps, actor, sheetKind, parseInput(sheetCreate, input));
}

function checkTax(percentage: string): void {
  // Three digits before the point, so a comparison of the whole part is exact.
  const [whole = '0', fraction = ''] = percentage.split('.');
  const above = Number(whole) > 100 || (Number(whole) === 100 && /[1-9]/.test(fraction));
  if (above) throw invalid('tax_percent', 'must be at most 100');
}
