import { z } from 'zod';
import { listLiveCalls, readLiveFacts } from '../../../db/views/live-calls.js';
import type { LiveFacts, LiveHold } from '../../../db/views/live-calls.js';
import {
  cursorFields,
  cursorPageOf,
  cutPage,
  decodeCursor,
  encodeCursor,
  queryId,
} from '../listing.js';
import { defineOperation } from '../operation.js';
import { instantOfUs, present } from '../present.js';
import { shownAmount, shownCurrency } from '../shown.js';
import { given, pageFrom, timePosition } from '../time-pages.js';

const STATE = z.enum(['authorized', 'answered']);
const DIRECTION = z.enum(['outbound', 'internal', 'inbound', 'service']);

const liveHold = z.object({
  account_id: z.int(),
  extension_id: z.int().nullable().meta({ description: 'Whose own money it is, if it is.' }),
  currency: shownCurrency(),
  amount: shownAmount(),
});

const liveCall = z
  .object({
    id: z.string(),
    state: STATE.meta({ description: '`authorized`: it rings, or is being connected.' }),
    direction: DIRECTION,
    account_id: z.int().nullable(),
    account_code: z.string().nullable(),
    extension_id: z.int().nullable(),
    extension_number: z.string().nullable(),
    did_id: z.int().nullable(),
    switch_id: z.int(),
    caller_number: z.string(),
    destination: z.string(),
    a_leg_uuid: z.string(),
    created_at: z.iso.datetime(),
    answered_at: z.iso.datetime().nullable(),
    granted_s: z
      .int()
      .nullable()
      .meta({ description: 'Seconds of talk that are paid for so far.' }),
    included_s: z.int().meta({ description: 'Inclusive seconds set aside.' }),
    held: z.array(liveHold).meta({ description: 'Money set aside, of each who pays.' }),
  })
  .meta({ id: 'LiveCall' });

type Row = Awaited<ReturnType<typeof listLiveCalls>>[number];

function show(row: Row, facts: LiveFacts | undefined): Record<string, unknown> {
  return present(liveCall, {
    ...row,
    createdAt: instantOfUs(row.createdUs),
    answeredAt: instantOfUs(facts?.answeredUs ?? null),
    includedS: facts?.includedS ?? 0,
    held: (facts?.holds ?? []).map(showHold),
  });
}

function showHold(hold: LiveHold): Record<string, unknown> {
  const { extensionId } = hold;
  return present(liveHold, { ...hold, extensionId: extensionId === 0 ? null : extensionId });
}

const list = defineOperation({
  id: 'listLiveCalls',
  method: 'get',
  path: '/live-calls',
  tag: 'Calls',
  summary: 'List calls in progress on all switches, latest first, with what they have set aside',
  scope: 'calls:read',
  query: z.strictObject({
    ...cursorFields,
    account_id: queryId().optional(),
    extension_id: queryId().optional(),
    did_id: queryId().optional(),
    switch_id: queryId().optional(),
    direction: DIRECTION.optional(),
    state: STATE.optional(),
  }),
  response: cursorPageOf(liveCall),
  async handle({ deps, query }) {
    const db = deps.database.orm;
    const after = decodeCursor(query.cursor, timePosition);
    const rows = await listLiveCalls(
      db,
      given({
        accountId: query.account_id,
        extensionId: query.extension_id,
        didId: query.did_id,
        switchId: query.switch_id,
        direction: query.direction,
        state: query.state,
      }),
      pageFrom(after, query.limit),
    );
    const page = cutPage(rows, query.limit, (last) => encodeCursor([last.createdUs, last.id]));
    const facts = await readLiveFacts(
      db,
      page.rows.map(({ id }) => id),
    );
    const items = page.rows.map((row) => show(row, facts.get(row.id)));
    return { body: { items, next_cursor: page.nextCursor } };
  },
});

export const liveCallOperations = [list];
