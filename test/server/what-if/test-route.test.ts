import { expect } from 'chai';
import { eq } from 'drizzle-orm';
import { describe, it } from 'mocha';
import { accounts, channelClaims, gateways, rateReleases } from '../../../db/schema/index.js';
import { noLiveFacts } from '../../../server/calls/live-facts.js';
import type { LiveFacts } from '../../../server/calls/live-facts.js';
import { PLACEHOLDER_UUID } from '../../../server/what-if/request-of-question.js';
import type { CarrierAnswer, RouteTest } from '../../../server/what-if/types.js';
import { dialplanDocument } from '../../../xml/documents/dialplan.js';
import { openHolds } from '../../support/books.js';
import { authorizeSettings } from '../../support/requests.js';
import { emptyTraffic } from '../../support/temp-database.js';
import { snapshotOf } from '../../support/use-world.js';
import { ACME, BETA, buildWorld, RESELLER, SHEET_ACME } from '../../support/world.js';
import { expectRefusal, withQuestions } from './asking.js';
import { checksums } from './checksums.js';

describe('what a call would do', function () {
  this.timeout(60_000);
  const questions = withQuestions();

  it('is what the call does when it is made', async () => {
    const test = await questions().ask({ duration_s: 180 });
    const { answer, decision } = await questions().decide();
    const callId = answer.callId ?? '';
    expect(test.dialplan).to.equal(
      dialplanDocument(answer.reply).replaceAll(callId, PLACEHOLDER_UUID),
    );
    expect(test.steps).to.deep.equal(decision.steps);
    expect(dialledGateways(test)).to.deep.equal(
      decision.routes.map(({ gatewayName }) => gatewayName),
    );
    expect(test.payers.map(({ rate }) => rate?.rowId)).to.deep.equal(
      decision.payers.map(({ rate }) => rate.row.id),
    );
  });

  it('is what the call does for every level of a chain of resellers', async () => {
    const test = await questions().ask({ from: '1001@beta.example' });
    const { decision } = await questions().decide({
      authenticated: { user: '1001', domain: 'beta.example' },
    });
    expect(test.steps).to.deep.equal(decision.steps);
    expect(test.payers.map(({ accountId, price }) => [accountId, price?.amount])).to.deep.equal([
      [BETA, '0.600000'],
      [RESELLER, '0.300000'],
    ]);
  });

  it('is refused as the call is refused', async () => {
    for (const dialled of ['34910000000', '9001234567', '+818012345678', '*98', '1003']) {
      const test = await questions().ask({ to: dialled });
      const { answer, decision } = await questions().decide({ dialled });
      expect(test.outcome, dialled).to.equal('refused');
      expect(test.refusal, dialled).to.equal(answer.refusal);
      expect(test.steps, dialled).to.deep.equal(decision.steps);
      expect(test.dialplan, dialled).to.equal(dialplanDocument(answer.reply));
    }
  });

  it('changes no row of any table and locks none', async () => {
    const { database, url } = questions();
    const before = await checksums(url);
    await database.orm.transaction(async (tx) => {
      // Held by another transaction all the while: a question that wanted a lock would wait in vain.
      await tx.select().from(accounts).for('update');
      await tx.select().from(gateways).for('update');
      for (const to of ['447700900123', '34910000000', '1002', '9196', '972365987456']) {
        await questions().ask({ to });
      }
    });
    expect(await checksums(url)).to.deep.equal(before);
    expect(await openHolds(database)).to.have.length(0);
  });

  it('shows each payer its row, the price step by step, and prices of other lengths', async () => {
    const [payer] = (await questions().ask({ duration_s: 90 })).payers;
    expect(payer?.rate).to.include({
      sheet: 'acme retail',
      release: SHEET_ACME,
      rowId: 1,
      prefix: '44',
      ratePerMinute: '0.6',
    });
    expect(payer?.price).to.include({ seconds: 90, billedSeconds: 90, amount: '0.900000' });
    expect(payer?.price?.steps.map(({ kind }) => kind)).to.deep.equal([
      'row',
      'block',
      'block',
      'rounding',
    ]);
    expect(payer?.prices.map(({ seconds, amount }) => [seconds, amount])).to.deep.equal([
      [1, '0.010000'],
      [6, '0.060000'],
      [30, '0.300000'],
      [60, '0.600000'],
      [90, '0.900000'],
      [180, '1.800000'],
    ]);
  });

  it('says who has how much money and whose ends the call', async () => {
    const test = await questions().ask({ from: '1001@beta.example' });
    expect(test.payers.map(({ money }) => money?.available)).to.deep.equal([
      '100.000000',
      '100.000000',
    ]);
    // 100 at 0.01 a second, but no call lasts longer than the settings allow.
    expect(test.limit).to.deep.include({ affordableS: 600, grantedS: 60, limitedBy: null });
    const short = await questions().ask(
      {},
      { settings: { ...authorizeSettings, maxCallS: 20_000 } },
    );
    expect(short.limit?.affordableS).to.equal(10_000);
    expect(short.limit?.limitedBy).to.deep.equal({
      accountId: ACME,
      account: 'Account 3',
      wallet: null,
    });
    expect(short.payers[0]?.money?.affordableS).to.equal(10_000);
  });

  it('looks at other instants with the releases in force then', async () => {
    const late = await questions().ask({ at: '2027-01-01T00:00:00Z' });
    expect(late.payers[0]?.rate).to.include({ releaseId: 50, release: 50, ratePerMinute: '0.9' });
    expect(
      late.payers[0]?.candidates.map(({ prefix, outcome }) => [prefix, outcome]),
    ).to.deep.equal([
      ['447700', 'chosen'],
      ['44', 'shorter_prefix'],
    ]);
    const early = await questions().ask({ at: '2026-12-31T23:59:59.999Z' });
    expect(early.payers[0]?.rate?.ratePerMinute).to.equal('0.6');
    const before = await questions().ask({ at: '2019-12-31T23:59:59Z' });
    expect(before.refusal).to.equal('no_rate');
    expect(before.payers[0]).to.include({ problem: 'no_rate', rate: null });
  });

  it('supposes that a draft is in force, which may lose money', async () => {
    const test = await questions().ask({ release: 51 });
    expect(test.question.at).to.equal('2027-06-01T00:00:00.000Z');
    expect(test.suppose).to.include({ release: 51, status: 'draft', sheet: 'acme retail' });
    expect(test.payers[0]?.rate).to.include({ releaseId: 51, ratePerMinute: '0.03' });
    expect(test.refusal).to.equal('would_lose_money');
    expect(
      test.carriers.map(({ gateway, reason, expectedCost }) => [gateway, reason, expectedCost]),
    ).to.deep.equal([
      ['carrierA', 'would_lose_money', '0.360000'],
      ['carrierB', 'would_lose_money', '0.540000'],
      ['carrierC', 'would_lose_money', '0.720000'],
    ]);
    const sooner = await questions().ask({ release: 51, at: '2026-11-22T12:00:00Z' });
    expect(sooner.payers[0]?.rate?.releaseId).to.equal(51);
  });

  it('refuses to suppose what is no complete release', async () => {
    const { orm } = questions().database;
    for (const status of ['importing', 'discarded'] as const) {
      await orm.update(rateReleases).set({ status }).where(eq(rateReleases.id, 51));
      await expectRefusal(questions().ask({ release: 51 }), 'invalid', 'release');
    }
    await orm.update(rateReleases).set({ status: 'draft' }).where(eq(rateReleases.id, 51));
    await expectRefusal(questions().ask({ release: 999 }), 'not_found');
  });

  it('shows of every carrier its order, cost and margin, or why it is left out', async () => {
    const live: LiveFacts = {
      ...noLiveFacts,
      gatewayDown: (_switchId, name) => (name === 'carrierB' ? 'DOWN' : null),
      routeQuality: (gatewayId) =>
        gatewayId === 1 ? { attempts: 40, asr: 0.5, acdS: 90, pddMs: 800, prefix: '44770' } : null,
    };
    const gatewayState = (_id: number, name: string) => (name === 'carrierB' ? 'DOWN' : 'UP');
    const test = await questions().ask({ duration_s: 60 }, { live, gatewayState });
    expect(test.routing).to.include({ plan: 'cheapest', expectedSeconds: 180, currency: 'EUR' });
    const [first, second, third] = test.carriers;
    expect(first).to.deep.include({
      order: 1,
      gateway: 'carrierA',
      gatewayState: 'UP',
      expectedCost: '0.360000',
      margin: '1.440000',
      number: '77#447700900123',
      cost: { seconds: 60, billedSeconds: 60, amount: '0.120000' },
      quality: { attempts: 40, asr: 0.5, acdS: 90, pddMs: 800, prefix: '44770' },
    });
    expect(second).to.include({ order: 2, gateway: 'carrierC' });
    expect(third).to.include({
      order: null,
      gateway: 'carrierB',
      reason: 'gateway_down',
      detail: 'DOWN',
      expectedCost: '0.540000',
    });
    const otherDay = await questions().ask({ at: '2026-12-01T10:00:00Z' }, { live, gatewayState });
    expect(dialledGateways(otherDay)).to.deep.equal(['carrierA', 'carrierB', 'carrierC']);
    expect(otherDay.carriers[0]?.gatewayState).to.equal(null);
    expect(otherDay.carriers[0]?.quality?.attempts).to.equal(40);
  });

  it('passes over a gateway without a free channel, today only', async () => {
    const { orm } = questions().database;
    await orm.update(gateways).set({ maxChannels: 1 }).where(eq(gateways.id, 1));
    await orm.insert(channelClaims).values({
      callId: PLACEHOLDER_UUID,
      resource: 'gateway',
      resourceId: 1,
      createdUs: questions().clock.nowUs() - 5_000_000,
    });
    const test = await questions().ask();
    expect(dialledGateways(test)).to.deep.equal(['carrierB', 'carrierC']);
    expect(carrierOf(test, 'carrierA')).to.deep.include({
      order: null,
      reason: 'at_capacity',
      detail: 'gateway: 1 of 1 channels',
      capacity: [
        {
          resource: 'gateway',
          resourceId: 1,
          channels: 1,
          open: 1,
          perSecond: null,
          lastSecond: 0,
        },
      ],
    });
    expect(dialledGateways(await questions().ask({ at: '2026-12-01T10:00:00Z' }))[0]).to.equal(
      'carrierA',
    );
    await orm.delete(channelClaims);
    await orm.update(gateways).set({ maxChannels: null }).where(eq(gateways.id, 1));
  });

  it('refuses what money or a call limit refuses', async () => {
    const { orm } = questions().database;
    await orm.update(accounts).set({ maxCalls: 0 }).where(eq(accounts.id, ACME));
    const crowded = await questions().ask();
    expect(crowded.refusal).to.equal('over_call_limit');
    expect(crowded.carriers[0]).to.include({ order: 1, gateway: 'carrierA' });
    await orm.update(accounts).set({ maxCalls: null }).where(eq(accounts.id, ACME));
    await emptyTraffic(questions().url);
    const poor = await questions().ask();
    expect(poor.refusal).to.equal('insufficient_funds');
    expect(poor.limit).to.deep.include({
      affordableS: 0,
      limitedBy: { accountId: ACME, account: 'Account 3', wallet: null },
    });
    expect(poor.dialplan).to.include('402 Payment Required');
    await questions().restoreMoney();
  });

  it('asks the decks and the configuration of a node where there is one', async () => {
    const world = buildWorld();
    world.rows = world.rows.map((row) => (row.id === 1 ? { ...row, ratePerMinute: '1.2' } : row));
    const test = await questions().ask({}, { snapshot: snapshotOf(world) });
    expect(test.payers[0]?.price?.amount).to.equal('1.200000');
    const other = await questions().ask(
      { at: '2026-12-01T00:00:00Z' },
      { snapshot: snapshotOf(world) },
    );
    expect(other.payers[0]?.price?.amount, 'from the database').to.equal('0.600000');
  });
});

function dialledGateways({ carriers }: RouteTest): readonly string[] {
  return carriers.filter(({ order }) => order !== null).map(({ gateway }) => gateway);
}

function carrierOf({ carriers }: RouteTest, gateway: string): CarrierAnswer | undefined {
  return carriers.find((one) => one.gateway === gateway);
}
