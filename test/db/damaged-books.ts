import { expect } from 'chai';
import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, it } from 'mocha';
import type { Queryable } from '../../db/client.js';
import { postTransactions } from '../../db/repositories/ledger.js';
import {
  accounts,
  calls,
  carriers,
  holds,
  ledgerBalances,
  legCharges,
  legCorrections,
  legs,
  reratings,
} from '../../db/schema/index.js';
import { inTransaction } from '../../db/transaction.js';
import { checkLedger } from '../../db/views/ledger-check.js';
import { callPosting, correctionPosting, paymentPosting } from '../../rating/ledger/postings.js';
import { openTempDatabase } from '../support/temp-database.js';
import type { TempDatabase } from '../support/temp-database.js';

export const OPERATOR = 1;
export const CUSTOMER = 2;
export const CARRIER = 1;
export const ENDED_CALL = '00000000-0000-4000-8000-000000000001';
export const OPEN_CALL = '00000000-0000-4000-8000-000000000002';
export const LEG = '00000000-0000-4000-8000-00000000000a';
export const RERATING = '00000000-0000-4000-8000-0000000000aa';
export const PREVIEW = '00000000-0000-4000-8000-0000000000ab';

/**
 * One call paid, over and re-rated, one going on with a hold: every statement has something to be true
 * of. What the customer pays was lowered from 1.50 to 1.20.
 */
export async function writeBooks(tx: Queryable): Promise<void> {
  const account = { billingMode: 'prepaid', currency: 'EUR', timeZone: 'UTC' } as const;
  await tx.insert(accounts).values([
    { ...account, id: OPERATOR, kind: 'operator', code: 'op', name: 'Operator' },
    {
      ...account,
      id: CUSTOMER,
      parentId: OPERATOR,
      kind: 'customer',
      code: 'cu',
      name: 'Customer',
    },
  ]);
  await tx.insert(carriers).values({ id: CARRIER, code: 'ca', name: 'Carrier', currency: 'USD' });
  const call = {
    switchId: 1,
    coreUuid: 'core',
    aLegUuid: LEG,
    direction: 'outbound',
    accountId: CUSTOMER,
    callerNumber: '1001',
    dialled: '4420',
    destination: '4420',
    currency: 'EUR',
    createdUs: 1,
    expiresUs: 2,
    decision: {},
  } as const;
  await tx.insert(calls).values([
    { ...call, id: ENDED_CALL, decisionKey: 'one', state: 'settled' },
    { ...call, id: OPEN_CALL, decisionKey: 'two', state: 'answered' },
  ]);
  const posted = await postTransactions(tx, [
    {
      idempotencyKey: 'payment:1',
      kind: 'payment',
      reference: 'receipt-1',
      entries: paymentPosting({ accountId: CUSTOMER, amount: '10', currency: 'EUR' }),
    },
    {
      idempotencyKey: `leg:${LEG}`,
      kind: 'call',
      reference: LEG,
      entries: callPosting({
        payers: [
          { accountId: CUSTOMER, sellerAccountId: OPERATOR, amount: '1.5', currency: 'EUR' },
        ],
        carrier: {
          carrierId: CARRIER,
          operatorAccountId: OPERATOR,
          amount: '0.7',
          currency: 'USD',
        },
      }),
    },
  ]);
  await tx.insert(legs).values({
    legUuid: LEG,
    callId: ENDED_CALL,
    switchId: 1,
    coreUuid: 'core',
    kind: 'carrier',
    carrierId: CARRIER,
    destination: '4420',
    callerNumber: '1001',
    state: 'settled',
    source: 'esl',
    price: '1.5',
    currency: 'EUR',
    cost: '0.7',
    costCurrency: 'USD',
    reratedPrice: '1.2',
    transactionId: posted.get(`leg:${LEG}`)?.transactionId ?? null,
  });
  await writeCorrection(tx, posted.get(`leg:${LEG}`)?.transactionId ?? '');
  const hold = { accountId: CUSTOMER, currency: 'EUR', createdUs: 1 } as const;
  await tx.insert(holds).values([
    { ...hold, callId: ENDED_CALL, amount: '4', state: 'released' },
    { ...hold, callId: OPEN_CALL, amount: '2.25', state: 'held' },
  ]);
  await tx
    .update(ledgerBalances)
    .set({ held: '2.25' })
    .where(sql`ledger_account_id = ${customerCredit}`);
}

async function writeCorrection(tx: Queryable, correctsId: string): Promise<void> {
  const charge = { legUuid: LEG, level: 0, counterpartId: OPERATOR, startUs: 1 } as const;
  const rate = { sheetId: 1, releaseId: 1, rowId: 1 };
  const payer = { role: 'payer', partyId: CUSTOMER, currency: 'EUR' } as const;
  const carrier = { role: 'carrier', partyId: CARRIER, currency: 'USD' } as const;
  await tx.insert(legCharges).values([
    { ...charge, ...rate, ...payer, amount: '1.5', reratedAmount: '1.2' },
    { ...charge, ...rate, ...carrier, amount: '0.7' },
  ]);
  const run = { scope: {}, actor: 'test', status: 'done' } as const;
  await tx.insert(reratings).values([
    { ...run, id: RERATING, mode: 'post' },
    { ...run, id: PREVIEW, mode: 'preview' },
  ]);
  const idempotencyKey = `rerating:${RERATING}:${LEG}`;
  const entries = correctionPosting({
    payers: [{ accountId: CUSTOMER, sellerAccountId: OPERATOR, amount: '-0.3', currency: 'EUR' }],
    carrier: null,
  });
  const posted = await postTransactions(tx, [
    { idempotencyKey, kind: 'rerating', reference: LEG, correctsId, entries },
  ]);
  const correction = { legUuid: LEG, ...payer, oldReleaseId: 1, newReleaseId: 2 };
  const transactionId = posted.get(idempotencyKey)?.transactionId ?? null;
  const change = { ...correction, oldAmount: '1.5', newAmount: '1.2' };
  await tx.insert(legCorrections).values([
    { ...change, reratingId: RERATING, transactionId },
    { ...change, reratingId: PREVIEW, newAmount: '9' },
  ]);
}

const customerCredit = sql.raw(
  `(select id from ledger_accounts where kind = 'client_credit' and owner_id = ${CUSTOMER})`,
);

export interface Damage {
  readonly what: string;
  readonly statements: readonly string[];
  /** The checks that must fail, and no others. */
  readonly found: readonly string[];
  /** Words of the first difference. */
  readonly says: RegExp;
}

export const oneEntry = (where: string): string =>
  `(select id from (select e.id from ledger_entries e join ledger_accounts a
    on a.id = e.ledger_account_id where ${where} limit 1) x)`;
export const CALL_TRANSACTION = `(select id from ledger_transactions where kind = 'call')`;
export const PAYMENT = `(select id from ledger_transactions where kind = 'payment')`;
export const CREDIT = `(select id from ledger_accounts where kind = 'client_credit' and owner_id = 2)`;
export const MAY_EDIT = [
  'drop trigger ledger_entries_no_update',
  'drop trigger ledger_entries_no_delete',
  'drop trigger ledger_transactions_no_delete',
  'drop trigger ledger_entries_currency',
];

/** Correct books in a schema of its own for every test of the surrounding `describe`. */
export function withBooks(
  writeMore: (tx: Queryable) => Promise<void> = () => Promise.resolve(),
): () => TempDatabase {
  let temp: TempDatabase | undefined;
  beforeEach(async () => {
    temp = await openTempDatabase();
    await inTransaction(temp.database, async (tx) => {
      await writeBooks(tx);
      await writeMore(tx);
    });
  });
  afterEach(async () => {
    await temp?.close();
    temp = undefined;
  });
  return () => {
    if (temp === undefined) throw new Error('the books are open inside tests only');
    return temp;
  };
}

/** A test for each kind of damage: the checks that fail are those it names, and no others. */
export function itFinds(temp: () => TempDatabase, damages: readonly Damage[]): void {
  for (const { what, statements, found, says } of damages) {
    it(`finds that ${what}`, async () => {
      const { database } = temp();
      for (const statement of statements) await database.orm.execute(sql.raw(statement));
      const report = await checkLedger(database);
      const failed = report.checks.filter((check) => check.differences.length > 0);
      expect(report.verified).to.equal(false);
      expect(failed.map((check) => check.name)).to.deep.equal(found);
      const first = failed[0]?.differences[0];
      expect(`${first?.subject} found ${first?.found} expected ${first?.expected}`).to.match(says);
    });
  }
}
