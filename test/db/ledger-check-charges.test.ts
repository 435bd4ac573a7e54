import { describe } from 'mocha';
import {
  CARRIER,
  CREDIT,
  itFinds,
  LEG,
  MAY_EDIT,
  OPERATOR,
  PAYMENT,
  PREVIEW,
  RERATING,
  withBooks,
} from './damaged-books.js';
import type { Damage } from './damaged-books.js';

const CORRECTED_BY = `(select id from (select id from ledger_transactions where kind = 'rerating') x)`;

const ofSomebodyElse = (columns: string): string =>
  `insert into leg_charges (leg_uuid, role, party_id, counterpart_id, level, sheet_id, release_id,
    row_id, currency, amount, start_us) values (${columns})`;

const DAMAGES: readonly Damage[] = [
  {
    what: "a customer's charge was edited",
    statements: ["update leg_charges set amount = 1.4 where role = 'payer'"],
    found: ['legs_match_charges', 'charges_are_posted', 'corrections_add_up'],
    says: /price 1\.500000 EUR re-rated 1\.200000.* expected price 1\.400000 EUR/,
  },
  {
    what: "a carrier's charge is missing",
    statements: ["delete from leg_charges where role = 'carrier'"],
    found: ['legs_match_charges'],
    says: /cost 0\.700000 USD re-rated - expected .*cost 0\.000000 -/,
  },
  {
    what: 'a charge is in another currency than its leg',
    statements: ["update leg_charges set currency = 'GBP' where role = 'carrier'"],
    found: ['legs_match_charges', 'charges_are_posted'],
    says: /cost 0\.700000 USD .*cost 0\.700000 GBP/,
  },
  {
    what: 'somebody is said to have been charged who was not',
    statements: [
      ofSomebodyElse(`'${LEG}', 'payer', ${OPERATOR}, ${OPERATOR}, 1, 1, 1, 1, 'EUR', 0.5, 1`),
    ],
    found: ['charges_are_posted'],
    says: /charge of payer 1 for leg .* found posted 0\.000000 EUR expected 0\.500000 EUR/,
  },
  {
    what: 'a charge is of no leg',
    statements: [
      ofSomebodyElse(`'no-leg', 'carrier', ${CARRIER}, ${OPERATOR}, 0, 1, 1, 1, 'USD', 0.5, 1`),
    ],
    found: ['charges_are_posted'],
    says: /for leg no-leg +found no leg/,
  },
  {
    what: "a leg's re-rated price was edited",
    statements: ['update legs set rerated_price = 1'],
    found: ['legs_match_charges'],
    says: /re-rated 1\.000000, .* expected price 1\.500000 EUR re-rated 1\.200000/,
  },
  {
    what: 'a leg claims to be re-rated whose carrier never was',
    statements: ['update legs set rerated_cost = 0.1'],
    found: ['legs_match_charges'],
    says: /cost 0\.700000 USD re-rated 0\.100000 expected .* re-rated -/,
  },
  {
    what: 'a re-rated charge was edited and its leg with it',
    statements: [
      "update leg_charges set rerated_amount = 1 where role = 'payer'",
      'update legs set rerated_price = 1',
    ],
    found: ['corrections_add_up'],
    says: /found 1\.000000 expected 1\.500000 and -0\.300000/,
  },
  {
    what: 'a re-rated charge was made what it was at first and its leg with it',
    statements: [
      'update leg_charges set rerated_amount = null',
      'update legs set rerated_price = null',
    ],
    found: ['corrections_add_up'],
    says: /charge of payer 2 for leg .* found never re-rated expected corrected by/,
  },
  {
    what: 'a charge was re-rated without a correction',
    statements: [
      "update leg_charges set rerated_amount = 0.6 where role = 'carrier'",
      'update legs set rerated_cost = 0.6',
    ],
    found: ['corrections_add_up'],
    says: /charge of carrier 1 .* found 0\.600000 expected no corrections/,
  },
  {
    what: 'a correction was edited',
    statements: [`update leg_corrections set new_amount = 1.1 where rerating_id = '${RERATING}'`],
    found: ['corrections_add_up', 'corrections_are_posted'],
    says: /found 1\.200000 expected 1\.500000 and -0\.400000/,
  },
  {
    what: 'a correction was deleted',
    statements: [`delete from leg_corrections where rerating_id = '${RERATING}'`],
    found: ['corrections_add_up', 'reratings_have_corrections'],
    says: /found 1\.200000 expected no corrections/,
  },
  {
    what: 'a correction was invented',
    statements: [
      `insert into leg_corrections (rerating_id, leg_uuid, role, party_id, currency, old_amount,
          new_amount, old_release_id, new_release_id, transaction_id)
        values ('${RERATING}', '${LEG}', 'carrier', ${CARRIER}, 'USD', 0.7, 0.6, 1, 2,
          ${CORRECTED_BY})`,
    ],
    found: ['corrections_add_up', 'corrections_are_posted', 'reratings_have_corrections'],
    says: /charge of carrier 1 .* found never re-rated/,
  },
  {
    what: 'a correction points at the transaction of something else',
    statements: [
      `update leg_corrections set transaction_id = ${PAYMENT} where rerating_id = '${RERATING}'`,
    ],
    found: ['corrections_are_posted', 'reratings_have_corrections'],
    says: /of payment receipt-1 correcting nothing/,
  },
  {
    what: 'a correction lost its transaction',
    statements: ['update leg_corrections set transaction_id = null'],
    found: ['corrections_add_up', 'corrections_are_posted', 'reratings_have_corrections'],
    says: /found 1\.200000 expected no corrections/,
  },
  {
    what: 'a preview claims to have posted',
    statements: [
      `update leg_corrections set transaction_id = ${CORRECTED_BY} where rerating_id = '${PREVIEW}'`,
    ],
    found: ['corrections_add_up', 'corrections_are_posted', 'reratings_have_corrections'],
    says: /expected 1\.500000 and 7\.200000/,
  },
  {
    what: 'a re-rating corrects another transaction than its leg has',
    statements: [
      'drop trigger ledger_transactions_no_update',
      "update ledger_transactions set corrects_id = null where kind = 'rerating'",
    ],
    found: ['corrections_are_posted'],
    says: /correcting nothing: -0\.300000 expected rerating .* correcting [0-9a-f-]{36}: -0\.300000/,
  },
  {
    what: "a re-rating's entries were edited and their balances with them",
    statements: [
      ...MAY_EDIT,
      `update ledger_entries set amount = amount * 2 where transaction_id = ${CORRECTED_BY}`,
      `update ledger_balances b set balance = (select sum(e.amount) from ledger_entries e
        where e.ledger_account_id = b.ledger_account_id)`,
    ],
    found: ['corrections_are_posted'],
    says: /: -0\.600000 expected .*: -0\.300000/,
  },
  {
    what: 'a re-rating was posted without a correction',
    statements: [
      `insert into ledger_transactions (id, idempotency_key, kind, reference)
        values ('made-up', 'rerating:x', 'rerating', '${LEG}')`,
      `insert into ledger_entries (transaction_id, ledger_account_id, amount, currency)
        values ('made-up', ${CREDIT}, 5, 'EUR'), ('made-up', ${CREDIT}, -5, 'EUR')`,
    ],
    found: ['reratings_have_corrections'],
    says: new RegExp(`transaction made-up +of leg ${LEG} found 0 corrections`),
  },
];

describe('checking charges and their corrections', function () {
  this.timeout(60_000);
  itFinds(withBooks(), DAMAGES);
});
