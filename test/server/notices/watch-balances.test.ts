import { expect } from 'chai';
import { eq } from 'drizzle-orm';
import { beforeEach, describe, it } from 'mocha';
import { findCrossedBalances } from '../../../db/repositories/low-balances.js';
import { postTransactions } from '../../../db/repositories/ledger.js';
import { accounts, extensions, lowBalanceStates, notices } from '../../../db/schema/index.js';
import { inTransaction } from '../../../db/transaction.js';
import { adjustmentPosting } from '../../../rating/ledger/postings.js';
import { watchBalances } from '../../../server/notices/watch-balances.js';
import { nextUuid } from '../../support/requests.js';
import { fund } from '../../support/use-world.js';
import { ACME, ACME_1001, BETA } from '../../support/world.js';
import { withCompany } from '../calls/company.js';

describe('the watch over low balances', () => {
  const company = withCompany();

  beforeEach(async () => {
    const { orm } = company().database;
    await orm.delete(notices);
    await orm.delete(lowBalanceStates);
    await orm.update(accounts).set({ lowBalance: null, paidById: null, noticeEmail: null });
    await orm.update(extensions).set({ lowBalance: null, noticeEmail: null, funds: 'account' });
    await watchAccount('20', 'boss@acme.example');
  });

  const watchAccount = (lowBalance: string, noticeEmail: string) =>
    company()
      .database.orm.update(accounts)
      .set({ lowBalance, noticeEmail })
      .where(eq(accounts.id, ACME));

  const change = async (amount: string, extensionId = 0): Promise<void> => {
    const reference = nextUuid();
    const entries = adjustmentPosting({ accountId: ACME, extensionId, amount, currency: 'EUR' });
    await inTransaction(company().database, (tx) =>
      postTransactions(tx, [{ idempotencyKey: reference, kind: 'adjustment', reference, entries }]),
    );
  };

  const look = (database = company().database) =>
    watchBalances({ database, clock: company().clock });

  const told = async () => {
    const rows = await company().database.orm.select().from(notices).orderBy(notices.id);
    return rows.map(({ kind, accountId, extensionId, recipient, payload }) => ({
      kind,
      accountId,
      extensionId,
      recipient,
      payload,
    }));
  };

  it('tells of a balance that falls below its threshold, with both amounts', async () => {
    expect(await look()).to.equal(0);
    await change('-80');
    expect(await look(), 'at the threshold is not below it').to.equal(0);
    await change('-0.000001');
    expect(await look()).to.equal(1);
    expect(await told()).to.deep.equal([
      {
        kind: 'low_balance',
        accountId: ACME,
        extensionId: null,
        recipient: 'boss@acme.example',
        payload: {
          account: 'Account 3',
          extension: null,
          balance: '19.999999',
          threshold: '20.000000',
          currency: 'EUR',
        },
      },
    ]);
  });

  it('tells once for each time the balance falls, however often and deep', async () => {
    await change('-90');
    for (let looks = 0; looks < 3; looks += 1) await look();
    await change('-100');
    expect(await look()).to.equal(0);
    expect(await told()).to.have.lengthOf(1);
    await change('109.999999');
    expect(await look(), 'still below').to.equal(0);
    await change('0.000001');
    expect(await look(), 'at the threshold it is armed again').to.equal(0);
    await change('-5');
    expect(await look()).to.equal(1);
    expect(await told()).to.have.lengthOf(2);
  });

  it('tells once when several nodes look at the same time', async () => {
    const { database, second } = company();
    for (let crossing = 1; crossing <= 3; crossing += 1) {
      await change('-90');
      const counts = await Promise.all([look(), look(second), look(database), look(second)]);
      expect(counts.reduce((sum, count) => sum + count, 0)).to.equal(1);
      expect(await told()).to.have.lengthOf(crossing);
      await change('90');
      await Promise.all([look(), look(second)]);
    }
  });

  it('tells when the threshold is raised above the balance', async () => {
    await watchAccount('150', 'boss@acme.example');
    expect(await look()).to.equal(1);
    await watchAccount('50', 'boss@acme.example');
    expect(await look()).to.equal(0);
    await watchAccount('150', 'boss@acme.example');
    expect(await look()).to.equal(1);
  });

  it("watches an extension's own money, and tells the extension", async () => {
    const { orm } = company().database;
    const own = { funds: 'own', lowBalance: '2', noticeEmail: 'zoe@acme.example' } as const;
    await orm.update(extensions).set(own).where(eq(extensions.id, ACME_1001));
    expect(await look(), 'it never had money').to.equal(0);
    await fund(company().database, ACME, '5', ACME_1001);
    expect(await look()).to.equal(0);
    await change('-4', ACME_1001);
    expect(await look()).to.equal(1);
    const [notice] = await told();
    expect(notice).to.include({ extensionId: ACME_1001, recipient: 'zoe@acme.example' });
    expect(notice?.payload).to.include({ extension: '1001', balance: '1.000000' });
  });

  it('watches no money that is not drawn on', async () => {
    const { orm } = company().database;
    await fund(company().database, ACME, '1', ACME_1001);
    await orm.update(extensions).set({ lowBalance: '2' }).where(eq(extensions.id, ACME_1001));
    await orm.update(accounts).set({ paidById: BETA }).where(eq(accounts.id, ACME));
    await change('-90');
    expect(await findCrossedBalances(orm, 10)).to.deep.equal([]);
    expect(await look()).to.equal(0);
  });
});
