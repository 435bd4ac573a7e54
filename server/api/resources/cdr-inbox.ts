import { z } from 'zod';
import { findInboxRecord, listInbox } from '../../../db/repositories/admin/inbox.js';
import type { InboxRecord } from '../../../db/repositories/admin/inbox.js';
import { discardReport, retryReport } from '../../admin/cdr-inbox.js';
import { notFound } from '../../admin/refusal.js';
import { pageFields, pageOf, queryId, queryWord, uuidParams } from '../listing.js';
import { defineOperation } from '../operation.js';
import { instantOfUs, present } from '../present.js';

const TAG = 'CDR inbox';
const STATE = z.enum(['pending', 'failed']);

const report = z
  .object({
    id: z.string(),
    switch_id: z.int(),
    leg_uuid: z.string(),
    state: STATE,
    received_at: z.iso.datetime().nullable(),
    attempts: z.int(),
    error: z.string().nullable(),
  })
  .meta({ id: 'CdrReport' });

const reportDetail = report
  .extend({
    report: z.unknown().meta({ description: 'What was understood of it.' }),
    raw_body: z.string().nullable().meta({ description: 'What FreeSWITCH sent.' }),
  })
  .meta({ id: 'CdrReportDetail' });

function show(row: InboxRecord): Record<string, unknown> {
  return present(report, { ...row, receivedAt: instantOfUs(row.receivedUs) });
}

const listReports = defineOperation({
  id: 'listCdrReports',
  method: 'get',
  path: '/cdr-inbox',
  tag: TAG,
  summary: 'List final reports that are not settled, newest first',
  scope: 'calls:read',
  query: z.strictObject({
    ...pageFields,
    state: STATE.default('failed'),
    switch_id: queryId().optional(),
    leg_uuid: queryWord(64).optional(),
  }),
  response: pageOf(report),
  async handle({ deps, query }) {
    const { rows, total } = await listInbox(deps.database.orm, {
      offset: (query.page - 1) * query.page_size,
      limit: query.page_size,
      state: query.state,
      ...(query.switch_id === undefined ? {} : { switchId: query.switch_id }),
      ...(query.leg_uuid === undefined ? {} : { legUuid: query.leg_uuid }),
    });
    const items = rows.map(show);
    return { body: { items, page: query.page, page_size: query.page_size, total } };
  },
});

const readReport = defineOperation({
  id: 'getCdrReport',
  method: 'get',
  path: '/cdr-inbox/{id}',
  tag: TAG,
  summary: 'Read a report with its body',
  scope: 'calls:read',
  params: uuidParams,
  response: reportDetail,
  async handle({ deps, params }) {
    const row = await findInboxRecord(deps.database.orm, params.id);
    if (row === undefined) throw notFound('cdr report', params.id);
    return { body: { ...show(row), report: row.report ?? null, raw_body: row.rawBody } };
  },
});

const retry = defineOperation({
  id: 'retryCdrReport',
  method: 'post',
  path: '/cdr-inbox/{id}/retry',
  tag: TAG,
  summary: 'Try to settle a failed report again',
  scope: 'money:write',
  params: uuidParams,
  response: report,
  async handle({ deps, actor, params }) {
    return { body: show(await retryReport(deps, actor, params.id)) };
  },
});

const discard = defineOperation({
  id: 'discardCdrReport',
  method: 'post',
  path: '/cdr-inbox/{id}/discard',
  tag: TAG,
  summary: 'Take a failed report out for good',
  description: 'Its content is kept in the audit entry.',
  scope: 'money:write',
  params: uuidParams,
  async handle({ deps, actor, params }) {
    await discardReport(deps, actor, params.id);
    return { status: 204 };
  },
});

export const inboxOperations = [listReports, readReport, retry, discard];
