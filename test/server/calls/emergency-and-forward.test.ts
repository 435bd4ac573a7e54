import { expect } from 'chai';
import { describe, it } from 'mocha';
import { notices } from '../../../db/schema/index.js';
import { BreachRecorder } from '../../../server/guards/breach-recorder.js';
import { callOf, expectCorrectBooks, legOf, openHolds, purseOf } from '../../support/books.js';
import { callerEnded, carrierEnded } from '../../support/leg-reports.js';
import { quietLog } from '../../support/quiet-log.js';
import { carrierRequest, phoneRequest } from '../../support/requests.js';
import { snapshotOf } from '../../support/use-world.js';
import { accountGuard } from '../../support/world-rules.js';
import { ACME, ACME_1002, buildWorld, SWITCH_ID } from '../../support/world.js';
import type { World } from '../../support/world.js';
import { withCompany } from './company.js';
import { patch } from './planning.js';

describe('calls that are decided in other ways, from the fetch to the books', () => {
  const company = withCompany();

  const changed = (change: (world: World) => void) => {
    const world = buildWorld();
    change(world);
    return snapshotOf(world);
  };

  it('settles an emergency call as a leg by a carrier that costs nobody anything', async () => {
    const { node, ask, database } = company();
    const one = node();
    const request = phoneRequest({ dialled: '112' });
    const { callId } = await ask(one, request);
    const leg = carrierEnded(callId, 700, { gatewayName: 'carrierC', destination: '112' });
    await one.supervisor.handle({ ...leg, kind: 'answered' }, SWITCH_ID);
    await one.supervisor.handle({ ...leg, kind: 'heartbeat', atUs: leg.endUs }, SWITCH_ID);
    await one.supervisor.handle(leg, SWITCH_ID);
    await one.drain();
    expect(await legOf(database, leg.legUuid)).to.include({
      callId,
      kind: 'carrier',
      state: 'settled',
      gatewayName: 'carrierC',
      billUs: 700_000_000,
      price: '0.000000',
      cost: '0.000000',
    });
    expect(await callOf(database, callId)).to.include({ state: 'settled', grantedS: null });
    expect((await purseOf(database, ACME)).balance).to.equal('100.000000');
    await expectCorrectBooks(database);
  });

  it('charges a forward to the outside to the extension that forwards, not to who called', async () => {
    const { node, database } = company();
    const one = node();
    const snapshot = changed((world) => {
      world.extensions = patch(world.extensions, { [ACME_1002]: { forwardTo: '447700900777' } });
    });
    const first = carrierRequest();
    const begun = await one.authorizer.authorize(first, snapshot);
    const actions = begun.reply.actions.map(({ application, data }) => `${application} ${data}`);
    expect(actions.slice(-3)).to.deep.equal([
      `set rl_ext=${ACME_1002}`,
      'set rl_hops=1',
      'transfer 447700900777 XML public',
    ]);
    const second = carrierRequest({
      legUuid: first.legUuid,
      dialled: '447700900777',
      profileCreatedUs: '1795327068670999',
      hops: 1,
      authenticated: { extensionId: ACME_1002, didId: 1 },
    });
    const { callId, refusal } = await one.authorizer.authorize(second, snapshot);
    expect(refusal).to.equal(null);
    await one.drain();
    const leg = carrierEnded(callId, 30, { originatingLegUuid: first.legUuid });
    const caller = callerEnded(first.legUuid, { billUs: 30_000_000 });
    await one.supervisor.handle(leg, SWITCH_ID);
    await one.supervisor.handle(caller, SWITCH_ID);
    await one.drain();
    expect((await purseOf(database, ACME)).balance).to.equal('99.700000');
    expect((await callOf(database, callId ?? '')).extensionId).to.equal(ACME_1002);
    expect(await openHolds(database)).to.deep.equal([]);
    await expectCorrectBooks(database);
  });

  it('tells of a breach, and of a first call to a country only if the call was let through', async () => {
    const { node, database, clock } = company();
    const breaches = new BreachRecorder({ database, clock, log: quietLog });
    const one = node({ breaches });
    const told = async () => {
      await breaches.flush();
      return (await database.orm.select().from(notices)).map(({ occasion }) => occasion).sort();
    };
    await database.orm.delete(notices);
    const poor = changed((world) => {
      world.accountGuards.push(accountGuard(ACME, { newCountry: 'alert', dailySpend: '0.000000' }));
    });
    const refused = await one.authorizer.authorize(phoneRequest(), poor);
    expect(refused.refusal).to.equal('daily_spend_reached');
    expect(await told()).to.deep.equal(['guard:3:daily_spend_reached:2026-11-22']);
    const dear = changed((world) => {
      world.accountGuards.push(accountGuard(ACME, { maxPricePerMinute: '0.1' }));
    });
    await one.authorizer.authorize(phoneRequest(), dear);
    const watched = changed((world) => {
      world.accountGuards.push(accountGuard(ACME, { newCountry: 'alert' }));
    });
    expect((await one.authorizer.authorize(phoneRequest(), watched)).refusal).to.equal(null);
    expect(await told()).to.deep.equal([
      'guard:3:daily_spend_reached:2026-11-22',
      'guard:3:new_country:called:GB',
      'guard:3:price_too_high:2026-11-22',
    ]);
    await breaches.stop();
  });
});
