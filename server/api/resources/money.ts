import { z } from 'zod';
import {
  balanceBefore,
  findBalance,
  findTransaction,
  listStatement,
} from '../../../db/views/ledger.js';
import {
  adjustmentInput,
  paymentInput,
  postAdjustment,
  postPayment,
} from '../../admin/payments.js';
import type { Posted } from '../../admin/payments.js';
import type { Queryable } from '../../../db/client.js';
import type { PayerIdentity } from '../../../rating/settlement/payer-key.js';
import { notFound } from '../../admin/refusal.js';
import {
  cursorFields,
  cursorPageOf,
  cutPage,
  decodeCursor,
  encodeCursor,
  idParams,
  queryInstant,
  uuidParams,
} from '../listing.js';
import { defineOperation } from '../operation.js';
import type { Reply } from '../operation.js';
import { present } from '../present.js';
import { shownAmount, shownCurrency } from '../shown.js';

const TAG = 'Money';
const KIND = z.enum(['call', 'payment', 'adjustment', 'rerating', 'transfer']);

const balance = z
  .object({
    account_id: z.int(),
    currency: shownCurrency(),
    balance: shownAmount().meta({ description: 'What the account has with us.' }),
    held: shownAmount().meta({ description: 'Set aside for calls in progress.' }),
    credit_limit: shownAmount(),
    available: shownAmount().meta({ description: 'balance + credit_limit - held' }),
  })
  .meta({ id: 'Balance' });

export const statementEntry = z
  .object({
    id: z.int(),
    transaction_id: z.string(),
    kind: KIND,
    reference: z.string(),
    memo: z.string(),
    at: z.iso.datetime(),
    amount: shownAmount(),
    currency: shownCurrency(),
    balance: shownAmount().meta({ description: 'The balance after this entry.' }),
  })
  .meta({ id: 'StatementEntry' });

export const posting = z
  .object({
    transaction_id: z.string(),
    kind: z.enum(['payment', 'adjustment']),
    account_id: z.int(),
    extension_id: z.int().nullable().meta({ description: 'Whose own money it is.' }),
    amount: shownAmount(),
    currency: shownCurrency(),
    memo: z.string(),
  })
  .meta({ id: 'Posting' });

const transaction = z
  .object({
    id: z.string(),
    kind: KIND,
    idempotency_key: z.string(),
    reference: z.string(),
    memo: z.string(),
    created_at: z.iso.datetime(),
    corrects_id: z
      .string()
      .nullable()
      .meta({ description: 'The transaction whose amounts this one puts right.' }),
    corrected_by: z
      .array(z.string())
      .meta({ description: 'Transactions that put this one right.' }),
    entries: z.array(
      z.object({
        id: z.int(),
        kind: z.string(),
        owner_type: z.enum(['account', 'carrier', 'extension']),
        owner_id: z.int(),
        amount: shownAmount(),
        currency: shownCurrency(),
      }),
    ),
  })
  .meta({ id: 'LedgerTransaction' });

const getBalance = defineOperation({
  id: 'getBalance',
  method: 'get',
  path: '/accounts/{id}/balance',
  tag: TAG,
  summary: "Read an account's balance",
  scope: 'money:read',
  params: idParams,
  response: balance,
  async handle({ deps, params }) {
    const found = await findBalance(deps.database.orm, params.id);
    if (found === undefined) throw notFound('account', params.id);
    return { body: present(balance, found) };
  },
});

const statementPosition = z.tuple([z.int().min(1), z.string().regex(/^-?\d{1,14}\.\d{6}$/)]);

export const statementQuery = z.strictObject({
  ...cursorFields,
  from: queryInstant().optional(),
  to: queryInstant().optional(),
});

/** A page of the entries of somebody's money. */
export async function readStatement(
  db: Queryable,
  owner: PayerIdentity,
  query: z.output<typeof statementQuery>,
): Promise<Reply> {
  const after = decodeCursor(query.cursor, statementPosition);
  const rows = await listStatement(db, {
    ...owner,
    limit: query.limit + 1,
    ...(query.from === undefined ? {} : { from: query.from }),
    ...(query.to === undefined ? {} : { to: query.to }),
    ...(after === undefined ? {} : { after: { entryId: after[0], balance: after[1] } }),
  });
  const page = cutPage(rows, query.limit, (last) => encodeCursor([last.id, balanceBefore(last)]));
  const items = page.rows.map((row) => present(statementEntry, row));
  return { body: { items, next_cursor: page.nextCursor } };
}

const getStatement = defineOperation({
  id: 'getStatement',
  method: 'get',
  path: '/accounts/{id}/statement',
  tag: TAG,
  summary: "List an account's ledger entries, newest first, with the running balance",
  scope: 'money:read',
  params: idParams,
  query: statementQuery,
  response: cursorPageOf(statementEntry),
  async handle({ deps, params, query }) {
    const db = deps.database.orm;
    if ((await findBalance(db, params.id)) === undefined) throw notFound('account', params.id);
    return readStatement(db, { accountId: params.id }, query);
  },
});

const addPayment = defineOperation({
  id: 'addPayment',
  method: 'post',
  path: '/accounts/{id}/payments',
  tag: TAG,
  summary: 'Credit a payment that was received',
  scope: 'money:write',
  params: idParams,
  body: paymentInput,
  status: 201,
  response: posting,
  idempotent: true,
  handle: ({ params, body, once }) =>
    once(async (change, postingKey) =>
      answer(await postPayment(change, { accountId: params.id, postingKey }, body)),
    ),
});

const addAdjustment = defineOperation({
  id: 'addAdjustment',
  method: 'post',
  path: '/accounts/{id}/adjustments',
  tag: TAG,
  summary: 'Correct a balance by hand',
  description: 'A positive amount gives the account credit, a negative one takes it.',
  scope: 'money:write',
  params: idParams,
  body: adjustmentInput,
  status: 201,
  response: posting,
  idempotent: true,
  handle: ({ params, body, once }) =>
    once(async (change, postingKey) =>
      answer(await postAdjustment(change, { accountId: params.id, postingKey }, body)),
    ),
});

/** The answer to a payment or an adjustment, as it is kept under its key. */
export function answer(posted: Posted) {
  return { statusCode: 201, body: present(posting, posted) };
}

const getTransaction = defineOperation({
  id: 'getLedgerTransaction',
  method: 'get',
  path: '/ledger/transactions/{id}',
  tag: TAG,
  summary: 'Read a ledger transaction with all its entries',
  scope: 'money:read',
  params: uuidParams,
  response: transaction,
  async handle({ deps, params }) {
    const found = await findTransaction(deps.database.orm, params.id);
    if (found === undefined) throw notFound('transaction', params.id);
    return { body: present(transaction, found) };
  },
});

export const moneyOperations = [
  getBalance,
  getStatement,
  addPayment,
  addAdjustment,
  getTransaction,
];
