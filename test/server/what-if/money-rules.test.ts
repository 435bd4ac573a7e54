import { expect } from 'chai';
import { eq } from 'drizzle-orm';
import { afterEach, describe, it } from 'mocha';
import type { Database } from '../../../db/client.js';
import { postTransactions } from '../../../db/repositories/ledger.js';
import {
  accountDays,
  accountGuards,
  accounts,
  allowanceBuckets,
  channelClaims,
  dids,
  extensions,
  packageAssignments,
  packagePrefixes,
  packages,
} from '../../../db/schema/index.js';
import { inTransaction } from '../../../db/transaction.js';
import { paymentPosting } from '../../../rating/ledger/postings.js';
import type { RouteTest } from '../../../server/what-if/types.js';
import { PLACEHOLDER_UUID } from '../../../server/what-if/request-of-question.js';
import { carrierRequest } from '../../support/requests.js';
import { accountGuard, addPackage } from '../../support/world-rules.js';
import { ACME, ACME_1001, ACME_1002, buildWorld, SHEET_ACME } from '../../support/world.js';
import { withQuestions } from './asking.js';

const DID = 1;

describe('what a call would do, by the rules of money', () => {
  const questions = withQuestions();

  const orm = () => questions().database.orm;

  /** An account, a DID and an extension as they were; what was used is taken back. */
  afterEach(async () => {
    await orm().update(extensions).set({ funds: 'account', forwardTo: null });
    await orm().update(accounts).set({ maxCalls: null });
    await orm().update(dids).set({ rateSheetId: null, freeMinutes: 0, maxChannels: null });
    await orm().delete(accountGuards);
    for (const table of [accountDays, allowanceBuckets, channelClaims]) await orm().delete(table);
    for (const table of [packageAssignments, packagePrefixes, packages]) await orm().delete(table);
  });

  const addMinutes = async (seconds: number, prefix = '44') => {
    const world = buildWorld();
    const given = { id: 5, accountId: ACME, prefixes: [prefix], package: { includedS: seconds } };
    addPackage(world, given);
    await orm().insert(packages).values(world.packages);
    await orm().insert(packagePrefixes).values(world.packagePrefixes);
    await orm().insert(packageAssignments).values(world.packageAssignments);
  };

  const guard = (over: Parameters<typeof accountGuard>[1]) =>
    orm().insert(accountGuards).values(accountGuard(ACME, over));

  it("shows an extension's own money above its account's, and who would end the call", async () => {
    await orm().update(extensions).set({ funds: 'own' }).where(eq(extensions.id, ACME_1001));
    const poor = await questions().ask();
    expect(poor.payers.map(({ wallet, account }) => wallet ?? account)).to.deep.equal([
      '1001@acme.example',
      'Account 3',
    ]);
    expect(poor.payers[0]?.money).to.include({ available: '0.000000', affordableS: 0 });
    expect(poor.refusal).to.equal('insufficient_funds');
    await giveWallet(questions().database, ACME_1001, '0.500000');
    const test = await questions().ask();
    expect(test.outcome).to.equal('routed');
    expect(test.limit).to.deep.include({
      affordableS: 50,
      grantedS: 50,
      limitedBy: { accountId: ACME, account: 'Account 3', wallet: '1001@acme.example' },
    });
    expect(test.dialplan).to.contain('sched_broadcast +20');
  });

  it('shows what a package would cover, and the price of the rest', async () => {
    await addMinutes(40);
    const test = await questions().ask({ duration_s: 60 });
    expect(test.inclusive).to.deep.equal([
      {
        of: 'package',
        id: 5,
        until: '2026-12-01T00:00:00.000Z',
        totalS: 40,
        freeS: 40,
        incrementS: 1,
        usesS: 40,
      },
    ]);
    expect(test.payers[0]).to.deep.include({ coveredS: 40 });
    expect(test.payers[0]?.price).to.include({ seconds: 60, amount: '0.200000' });
    expect(test.payers[0]?.prices[2]).to.include({ seconds: 30, amount: '0.000000' });
  });

  it('counts what of a package is used, as a call does', async () => {
    await addMinutes(40);
    await orm()
      .insert(allowanceBuckets)
      .values({
        ownerType: 'package',
        ownerId: 5,
        periodStartUs: Date.parse('2026-11-01T00:00:00Z') * 1000,
        periodEndUs: Date.parse('2026-12-01T00:00:00Z') * 1000,
        totalS: 40,
        usedS: 25,
        heldS: 5,
      });
    const test = await questions().ask({ duration_s: 60 });
    expect(test.inclusive[0]).to.include({ freeS: 10, usesS: 10 });
    expect(test.payers[0]?.price?.amount).to.equal('0.500000');
  });

  it('makes no bucket, and nothing else', async () => {
    await addMinutes(40);
    await questions().ask();
    expect(await orm().select().from(allowanceBuckets)).to.deep.equal([]);
  });

  it('refuses what a guard refuses, and says why', async () => {
    await guard({ maxPricePerMinute: '0.10000000' });
    const test = await questions().ask();
    expect(test.refusal).to.equal('price_too_high');
    expect(test.guards[0]).to.deep.include({
      accountId: ACME,
      rule: 'price_too_high',
      outcome: 'breach',
    });
    expect(test.guards[0]?.detail).to.include({ ceiling: '0.10000000', pricePerMinute: '0.6' });
  });

  it('lets a call last as long as may be spent today, and refuses it when nothing is left', async () => {
    await guard({ dailySpend: '1.000000' });
    const day = { accountId: ACME, day: '2026-11-22' };
    await orm()
      .insert(accountDays)
      .values({ ...day, spent: '0.800000' });
    const test = await questions().ask();
    expect(test.limit?.affordableS).to.equal(20);
    expect(test.guards).to.deep.equal([
      {
        accountId: ACME,
        rule: 'daily_spend',
        outcome: 'limit',
        detail: { day: '2026-11-22', limit: '1.000000', spent: '0.800000' },
      },
    ]);
    await orm().update(accountDays).set({ spent: '1.000000' });
    expect((await questions().ask()).refusal).to.equal('daily_spend_reached');
  });

  it('shows limits on calls with what they have in use, and refuses a call without room', async () => {
    await orm().update(accounts).set({ maxCalls: 1 }).where(eq(accounts.id, ACME));
    const free = await questions().ask();
    expect(free.outcome).to.equal('routed');
    expect(free.limits).to.deep.equal([
      {
        resource: 'account',
        resourceId: ACME,
        channels: 1,
        open: 0,
        perSecond: null,
        lastSecond: 0,
      },
    ]);
    await orm()
      .insert(channelClaims)
      .values({
        callId: PLACEHOLDER_UUID,
        resource: 'account',
        resourceId: ACME,
        createdUs: questions().clock.nowUs() - 5_000_000,
      });
    expect((await questions().ask()).refusal).to.equal('over_call_limit');
  });

  it('shows what it costs to be called, and that the leg of the caller is limited', async () => {
    await orm()
      .update(dids)
      .set({ rateSheetId: SHEET_ACME, freeMinutes: 1 })
      .where(eq(dids.id, DID));
    const from = { from: 'carrierA', to: '972365987456' };
    expect((await questions().ask(from)).refusal).to.equal('no_rate');
    await orm().update(dids).set({ number: '447700900500' }).where(eq(dids.id, DID));
    const test = await questions().ask({ ...from, to: '447700900500', duration_s: 90 });
    await orm().update(dids).set({ number: '972365987456' }).where(eq(dids.id, DID));
    expect(test).to.include({ outcome: 'routed', direction: 'inbound' });
    expect(test.target).to.deep.equal({ kind: 'extension', to: '1002@acme.example' });
    expect(test.payers[0]).to.include({ coveredS: 60 });
    expect(test.payers[0]?.price?.amount).to.equal('0.300000');
    expect(test.carriers).to.deep.equal([]);
    expect(test.dialplan).to.contain('data="execute_on_answer=sched_hangup +61 ALLOTTED_TIMEOUT"');
  });

  it('shows where an extension sends its calls', async () => {
    await orm()
      .update(extensions)
      .set({ forwardTo: '447700900777' })
      .where(eq(extensions.id, ACME_1002));
    const test = await questions().ask({ to: '1002' });
    expect(test.outcome).to.equal('free');
    expect(test.target).to.deep.equal({ kind: 'transfer', to: '447700900777' });
    expect(test.dialplan).to.contain('transfer');
  });

  it('shows the gateways of an emergency call, whatever is wrong with the account', async () => {
    await guard({ dailySpend: '0.000000', newCountry: 'block' });
    const test = await questions().ask({ to: '112' });
    expect(test.outcome).to.equal('free');
    expect(test.target?.kind).to.equal('emergency');
    expect(test.target?.to).to.equal('carrierC, carrierB, carrierA');
  });

  for (const [what, change, asked, request] of [
    [
      "on an extension's own money",
      async () => {
        await orm().update(extensions).set({ funds: 'own' }).where(eq(extensions.id, ACME_1001));
      },
      {},
      {},
    ],
    ['with a package', () => addMinutes(40), {}, {}],
    ['with a limit of the day', () => guard({ dailySpend: '0.300000' }), {}, {}],
    [
      'to a number with a limit',
      async () => {
        await orm().update(dids).set({ maxChannels: 3 }).where(eq(dids.id, DID));
      },
      { from: 'carrierA', to: '972365987456' },
      { ...carrierRequest({ callerNumber: 'anonymous', networkAddress: '203.0.113.0' }) },
    ],
  ] as const) {
    it(`answers as a real call is decided, ${what}`, async () => {
      await change();
      const test: RouteTest = await questions().ask(asked);
      const { answer, decision } = await questions().decide(
        'legUuid' in request ? { ...request, legUuid: PLACEHOLDER_UUID } : {},
      );
      expect(test.refusal).to.equal(answer.refusal);
      expect(test.steps).to.deep.equal(decision.steps);
    });
  }
});

async function giveWallet(database: Database, extensionId: number, amount: string): Promise<void> {
  const entries = paymentPosting({ accountId: ACME, extensionId, amount, currency: 'EUR' });
  await inTransaction(database, (tx) =>
    postTransactions(tx, [
      { idempotencyKey: 'wallet', kind: 'payment', reference: 'wallet', entries },
    ]),
  );
}
