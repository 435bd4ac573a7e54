import { z } from 'zod';
import type { Queryable } from '../../../db/client.js';
import { listAllowancesOfCall } from '../../../db/views/allowances.js';
import {
  findCall,
  listCalls,
  listHoldsOfCall,
  listLegsOfCalls,
  sumLegsOfCalls,
} from '../../../db/views/calls.js';
import type { CallFilters, CallTotals } from '../../../db/views/calls.js';
import { listClaimsOfCall } from '../../../db/views/charges.js';
import { listCorrectionsOfLegs } from '../../../db/views/reratings.js';
import { notFound } from '../../admin/refusal.js';
import { correction, showCorrection } from '../corrections.js';
import {
  cursorFields,
  cursorPageOf,
  cutPage,
  decodeCursor,
  encodeCursor,
  queryId,
  queryInstant,
  queryWord,
  uuidParams,
} from '../listing.js';
import { defineOperation } from '../operation.js';
import { instantOfUs, present } from '../present.js';
import { shownAmount, shownCurrency } from '../shown.js';
import { given, microseconds, pageFrom, timePosition } from '../time-pages.js';
import {
  allowance,
  claim,
  hold,
  meteredLeg,
  showAllowance,
  showClaim,
  showHold,
} from './call-parts.js';
import { leg, reratedAmount, showLegs } from './legs.js';

const TAG = 'Calls';
const DIRECTION = z.enum(['outbound', 'internal', 'inbound', 'service']);
const CALL_STATE = z.enum(['authorized', 'answered', 'settled', 'released', 'refused']);
const at = () => z.iso.datetime().nullable();

const call = z
  .object({
    id: z.string(),
    state: CALL_STATE,
    reason: z.string().nullable(),
    direction: DIRECTION,
    account_id: z.int().nullable(),
    extension_id: z.int().nullable(),
    did_id: z.int().nullable(),
    switch_id: z.int(),
    caller_number: z.string(),
    dialled: z.string(),
    destination: z.string(),
    a_leg_uuid: z.string(),
    created_at: at(),
    ended_at: at(),
    granted_s: z.int().nullable().meta({ description: 'Seconds its holds cover.' }),
    currency: shownCurrency().nullable(),
    price: shownAmount().nullable().meta({ description: 'Sum of its settled legs.' }),
    cost: shownAmount().nullable(),
    cost_currency: shownCurrency().nullable(),
    rerated_price: reratedAmount(),
    rerated_cost: reratedAmount(),
    billed_seconds: z.int(),
    legs: z.array(leg).optional().meta({ description: 'With `include=legs`.' }),
  })
  .meta({ id: 'Call' });

/** What is shown of every call; its legs only when they are asked for. */
const callWithoutLegs = call.omit({ legs: true });

const callDetail = call
  .extend({
    legs: z.array(leg),
    holds: z.array(hold),
    allowances: z.array(allowance).meta({ description: 'Inclusive seconds it drew on.' }),
    claims: z.array(claim).meta({ description: 'Places it took where calls are limited.' }),
    metered: z.literal('caller').nullable().meta({
      description: '`caller`: its own leg is charged; null: those that leave by carriers.',
    }),
    corrections: z.array(correction).meta({ description: 'What re-rating posted, oldest first.' }),
    decision: z.unknown().meta({
      description: 'What was fixed when the call was decided, and the steps that explain it.',
    }),
  })
  .meta({ id: 'CallDetail' });

async function legsOfCalls(db: Queryable, callIds: readonly string[]) {
  return showLegs(db, await listLegsOfCalls(db, callIds));
}

type ListedCall = Awaited<ReturnType<typeof listCalls>>[number];

function showCall(
  row: ListedCall,
  totals: CallTotals | undefined,
  legs: readonly Record<string, unknown>[] | undefined,
): Record<string, unknown> {
  const shown = present(callWithoutLegs, {
    ...row,
    createdAt: instantOfUs(row.createdUs),
    endedAt: instantOfUs(row.endedUs),
    price: totals?.price ?? null,
    cost: totals?.cost ?? null,
    costCurrency: totals?.costCurrency ?? null,
    reratedPrice: totals?.reratedPrice ?? null,
    reratedCost: totals?.reratedCost ?? null,
    billedSeconds: totals?.billedS ?? 0,
  });
  return legs === undefined ? shown : { ...shown, legs };
}

const callQuery = z.strictObject({
  ...cursorFields,
  a_leg_uuid: queryWord(36).optional(),
  account_id: queryId().optional(),
  extension_id: queryId().optional(),
  did_id: queryId().optional(),
  state: CALL_STATE.optional(),
  direction: DIRECTION.optional(),
  reason: queryWord(64).optional(),
  caller_number: queryWord(64).optional(),
  dialled: queryWord(64).optional(),
  destination: queryWord(64).optional(),
  switch_id: queryId().optional(),
  from: queryInstant().optional().meta({ description: 'Decided at or after.' }),
  to: queryInstant().optional().meta({ description: 'Decided before.' }),
  include: z.literal('legs').optional(),
});

function callFilters(query: z.output<typeof callQuery>): CallFilters {
  const wanted = {
    aLegUuid: query.a_leg_uuid,
    accountId: query.account_id,
    extensionId: query.extension_id,
    didId: query.did_id,
    state: query.state,
    direction: query.direction,
    reason: query.reason,
    callerNumber: query.caller_number,
    dialled: query.dialled,
    destination: query.destination,
    switchId: query.switch_id,
    fromUs: microseconds(query.from),
    toUs: microseconds(query.to),
  };
  return given(wanted);
}

const listCallsOperation = defineOperation({
  id: 'listCalls',
  method: 'get',
  path: '/calls',
  tag: TAG,
  summary: 'List calls, newest first',
  scope: 'calls:read',
  query: callQuery,
  response: cursorPageOf(call),
  async handle({ deps, query }) {
    const db = deps.database.orm;
    const after = decodeCursor(query.cursor, timePosition);
    const rows = await listCalls(db, callFilters(query), pageFrom(after, query.limit));
    const page = cutPage(rows, query.limit, (last) => encodeCursor([last.createdUs, last.id]));
    const ids = page.rows.map((row) => row.id);
    const totals = await sumLegsOfCalls(db, ids);
    const legs = query.include === undefined ? undefined : await legsOfCalls(db, ids);
    const items = page.rows.map((row) =>
      showCall(
        row,
        totals.get(row.id),
        legs?.filter((candidate) => candidate['call_id'] === row.id),
      ),
    );
    return { body: { items, next_cursor: page.nextCursor } };
  },
});

const getCallOperation = defineOperation({
  id: 'getCall',
  method: 'get',
  path: '/calls/{id}',
  tag: TAG,
  summary: 'Read a call with its legs, holds and explanation',
  scope: 'calls:read',
  params: uuidParams,
  response: callDetail,
  async handle({ deps, params }) {
    const db = deps.database.orm;
    const row = await findCall(db, params.id);
    if (row === undefined) throw notFound('call', params.id);
    const totals = await sumLegsOfCalls(db, [row.id]);
    const legs = await legsOfCalls(db, [row.id]);
    const corrections = await listCorrectionsOfLegs(
      db,
      legs.map((shown) => String(shown['leg_uuid'])),
    );
    return {
      body: {
        ...showCall(row, totals.get(row.id), legs),
        holds: (await listHoldsOfCall(db, row.id)).map(showHold),
        allowances: (await listAllowancesOfCall(db, row.id)).map(showAllowance),
        claims: (await listClaimsOfCall(db, row.id)).map(showClaim),
        metered: meteredLeg(row.decision),
        corrections: corrections.map(showCorrection),
        decision: row.decision,
      },
    };
  },
});

export const callOperations = [listCallsOperation, getCallOperation];
