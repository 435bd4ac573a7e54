import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { calls } from '../../../db/schema/index.js';
import { openDatabase } from '../../../db/client.js';
import type { Database } from '../../../db/client.js';
import type { Authorization } from '../../../server/calls/authorize-call.js';
import type { CallRequest } from '../../../server/calls/call-request.js';
import { decideHolds } from '../../../server/calls/hold-batch.js';
import type { HoldRequest } from '../../../server/calls/hold-request.js';
import type { Snapshot } from '../../../server/snapshot/snapshot.js';
import { Decimal } from '../../../rating/money.js';
import { rate } from '../../rating/builders.js';
import { callOf, expectCorrectBooks, openHolds, purseOf } from '../../support/books.js';
import { FakeClock } from '../../support/fake-clock.js';
import { makeNode } from '../../support/node.js';
import type { CallNode } from '../../support/node.js';
import { nextUuid, phoneRequest } from '../../support/requests.js';
import { emptyTraffic, withTempDatabase } from '../../support/temp-database.js';
import { fund, insertWorld, snapshotOf } from '../../support/use-world.js';
import { ACME, BETA, buildWorld, RESELLER } from '../../support/world.js';
import type { World } from '../../support/world.js';

const betaRequest = () => phoneRequest({ authenticated: { domain: 'beta.example' } });

describe('holding money for calls', () => {
  const schema = withTempDatabase({ poolSize: 1 });
  let database: Database;
  let second: Database;
  let world: World;
  let snapshot: Snapshot;
  const clock = new FakeClock();

  before(async () => {
    await insertWorld(schema().database, buildWorld());
  });

  beforeEach(async function () {
    this.timeout(30_000);
    await emptyTraffic(schema().url);
    database = openDatabase({ url: schema().url, poolSize: 8 });
    second = openDatabase({ url: schema().url, poolSize: 8 });
    world = buildWorld();
    snapshot = snapshotOf(world);
  });

  afterEach(async () => {
    await second.close();
    await database.close();
  });

  const node = (on = database): CallNode => makeNode({ database: on, clock, snapshot });

  const ask = (of: CallNode, request: CallRequest): Promise<Authorization> =>
    of.authorizer.authorize(request, snapshot);

  const change = (id: number, over: Partial<World['accounts'][number]>) => {
    world.accounts = world.accounts.map((row) => (row.id === id ? { ...row, ...over } : row));
    snapshot = snapshotOf(world);
  };

  it('grants a slice and sets its price aside', async () => {
    await fund(database, ACME, '10');
    const { callId, refusal } = await ask(node(), phoneRequest());
    expect(refusal).to.equal(null);
    const call = await callOf(database, callId ?? '');
    expect(call).to.include({ state: 'authorized', grantedS: 60, currency: 'EUR' });
    expect(call.expiresUs).to.equal(clock.nowUs() + (60 + 60 + 60) * 1_000_000);
    expect(await purseOf(database, ACME)).to.deep.equal({
      balance: '10.000000',
      held: '0.600000',
    });
    await expectCorrectBooks(database);
  });

  it('grants what is left when it is less than a slice', async () => {
    await fund(database, ACME, '0.255');
    const { callId } = await ask(node(), phoneRequest());
    expect((await callOf(database, callId ?? '')).grantedS).to.equal(25);
    expect((await purseOf(database, ACME)).held).to.equal('0.250000');
  });

  it('refuses who has nothing, and keeps the reason', async () => {
    const { callId, refusal } = await ask(node(), phoneRequest());
    expect(refusal).to.equal('insufficient_funds');
    const call = await callOf(database, callId ?? '');
    expect(call).to.include({ state: 'refused', reason: 'insufficient_funds' });
    expect(await openHolds(database)).to.deep.equal([]);
  });

  it('counts the credit limit as money', async () => {
    change(ACME, { creditLimit: '0.300000' });
    const { callId } = await ask(node(), phoneRequest());
    expect((await callOf(database, callId ?? '')).grantedS).to.equal(30);
  });

  it('lets fifty calls at once, on two nodes, spend no more than there is', async () => {
    // Money for exactly seven slices and a half.
    await fund(database, ACME, '4.5');
    const nodes = [node(), node(second)];
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        ask(nodes[index % 2] ?? node(), phoneRequest({ legUuid: nextUuid() })),
      ),
    );
    const granted = outcomes.filter(({ refusal }) => refusal === null);
    const refused = outcomes.filter(({ refusal }) => refusal === 'insufficient_funds');
    expect(granted).to.have.lengthOf(8);
    expect(refused).to.have.lengthOf(42);
    expect((await purseOf(database, ACME)).held).to.equal('4.500000');
    await expectCorrectBooks(database);
  });

  it('lets fifty calls at once share a balance for one with nobody', async () => {
    await fund(database, ACME, '0.6');
    const nodes = [node(), node(second)];
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, index) => ask(nodes[index % 2] ?? node(), phoneRequest())),
    );
    expect(outcomes.filter(({ refusal }) => refusal === null)).to.have.lengthOf(1);
    expect(await openHolds(database)).to.have.lengthOf(1);
  });

  describe('when the switch asks again', () => {
    it('gives the same answer and holds once', async () => {
      await fund(database, ACME, '10');
      const request = phoneRequest();
      const first = await ask(node(), request);
      const again = await ask(node(second), request);
      expect(again).to.deep.equal({ ...first, isNew: false });
      expect(first.isNew).to.equal(true);
      expect(await openHolds(database)).to.have.lengthOf(1);
    });

    it('gives the same answer to questions that meet, on both nodes', async () => {
      await fund(database, ACME, '10');
      const request = phoneRequest();
      const nodes = [node(), node(second), node(), node(second)];
      const answers = await Promise.all(nodes.map((one) => ask(one, request)));
      expect(answers.map(({ reply }) => reply)).to.deep.equal(answers.map(() => answers[0]?.reply));
      // Whoever sends the call on by it does so once.
      expect(answers.filter(({ isNew }) => isNew === true)).to.have.lengthOf(1);
      expect(answers[0]?.refusal).to.equal(null);
      expect(await openHolds(database)).to.have.lengthOf(1);
      expect((await purseOf(database, ACME)).held).to.equal('0.600000');
    });

    it('gives the same refusal, though there is money by now', async () => {
      const request = phoneRequest();
      expect((await ask(node(), request)).refusal).to.equal('insufficient_funds');
      await fund(database, ACME, '10');
      expect((await ask(node(), request)).refusal).to.equal('insufficient_funds');
    });

    it('names a free call the same, so that its legs find it', async () => {
      const request = phoneRequest({ dialled: '1002' });
      const nodes = [node(), node(second)];
      const answers = await Promise.all(nodes.map((one) => ask(one, request)));
      expect(answers[1]).to.deep.equal(answers[0]);
      await Promise.all(nodes.map((one) => one.drain()));
      const rows = await database.orm.select().from(calls);
      expect(rows.map(({ id }) => id)).to.deep.equal([answers[0]?.callId]);
    });

    it('gives no second grant on a call that is over', async () => {
      await fund(database, ACME, '10');
      const request = phoneRequest();
      await ask(node(), request);
      await database.orm.update(calls).set({ state: 'settled' });
      expect((await ask(node(), request)).refusal).to.equal('call_over');
    });

    it('decides a transfer of the same leg anew', async () => {
      await fund(database, ACME, '10');
      const request = phoneRequest();
      const first = await ask(node(), request);
      const moved = await ask(node(), { ...request, profileCreatedUs: '1795327068670999' });
      expect(moved.callId).not.to.equal(first.callId);
      expect(await openHolds(database)).to.have.lengthOf(2);
    });
  });

  describe('through a chain', () => {
    it('holds the price of every level', async () => {
      await fund(database, BETA, '10');
      await fund(database, RESELLER, '10');
      await ask(node(), betaRequest());
      expect((await purseOf(database, BETA)).held).to.equal('0.600000');
      expect((await purseOf(database, RESELLER)).held).to.equal('0.300000');
      await expectCorrectBooks(database);
    });

    it('grants what the reseller can pay, and refuses when it cannot', async () => {
      await fund(database, BETA, '10');
      await fund(database, RESELLER, '0.1');
      const first = await ask(node(), betaRequest());
      expect((await callOf(database, first.callId ?? '')).grantedS).to.equal(20);
      const next = await ask(node(), betaRequest());
      expect(next.refusal).to.equal('insufficient_funds');
      expect((await purseOf(database, BETA)).held).to.equal('0.200000');
    });

    it('counts the calls of a reseller over all its customers', async () => {
      change(RESELLER, { maxCalls: 1 });
      await fund(database, BETA, '10');
      await fund(database, RESELLER, '10');
      expect((await ask(node(), betaRequest())).refusal).to.equal(null);
      expect((await ask(node(), betaRequest())).refusal).to.equal('over_call_limit');
    });
  });

  describe('with a limit on calls', () => {
    it('lets in as many as that, also when all come at once on two nodes', async () => {
      change(ACME, { maxCalls: 3 });
      await fund(database, ACME, '100');
      const nodes = [node(), node(second)];
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) => ask(nodes[index % 2] ?? node(), phoneRequest())),
      );
      expect(outcomes.filter(({ refusal }) => refusal === null)).to.have.lengthOf(3);
      expect(outcomes.filter(({ refusal }) => refusal === 'over_call_limit')).to.have.lengthOf(17);
    });

    it('of none refuses all', async () => {
      change(ACME, { maxCalls: 0 });
      await fund(database, ACME, '100');
      expect((await ask(node(), phoneRequest())).refusal).to.equal('over_call_limit');
    });
  });

  it('harms no other call of a batch in which one cannot be stored', async () => {
    await fund(database, ACME, '10');
    const one = node();
    const good = Array.from({ length: 5 }, () => phoneRequest());
    // A switch id that no column holds: it cannot be made from outside, but code changes.
    const poisoned = phoneRequest({ switchId: 2 ** 63 });
    const outcomes = await Promise.all([...good, poisoned].map((request) => ask(one, request)));
    expect(outcomes.map(({ refusal }) => refusal)).to.deep.equal([
      null,
      null,
      null,
      null,
      null,
      'internal_error',
    ]);
    expect(await openHolds(database)).to.have.lengthOf(5);
    await expectCorrectBooks(database);
  });

  it('refuses paid calls, and only those, while the database is away', async () => {
    const away = openDatabase({ url: 'mysql://root@127.0.0.1:1/none', poolSize: 2 });
    const one = node(away);
    expect((await ask(one, phoneRequest())).refusal).to.equal('database_unavailable');
    expect((await ask(one, phoneRequest({ dialled: '1002' }))).refusal).to.equal(null);
    one.decisionLog.stop();
    await away.close();
    // A pool that was closed is as far away as a server that does not answer.
    expect((await ask(one, phoneRequest())).refusal).to.equal('database_unavailable');
  });

  it('keeps dialled text of any kind out of harm', async () => {
    await fund(database, ACME, '10');
    const request = phoneRequest({
      callerNumber: "Zoë'); DROP TABLE calls; --",
      dialled: '+447700900123',
    });
    const { callId } = await ask(node(), request);
    const call = await callOf(database, callId ?? '');
    expect(call.callerNumber).to.equal("Zo?'); DROP TABLE calls; --");
    expect(call.dialled).to.equal('+447700900123');
    expect(call.destination).to.equal('447700900123');
  });

  it('adds amounts exactly where a floating-point sum would not be', async () => {
    await fund(database, ACME, '90071992547409.930001');
    const request = (callId: string): HoldRequest => ({
      callId,
      decisionKey: callId,
      payers: [
        {
          accountId: ACME,
          sellerAccountId: 1,
          currency: 'EUR',
          rate: rate({ ratePerMinute: '0.000006' }),
          creditLimit: snapshotLimit(snapshot),
        },
      ],
      maxRoutes: 5,
      limits: [],
      allowances: [],
      dailyLimits: [],
      sliceS: 10,
      maxS: 600,
      nowUs: clock.nowUs(),
      newsGraceUs: 0,
      decision: {
        version: 1,
        context: 'default',
        callerNumber: '1',
        callerName: '1',
        ringTimeoutS: 60,
        operatorAccountId: 1,
        extensionId: null,
        didId: null,
        payers: [],
        routes: [
          {
            gatewayId: 1,
            gatewayName: 'carrierA',
            carrierId: 1,
            currency: 'EUR',
            rate: rate(),
            number: '447700900123',
            codecs: 'PCMA',
            progressTimeoutS: 8,
          },
        ],
        target: null,
        steps: [],
      },
      call: {
        id: callId,
        decisionKey: callId,
        switchId: 1,
        coreUuid: '',
        aLegUuid: callId,
        direction: 'outbound',
        accountId: ACME,
        callerNumber: '',
        dialled: '',
        destination: '',
        createdUs: 1,
      },
    });
    await decideHolds(database, [request(nextUuid()), request(nextUuid())]);
    await decideHolds(database, [request(nextUuid())]);
    expect((await purseOf(database, ACME)).held).to.equal('0.000003');
    await fund(database, ACME, '0.000001');
    expect((await purseOf(database, ACME)).balance).to.equal('90071992547409.930002');
  });
});

function snapshotLimit(snapshot: Snapshot) {
  return new Decimal(snapshot.accounts.accountById.get(ACME)?.creditLimit ?? '0');
}
