import { expect } from 'chai';
import { sql } from 'drizzle-orm';
import { describe, it } from 'mocha';
import { postTransactions } from '../../db/repositories/ledger.js';
import { inTransaction } from '../../db/transaction.js';
import { checkLedger } from '../../db/views/ledger-check.js';
import { paymentPosting } from '../../rating/ledger/postings.js';
import {
  CALL_TRANSACTION,
  CREDIT,
  CUSTOMER,
  ENDED_CALL,
  itFinds,
  MAY_EDIT,
  oneEntry,
  OPEN_CALL,
  OPERATOR,
  PAYMENT,
  withBooks,
} from './damaged-books.js';
import type { Damage } from './damaged-books.js';

const DAMAGES: readonly Damage[] = [
  {
    what: 'a balance was edited by itself',
    statements: [
      `update ledger_balances set balance = balance + 0.000001 where ledger_account_id = ${CREDIT}`,
    ],
    found: ['balances_are_sums'],
    says: /client_credit account 2 EUR found 8\.800001 expected 8\.800000/,
  },
  {
    what: 'a balance is missing',
    statements: [`delete from ledger_balances where ledger_account_id = ${CREDIT}`],
    found: ['balances_are_sums', 'held_is_open_holds'],
    says: /client_credit account 2 EUR found nothing expected 8\.800000/,
  },
  {
    what: 'an entry was edited and its balance with it',
    statements: [
      ...MAY_EDIT,
      `update ledger_entries set amount = -1.4 where id = ${oneEntry("a.kind = 'client_credit' and e.amount < 0")}`,
      `update ledger_balances set balance = balance + 0.1 where ledger_account_id = ${CREDIT}`,
    ],
    found: ['transactions_balance', 'legs_are_posted', 'charges_are_posted'],
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
    found: ['legs_are_posted', 'legs_match_charges'],
    says: /charged 1\.500000, owed 0\.700000 expected charged 1\.600000, owed 0\.700000/,
  },
  {
    what: "a leg's cost was edited",
    statements: ['update legs set cost = 0'],
    found: ['legs_are_posted', 'legs_match_charges'],
    says: /owed 0\.700000 expected charged 1\.500000, owed 0\.000000/,
  },
  {
    what: 'a leg has a price and no transaction',
    statements: ['update legs set transaction_id = null'],
    found: [
      'legs_are_posted',
      'postings_have_legs',
      'charges_are_posted',
      'corrections_are_posted',
    ],
    says: /no transaction/,
  },
  {
    what: 'a leg points at the transaction of something else',
    statements: [`update legs set transaction_id = ${PAYMENT}`],
    found: [
      'legs_are_posted',
      'postings_have_legs',
      'charges_are_posted',
      'corrections_are_posted',
    ],
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
    found: ['legs_are_posted', 'legs_match_charges'],
    says: /leg ffffffff-0000/,
  },
  {
    what: 'a call was charged to another account than the one that called',
    statements: [`update calls set account_id = ${OPERATOR} where id = '${ENDED_CALL}'`],
    found: ['charges_are_of_payers'],
    says: /charge of payer 2 for leg .* found payer 2 expected payer 1/,
  },
  {
    what: 'a charged leg was deleted',
    statements: ['delete from legs'],
    found: ['postings_have_legs', 'charges_are_posted', 'corrections_are_posted'],
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
    found: ['legs_are_posted', 'charges_are_posted'],
    says: /no transaction/,
  },
];

describe('checking the ledger', function () {
  this.timeout(60_000);
  const temp = withBooks();

  it('verifies correct books, and says how much it looked at', async () => {
    const report = await checkLedger(temp().database);
    expect(report.checks.flatMap((check) => check.differences)).to.deep.equal([]);
    expect(report.verified).to.equal(true);
    const counts = Object.fromEntries(report.checks.map(({ name, checked }) => [name, checked]));
    expect(counts).to.deep.equal({
      transactions_balance: 3,
      transactions_have_entries: 3,
      currencies_agree: 8,
      balances_are_sums: 5,
      held_is_open_holds: 1,
      holds_end_with_calls: 2,
      legs_are_posted: 1,
      postings_have_legs: 1,
      legs_match_charges: 1,
      charges_are_posted: 2,
      charges_are_of_payers: 1,
      corrections_add_up: 1,
      corrections_are_posted: 1,
      reratings_have_corrections: 1,
      buckets_are_their_holds: 0,
      allowances_end_with_calls: 0,
      covered_is_used: 0,
      days_are_charged: 0,
    });
  });

  itFinds(temp, DAMAGES);

  it('lists no more differences than asked for and says that there are more', async () => {
    await temp().database.orm.execute(sql`update ledger_balances set balance = balance + 1`);
    const report = await checkLedger(temp().database, { maxDifferences: 2 });
    const check = report.checks.find(({ name }) => name === 'balances_are_sums');
    expect(check?.differences).to.have.length(2);
    expect(check?.truncated).to.equal(true);
  });

  it('sees one moment, while others go on writing', async () => {
    const writes = Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        inTransaction(temp().database, (tx) =>
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
    const reports = [await checkLedger(temp().database), await checkLedger(temp().database)];
    await writes;
    reports.push(await checkLedger(temp().database));
    expect(reports.map((report) => report.verified)).to.deep.equal([true, true, true]);
    expect(reports[2]?.checks[0]?.checked).to.equal(23);
  });
});
