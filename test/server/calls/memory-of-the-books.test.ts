import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import type { Database } from '../../../db/client.js';
import { portedNumbers } from '../../../db/schema/index.js';
import { CarrierCredit } from '../../../server/calls/carrier-credit.js';
import { liveFactsOf, noLiveFacts } from '../../../server/calls/live-facts.js';
import { needsRoutingNumbers, RoutingNumbers } from '../../../server/calls/routing-numbers.js';
import type { Snapshot } from '../../../server/snapshot/snapshot.js';
import { callOf } from '../../support/books.js';
import { carrierEnded } from '../../support/leg-reports.js';
import { quietLog } from '../../support/quiet-log.js';
import { phoneRequest } from '../../support/requests.js';
import { snapshotOf } from '../../support/use-world.js';
import { ACME, buildWorld, rateRow } from '../../support/world.js';
import type { World } from '../../support/world.js';
import { withCompany } from './company.js';
import { patch } from './planning.js';

describe('what is owed to carriers', () => {
  const company = withCompany();

  it('leaves a carrier out once its credit is used up, as soon as the books are read again', async () => {
    const { database, node } = company();
    const world = buildWorld();
    world.carriers = patch(world.carriers, { 1: { creditLimit: '0.060000' } });
    const snapshot = snapshotOf(world);
    const credit = new CarrierCredit({ database, log: quietLog });
    const live = liveFactsOf({ links: noLiveFacts, quality: noLiveFacts, credit });
    const on = node({ live, snapshot });
    await credit.refresh();
    expect(credit.owedTo(1)).to.equal(null);
    const first = await on.authorizer.authorize(phoneRequest(), snapshot);
    await on.settler.settle({
      report: carrierEnded(first.callId, 30),
      switchId: 1,
      inboxId: null,
      isLastTry: false,
    });
    await credit.refresh();
    expect(credit.owedTo(1)).to.equal('0.060000');
    const second = await on.authorizer.authorize(phoneRequest(), snapshot);
    expect(JSON.stringify(second.reply)).not.to.contain('carrierA');
    expect(JSON.stringify(second.reply)).to.contain('carrierB');
  });

  it('stays as it was last read while the database is away, and the node starts only with it', async () => {
    const { second } = company();
    const credit = new CarrierCredit({ database: second, log: quietLog, pollMs: 5 });
    await credit.start();
    await second.close();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(credit.owedTo(1)).to.equal(null);
    await credit.stop();
    const never = new CarrierCredit({ database: second, log: quietLog });
    const outcome = await never.start().then(
      () => 'started',
      () => 'failed',
    );
    expect(outcome).to.equal('failed');
  });
});

describe('routing numbers', () => {
  const company = withCompany();
  const NUMBER = '12125551234';
  const ROUTING = '14155550000';

  beforeEach(async () => {
    await company().database.orm.delete(portedNumbers);
  });

  const port = (database: Database) =>
    database.orm.insert(portedNumbers).values({ number: NUMBER, routingNumber: ROUTING });

  /** Acme is charged by the routing number. */
  function american(ratedOn: World['sheets'][number]['ratedOn'] = 'lrn'): Snapshot {
    const world = buildWorld();
    world.sheets = patch(world.sheets, { 1: { ratedOn } });
    world.rows.push(
      rateRow(101, 1, '1', '0.6'),
      rateRow(102, 1, '1415', '0.9'),
      rateRow(103, 11, '1', '0.1'),
    );
    world.extensions = patch(world.extensions, { 1: { callerIdNumber: '17165550000' } });
    return snapshotOf(world);
  }

  it('are looked up for calls out, and are written down with the call', async () => {
    const { database, clock, node } = company();
    await port(database);
    const on = node({ routingNumbers: new RoutingNumbers({ database, clock }) });
    const request = phoneRequest({ dialled: NUMBER });
    const { callId } = await on.authorizer.authorize(request, american());
    const call = await callOf(database, callId ?? '');
    expect(call).to.include({
      destination: NUMBER,
      routingNumber: ROUTING,
      jurisdiction: 'interstate',
    });
    expect(JSON.stringify(call.decision)).to.contain('"ratePerMinute":"0.9"');
  });

  it('are null with calls to numbers that did not move', async () => {
    const { database, clock, node } = company();
    const on = node({ routingNumbers: new RoutingNumbers({ database, clock }) });
    const request = phoneRequest({ dialled: NUMBER });
    const { callId } = await on.authorizer.authorize(request, american());
    expect(await callOf(database, callId ?? '')).to.include({
      routingNumber: null,
      jurisdiction: 'intrastate',
    });
  });

  it('are asked for by calls out only, and only where a sheet is rated by them', async () => {
    const { node } = company();
    const asked: string[] = [];
    const routingNumbers = {
      find: (number: string) => {
        asked.push(number);
        return Promise.resolve(null);
      },
    };
    const on = node({ routingNumbers });
    const dial = (dialled: string, snapshot: Snapshot) =>
      on.authorizer.authorize(phoneRequest({ dialled }), snapshot);
    await dial('1002', american());
    await dial('9196', american());
    await dial(NUMBER, american('number'));
    expect(asked).to.deep.equal([]);
    await dial(NUMBER, american());
    expect(asked).to.deep.equal([NUMBER]);
    expect(needsRoutingNumbers(american('number'))).to.equal(false);
  });

  it('are not asked for where the caller brings one and may', async () => {
    const { node } = company();
    const world = buildWorld();
    world.accounts = patch(world.accounts, { [ACME]: { trustsLrn: true } });
    world.sheets = patch(world.sheets, { 1: { ratedOn: 'lrn' } });
    const routingNumbers = { find: () => Promise.reject(new Error('asked')) };
    const request = phoneRequest({ dialled: '447700900123;npdi' });
    const on = node({ routingNumbers });
    const { refusal } = await on.authorizer.authorize(request, snapshotOf(world));
    expect(refusal).to.equal(null);
  });

  it('that cannot be looked up let no call out at a price that might be wrong', async () => {
    const { node } = company();
    const routingNumbers = { find: () => Promise.reject(new Error('away')) };
    const on = node({ routingNumbers });
    const ask = (dialled: string) => on.authorizer.authorize(phoneRequest({ dialled }), american());
    expect((await ask(NUMBER)).refusal).to.equal('database_unavailable');
    expect((await ask('1002')).refusal).to.equal(null);
  });

  it('are remembered for a while, also that there is none', async () => {
    const { database, clock } = company();
    const numbers = new RoutingNumbers({ database, clock, ttlMs: 60_000 });
    expect(await numbers.find(NUMBER)).to.equal(null);
    await port(database);
    expect(await numbers.find(NUMBER)).to.equal(null);
    clock.advanceS(61);
    expect(await numbers.find(NUMBER)).to.equal(ROUTING);
  });

  it('make room for each other', async () => {
    const { database, clock } = company();
    const numbers = new RoutingNumbers({ database, clock, maxEntries: 2 });
    await Promise.all(['441', NUMBER, '442', '443'].map((number) => numbers.find(number)));
    await port(database);
    // Forgotten by now, so asked for again.
    expect(await numbers.find(NUMBER)).to.equal(ROUTING);
  });
});
