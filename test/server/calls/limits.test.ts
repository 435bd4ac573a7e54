import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Database } from '../../../db/client.js';
import { channelClaims } from '../../../db/schema/index.js';
import { closeCalls } from '../../../server/calls/close-calls.js';
import type { ResourceLimit } from '../../../server/calls/decision.js';
import { decideHolds } from '../../../server/calls/hold-batch.js';
import { settleReports } from '../../../server/calls/settle-batch.js';
import { expectCorrectBooks, openHolds } from '../../support/books.js';
import { holdRequest } from '../../support/hold-requests.js';
import { carrierEnded } from '../../support/leg-reports.js';
import { ACME, ACME_1001, SWITCH_ID } from '../../support/world.js';
import { withCompany } from './company.js';

const account = (channels: number | null, perSecond: number | null = null): ResourceLimit => {
  return { resource: 'account', resourceId: ACME, channels, perSecond };
};
const phone = (channels: number | null, perSecond: number | null = null): ResourceLimit => {
  return { resource: 'extension', resourceId: ACME_1001, channels, perSecond };
};
const did = (channels: number | null): ResourceLimit => {
  return { resource: 'did', resourceId: 1, channels, perSecond: null };
};

async function claimsOf(database: Database): Promise<readonly string[]> {
  const rows = await database.orm.select().from(channelClaims);
  return rows.map((row) => `${row.resource} ${String(row.resourceId)} ${row.state}`).sort();
}

describe('limits on the calls of accounts, extensions and DIDs', () => {
  const company = withCompany();

  const hold = async (limits: readonly ResourceLimit[], over = {}) => {
    const [outcome] = await decideHolds(company().database, [holdRequest({ limits, ...over })]);
    if (outcome === undefined) throw new Error('no outcome');
    return outcome;
  };

  it('lets in as many calls as that, also of one batch and on two nodes', async () => {
    const { database, second } = company();
    const outcomes = await Promise.all(
      [database, second, database, second].map((on) =>
        decideHolds(
          on,
          Array.from({ length: 5 }, () => holdRequest({ limits: [account(3)] })),
        ),
      ),
    );
    const refusals = outcomes.flat().map(({ refusal }) => refusal);
    expect(refusals.filter((refusal) => refusal === null)).to.have.lengthOf(3);
    expect(refusals.filter((refusal) => refusal === 'over_call_limit')).to.have.lengthOf(17);
    expect(await openHolds(database)).to.have.lengthOf(3);
    await expectCorrectBooks(database);
  });

  it('of all kinds have to have room, and the first that has none is named', async () => {
    await hold([account(5), phone(1), did(9)]);
    const { refusal, decision } = await hold([account(5), phone(1), did(0)]);
    expect(refusal).to.equal('over_call_limit');
    expect(decision.steps[0]).to.deep.equal({
      kind: 'call_limit',
      resource: 'extension',
      resourceId: ACME_1001,
      inUse: 1,
      limit: 1,
    });
    expect(await claimsOf(company().database)).to.deep.equal([
      'account 3 open',
      'did 1 open',
      'extension 1 open',
    ]);
  });

  it('of none refuse everything and hold nothing', async () => {
    expect((await hold([account(0)])).refusal).to.equal('over_call_limit');
    expect(await openHolds(company().database)).to.deep.equal([]);
    expect(await claimsOf(company().database)).to.deep.equal([]);
  });

  it('count calls of the last second, over or not', async () => {
    const limits = [phone(null, 2)];
    const nowUs = 1_795_000_000_000_000;
    const first = await hold(limits, { nowUs });
    await closeCalls(company().database, [first.callId], nowUs);
    expect((await hold(limits, { nowUs: nowUs + 100_000 })).refusal).to.equal(null);
    const third = await hold(limits, { nowUs: nowUs + 900_000 });
    expect(third.refusal).to.equal('over_call_rate');
    expect(third.decision.steps[0]).to.deep.equal({
      kind: 'call_rate',
      resource: 'extension',
      resourceId: ACME_1001,
      inUse: 2,
      limit: 2,
    });
    expect((await hold(limits, { nowUs: nowUs + 1_000_000 })).refusal).to.equal(null);
  });

  it('count a call once that two payers limit alike', async () => {
    expect((await hold([account(2), account(9)])).refusal).to.equal(null);
    expect(await claimsOf(company().database)).to.deep.equal(['account 3 open']);
  });

  it('have room again when the call is released, and when it is settled', async () => {
    const { database } = company();
    const first = await hold([account(1)]);
    await closeCalls(database, [first.callId], 1);
    const next = await hold([account(1)]);
    expect(next.refusal).to.equal(null);
    const report = carrierEnded(next.callId, 10);
    const item = { report, switchId: SWITCH_ID, inboxId: null, isLastTry: false };
    await settleReports(database, [item], 1);
    expect(await claimsOf(database)).to.deep.equal(['account 3 closed', 'account 3 closed']);
    expect((await hold([account(1)])).refusal).to.equal(null);
  });

  it('stay while the hunt moves from one carrier to the next', async () => {
    const { database } = company();
    const [route] = holdRequest().decision.routes;
    if (route === undefined) throw new Error('no route');
    const full = { gateway: { channels: 9, perSecond: null } };
    const routes = [
      { ...route, limits: full },
      { ...route, gatewayId: 2, gatewayName: 'carrierB', limits: full },
    ];
    const { callId } = await hold([account(1), did(1)], { decision: { routes, limits: [did(1)] } });
    const report = carrierEnded(callId, 0);
    const item = { report, switchId: SWITCH_ID, inboxId: null, isLastTry: false };
    await settleReports(database, [item], 1);
    expect(await claimsOf(database)).to.deep.equal([
      'account 3 open',
      'did 1 open',
      'gateway 1 closed',
      'gateway 2 open',
    ]);
    expect((await hold([account(1)])).refusal).to.equal('over_call_limit');
  });
});
