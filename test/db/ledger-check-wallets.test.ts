import { expect } from 'chai';
import { sql } from 'drizzle-orm';
import { describe, it } from 'mocha';
import type { Queryable } from '../../db/client.js';
import { postTransactions } from '../../db/repositories/ledger.js';
import {
  accountDays,
  allowanceBuckets,
  allowanceHolds,
  calls,
  holds,
  ledgerBalances,
  legCharges,
  legs,
} from '../../db/schema/index.js';
import { checkLedger } from '../../db/views/ledger-check.js';
import { callPosting } from '../../rating/ledger/postings.js';
import { CUSTOMER, itFinds, OPERATOR, withBooks } from './damaged-books.js';
import type { Damage } from './damaged-books.js';

/** The number of the account is also that of an extension: they must not be taken for each other. */
const WALLET = CUSTOMER;
const WALLET_CALL = '00000000-0000-4000-8000-000000000003';
const RINGING_CALL = '00000000-0000-4000-8000-000000000004';
const WALLET_LEG = '00000000-0000-4000-8000-00000000000b';

/**
 * A call of 90 s that an extension paid from its own money after 60 inclusive seconds, and one that
 * goes on and holds some of both.
 */
async function writeWallet(tx: Queryable): Promise<void> {
  await writeWalletCalls(tx);
  const wallet = { accountId: CUSTOMER, extensionId: WALLET };
  const posted = await postTransactions(tx, [
    {
      idempotencyKey: `leg:${WALLET_LEG}`,
      kind: 'call',
      reference: WALLET_LEG,
      entries: callPosting({
        payers: [
          { ...wallet, sellerAccountId: CUSTOMER, amount: '0.2', currency: 'EUR' },
          { accountId: CUSTOMER, sellerAccountId: OPERATOR, amount: '0.15', currency: 'EUR' },
        ],
        carrier: null,
      }),
    },
  ]);
  await tx.insert(legs).values({
    legUuid: WALLET_LEG,
    callId: WALLET_CALL,
    switchId: 1,
    coreUuid: 'core',
    kind: 'caller',
    destination: '4420',
    callerNumber: '1001',
    state: 'settled',
    source: 'esl',
    price: '0.2',
    currency: 'EUR',
    transactionId: posted.get(`leg:${WALLET_LEG}`)?.transactionId ?? null,
  });
  const charge = { legUuid: WALLET_LEG, sheetId: 1, releaseId: 1, rowId: 1, currency: 'EUR' };
  await tx.insert(legCharges).values([
    {
      ...{ ...charge, role: 'extension', partyId: WALLET, counterpartId: CUSTOMER, level: 0 },
      ...{ amount: '0.2', coveredS: 60, startUs: 1 },
    },
    {
      ...{ ...charge, role: 'payer', partyId: CUSTOMER, counterpartId: OPERATOR, level: 1 },
      ...{ amount: '0.15', startUs: 1 },
    },
  ]);
  await tx.insert(holds).values({
    ...{ callId: RINGING_CALL, accountId: CUSTOMER, extensionId: WALLET, currency: 'EUR' },
    ...{ amount: '0.75', state: 'held', createdUs: 1 },
  });
  await tx
    .update(ledgerBalances)
    .set({ held: '0.75' })
    .where(sql`ledger_account_id = ${CREDIT}`);
  await writeSeconds(tx);
}

async function writeWalletCalls(tx: Queryable): Promise<void> {
  const payers = [{ accountId: CUSTOMER, extensionId: WALLET }, { accountId: CUSTOMER }];
  const call = {
    switchId: 1,
    coreUuid: 'core',
    aLegUuid: WALLET_LEG,
    direction: 'outbound',
    accountId: CUSTOMER,
    callerNumber: '1001',
    dialled: '4420',
    destination: '4420',
    currency: 'EUR',
    createdUs: 1,
    expiresUs: 2,
    decision: { payers },
  } as const;
  await tx.insert(calls).values([
    { ...call, id: WALLET_CALL, decisionKey: 'three', state: 'settled' },
    { ...call, id: RINGING_CALL, decisionKey: 'four', state: 'authorized' },
  ]);
}

async function writeSeconds(tx: Queryable): Promise<void> {
  const period = { periodStartUs: 1, periodEndUs: 2 };
  await tx.insert(allowanceBuckets).values([
    { ...period, id: 1, ownerType: 'package', ownerId: 1, totalS: 600, usedS: 60, heldS: 120 },
    { ...period, id: 2, ownerType: 'did', ownerId: 1, totalS: 600 },
  ]);
  await tx.insert(allowanceHolds).values([
    {
      ...{ callId: WALLET_CALL, bucketId: 1, seconds: 180, usedS: 60 },
      ...{ state: 'released', createdUs: 1 },
    },
    { callId: RINGING_CALL, bucketId: 1, seconds: 120, createdUs: 1 },
  ]);
  await tx.insert(accountDays).values({ accountId: CUSTOMER, day: '2026-11-22', spent: '0.15' });
}

const CREDIT = sql.raw(
  `(select id from ledger_accounts where kind = 'client_credit' and owner_type = 'extension')`,
);

const DAMAGES: readonly Damage[] = [
  {
    what: "an extension's open hold is taken for its account's",
    statements: [`update holds set extension_id = 0 where call_id = '${RINGING_CALL}'`],
    found: ['held_is_open_holds'],
    says: /client_credit account 2 EUR found 2\.250000 expected 3\.000000/,
  },
  {
    what: 'an extension has more set aside than its open holds',
    statements: ['update ledger_balances set held = 0.76 where held = 0.75'],
    found: ['held_is_open_holds'],
    says: /client_credit extension 2 EUR found 0\.760000 expected 0\.750000/,
  },
  {
    what: "an extension's charge was edited",
    statements: ["update leg_charges set amount = 0.19 where role = 'extension'"],
    found: ['legs_match_charges', 'charges_are_posted'],
    says: /price 0\.200000 EUR .* expected price 0\.190000 EUR/,
  },
  {
    what: 'a leg was charged to an account that an extension was to pay for',
    statements: ["update leg_charges set role = 'payer', party_id = 1 where role = 'extension'"],
    found: ['legs_are_posted', 'charges_are_posted', 'charges_are_of_payers'],
    says: /charged 0\.000000, owed 0\.000000 expected charged 0\.200000/,
  },
  {
    what: 'inclusive seconds are held for nobody',
    statements: ['update allowance_buckets set held_s = 180 where id = 1'],
    found: ['buckets_are_their_holds'],
    says: /bucket 1 of package 1 found 180 s held, 60 s used of 600 expected 120 s held, 60 s used/,
  },
  {
    what: 'inclusive seconds were given back by an edit',
    statements: ['update allowance_buckets set used_s = 0 where id = 1'],
    found: ['buckets_are_their_holds'],
    says: /0 s used of 600 expected 120 s held, 60 s used/,
  },
  {
    what: 'a call is over and still holds inclusive seconds and money',
    statements: [`update calls set state = 'released' where id = '${RINGING_CALL}'`],
    found: ['holds_end_with_calls', 'allowances_end_with_calls'],
    says: /0\.750000 EUR held, the call is released/,
  },
  {
    what: 'more of a call was covered than it used',
    statements: ["update leg_charges set covered_s = 61 where role = 'extension'"],
    found: ['covered_is_used'],
    says: /found 60 s used expected 61 s or more/,
  },
  {
    what: 'an account is said to have spent more than it was charged',
    statements: ['update account_days set spent = 2'],
    found: ['days_are_charged'],
    says: /days of account 2 found 2\.000000 expected 1\.650000 or less/,
  },
];

describe('checking wallets and inclusive time', function () {
  this.timeout(60_000);
  const temp = withBooks(writeWallet);

  it('verifies correct books of an extension with money and minutes of its own', async () => {
    const report = await checkLedger(temp().database);
    expect(report.checks.flatMap((check) => check.differences)).to.deep.equal([]);
    const counts = Object.fromEntries(report.checks.map(({ name, checked }) => [name, checked]));
    expect(counts).to.include({
      held_is_open_holds: 2,
      charges_are_of_payers: 2,
      buckets_are_their_holds: 2,
      allowances_end_with_calls: 2,
      covered_is_used: 1,
      days_are_charged: 1,
    });
  });

  itFinds(temp, DAMAGES);
});
