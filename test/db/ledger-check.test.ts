import { expect } from 'chai';
import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { Queryable } from '../../db/client.js';
import { postTransactions } from '../../db/repositories/ledger.js';
import { accounts, calls, carriers, holds, ledgerBalances, legs } from '../../db/schema/index.js';
import { inTransaction } from '../../db/transaction.js';
import { checkLedger } from '../../db/views/ledger-check.js';
import { callPosting, paymentPosting } from '../../rating/ledger/postings.js';
import { openTempDatabase } from '../support/temp-database.js';
import type { TempDatabase } from '../support/temp-database.js';

const OPERATOR = 1;
const CUSTOMER = 2;
const CARRIER = 1;
const ENDED_CALL = '00000000-0000-4000-8000-000000000001';
const OPEN_CALL = '00000000-0000-4000-8000-000000000002';
const LEG = '00000000-0000-4000-8000-00000000000a';

/** One call paid and over, one going on with a hold: every statement has something to be true of. */
async function writeBooks(tx: Queryable): Promise<void> {
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
    transactionId: posted.get(`leg:${LEG}`)?.transactionId ?? null,
  });
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

const customerCredit = sql.raw(
  `(select id from ledger_accounts where kind = 'client_credit' and owner_id = ${CUSTOMER})`,
);

interface Damage {
  readonly what: string;
  readonly statements: readonly string[];
  /** The checks that must fail, and no others. */
  readonly found: readonly string[];
  /** Words of the first difference. */
  readonly says: RegExp;
}

const oneEntry = (where: string): string =>
  `(select id from (select e.id from ledger_entries e join ledger_accounts a
    on a.id = e.ledger_account_id where ${where} limit 1) x)`;
const CALL_TRANSACTION = `(select id from ledger_transactions where kind = 'call')`;
const PAYMENT = `(select id from ledger_transactions where kind = 'payment')`;
const CREDIT = `(select id from ledger_accounts where kind = 'client_credit' and owner_id = 2)`;
const MAY_EDIT = [
  'drop trigger ledger_entries_no_update',
  'drop trigger ledger_entries_no_delete',
  'drop trigger ledger_transactions_no_delete',
  'drop trigger ledger_entries_currency',
];

const DAMAGES: readonly Damage[] = [
  {
    what: 'a balance was edited by itself',
    statements: [
      `update ledger_balances set balance = balance + 0.000001 where ledger_account_id = ${CREDIT}`,
    ],
    found: ['balances_are_sums'],
    says: /client_credit account 2 EUR found 8\.500001 expected 8\.500000/,
  },
  {
    what: 'a balance is missing',
    statements: [`delete from ledger_balances where ledger_account_id = ${CREDIT}`],
    found: ['balances_are_sums', 'held_is_open_holds'],
    says: /client_credit account 2 EUR found nothing expected 8\.500000/,
  },
  {
    what: 'an entry was edited and its balance with it',
    statements: [
      ...MAY_EDIT,
      `update ledger_entries set amount = -1.4 where id = ${oneEntry("a.kind = 'client_credit' and e.amount < 0")}`,
      `update ledger_balances set balance = balance + 0.1 where ledger_account_id = ${CREDIT}`,
    ],
    found: ['transactions_balance', 'legs_are_posted'],
    says: /a sum of 0\.100000/,
  },
  {
    what: 'an entry was deleted and its balance with it',
    statements: [
      ...MAY_EDIT,
      `delete from ledger_entries where id = ${oneEntry("a.kind = 'payment_clearing'")}`,
      `update ledger_balances set balance = 0 where ledger_account_id =
        (select id from ledger_accounts where kind = 'payment_clearing')`,
    ],
    found: ['transactions_balance', 'transactions_have_entries'],
    says: /a sum of 10\.000000/,
  },
  {
    what: 'an entry was added without its balance',
    statements: [
      `insert into ledger_entries (transaction_id, ledger_account_id, amount, currency)
        values (${PAYMENT}, ${CREDIT}, 5, 'EUR'), (${PAYMENT}, ${CREDIT}, -3, 'EUR')`,
    ],
    found: ['transactions_balance', 'balances_are_sums'],
    says: /a sum of 2\.000000/,
  },
  {
    what: 'an entry is in a currency its account has not',
    statements: [
      ...MAY_EDIT,
      `update ledger_entries set currency = 'USD' where transaction_id = ${PAYMENT}`,
    ],
    found: ['currencies_agree'],
    says: /found USD expected EUR/,
  },
  {
    what: 'more is set aside than the open holds',
    statements: [`update ledger_balances set held = 2.5 where ledger_account_id = ${CREDIT}`],
    found: ['held_is_open_holds'],
    says: /found 2\.500000 expected 2\.250000/,
  },
  {
    what: 'a hold was released and stays set aside',
    statements: ["update holds set state = 'released'"],
    found: ['held_is_open_holds'],
    says: /found 2\.250000 expected 0\.000000/,
  },
  {
    what: 'a hold is in a currency without a ledger account',
    statements: [
      `insert into holds (call_id, account_id, currency, amount, state, created_us)
        values ('${OPEN_CALL}', 1, 'GBP', 3, 'held', 1)`,
    ],
    found: ['held_is_open_holds'],
    says: /client_credit account 1 GBP found no ledger account expected 3\.000000/,
  },
  {
    what: 'a call is over and still holds money',
    statements: [`update calls set state = 'released' where id = '${OPEN_CALL}'`],
    found: ['holds_end_with_calls'],
    says: /2\.250000 EUR held, the call is released/,
  },
  {
    what: "a leg's price was edited",
    statements: ['update legs set price = 1.6'],
    found: ['legs_are_posted'],
    says: /charged 1\.500000, owed 0\.700000 expected charged 1\.600000, owed 0\.700000/,
  },
  {
    what: "a leg's cost was edited",
    statements: ['update legs set cost = 0'],
    found: ['legs_are_posted'],
    says: /owed 0\.700000 expected charged 1\.500000, owed 0\.000000/,
  },
  {
    what: 'a leg has a price and no transaction',
    statements: ['update legs set transaction_id = null'],
    found: ['legs_are_posted', 'postings_have_legs'],
    says: /no transaction/,
  },
  {
    what: 'a leg points at the transaction of something else',
    statements: [`update legs set transaction_id = ${PAYMENT}`],
    found: ['legs_are_posted', 'postings_have_legs'],
    says: /of payment receipt-1/,
  },
  {
    what: 'a second leg claims the same transaction',
    statements: [
      `insert into legs (leg_uuid, call_id, switch_id, core_uuid, kind, carrier_id, destination,
          caller_number, state, source, price, currency, cost, cost_currency, transaction_id)
        select 'ffffffff-0000-4000-8000-000000000000', call_id, switch_id, core_uuid, kind,
          carrier_id, destination, caller_number, state, source, price, currency, cost,
          cost_currency, transaction_id from legs`,
    ],
    found: ['legs_are_posted'],
    says: /leg ffffffff-0000/,
  },
  {
    what: 'a call was charged to another account than the one that called',
    statements: [`update calls set account_id = ${OPERATOR} where id = '${ENDED_CALL}'`],
    found: ['legs_are_posted'],
    says: /charged 0\.000000, owed 0\.700000 expected charged 1\.500000/,
  },
  {
    what: 'a charged leg was deleted',
    statements: ['delete from legs'],
    found: ['postings_have_legs'],
    says: /no leg/,
  },
  {
    what: 'a whole transaction was deleted with its balances',
    statements: [
      ...MAY_EDIT,
      `delete from ledger_entries where transaction_id = ${CALL_TRANSACTION}`,
      "delete from ledger_transactions where kind = 'call'",
      `update ledger_balances b set balance = coalesce((select sum(e.amount) from ledger_entries e
        where e.ledger_account_id = b.ledger_account_id), 0)`,
    ],
    found: ['legs_are_posted'],
    says: /no transaction/,
  },
];

describe('checking the ledger', function () {
  this.timeout(60_000);
  let temp: TempDatabase;

  beforeEach(async () => {
    temp = await openTempDatabase();
    await inTransaction(temp.database, writeBooks);
  });

  afterEach(async () => {
    await temp.close();
  });

  it('verifies correct books, and says how much it looked at', async () => {
    const report = await checkLedger(temp.database);
    expect(report.checks.flatMap((check) => check.differences)).to.deep.equal([]);
    expect(report.verified).to.equal(true);
    const counts = Object.fromEntries(report.checks.map(({ name, checked }) => [name, checked]));
    expect(counts).to.deep.equal({
      transactions_balance: 2,
      transactions_have_entries: 2,
      currencies_agree: 6,
      balances_are_sums: 5,
      held_is_open_holds: 1,
      holds_end_with_calls: 2,
      legs_are_posted: 1,
      postings_have_legs: 1,
    });
  });

  for (const { what, statements, found, says } of DAMAGES) {
    it(`finds that ${what}`, async () => {
      for (const statement of statements) await temp.database.orm.execute(sql.raw(statement));
      const report = await checkLedger(temp.database);
      const failed = report.checks.filter((check) => check.differences.length > 0);
      expect(report.verified).to.equal(false);
      expect(failed.map((check) => check.name)).to.deep.equal(found);
      const first = failed[0]?.differences[0];
      expect(`${first?.subject} found ${first?.found} expected ${first?.expected}`).to.match(says);
    });
  }

  it('lists no more differences than asked for and says that there are more', async () => {
    await temp.database.orm.execute(sql`update ledger_balances set balance = balance + 1`);
    const report = await checkLedger(temp.database, { maxDifferences: 2 });
    const check = report.checks.find(({ name }) => name === 'balances_are_sums');
    expect(check?.differences).to.have.length(2);
    expect(check?.truncated).to.equal(true);
  });

  it('sees one moment, while others go on writing', async () => {
    const writes = Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        inTransaction(temp.database, (tx) =>
          postTransactions(tx, [
            {
              idempotencyKey: `payment:busy-${index}`,
              kind: 'payment',
              reference: `busy-${index}`,
              entries: paymentPosting({ accountId: CUSTOMER, amount: '1', currency: 'EUR' }),
            },
          ]),
        ),
      ),
    );
    const reports = [await checkLedger(temp.database), await checkLedger(temp.database)];
    await writes;
    reports.push(await checkLedger(temp.database));
    expect(reports.map((report) => report.verified)).to.deep.equal([true, true, true]);
    expect(reports[2]?.checks[0]?.checked).to.equal(22);
  });
});
