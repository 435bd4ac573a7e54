import { z } from 'zod';
import { listRateRows } from '../../../db/repositories/admin/rates.js';
import { releaseStore } from '../../../db/repositories/admin/stores.js';
import { insertRows, MAX_ROWS, rateRowsInput, removeRows } from '../../admin/rate-rows.js';
import { notFound } from '../../admin/refusal.js';
import { sheetKind } from '../../admin/rate-sheets.js';
import { idParams, pageFields, pageOf, queryId, queryText, queryWord } from '../listing.js';
import { defineOperation } from '../operation.js';
import { present } from '../present.js';
import { editableFields, resourceOperations } from '../resource.js';
import { shownAmount, shownCurrency } from '../shown.js';
import { release } from './releases.js';

const TAG = 'Rates';
/** 5,000 rows with every member written out. */
const ROWS_BODY = 4 * 1024 * 1024;

const sheet = z
  .object({
    ...editableFields,
    name: z.string(),
    currency: shownCurrency(),
    time_zone: z.string(),
    duration_rounding: z.enum(['up', 'half_up', 'down']),
    rounding_mode: z.enum(['up', 'half_up', 'half_even', 'down']),
    rounding_decimals: z.int(),
    tax_percent: shownAmount(),
    tax_mode: z.enum(['added', 'included']),
    time_of_day_policy: z.enum(['start', 'split']),
    rated_on: z.enum(['number', 'lrn']),
    notice_days: z.int(),
  })
  .meta({ id: 'RateSheet' });

const row = z
  .object({
    id: z.int(),
    release_id: z.int(),
    prefix: z.string(),
    destination: z.string(),
    rate_per_minute: shownAmount(),
    connect_fee: shownAmount(),
    initial_increment_s: z.int(),
    increment_s: z.int(),
    min_duration_s: z.int(),
    blocked: z.boolean(),
    priority: z.int(),
    effective_from: z.iso.datetime().nullable(),
    effective_to: z.iso.datetime().nullable(),
    grace_s: z.int().nullable(),
    free_s: z.int().nullable(),
    initial_rate_per_minute: shownAmount().nullable(),
    min_cost: shownAmount().nullable(),
    max_cost: shownAmount().nullable(),
    tiers: z
      .array(z.object({ start_s: z.int(), rate_per_minute: shownAmount(), increment_s: z.int() }))
      .nullable(),
    days: z.array(z.int()).nullable(),
    dates: z.array(z.string()).nullable(),
    time_from: z.string().nullable(),
    time_to: z.string().nullable(),
    intrastate_rate: shownAmount().nullable(),
    indeterminate_rate: shownAmount().nullable(),
  })
  .meta({ id: 'RateRow' });

/** Stored as `1,2,3`, shown as a list. */
function daysOf(stored: string | null): readonly number[] | null {
  return stored === null ? null : stored.split(',').map(Number);
}

const listRows = defineOperation({
  id: 'listRateRows',
  method: 'get',
  path: '/releases/{id}/rows',
  tag: TAG,
  summary: 'List or search the rows of a release',
  scope: 'config:read',
  params: idParams,
  query: z.strictObject({
    ...pageFields,
    prefix: z
      .string()
      .regex(/^[0-9]{1,15}$/, 'must be 1 to 15 digits')
      .optional()
      .meta({ description: 'Rows whose prefix begins with these digits.' }),
    number: z
      .string()
      .regex(/^[0-9]{1,15}$/, 'must be 1 to 15 digits')
      .optional()
      .meta({ description: 'Rows that could price this number.' }),
    q: queryText(100).optional().meta({ description: 'Text in the destination.' }),
  }),
  response: pageOf(row),
  async handle({ deps, params, query }) {
    const found = await releaseStore.find(deps.database.orm, params.id);
    if (found === undefined) throw notFound('release', params.id);
    const { rows, total } = await listRateRows(deps.database.orm, {
      releaseId: params.id,
      offset: (query.page - 1) * query.page_size,
      limit: query.page_size,
      ...(query.prefix === undefined ? {} : { prefix: query.prefix }),
      ...(query.number === undefined ? {} : { number: query.number }),
      ...(query.q === undefined ? {} : { search: query.q }),
    });
    const items = rows.map((item) => present(row, { ...item, days: daysOf(item.days) }));
    return { body: { items, page: query.page, page_size: query.page_size, total } };
  },
});

const added = z.object({ added: z.int(), release }).meta({ id: 'AddedRows' });

const uploadRows = defineOperation({
  id: 'addRateRows',
  method: 'post',
  path: '/releases/{id}/rows',
  tag: TAG,
  summary: `Add up to ${MAX_ROWS} rows to a draft`,
  description: 'All rows or none: each wrong row is named in `errors` as `rows.N.field`.',
  scope: 'rates:write',
  params: idParams,
  body: rateRowsInput,
  bodyLimit: ROWS_BODY,
  status: 201,
  response: added,
  async handle({ deps, actor, params, body }) {
    const result = await insertRows(deps, actor, params.id, body.rows);
    const shown = { added: result.added, release: present(release, result.release) };
    return { status: 201, body: shown };
  },
});

const removed = z.object({ removed: z.int() }).meta({ id: 'RemovedRows' });

const clearRows = defineOperation({
  id: 'deleteRateRows',
  method: 'delete',
  path: '/releases/{id}/rows',
  tag: TAG,
  summary: 'Take all rows out of a draft',
  scope: 'rates:write',
  params: idParams,
  response: removed,
  async handle({ deps, actor, params }) {
    return { body: { removed: await removeRows(deps, actor, params.id) } };
  },
});

const removeRow = defineOperation({
  id: 'deleteRateRow',
  method: 'delete',
  path: '/releases/{id}/rows/{row_id}',
  tag: TAG,
  summary: 'Take one row out of a draft',
  scope: 'rates:write',
  params: z.strictObject({ id: queryId(), row_id: queryId() }),
  async handle({ deps, actor, params }) {
    await removeRows(deps, actor, params.id, params.row_id);
    return { status: 204 };
  },
});

export const rateOperations = [
  ...resourceOperations({
    kind: sheetKind,
    path: '/rate-sheets',
    tag: TAG,
    name: 'RateSheet',
    plural: 'RateSheets',
    read: 'config:read',
    write: 'rates:write',
    output: sheet,
    sortable: ['name', 'id', 'created_at'],
    filters: { name: queryText(120), currency: queryWord(3) },
  }),
  listRows,
  uploadRows,
  clearRows,
  removeRow,
];
