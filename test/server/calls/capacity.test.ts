import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Database } from '../../../db/client.js';
import { channelClaims } from '../../../db/schema/index.js';
import { inTransaction } from '../../../db/transaction.js';
import { purgeClaims } from '../../../db/repositories/channel-claims.js';
import { moveClaims } from '../../../server/calls/channel-claims.js';
import { closeCalls } from '../../../server/calls/close-calls.js';
import { decisionOf } from '../../../server/calls/hold-batch.js';
import { reapCalls } from '../../../server/calls/reaper.js';
import type { Snapshot } from '../../../server/snapshot/snapshot.js';
import { callOf, expectCorrectBooks } from '../../support/books.js';
import { callerEnded, carrierEnded } from '../../support/leg-reports.js';
import type { CallNode } from '../../support/node.js';
import { phoneRequest } from '../../support/requests.js';
import { snapshotOf } from '../../support/use-world.js';
import { buildWorld, plan } from '../../support/world.js';
import type { World } from '../../support/world.js';
import { withCompany } from './company.js';

type Limits = Partial<Pick<World['gateways'][number], 'maxChannels' | 'maxCps'>>;

/** The company with limits on gateways and carriers, by id. */
function limited(
  limits: {
    readonly gateways?: Readonly<Record<number, Limits>>;
    readonly carriers?: Readonly<Record<number, Limits>>;
  },
  change: (world: World) => void = () => undefined,
): Snapshot {
  const world = buildWorld();
  world.gateways = world.gateways.map((row) => ({ ...row, ...limits.gateways?.[row.id] }));
  world.carriers = world.carriers.map((row) => ({ ...row, ...limits.carriers?.[row.id] }));
  change(world);
  return snapshotOf(world);
}

async function claimsOf(database: Database): Promise<readonly string[]> {
  const rows = await database.orm.select().from(channelClaims);
  return rows.map((row) => `${row.resource} ${String(row.resourceId)} ${row.state}`).sort();
}

async function routesOf(database: Database, callId: string | null): Promise<readonly string[]> {
  const call = await callOf(database, callId ?? '');
  return decisionOf(call).routes.map((route) => route.gatewayName);
}

async function stepsOf(database: Database, callId: string | null, kind: string) {
  const call = await callOf(database, callId ?? '');
  return decisionOf(call).steps.filter((step) => step.kind === kind);
}

describe('the capacity of carriers', () => {
  const company = withCompany();

  const ask = (node: CallNode, snapshot: Snapshot, over = {}) =>
    node.authorizer.authorize(phoneRequest(over), snapshot);

  it('is not looked at where nothing is limited', async () => {
    const { database, node, snapshot } = company();
    await ask(node(), snapshot);
    expect(await claimsOf(database)).to.deep.equal([]);
  });

  it('sends the call that does not fit to the next carrier, and says why', async () => {
    const { database, node } = company();
    const snapshot = limited({ gateways: { 1: { maxChannels: 1 } } });
    const first = await ask(node(), snapshot);
    const second = await ask(node(), snapshot);
    expect(await routesOf(database, first.callId)).to.deep.equal([
      'carrierA',
      'carrierB',
      'carrierC',
    ]);
    expect(await routesOf(database, second.callId)).to.deep.equal(['carrierB', 'carrierC']);
    expect(await stepsOf(database, second.callId, 'route_full')).to.deep.equal([
      {
        kind: 'route_full',
        gateway: 'carrierA',
        carrierId: 1,
        reason: 'at_capacity',
        detail: 'gateway: 1 of 1 channels',
      },
    ]);
    expect(await claimsOf(database)).to.deep.equal(['gateway 1 open']);
  });

  it('counts all gateways of a carrier together', async () => {
    const { database, node } = company();
    const snapshot = limited({ carriers: { 1: { maxChannels: 1 } } }, (world) => {
      const [first] = world.gateways;
      if (first !== undefined) world.gateways.push({ ...first, id: 9, name: 'carrierA2' });
    });
    await ask(node(), snapshot);
    const second = await ask(node(), snapshot);
    expect(await routesOf(database, second.callId)).to.deep.equal(['carrierB', 'carrierC']);
  });

  it('refuses a call for which no carrier has room, and takes none of its money', async () => {
    const { database, node } = company();
    const none = { maxChannels: 0 };
    const snapshot = limited({ gateways: { 1: none, 2: none }, carriers: { 3: none } });
    const answer = await ask(node(), snapshot);
    expect(answer.refusal).to.equal('no_carrier');
    expect(answer.reply.actions).to.deep.equal([
      { application: 'respond', data: '503 No Route Available' },
    ]);
    expect(await stepsOf(database, answer.callId, 'route_full')).to.have.lengthOf(3);
    expect(await claimsOf(database)).to.deep.equal([]);
    await expectCorrectBooks(database);
  });

  it('looks for room before it cuts the routes to as many as the plan allows', async () => {
    const { database, node } = company();
    const snapshot = limited({ gateways: { 1: { maxChannels: 0 } } }, (world) => {
      world.plans = [plan(1, 'one only', { maxRoutes: 1 })];
    });
    const { callId } = await ask(node(), snapshot);
    expect(await routesOf(database, callId)).to.deep.equal(['carrierB']);
    expect(await stepsOf(database, callId, 'beyond_max_routes')).to.deep.equal([
      {
        kind: 'beyond_max_routes',
        maxRoutes: 1,
        routes: [{ gateway: 'carrierC', carrierId: 3 }],
      },
    ]);
  });

  it('gives one channel to one of many calls that come at once to two nodes', async () => {
    const { database, second, node } = company();
    const snapshot = limited({ gateways: { 1: { maxChannels: 1 }, 2: { maxChannels: 3 } } });
    const nodes = [node(), node({ database: second })];
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, index) => ask(nodes[index % 2] ?? node(), snapshot)),
    );
    const firsts = await Promise.all(
      answers.map(async ({ callId }) => (await routesOf(database, callId))[0]),
    );
    const count = (name: string) => firsts.filter((first) => first === name).length;
    expect([count('carrierA'), count('carrierB'), count('carrierC')]).to.deep.equal([1, 3, 20]);
    expect(await claimsOf(database)).to.deep.equal([
      'gateway 1 open',
      'gateway 2 open',
      'gateway 2 open',
      'gateway 2 open',
    ]);
  });

  it('allows so many new calls a second, open or not, and the next second as many again', async () => {
    const { database, node, clock } = company();
    const snapshot = limited({ carriers: { 1: { maxCps: 2 } } });
    const on = node();
    const firstOf = async () => {
      const { callId } = await ask(on, snapshot);
      const [first] = await routesOf(database, callId);
      if (first === 'carrierA') await closeCalls(database, [callId ?? ''], clock.nowUs());
      return { first, callId };
    };
    expect((await firstOf()).first).to.equal('carrierA');
    expect((await firstOf()).first).to.equal('carrierA');
    const third = await firstOf();
    expect(third.first).to.equal('carrierB');
    expect((await stepsOf(database, third.callId, 'route_full'))[0]).to.include({
      reason: 'over_cps',
      detail: 'carrier: 2 of 2 calls a second',
    });
    clock.advanceS(2);
    expect((await firstOf()).first).to.equal('carrierA');
  });

  it('claims nothing twice for a fetch that is repeated, here or on another node', async () => {
    const { database, second, node } = company();
    const snapshot = limited({ gateways: { 1: { maxChannels: 5 } } });
    const request = phoneRequest();
    const on = node();
    const other = node({ database: second });
    const answers = await Promise.all([
      on.authorizer.authorize(request, snapshot),
      other.authorizer.authorize(request, snapshot),
    ]);
    await on.authorizer.authorize(request, snapshot);
    expect(new Set(answers.map(({ callId }) => callId)).size).to.equal(1);
    expect(await claimsOf(database)).to.deep.equal(['gateway 1 open']);
  });

  it('is not taken by a call that is refused for want of money', async () => {
    const { database, node } = company();
    const snapshot = limited({ gateways: { 1: { maxChannels: 1 } } }, (world) => {
      world.rows = world.rows.map((row) =>
        row.id === 1 ? { ...row, ratePerMinute: '900000' } : row,
      );
    });
    expect((await ask(node(), snapshot)).refusal).to.equal('insufficient_funds');
    expect(await claimsOf(database)).to.deep.equal([]);
  });

  describe('is given back', () => {
    const both = { gateways: { 1: { maxChannels: 1 } }, carriers: { 1: { maxChannels: 1 } } };

    it('when the paid leg ends', async () => {
      const { database, node } = company();
      const on = node();
      const { callId } = await ask(on, limited(both));
      expect(await claimsOf(database)).to.deep.equal(['carrier 1 open', 'gateway 1 open']);
      await on.settler.settle({
        report: carrierEnded(callId, 30),
        switchId: 1,
        inboxId: null,
        isLastTry: false,
      });
      expect(await claimsOf(database)).to.deep.equal(['carrier 1 closed', 'gateway 1 closed']);
      const next = await ask(on, limited(both));
      expect((await routesOf(database, next.callId))[0]).to.equal('carrierA');
    });

    it('when the caller hangs up before anybody answers', async () => {
      const { database, node } = company();
      const on = node();
      const request = phoneRequest();
      await on.authorizer.authorize(request, limited(both));
      await on.settler.settle({
        report: callerEnded(request.legUuid),
        switchId: 1,
        inboxId: null,
        isLastTry: false,
      });
      expect(await claimsOf(database)).to.deep.equal(['carrier 1 closed', 'gateway 1 closed']);
    });

    it('when nobody reports anything any more, and forgotten after a while', async () => {
      const { database, node, clock } = company();
      const on = node();
      await ask(on, limited(both));
      clock.advanceS(3600);
      const reap = () => reapCalls({ ...on, maxCallS: 600, orphanGraceS: 60 });
      await reap();
      expect(await claimsOf(database)).to.deep.equal([]);
    });

    it('and kept while it is open, however old', async () => {
      const { database, node, clock } = company();
      await ask(node(), limited(both));
      expect(await purgeClaims(database.orm, clock.nowUs() + 1)).to.equal(0);
      expect(await claimsOf(database)).to.have.lengthOf(2);
    });
  });

  describe('moves on', () => {
    const all = {
      gateways: { 1: { maxChannels: 9 }, 2: { maxChannels: 9 }, 3: { maxChannels: 9 } },
      carriers: { 2: { maxChannels: 9 } },
    };

    const withCall = async () => {
      const { database, node } = company();
      const on = node();
      const { callId } = await ask(on, limited(all));
      if (callId === null) throw new Error('not authorised');
      const decision = decisionOf(await callOf(database, callId));
      const fail = (...indexes: readonly number[]) =>
        inTransaction(database, (tx) =>
          moveClaims(
            tx,
            indexes.map((routeIndex) => ({ callId, routeIndex, decision })),
          ),
        );
      return { database, on, callId, decision, fail };
    };

    it('to the next route when an attempt fails', async () => {
      const { database, fail } = await withCall();
      await fail(0);
      expect(await claimsOf(database)).to.deep.equal([
        'carrier 2 open',
        'gateway 1 closed',
        'gateway 2 open',
      ]);
    });

    it('once, however often it is told', async () => {
      const { database, fail } = await withCall();
      await fail(0);
      await fail(0);
      await fail(0, 0);
      expect(await claimsOf(database)).to.deep.equal([
        'carrier 2 open',
        'gateway 1 closed',
        'gateway 2 open',
      ]);
    });

    it('to where the hunt has come, in whatever batch the failures are told', async () => {
      const { database, fail } = await withCall();
      await fail(1, 0);
      expect(await claimsOf(database)).to.deep.equal(['gateway 1 closed', 'gateway 3 open']);
    });

    it('not back when an earlier failure is told late', async () => {
      const { database, on, callId, fail } = await withCall();
      await on.settler.settle({
        report: carrierEnded(callId, 0, { routeIndex: 1, gatewayName: 'carrierB' }),
        switchId: 1,
        inboxId: null,
        isLastTry: false,
      });
      await fail(0);
      expect(await claimsOf(database)).to.include('gateway 3 open');
      expect(await claimsOf(database)).not.to.include('gateway 2 open');
    });

    it('to the route that answers, though nobody told of those before it', async () => {
      const { database, on, callId } = await withCall();
      const { kind, ...leg } = carrierEnded(callId, 30, {
        routeIndex: 2,
        gatewayName: 'carrierC',
      });
      expect(kind).to.equal('ended');
      await on.supervisor.handle({ ...leg, kind: 'answered' }, 1);
      expect(await claimsOf(database)).to.deep.equal(['gateway 1 closed', 'gateway 3 open']);
    });

    it('with the reports of failed legs as they come from a switch', async () => {
      const { database, on, callId } = await withCall();
      const report = carrierEnded(callId, 0);
      await on.settler.settle({ report, switchId: 1, inboxId: null, isLastTry: false });
      expect(await claimsOf(database)).to.deep.equal([
        'carrier 2 open',
        'gateway 1 closed',
        'gateway 2 open',
      ]);
    });

    it('nowhere after the last route', async () => {
      const { database, fail } = await withCall();
      await fail(2);
      expect(await claimsOf(database)).to.deep.equal(['gateway 1 closed']);
    });

    it('nowhere after a cause that ends the hunt', async () => {
      const { database, callId, decision } = await withCall();
      const failed = { callId, decision, routeIndex: 0, hangupCause: 'USER_BUSY' };
      await inTransaction(database, (tx) => moveClaims(tx, [failed]));
      expect(await claimsOf(database)).to.deep.equal(['gateway 1 closed']);
    });

    it('nowhere when the call is over', async () => {
      const { database, callId, fail } = await withCall();
      await closeCalls(database, [callId], 1);
      await fail(0);
      expect(await claimsOf(database)).to.deep.equal(['gateway 1 closed']);
    });

    it('within a carrier without counting it twice', async () => {
      const { database, node } = company();
      const snapshot = limited({ carriers: { 1: { maxChannels: 1 } } }, (world) => {
        const [first] = world.gateways;
        if (first !== undefined) world.gateways.push({ ...first, id: 9, name: 'carrierA2' });
      });
      const { callId } = await ask(node(), snapshot);
      const decision = decisionOf(await callOf(database, callId ?? ''));
      expect(decision.routes.map(({ carrierId }) => carrierId)).to.deep.equal([1, 1, 2, 3]);
      await inTransaction(database, (tx) =>
        moveClaims(tx, [{ callId: callId ?? '', routeIndex: 0, decision }]),
      );
      expect(await claimsOf(database)).to.deep.equal(['carrier 1 open']);
    });
  });
});
