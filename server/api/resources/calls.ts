import { z } from 'zod';
import {
  findCall,
  listCalls,
  listHoldsOfCall,
  listLegsOfCalls,
  sumLegsOfCalls,
} from '../../../db/views/calls.js';
import type { CallFilters, CallTotals, HoldView, LegView } from '../../../db/views/calls.js';
import { listCorrectionsOfLegs } from '../../../db/views/reratings.js';
import { findLeg, listLegs } from '../../../db/views/legs.js';
import type { LegFilters } from '../../../db/views/legs.js';
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

const TAG = 'Calls';
const DIRECTION = z.enum(['outbound', 'internal', 'inbound', 'service']);
const CALL_STATE = z.enum(['authorized', 'answered', 'settled', 'released', 'refused']);
const LEG_KIND = z.enum(['caller', 'carrier', 'extension', 'unknown']);
const at = () => z.iso.datetime().nullable();

const reratedAmount = () =>
  shownAmount()
    .nullable()
    .meta({ description: 'What re-rating made of it; null where nothing changed.' });

const leg = z
  .object({
    leg_uuid: z.string(),
    call_id: z.string().nullable(),
    switch_id: z.int(),
    core_uuid: z.string(),
    kind: LEG_KIND,
    state: z.enum(['answered', 'settled']),
    route_index: z.int().nullable(),
    carrier_id: z.int().nullable(),
    gateway_id: z.int().nullable(),
    gateway_name: z.string().nullable(),
    caller_number: z.string(),
    destination: z.string(),
    started_at: at(),
    progress_at: at(),
    answered_at: at(),
    ended_at: at(),
    bill_us: z.int().meta({ description: 'Talk time in microseconds.' }),
    billed_seconds: z.int(),
    price: shownAmount(),
    currency: shownCurrency().nullable(),
    cost: shownAmount(),
    cost_currency: shownCurrency().nullable(),
    rerated_price: reratedAmount(),
    rerated_cost: reratedAmount(),
    hangup_cause: z.string().nullable(),
    protocol_cause: z.string().nullable(),
    disposition: z.string().nullable(),
    source: z.enum(['esl', 'cdr', 'reconcile', 'reaper']).nullable(),
    transaction_id: z.string().nullable(),
    explanation: z.unknown().meta({ description: 'The steps of its price.' }),
  })
  .meta({ id: 'Leg' });

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

const hold = z.object({
  account_id: z.int(),
  currency: shownCurrency(),
  amount: shownAmount(),
  state: z.enum(['held', 'released']),
  created_at: at(),
  released_at: at(),
});

const callDetail = call
  .extend({
    legs: z.array(leg),
    holds: z.array(hold),
    corrections: z.array(correction).meta({ description: 'What re-rating posted, oldest first.' }),
    decision: z.unknown().meta({
      description: 'What was fixed when the call was decided, and the steps that explain it.',
    }),
  })
  .meta({ id: 'CallDetail' });

function showLeg(row: LegView): Record<string, unknown> {
  return {
    ...present(leg, {
      ...row,
      startedAt: instantOfUs(row.startUs),
      progressAt: instantOfUs(row.progressUs),
      answeredAt: instantOfUs(row.answerUs),
      endedAt: instantOfUs(row.endUs),
      billedSeconds: row.billedS,
    }),
    // As it was stored: its member names are the engine's own words.
    explanation: row.explanation ?? null,
  };
}

function showHold(row: HoldView): Record<string, unknown> {
  return present(hold, {
    ...row,
    createdAt: instantOfUs(row.createdUs),
    releasedAt: instantOfUs(row.releasedUs),
  });
}

type ListedCall = Awaited<ReturnType<typeof listCalls>>[number];

function showCall(
  row: ListedCall,
  totals: CallTotals | undefined,
  legs: readonly LegView[] | undefined,
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
  return legs === undefined ? shown : { ...shown, legs: legs.map(showLeg) };
}

const timePosition = z.tuple([z.int().min(0), z.string().max(64)]);

const callQuery = z.strictObject({
  ...cursorFields,
  a_leg_uuid: queryWord(36).optional(),
  account_id: queryId().optional(),
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
    const legs = query.include === undefined ? undefined : await listLegsOfCalls(db, ids);
    const items = page.rows.map((row) =>
      showCall(
        row,
        totals.get(row.id),
        legs?.filter((candidate) => candidate.callId === row.id),
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
    const legs = await listLegsOfCalls(db, [row.id]);
    const holds = await listHoldsOfCall(db, row.id);
    const corrections = await listCorrectionsOfLegs(
      db,
      legs.map(({ legUuid }) => legUuid),
    );
    return {
      body: {
        ...showCall(row, totals.get(row.id), legs),
        holds: holds.map(showHold),
        corrections: corrections.map(showCorrection),
        decision: row.decision,
      },
    };
  },
});

const legQuery = z.strictObject({
  ...cursorFields,
  call_id: z.uuid().optional(),
  account_id: queryId().optional(),
  carrier_id: queryId().optional(),
  gateway_id: queryId().optional(),
  switch_id: queryId().optional(),
  kind: LEG_KIND.optional(),
  state: z.enum(['answered', 'settled']).optional(),
  hangup_cause: queryWord(64).optional(),
  destination: queryWord(64).optional(),
  from: queryInstant().optional().meta({ description: 'Started at or after.' }),
  to: queryInstant().optional().meta({ description: 'Started before.' }),
});

function legFilters(query: z.output<typeof legQuery>): LegFilters {
  return given({
    callId: query.call_id,
    accountId: query.account_id,
    carrierId: query.carrier_id,
    gatewayId: query.gateway_id,
    switchId: query.switch_id,
    kind: query.kind,
    state: query.state,
    hangupCause: query.hangup_cause,
    destination: query.destination,
    fromUs: microseconds(query.from),
    toUs: microseconds(query.to),
  });
}

const listLegsOperation = defineOperation({
  id: 'listLegs',
  method: 'get',
  path: '/legs',
  tag: TAG,
  summary: 'List legs (CDRs), newest start first',
  scope: 'calls:read',
  query: legQuery,
  response: cursorPageOf(leg),
  async handle({ deps, query }) {
    const after = decodeCursor(query.cursor, timePosition);
    const rows = await listLegs(deps.database.orm, legFilters(query), pageFrom(after, query.limit));
    const page = cutPage(rows, query.limit, (last) => encodeCursor([last.startUs, last.legUuid]));
    return { body: { items: page.rows.map(showLeg), next_cursor: page.nextCursor } };
  },
});

const getLegOperation = defineOperation({
  id: 'getLeg',
  method: 'get',
  path: '/legs/{id}',
  tag: TAG,
  summary: 'Read a leg (CDR)',
  scope: 'calls:read',
  params: z.strictObject({ id: queryWord(36) }),
  response: leg,
  async handle({ deps, params }) {
    const row = await findLeg(deps.database.orm, params.id);
    if (row === undefined) throw notFound('leg', params.id);
    return { body: showLeg(row) };
  },
});

function pageFrom(after: readonly [number, string] | undefined, limit: number) {
  const position = after === undefined ? {} : { after: { atUs: after[0], id: after[1] } };
  return { ...position, limit: limit + 1 };
}

function microseconds(instant: Date | undefined): number | undefined {
  return instant === undefined ? undefined : instant.getTime() * 1000;
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Leaves out the members that have no value. */
function given<T extends object>(wanted: T): Given<T> {
  const entries = Object.entries(wanted).filter(([, value]) => value !== undefined);
  // Only members that are undefined were taken out.
  return Object.fromEntries(entries) as Given<T>;
}

export const callOperations = [
  listCallsOperation,
  getCallOperation,
  listLegsOperation,
  getLegOperation,
];
