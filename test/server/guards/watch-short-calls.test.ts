import { expect } from 'chai';
import { eq } from 'drizzle-orm';
import { beforeEach, describe, it } from 'mocha';
import type { Database } from '../../../db/client.js';
import { readConfigVersions } from '../../../db/repositories/config-versions.js';
import { accountBlocks, accountGuards, notices } from '../../../db/schema/index.js';
import { watchShortCalls } from '../../../server/guards/watch-short-calls.js';
import { carrierEnded } from '../../support/leg-reports.js';
import { quietLog } from '../../support/quiet-log.js';
import { phoneRequest } from '../../support/requests.js';
import { ACME, SWITCH_ID } from '../../support/world.js';
import { withCompany } from '../calls/company.js';

describe('the watch for bursts of short calls', () => {
  const company = withCompany();

  beforeEach(async () => {
    const { orm } = company().database;
    for (const table of [notices, accountBlocks, accountGuards]) await orm.delete(table);
    await orm.insert(accountGuards).values({
      accountId: ACME,
      shortCallS: 6,
      shortCallCount: 3,
      shortCallWindowS: 60,
    });
  });

  /** Calls that were answered and are settled, ended now. */
  const call = async (...talked: readonly number[]): Promise<void> => {
    const { node, ask, clock } = company();
    const one = node();
    for (const talkedS of talked) {
      const { callId } = await ask(one, phoneRequest());
      const endUs = clock.nowUs();
      const startUs = endUs - talkedS * 1_000_000 - 4_000_000;
      const answerUs = talkedS === 0 ? 0 : endUs - talkedS * 1_000_000;
      const leg = carrierEnded(callId, talkedS, { startUs, answerUs, endUs });
      await one.settler.settle({
        report: leg,
        switchId: SWITCH_ID,
        inboxId: null,
        isLastTry: false,
      });
    }
  };

  const look = (database: Database = company().database) =>
    watchShortCalls({ database, clock: company().clock, log: quietLog });

  const blocks = () => company().database.orm.select().from(accountBlocks);

  const version = async () =>
    (await readConfigVersions(company().database.orm)).get('accounts') ?? 0;

  it('blocks an account with more of them than its guard allows, and tells of it', async () => {
    await call(5, 5, 5);
    expect(await look(), 'as many as allowed').to.equal(0);
    const before = await version();
    await call(5);
    expect(await look()).to.equal(1);
    const detail = { calls: 4, allowed: 3, shorter_than_s: 6, within_s: 60 };
    const [block, ...more] = await blocks();
    expect(more).to.deep.equal([]);
    expect(block).to.deep.include({ accountId: ACME, rule: 'short_calls', detail });
    expect(block?.openKey).to.equal(`${String(ACME)}:short_calls`);
    const [notice] = await company().database.orm.select().from(notices);
    expect(notice).to.include({ kind: 'account_blocked', accountId: ACME, state: 'pending' });
    expect(notice?.payload).to.deep.equal({ rule: 'short_calls', account: 'Account 3', ...detail });
    expect(await version()).to.equal(before + 1);
    expect(await look(), 'once').to.equal(0);
  });

  it('counts neither longer calls, nor unanswered ones, nor old ones', async () => {
    await call(5, 5, 5, 6, 7, 0, 0);
    expect(await look()).to.equal(0);
    company().clock.advanceS(61);
    await call(5);
    expect(await look()).to.equal(0);
  });

  it('blocks once when several nodes look at the same time', async () => {
    await call(1, 2, 3, 4, 5);
    const { second } = company();
    const found = await Promise.all([look(), look(second), look(), look(second)]);
    expect(found.reduce((sum, count) => sum + count, 0)).to.equal(1);
    expect(await blocks()).to.have.lengthOf(1);
    expect(await company().database.orm.select().from(notices)).to.have.lengthOf(1);
  });

  it('begins to count anew when the account is released', async () => {
    await call(5, 5, 5, 5);
    await look();
    const { clock, database } = company();
    clock.advanceS(1);
    await database.orm
      .update(accountBlocks)
      .set({ openKey: null, releasedUs: clock.nowUs(), releasedBy: 'somebody' });
    expect(await look()).to.equal(0);
    clock.advanceS(1);
    await call(5, 5, 5);
    expect(await look()).to.equal(0);
    await call(5);
    expect(await look()).to.equal(1);
    expect(await blocks()).to.have.lengthOf(2);
  });

  it('asks nothing of accounts without the rule', async () => {
    await company()
      .database.orm.update(accountGuards)
      .set({ shortCallS: null, shortCallCount: null, shortCallWindowS: null })
      .where(eq(accountGuards.accountId, ACME));
    await call(1, 1, 1, 1, 1);
    expect(await look()).to.equal(0);
  });
});
