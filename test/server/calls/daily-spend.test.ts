import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Database } from '../../../db/client.js';
import { accountDays } from '../../../db/schema/index.js';
import type { DailyLimit } from '../../../server/calls/decision.js';
import { decideHolds } from '../../../server/calls/hold-batch.js';
import { expectCorrectBooks, purseOf } from '../../support/books.js';
import { holdRequest } from '../../support/hold-requests.js';
import { carrierEnded } from '../../support/leg-reports.js';
import { extendBy, hold, settle } from '../../support/money-calls.js';
import { ACME, BETA, RESELLER } from '../../support/world.js';
import { withCompany } from './company.js';

const today = (limit: string): DailyLimit => ({ accountId: ACME, day: '2026-11-22', limit });

async function spentOf(database: Database): Promise<readonly string[]> {
  const rows = await database.orm.select().from(accountDays);
  return rows.map(({ accountId, day, spent }) => `${String(accountId)} ${day} ${spent}`);
}

describe('what an account may spend on a day', () => {
  const company = withCompany();

  const call = (limit: string, over = {}) =>
    hold(company().database, holdRequest({ dailyLimits: [today(limit)], ...over }));

  it('is all that is granted, whatever the balance', async () => {
    const { grantedS, decision } = await call('0.25');
    expect(grantedS).to.equal(25);
    expect(decision.limitedByMoney).to.equal(true);
    expect(decision.steps[0]).to.deep.equal({
      kind: 'daily_spend',
      ...today('0.25'),
      spent: '0',
      held: '0',
    });
  });

  it('is shared by the calls that run, and named when it refuses one', async () => {
    await call('0.90');
    expect((await call('0.90')).grantedS).to.equal(30);
    const refused = await call('0.90');
    expect(refused.refusal).to.equal('daily_spend_reached');
    expect(refused.dailyReached).to.deep.equal(today('0.90'));
    expect(refused.decision.steps.at(-1)).to.deep.equal({
      kind: 'refused',
      reason: 'daily_spend_reached',
    });
  });

  it('is not blamed where money itself is missing', async () => {
    const payers = [{ accountId: BETA, sellerAccountId: RESELLER }];
    const poor = holdRequest({ payers, sliceS: 20_000, maxS: 90_000 });
    await hold(company().database, poor);
    const limit = { ...today('0'), accountId: BETA };
    const { refusal } = await hold(
      company().database,
      holdRequest({ payers, dailyLimits: [limit] }),
    );
    expect(refusal).to.equal('insufficient_funds');
  });

  it('is never exceeded by calls that come at once, in one batch or on two nodes', async () => {
    const { database, second } = company();
    const batches = [database, second, database, second].map((on) =>
      decideHolds(
        on,
        Array.from({ length: 5 }, () => holdRequest({ dailyLimits: [today('2')] })),
      ),
    );
    const outcomes = (await Promise.all(batches)).flat();
    expect(outcomes.filter(({ refusal }) => refusal === null)).to.have.lengthOf(4);
    expect((await purseOf(database, ACME)).held).to.equal('2.000000');
    await expectCorrectBooks(database);
  });

  it('counts what calls cost once they are over, each once', async () => {
    const { database, second } = company();
    const { callId } = await call('0.50');
    const leg = carrierEnded(callId, 30);
    await Promise.all([settle(database, leg), settle(second, { ...leg, source: 'esl' })]);
    expect(await spentOf(database)).to.deep.equal(['3 2026-11-22 0.300000']);
    expect((await call('0.50')).grantedS).to.equal(20);
    await expectCorrectBooks(database);
  });

  it('begins anew on the next day', async () => {
    const { callId } = await call('0.50');
    await settle(company().database, carrierEnded(callId, 50));
    expect((await call('0.50')).refusal).to.equal('daily_spend_reached');
    const tomorrow = { ...today('0.50'), day: '2026-11-23' };
    expect((await call('0.50', { dailyLimits: [tomorrow] })).grantedS).to.equal(50);
  });

  it('is what a running call is extended to, and no further', async () => {
    const { database } = company();
    const { callId } = await call('1.00');
    expect(await extendBy(database, callId, 60)).to.deep.equal({ grantedS: 100, isLast: true });
    expect((await call('1.00')).refusal).to.equal('daily_spend_reached');
    await expectCorrectBooks(database);
  });

  it('counts no calls of accounts without such a limit', async () => {
    const { database } = company();
    const { callId } = await hold(database, holdRequest());
    await settle(database, carrierEnded(callId, 30));
    expect(await spentOf(database)).to.deep.equal([]);
  });
});
