import { z } from 'zod';
import { findWalletBalance } from '../../../db/views/ledger.js';
import {
  adjustmentInput,
  paymentInput,
  postAdjustment,
  postPayment,
} from '../../admin/payments.js';
import { notFound } from '../../admin/refusal.js';
import { postTransfer, transferInput } from '../../admin/transfers.js';
import { cursorPageOf, idParams } from '../listing.js';
import { defineOperation } from '../operation.js';
import { present } from '../present.js';
import { shownAmount, shownCurrency } from '../shown.js';
import { answer, posting, readStatement, statementEntry, statementQuery } from './money.js';

const TAG = 'Money';

const walletBalance = z
  .object({
    extension_id: z.int(),
    account_id: z.int(),
    funds: z.enum(['account', 'own', 'shared']),
    wallet_extension_id: z.int().meta({ description: 'The extension whose money this is.' }),
    currency: shownCurrency(),
    balance: shownAmount(),
    held: shownAmount().meta({ description: 'Set aside for calls in progress.' }),
    credit_limit: shownAmount(),
    available: shownAmount().meta({ description: 'balance + credit_limit - held' }),
  })
  .meta({ id: 'WalletBalance' });

const transferred = z
  .object({
    transaction_id: z.string(),
    kind: z.literal('transfer'),
    direction: z.enum(['to_extension', 'to_account']),
    account_id: z.int(),
    extension_id: z.int(),
    amount: shownAmount(),
    currency: shownCurrency(),
    memo: z.string(),
  })
  .meta({ id: 'Transfer' });

const getExtensionBalance = defineOperation({
  id: 'getExtensionBalance',
  method: 'get',
  path: '/extensions/{id}/balance',
  tag: TAG,
  summary: "Read the balance of an extension's own or shared money",
  scope: 'money:read',
  params: idParams,
  response: walletBalance,
  async handle({ deps, params }) {
    const found = await findWalletBalance(deps.database.orm, params.id);
    if (found === undefined) throw notFound('extension', params.id);
    return { body: present(walletBalance, found) };
  },
});

const getExtensionStatement = defineOperation({
  id: 'getExtensionStatement',
  method: 'get',
  path: '/extensions/{id}/statement',
  tag: TAG,
  summary: "List the entries of an extension's own money, newest first, with the running balance",
  description: 'Of shared money it is the statement of the extension that has it.',
  scope: 'money:read',
  params: idParams,
  query: statementQuery,
  response: cursorPageOf(statementEntry),
  async handle({ deps, params, query }) {
    const db = deps.database.orm;
    const found = await findWalletBalance(db, params.id);
    if (found === undefined) throw notFound('extension', params.id);
    const { accountId, walletExtensionId: extensionId } = found;
    return readStatement(db, { accountId, extensionId }, query);
  },
});

const addExtensionPayment = defineOperation({
  id: 'addExtensionPayment',
  method: 'post',
  path: '/extensions/{id}/payments',
  tag: TAG,
  summary: "Credit a payment that its account received to an extension's own money",
  scope: 'money:write',
  params: idParams,
  body: paymentInput,
  status: 201,
  response: posting,
  idempotent: true,
  handle: ({ params, body, once }) =>
    once(async (change, postingKey) =>
      answer(await postPayment(change, { extensionId: params.id, postingKey }, body)),
    ),
});

const addExtensionAdjustment = defineOperation({
  id: 'addExtensionAdjustment',
  method: 'post',
  path: '/extensions/{id}/adjustments',
  tag: TAG,
  summary: "Correct an extension's own money by hand",
  scope: 'money:write',
  params: idParams,
  body: adjustmentInput,
  status: 201,
  response: posting,
  idempotent: true,
  handle: ({ params, body, once }) =>
    once(async (change, postingKey) =>
      answer(await postAdjustment(change, { extensionId: params.id, postingKey }, body)),
    ),
});

const addTransfer = defineOperation({
  id: 'addTransfer',
  method: 'post',
  path: '/extensions/{id}/transfers',
  tag: TAG,
  summary: "Move money between an account's credit and its extension's own",
  description: 'No more than is available: calls in progress keep what they have set aside.',
  scope: 'money:write',
  params: idParams,
  body: transferInput,
  status: 201,
  response: transferred,
  idempotent: true,
  handle: ({ params, body, once }) =>
    once(async (change, postingKey) => {
      const made = await postTransfer(change, { extensionId: params.id, postingKey }, body);
      return { statusCode: 201, body: present(transferred, made) };
    }),
});

export const walletOperations = [
  getExtensionBalance,
  getExtensionStatement,
  addExtensionPayment,
  addExtensionAdjustment,
  addTransfer,
];
