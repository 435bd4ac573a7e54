import { z } from 'zod';
import { findRerating } from '../../../db/repositories/reratings.js';
import type { ReratingRow } from '../../../db/repositories/reratings.js';
import { listCorrections, listReratings } from '../../../db/views/reratings.js';
import { notFound } from '../../admin/refusal.js';
import {
  queueRerating,
  reratingInput,
  resumeRerating,
  stopRerating,
} from '../../rates/rerate/manage-reratings.js';
import { scopeOf } from '../../rates/rerate/rerate-batch.js';
import { readTotals, sumByRole } from '../../rates/rerate/totals.js';
import { correction, showCorrection, showDifference } from '../corrections.js';
import type { ApiDeps } from '../deps.js';
import {
  cursorFields,
  cursorPageOf,
  cutPage,
  decodeCursor,
  encodeCursor,
  pageFields,
  pageOf,
  uuidParams,
} from '../listing.js';
import { defineOperation } from '../operation.js';
import { instantOfUs, present } from '../present.js';
import { shownAmount, shownCurrency } from '../shown.js';

const TAG = 'Re-rating';
const MODE = z.enum(['preview', 'post']);
const STATUS = z.enum(['queued', 'running', 'stopped', 'done', 'failed']);
const ROLE = z.enum(['payer', 'extension', 'carrier']);

const sumFields = {
  charges: z.int().meta({ description: 'Charges that were priced again.' }),
  changed: z.int(),
  old_amount: shownAmount(),
  new_amount: shownAmount(),
  difference: shownAmount().meta({ description: 'new_amount - old_amount' }),
};

const total = z
  .object({ role: ROLE, currency: shownCurrency(), ...sumFields })
  .meta({ id: 'ReratingTotal' });

const partyTotal = z
  .object({
    role: ROLE,
    party_id: z.int().nullable().meta({
      description:
        'An account, an extension that paid from its own money, or a carrier; null sums up those beyond 20 000 parties.',
    }),
    currency: shownCurrency(),
    ...sumFields,
  })
  .meta({ id: 'ReratingPartyTotal' });

const rerating = z
  .object({
    id: z.string(),
    mode: MODE,
    status: STATUS,
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    account_id: z.int().nullable(),
    sheet_id: z.int().nullable(),
    carrier_id: z.int().nullable(),
    note: z.string(),
    actor: z.string(),
    legs_total: z.int(),
    legs_seen: z.int(),
    legs_changed: z.int(),
    legs_skipped: z.int().meta({ description: 'Left as they are: some charge has no rate now.' }),
    error: z.string().nullable(),
    created_at: z.iso.datetime(),
    finished_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Rerating' });

const reratingDetail = rerating
  .extend({
    totals: z.array(total),
    skipped: z.record(z.string(), z.int()).meta({ description: 'Skipped legs by reason.' }),
    skipped_legs: z
      .array(z.object({ leg_uuid: z.string(), reason: z.string() }))
      .meta({ description: 'The first of them.' }),
  })
  .meta({ id: 'ReratingDetail' });

function show(run: ReratingRow): Record<string, unknown> {
  const scope = scopeOf(run);
  return present(rerating, {
    ...run,
    ...scope,
    from: instantOfUs(scope.fromUs) ?? new Date(0),
    to: instantOfUs(scope.toUs),
  });
}

function showDetail(run: ReratingRow): Record<string, unknown> {
  const totals = readTotals(run.totals);
  return {
    ...show(run),
    totals: sumByRole(totals).map((sum) => present(total, { ...sum, ...showDifference(sum) })),
    // Reasons are words of this API, not fields to be renamed.
    skipped: totals.skipped,
    skipped_legs: totals.skippedLegs.map(({ legUuid, reason }) => ({ leg_uuid: legUuid, reason })),
  };
}

async function requireRun(deps: ApiDeps, id: string): Promise<ReratingRow> {
  const run = await findRerating(deps.database.orm, id);
  if (run === undefined) throw notFound('re-rating', id);
  return run;
}

const create = defineOperation({
  id: 'createRerating',
  method: 'post',
  path: '/reratings',
  tag: TAG,
  summary: 'Price the calls of a period again',
  description:
    'Works in the background, by the releases in force now for the time of each call. `post` also ' +
    'needs the scope `money:write`: it posts the differences; calls keep their first figures.',
  scope: 'rates:write',
  body: reratingInput,
  status: 202,
  response: reratingDetail,
  async handle({ deps, actor, body }) {
    const run = await queueRerating(deps, actor, body);
    deps.pokeJobs?.();
    return { body: showDetail(run) };
  },
});

const list = defineOperation({
  id: 'listReratings',
  method: 'get',
  path: '/reratings',
  tag: TAG,
  summary: 'List re-ratings, newest first',
  scope: 'money:read',
  query: z.strictObject({ ...cursorFields, status: STATUS.optional(), mode: MODE.optional() }),
  response: cursorPageOf(rerating),
  async handle({ deps, query }) {
    const after = decodeCursor(query.cursor, z.tuple([z.uuid()]));
    const filters = {
      ...(query.status === undefined ? {} : { status: query.status }),
      ...(query.mode === undefined ? {} : { mode: query.mode }),
    };
    const rows = await listReratings(deps.database.orm, filters, {
      limit: query.limit + 1,
      ...(after === undefined ? {} : { after: after[0] }),
    });
    const page = cutPage(rows, query.limit, (last) => encodeCursor([last.id]));
    return { body: { items: page.rows.map(show), next_cursor: page.nextCursor } };
  },
});

const read = defineOperation({
  id: 'getRerating',
  method: 'get',
  path: '/reratings/{id}',
  tag: TAG,
  summary: 'Read a re-rating: how far it is, and what it comes to',
  scope: 'money:read',
  params: uuidParams,
  response: reratingDetail,
  async handle({ deps, params }) {
    return { body: showDetail(await requireRun(deps, params.id)) };
  },
});

const stop = defineOperation({
  id: 'stopRerating',
  method: 'post',
  path: '/reratings/{id}/stop',
  tag: TAG,
  summary: 'Stop a re-rating after the step it is at',
  description: 'What it has posted stays. Of one that posts, needs `money:write` too.',
  scope: 'rates:write',
  params: uuidParams,
  response: reratingDetail,
  async handle({ deps, actor, params }) {
    return { body: showDetail(await stopRerating(deps, actor, params.id)) };
  },
});

const resume = defineOperation({
  id: 'resumeRerating',
  method: 'post',
  path: '/reratings/{id}/resume',
  tag: TAG,
  summary: 'Let a stopped or failed re-rating go on where it was',
  description: 'Of one that posts, needs `money:write` too.',
  scope: 'rates:write',
  params: uuidParams,
  response: reratingDetail,
  async handle({ deps, actor, params }) {
    const run = await resumeRerating(deps, actor, params.id);
    deps.pokeJobs?.();
    return { body: showDetail(run) };
  },
});

const parties = defineOperation({
  id: 'listReratingParties',
  method: 'get',
  path: '/reratings/{id}/parties',
  tag: TAG,
  summary: 'List what each account and carrier comes to, before and after',
  scope: 'money:read',
  params: uuidParams,
  query: z.strictObject(pageFields),
  response: pageOf(partyTotal),
  async handle({ deps, params, query }) {
    const all = readTotals((await requireRun(deps, params.id)).totals).parties;
    const from = (query.page - 1) * query.page_size;
    const items = all
      .slice(from, from + query.page_size)
      .map((sum) => present(partyTotal, { ...sum, ...showDifference(sum) }));
    const { page, page_size } = query;
    return { body: { items, page, page_size, total: all.length } };
  },
});

const corrections = defineOperation({
  id: 'listReratingCorrections',
  method: 'get',
  path: '/reratings/{id}/corrections',
  tag: TAG,
  summary: 'List what a re-rating changed, or would change',
  description: 'A preview keeps the first 10 000.',
  scope: 'money:read',
  params: uuidParams,
  query: z.strictObject(cursorFields),
  response: cursorPageOf(correction),
  async handle({ deps, params, query }) {
    await requireRun(deps, params.id);
    const after = decodeCursor(query.cursor, z.tuple([z.int().min(1)]));
    const rows = await listCorrections(deps.database.orm, params.id, {
      limit: query.limit + 1,
      ...(after === undefined ? {} : { after: after[0] }),
    });
    const page = cutPage(rows, query.limit, (last) => encodeCursor([last.id]));
    return { body: { items: page.rows.map(showCorrection), next_cursor: page.nextCursor } };
  },
});

export const reratingOperations = [create, list, read, stop, resume, parties, corrections];
