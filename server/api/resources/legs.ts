import { z } from 'zod';
import type { Queryable } from '../../../db/client.js';
import type { LegView } from '../../../db/views/calls.js';
import { listChargesOfLegs } from '../../../db/views/charges.js';
import type { ChargeView } from '../../../db/views/charges.js';
import { findLeg, listLegs } from '../../../db/views/legs.js';
import type { LegFilters } from '../../../db/views/legs.js';
import { notFound } from '../../admin/refusal.js';
import {
  cursorFields,
  cursorPageOf,
  cutPage,
  decodeCursor,
  encodeCursor,
  queryId,
  queryInstant,
  queryWord,
} from '../listing.js';
import { defineOperation } from '../operation.js';
import { instantOfUs, present } from '../present.js';
import { shownAmount, shownCurrency } from '../shown.js';
import { given, microseconds, pageFrom, timePosition } from '../time-pages.js';
import { charge, coveredSeconds, showCharge } from './call-parts.js';

const TAG = 'Calls';
const LEG_KIND = z.enum(['caller', 'carrier', 'extension', 'unknown']);
const at = () => z.iso.datetime().nullable();

export const reratedAmount = () =>
  shownAmount()
    .nullable()
    .meta({ description: 'What re-rating made of it; null where nothing changed.' });

export const leg = z
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
    covered_s: z.int().meta({
      description: 'Seconds that inclusive minutes paid for; billed_seconds are those after them.',
    }),
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
    charges: z.array(charge).meta({
      description: 'What each party was charged: who pays first, those above it, the carrier.',
    }),
    explanation: z.unknown().meta({ description: 'The steps of its price.' }),
  })
  .meta({ id: 'Leg' });

function showLeg(
  row: LegView,
  charges: ReadonlyMap<string, readonly ChargeView[]>,
): Record<string, unknown> {
  const ofLeg = charges.get(row.legUuid) ?? [];
  return {
    ...present(leg, {
      ...row,
      coveredS: coveredSeconds(ofLeg),
      charges: ofLeg.map(showCharge),
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

/** Legs as they are shown, with what each party was charged for them. */
export async function showLegs(
  db: Queryable,
  rows: readonly LegView[],
): Promise<readonly Record<string, unknown>[]> {
  const charges = await listChargesOfLegs(
    db,
    rows.map(({ legUuid }) => legUuid),
  );
  return rows.map((row) => showLeg(row, charges));
}

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
    const items = await showLegs(deps.database.orm, page.rows);
    return { body: { items, next_cursor: page.nextCursor } };
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
    const [shown] = await showLegs(deps.database.orm, [row]);
    return { body: shown };
  },
});

export const legOperations = [listLegsOperation, getLegOperation];
