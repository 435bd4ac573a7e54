import { z } from 'zod';
import { findNotice, listNotices } from '../../../db/repositories/admin/notices.js';
import type { NoticeRow } from '../../../db/repositories/admin/notices.js';
import { resendNotice } from '../../admin/notices.js';
import { notFound } from '../../admin/refusal.js';
import {
  cursorFields,
  cursorPageOf,
  cutPageById,
  idParams,
  queryId,
  queryWord,
  readBeforeId,
} from '../listing.js';
import { defineOperation } from '../operation.js';
import { instantOfUs, present } from '../present.js';
import { given } from '../time-pages.js';

const TAG = 'Notices';
const STATE = z.enum(['pending', 'sent', 'failed', 'kept']);

const notice = z
  .object({
    id: z.int(),
    kind: z.string(),
    account_id: z.int().nullable(),
    extension_id: z.int().nullable(),
    recipient: z.string().nullable(),
    state: STATE.meta({ description: '`kept`: there is nobody to send it to, or no mail server.' }),
    attempts: z.int(),
    error: z.string().nullable(),
    created_at: z.iso.datetime(),
    sent_at: z.iso.datetime().nullable(),
    payload: z.unknown().meta({ description: 'What happened.' }),
  })
  .meta({ id: 'Notice' });

function show(row: NoticeRow): Record<string, unknown> {
  return {
    ...present(notice, {
      ...row,
      createdAt: instantOfUs(row.createdUs),
      sentAt: instantOfUs(row.sentUs),
    }),
    // As it was stored: its member names are the writer's own words.
    payload: row.payload ?? null,
  };
}

const list = defineOperation({
  id: 'listNotices',
  method: 'get',
  path: '/notices',
  tag: TAG,
  summary: 'List what somebody was or is to be told, latest first',
  scope: 'config:read',
  query: z.strictObject({
    ...cursorFields,
    account_id: queryId().optional(),
    extension_id: queryId().optional(),
    kind: queryWord(32).optional(),
    state: STATE.optional(),
  }),
  response: cursorPageOf(notice),
  async handle({ deps, query }) {
    const rows = await listNotices(deps.database.orm, {
      ...readBeforeId(query),
      ...given({
        accountId: query.account_id,
        extensionId: query.extension_id,
        kind: query.kind,
        state: query.state,
      }),
    });
    const page = cutPageById(rows, query.limit);
    return { body: { items: page.rows.map(show), next_cursor: page.nextCursor } };
  },
});

const read = defineOperation({
  id: 'getNotice',
  method: 'get',
  path: '/notices/{id}',
  tag: TAG,
  summary: 'Read a notice',
  scope: 'config:read',
  params: idParams,
  response: notice,
  async handle({ deps, params }) {
    const row = await findNotice(deps.database.orm, params.id);
    if (row === undefined) throw notFound('notice', params.id);
    return { body: show(row) };
  },
});

const resend = defineOperation({
  id: 'resendNotice',
  method: 'post',
  path: '/notices/{id}/resend',
  tag: TAG,
  summary: 'Send a notice again, to the address that is set now',
  scope: 'config:write',
  params: idParams,
  response: notice,
  async handle({ deps, actor, params }) {
    return { body: show(await resendNotice(deps, actor, params.id)) };
  },
});

export const noticeOperations = [list, read, resend];
