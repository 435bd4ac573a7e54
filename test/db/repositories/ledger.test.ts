import { expect } from 'chai';
import { describe, it } from 'mocha';
import { openDatabase } from '../../../db/client.js';
import type { Database, Queryable } from '../../../db/client.js';
import {
  applyBalanceChanges,
  BalanceChanges,
  resolveLedgerAccounts,
} from '../../../db/repositories/balances.js';
import { appendPostings, postTransactions } from '../../../db/repositories/ledger.js';
import type { Posting } from '../../../db/repositories/ledger.js';
import { ledgerEntries, ledgerTransactions } from '../../../db/schema/index.js';
import { inTransaction, isDuplicateKey } from '../../../db/transaction.js';
import { Decimal } from '../../../rating/money.js';
import { paymentPosting } from '../../../rating/ledger/postings.js';
import { expectCorrectBooks, purseOf } from '../../support/books.js';
import { withTempDatabase } from '../../support/temp-database.js';

const payment = (accountId: number, amount: string, key = `p:${String(accountId)}`): Posting => ({
  idempotencyKey: key,
  kind: 'payment',
  reference: key,
  entries: paymentPosting({ accountId, amount, currency: 'EUR' }),
});

const credit = (ownerId: number) => ({
  ref: { kind: 'client_credit', ownerType: 'account', ownerId } as const,
  currency: 'EUR',
});

describe('posting to the ledger', () => {
  const temp = withTempDatabase({ poolSize: 8 });

  /** As a use case does it that moves more balances than those of its postings. */
  const postIn = (database: Database, postings: readonly Posting[]) =>
    inTransaction(database, async (tx) => {
      const changes = new BalanceChanges();
      await appendPostings(tx, database, postings, changes);
      await applyBalanceChanges(tx, changes.all);
    });

  const post = (postings: readonly Posting[]) =>
    inTransaction(temp().database, (tx) => postTransactions(tx, postings));

  it('moves balances by the sum of the entries', async () => {
    await post([payment(1, '10.5'), payment(1, '0.000001', 'p:1b')]);
    expect((await purseOf(temp().database, 1)).balance).to.equal('10.500001');
    expect((await purseOf(temp().database, 1, 'payment_clearing')).balance).to.equal('-10.500001');
    await expectCorrectBooks(temp().database);
  });

  it('posts one key once, and says so', async () => {
    const first = await post([payment(2, '5')]);
    const again = await post([payment(2, '5'), payment(2, '5')]);
    expect(first.get('p:2')?.posted).to.equal(true);
    expect(again.get('p:2')).to.deep.equal({
      transactionId: first.get('p:2')?.transactionId,
      posted: false,
    });
    expect((await purseOf(temp().database, 2)).balance).to.equal('5.000000');
  });

  it('posts one key once when many try together', async () => {
    const attempts = await Promise.allSettled(
      Array.from({ length: 8 }, () => post([payment(3, '7')])),
    );
    for (const attempt of attempts) {
      if (attempt.status === 'rejected') {
        expect(isDuplicateKey(attempt.reason), String(attempt.reason)).to.equal(true);
      }
    }
    expect((await purseOf(temp().database, 3)).balance).to.equal('7.000000');
    await expectCorrectBooks(temp().database);
  });

  it('refuses entries that do not balance, and keeps nothing', async () => {
    const [first] = paymentPosting({ accountId: 4, amount: '1', currency: 'EUR' });
    const entries = first === undefined ? [] : [first];
    const attempt = post([payment(4, '2', 'p:4a'), { ...payment(4, '1'), entries }]);
    await attempt.then(
      () => expect.fail('posted'),
      (error: unknown) => expect(error).to.be.instanceOf(Error),
    );
    expect(await purseOf(temp().database, 4)).to.include({ balance: '0.000000' });
  });

  it('forgets accounts whose transaction was rolled back', async () => {
    const database = openDatabase({ url: temp().url, poolSize: 2 });
    const failing = inTransaction(database, async (tx) => {
      await resolveLedgerAccounts(tx, database, [credit(5)]);
      // Asked again in the same transaction: still not certain to be kept.
      await resolveLedgerAccounts(tx, database, [credit(5)]);
      throw new Error('rolled back');
    });
    await failing.catch(() => undefined);
    await postIn(database, [payment(5, '3')]);
    expect((await purseOf(database, 5)).balance).to.equal('3.000000');
    await database.close();
  });

  it('makes the same account from many connections without a deadlock that lasts', async () => {
    const databases = Array.from({ length: 4 }, () =>
      openDatabase({ url: temp().url, poolSize: 2 }),
    );
    await Promise.all(
      databases.flatMap((database, index) =>
        [60, 61, 62].map((owner) =>
          postIn(database, [
            payment(owner, '1', `p:${String(owner)}:${String(index)}`),
            payment(130 - owner, '1', `q:${String(owner)}:${String(index)}`),
          ]),
        ),
      ),
    );
    for (const owner of [60, 61, 62]) {
      expect((await purseOf(temp().database, owner)).balance).to.equal('4.000000');
    }
    await expectCorrectBooks(temp().database);
    await Promise.all(databases.map((database) => database.close()));
  });

  it('never lets what is held fall below nothing', async () => {
    await post([payment(7, '1')]);
    const release = inTransaction(temp().database, async (tx) => {
      const ids = await resolveLedgerAccounts(tx, temp().database, [credit(7)]);
      const changes = new BalanceChanges();
      for (const id of ids.values()) changes.add(id, { held: new Decimal('-0.000001') });
      await applyBalanceChanges(tx, changes.all);
    });
    await release.then(
      () => expect.fail('released what was not held'),
      (error: unknown) => expect(String(error)).to.match(/held|Failed query/),
    );
  });

  it('appends only: nothing posted can be edited or deleted', async () => {
    const refused = async (work: (tx: Queryable) => Promise<unknown>): Promise<boolean> =>
      inTransaction(temp().database, work).then(
        () => false,
        () => true,
      );
    await post([payment(8, '1')]);
    expect(await refused((tx) => tx.update(ledgerEntries).set({ amount: '9' }))).to.equal(true);
    expect(await refused((tx) => tx.delete(ledgerEntries))).to.equal(true);
    expect(await refused((tx) => tx.update(ledgerTransactions).set({ memo: 'x' }))).to.equal(true);
    expect(await refused((tx) => tx.delete(ledgerTransactions))).to.equal(true);
  });
});

describe('sums of changes', () => {
  it('are exact beyond twenty digits', () => {
    const changes = new BalanceChanges();
    changes.add(1, { held: new Decimal('99999999999999.999999') });
    changes.add(1, { held: new Decimal('99999999999999.999999') });
    expect(changes.all.get(1)?.held.toFixed(6)).to.equal('199999999999999.999998');
  });
});
