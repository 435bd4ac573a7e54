import { z } from 'zod';
import { releaseStore } from '../../../db/repositories/admin/stores.js';
import type { ReleaseRow } from '../../../db/repositories/admin/stores.js';
import { toCamel } from '../../admin/case.js';
import { sheetKind } from '../../admin/rate-sheets.js';
import { readRecord } from '../../admin/records.js';
import { notFound } from '../../admin/refusal.js';
import {
  activateRelease,
  createRelease,
  discardRelease,
  releaseActivate,
  releaseCreate,
} from '../../admin/releases.js';
import { idParams, pageFields, pageOf } from '../listing.js';
import { defineOperation, requiredVersion } from '../operation.js';
import { present } from '../present.js';
import { editableFields } from '../resource.js';

const TAG = 'Rates';
const STATUS = z.enum(['importing', 'draft', 'active', 'discarded']);

export const release = z
  .object({
    ...editableFields,
    sheet_id: z.int(),
    number: z.int().meta({ description: 'Counts within the sheet; the newer one wins a tie.' }),
    status: STATUS,
    effective_from: z.iso.datetime(),
    activated_at: z.iso.datetime().nullable(),
    row_count: z.int(),
    rejected_count: z.int().meta({ description: 'Lines of the imported file that are not in it.' }),
    base_release_id: z
      .int()
      .nullable()
      .meta({ description: 'The release that the file was a change of.' }),
    import_id: z.uuid().nullable(),
    note: z.string(),
  })
  .meta({ id: 'Release' });

const activated = release
  .extend({
    activation_number: z
      .int()
      .meta({ description: "Of the new entry in the sheet's history of activations." }),
    notices: z.array(
      z.object({
        code: z.enum(['back_dated', 'preview_missing', 'preview_not_ready', 'preview_stale']),
        detail: z.string(),
      }),
    ),
  })
  .meta({ id: 'ActivatedRelease' });

const version = z.int().min(1).optional().meta({ description: 'Or send If-Match.' });

const listReleases = defineOperation({
  id: 'listReleases',
  method: 'get',
  path: '/rate-sheets/{id}/releases',
  tag: TAG,
  summary: 'List the releases of a rate sheet',
  scope: 'config:read',
  params: idParams,
  query: z.strictObject({
    ...pageFields,
    sort: z.enum(['number', '-number', 'effective_from', '-effective_from']).default('-number'),
    status: STATUS.optional(),
  }),
  response: pageOf(release),
  async handle({ deps, params, query }) {
    await readRecord(deps.database.orm, sheetKind, params.id);
    const { rows, total } = await releaseStore.list(deps.database.orm, {
      offset: (query.page - 1) * query.page_size,
      limit: query.page_size,
      sort: {
        field: toCamel(query.sort.replace(/^-/, '')),
        descending: query.sort.startsWith('-'),
      },
      filters: {
        sheetId: params.id,
        ...(query.status === undefined ? {} : { status: query.status }),
      },
    });
    const items = rows.map((item) => present(release, item));
    return { body: { items, page: query.page, page_size: query.page_size, total } };
  },
});

const openRelease = defineOperation({
  id: 'createRelease',
  method: 'post',
  path: '/rate-sheets/{id}/releases',
  tag: TAG,
  summary: 'Open a draft release',
  description: 'Fill it with rows, then activate it. A draft prices nothing.',
  scope: 'rates:write',
  params: idParams,
  body: releaseCreate,
  status: 201,
  response: release,
  async handle({ deps, actor, params, body }) {
    const made = await createRelease(deps, actor, params.id, body);
    const headers = { ETag: `"${made.version}"`, Location: `/api/v1/releases/${made.id}` };
    return { status: 201, body: present(release, made), headers };
  },
});

const readRelease = defineOperation({
  id: 'getRelease',
  method: 'get',
  path: '/releases/{id}',
  tag: TAG,
  summary: 'Read a release',
  scope: 'config:read',
  params: idParams,
  response: release,
  async handle({ deps, params }) {
    const found = await releaseStore.find(deps.database.orm, params.id);
    if (found === undefined) throw notFound('release', params.id);
    return showRelease(found);
  },
});

const activate = defineOperation({
  id: 'activateRelease',
  method: 'post',
  path: '/releases/{id}/activate',
  tag: TAG,
  summary: 'Let a draft price calls from an instant on',
  description:
    'For good: an active release is immutable. Calls already decided keep their rate. A draft of a ' +
    'file with rejected lines asks for `accept_rejected`; a preview that is missing or out of date ' +
    'stops nothing, but `notices` say so.',
  scope: 'rates:write',
  params: idParams,
  body: releaseActivate.extend({ version }),
  response: activated,
  async handle({ deps, actor, params, body: { version: inBody, ...fields }, version: inHeader }) {
    const target = { id: params.id, version: requiredVersion(inBody, inHeader) };
    const active = await activateRelease(deps, actor, target, fields);
    return { body: present(activated, active), headers: { ETag: `"${active.version}"` } };
  },
});

const discard = defineOperation({
  id: 'discardRelease',
  method: 'post',
  path: '/releases/{id}/discard',
  tag: TAG,
  summary: 'Give a draft up',
  scope: 'rates:write',
  params: idParams,
  body: z.strictObject({ version }),
  response: release,
  async handle({ deps, actor, params, body, version: inHeader }) {
    const target = { id: params.id, version: requiredVersion(body.version, inHeader) };
    return showRelease(await discardRelease(deps, actor, target));
  },
});

function showRelease(found: ReleaseRow) {
  return { body: present(release, found), headers: { ETag: `"${found.version}"` } };
}

export const releaseOperations = [listReleases, openRelease, readRelease, activate, discard];
