import { z } from 'zod';
import {
  accountStore,
  assignmentStore,
  didStore,
  packageStore,
} from '../../../db/repositories/admin/stores.js';
import type { Queryable } from '../../../db/client.js';
import {
  findBucketById,
  findBucketOf,
  listBuckets,
  listCallsOfBucket,
} from '../../../db/views/allowances.js';
import type { AllowanceHoldView, BucketOwner, BucketView } from '../../../db/views/allowances.js';
import { offerFreeMinutes, packagePeriod } from '../../../rating/allowance/choose-offers.js';
import { FOREVER_MS } from '../../../rating/allowance/periods.js';
import { notFound, Refusal } from '../../admin/refusal.js';
import {
  cursorFields,
  cursorPageOf,
  cutPage,
  cutPageById,
  decodeCursor,
  encodeCursor,
  idParams,
  readBeforeId,
} from '../listing.js';
import { defineOperation } from '../operation.js';
import type { Reply } from '../operation.js';
import { instantOfUs, present } from '../present.js';

const TAG = 'Packages';
const FOREVER_US = FOREVER_MS * 1000;

const seconds = {
  generation: z.int(),
  period_start: z.iso.datetime(),
  period_end: z.iso
    .datetime()
    .nullable()
    .meta({ description: 'First instant without them; null: none.' }),
  total_s: z.int(),
  used_s: z.int().meta({ description: 'Used by calls that have ended.' }),
  held_s: z.int().meta({ description: 'Set aside for calls in progress.' }),
  left_s: z.int().meta({ description: 'total_s - used_s - held_s' }),
};

const bucket = z
  .object({
    id: z.int(),
    owner_type: z.enum(['package', 'did']),
    owner_id: z.int().meta({ description: 'A package assignment, or a DID.' }),
    ...seconds,
  })
  .meta({ id: 'AllowanceBucket' });

const current = z
  .object({
    bucket_id: z.int().nullable().meta({ description: 'Null until a call uses it.' }),
    owner_type: z.enum(['package', 'did']),
    owner_id: z.int(),
    ...seconds,
    renews_at: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'When all of them are there again; null: never.' }),
  })
  .meta({ id: 'InclusiveSeconds' });

const use = z
  .object({
    call_id: z.string(),
    seconds: z.int().meta({ description: 'Set aside for the call.' }),
    used_s: z.int(),
    state: z.enum(['held', 'released']),
    created_at: z.iso.datetime(),
    released_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'AllowanceUse' });

type Seconds = Omit<BucketView, 'id'>;

function showSeconds(row: Seconds): object {
  const { periodStartUs, periodEndUs, totalS, usedS, heldS } = row;
  return {
    ...row,
    periodStart: instantOfUs(periodStartUs),
    periodEnd: periodEndUs >= FOREVER_US ? null : instantOfUs(periodEndUs),
    leftS: totalS - usedS - heldS,
  };
}

function showUse(row: AllowanceHoldView): Record<string, unknown> {
  return present(use, {
    ...row,
    createdAt: instantOfUs(row.createdUs),
    releasedAt: instantOfUs(row.releasedUs),
  });
}

/** What there is of a period now: what calls have made of it, or all of it before the first one. */
async function readCurrent(
  db: Queryable,
  fresh: Omit<Seconds, 'usedS' | 'heldS'>,
  renews: boolean,
): Promise<Reply> {
  const found = await findBucketOf(db, fresh);
  const row = found ?? { ...fresh, usedS: 0, heldS: 0 };
  const renewsAt = renews && row.periodEndUs < FOREVER_US ? instantOfUs(row.periodEndUs) : null;
  const shown = { ...showSeconds(row), bucketId: found?.id ?? null, renewsAt };
  return { body: present(current, shown) };
}

const getMinutes = defineOperation({
  id: 'getInclusiveSeconds',
  method: 'get',
  path: '/package-assignments/{id}/current',
  tag: TAG,
  summary: 'Read what is left of inclusive minutes in the current period, and when they renew',
  scope: 'config:read',
  params: idParams,
  response: current,
  async handle({ deps, params }) {
    const db = deps.database.orm;
    const assigned = await assignmentStore.find(db, params.id);
    if (assigned === undefined) throw notFound('package_assignment', params.id);
    const granted = await packageStore.find(db, assigned.packageId);
    const account = await accountStore.find(db, assigned.accountId);
    if (granted === undefined || account === undefined) {
      throw notFound('package_assignment', params.id);
    }
    const { period: kind, includedS: totalS } = granted;
    const dates = { ...assigned, period: kind };
    const period = packagePeriod(dates, account.timeZone, deps.clock.nowMs());
    if (period === null) {
      const detail = 'It has not begun yet, or has ended.';
      throw new Refusal('not_found', 'no_current_period', detail);
    }
    const next = packagePeriod(dates, account.timeZone, period.toMs);
    const fresh = {
      ownerType: 'package',
      ownerId: assigned.id,
      generation: assigned.generation,
      periodStartUs: period.fromMs * 1000,
      periodEndUs: period.toMs * 1000,
      totalS,
    } as const;
    return readCurrent(db, fresh, next !== null);
  },
});

const getFreeMinutes = defineOperation({
  id: 'getFreeSeconds',
  method: 'get',
  path: '/dids/{id}/current',
  tag: TAG,
  summary: "Read what is left of a number's free minutes this month",
  scope: 'config:read',
  params: idParams,
  response: current,
  async handle({ deps, params }) {
    const db = deps.database.orm;
    const did = await didStore.find(db, params.id);
    const account = did && (await accountStore.find(db, did.accountId));
    if (did === undefined || account === undefined) throw notFound('did', params.id);
    const { incrementS: _, ...fresh } = offerFreeMinutes(
      { didId: did.id, freeMinutes: did.freeMinutes },
      { timeZone: account.timeZone, atMs: deps.clock.nowMs() },
    );
    return readCurrent(db, fresh, true);
  },
});

const bucketQuery = z.strictObject(cursorFields);

async function readBuckets(
  db: Queryable,
  owner: BucketOwner,
  query: z.output<typeof bucketQuery>,
): Promise<Reply> {
  const rows = await listBuckets(db, owner, readBeforeId(query));
  const page = cutPageById(rows, query.limit);
  const items = page.rows.map((row) => present(bucket, showSeconds(row)));
  return { body: { items, next_cursor: page.nextCursor } };
}

const listPackageBuckets = defineOperation({
  id: 'listPackageBuckets',
  method: 'get',
  path: '/package-assignments/{id}/buckets',
  tag: TAG,
  summary: 'List the periods that calls have used inclusive minutes of, latest first',
  scope: 'config:read',
  params: idParams,
  query: bucketQuery,
  response: cursorPageOf(bucket),
  async handle({ deps, params, query }) {
    const db = deps.database.orm;
    if ((await assignmentStore.find(db, params.id)) === undefined) {
      throw notFound('package_assignment', params.id);
    }
    return readBuckets(db, { ownerType: 'package', ownerId: params.id }, query);
  },
});

const listDidBuckets = defineOperation({
  id: 'listDidBuckets',
  method: 'get',
  path: '/dids/{id}/buckets',
  tag: TAG,
  summary: 'List the months in which callers used free minutes of a number, latest first',
  scope: 'config:read',
  params: idParams,
  query: bucketQuery,
  response: cursorPageOf(bucket),
  async handle({ deps, params, query }) {
    const db = deps.database.orm;
    if ((await didStore.find(db, params.id)) === undefined) throw notFound('did', params.id);
    return readBuckets(db, { ownerType: 'did', ownerId: params.id }, query);
  },
});

const listUses = defineOperation({
  id: 'listBucketCalls',
  method: 'get',
  path: '/allowance-buckets/{id}/calls',
  tag: TAG,
  summary: 'List the calls that used inclusive minutes of a period, latest first',
  scope: 'calls:read',
  params: idParams,
  query: bucketQuery,
  response: cursorPageOf(use),
  async handle({ deps, params, query }) {
    const db = deps.database.orm;
    if ((await findBucketById(db, params.id)) === undefined) {
      throw notFound('allowance_bucket', params.id);
    }
    const after = decodeCursor(query.cursor, z.tuple([z.int().min(0), z.string().max(64)]));
    const rows = await listCallsOfBucket(db, params.id, {
      limit: query.limit + 1,
      ...(after === undefined ? {} : { after: { createdUs: after[0], callId: after[1] } }),
    });
    const page = cutPage(rows, query.limit, (last) => encodeCursor([last.createdUs, last.callId]));
    return { body: { items: page.rows.map(showUse), next_cursor: page.nextCursor } };
  },
});

export const inclusiveMinuteOperations = [
  getMinutes,
  listPackageBuckets,
  getFreeMinutes,
  listDidBuckets,
  listUses,
];
