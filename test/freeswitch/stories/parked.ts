import { Decimal } from 'decimal.js';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { Books, retailPrice } from '../support/books.js';
import type { Lab } from '../support/lab.js';
import { startOwnDialplan } from '../support/own-dialplan.js';
import type { OwnDialplan } from '../support/own-dialplan.js';
import { until } from '../support/ports.js';
import { domainOf, PHONES } from '../support/tenant.js';
import { carrierLegOf } from './outbound.js';

export function parkedStories(lab: () => Lab): void {
  describe('a FreeSWITCH with a dialplan of its own', () => {
    let own: OwnDialplan | undefined;
    const at = () => ({ at: own?.port ?? 0 });

    before(async function () {
      this.timeout(60_000);
      own = await startOwnDialplan(lab());
    });
    after(async () => {
      await own?.freeswitch.kill();
      own?.gate.close();
    });

    it('was added while the engine ran, and has a parked call routed and charged', async () => {
      const number = '442079000001';
      const sinceUs = Books.nowUs();
      const before = await lab().books.balanceOf('rich');
      await lab().phone('alice', {
        scenario: 'phone-call',
        pauseMs: 2500,
        fill: { NUMBER: number },
        ...at(),
      });
      const { call, legs } = await lab().books.finished(number, sinceUs, 3);
      expect(call).to.include({ state: 'settled', direction: 'outbound', grantedS: 30 });
      expect(call.switchId).to.equal(own?.switchId);
      // By least cost: the first carrier refuses, the second answers.
      const attempts = legs.map(({ gatewayName, hangupCause }) => [gatewayName, hangupCause]);
      expect(attempts).to.deep.include(['gw-down', 'NORMAL_TEMPORARY_FAILURE']);
      const leg = legs.find(({ gatewayName }) => gatewayName === 'gw-good');
      expect(leg?.billUs).to.be.within(2_400_000, 3_000_000);
      expect(leg?.price).to.equal(retailPrice('44', leg?.billUs ?? 0));
      const after = await lab().books.balanceOf('rich');
      expect(before.balance.minus(after.balance).toFixed(6)).to.equal(leg?.price);
      expect(after.held.toFixed()).to.equal('0');
      expect(await lab().books.decisionOf(call.id)).to.contain('"by":"switch"');
    });

    it('has a parked call cut when the money runs out', async () => {
      const number = '12025550188';
      const sinceUs = Books.nowUs();
      const funds = await lab().books.balanceOf('shortest');
      await lab().phone('shortest', {
        scenario: 'phone-call-cut',
        fill: { NUMBER: number },
        ...at(),
      });
      const story = await lab().books.finished(number, sinceUs, 2);
      const leg = carrierLegOf(story);
      expect(story.call.grantedS).to.equal(3);
      expect(leg.hangupCause).to.equal('ALLOTTED_TIMEOUT');
      const seconds = Math.min(3, Math.ceil(leg.billUs / 1e6));
      expect(leg.price).to.equal(new Decimal('0.10').times(seconds).toFixed(6));
      const after = await lab().books.balanceOf('shortest');
      expect(funds.balance.minus(after.balance).toFixed(6)).to.equal(leg.price);
    });

    it('tells the caller of a refused one what the dialplan would have told', async () => {
      const number = '4930555088';
      const sinceUs = Books.nowUs();
      await lab().phone('broke', {
        scenario: 'phone-call-refused',
        fill: { NUMBER: number, CODE: '402' },
        ...at(),
      });
      const { call, legs } = await lab().books.finished(number, sinceUs, 1);
      expect(call).to.include({ state: 'refused', reason: 'insufficient_funds' });
      expect(legs.map(({ kind }) => kind)).to.deep.equal(['caller']);
    });

    it('rings an extension of the same domain free of charge', async () => {
      const sinceUs = Books.nowUs();
      await lab().phone('bob', {
        scenario: 'phone-register',
        fill: { CONTACT_PORT: lab().ports.phones.bob },
        ...at(),
      });
      await lab().phone('alice', {
        scenario: 'phone-call',
        fill: { NUMBER: PHONES.bob.user },
        ...at(),
      });
      const { call, legs } = await lab().books.finished(PHONES.bob.user, sinceUs, 2);
      expect(call).to.include({ state: 'settled', direction: 'internal', grantedS: null });
      expect(legs.map(({ kind }) => kind)).to.have.members(['caller', 'extension']);
    });

    it('leaves calls alone that are parked for another reason', async () => {
      const sinceUs = Books.nowUs();
      await lab().phone('alice', {
        scenario: 'phone-call-refused',
        fill: { NUMBER: '7000', CODE: '503' },
        ...at(),
      });
      await lab()
        .books.callTo('7000', sinceUs, 500)
        .then(
          () => expect.fail('a decision was made for a call that was not ours'),
          () => undefined,
        );
    });

    it('is believed about who pays, but its words are nothing but words', async () => {
      const payers = [
        ["nobody' ^|\\x5Bx]{y}@lab.example", '403'],
        ['1001@no-such.example', '403'],
        [`${PHONES.alice.user}@${domainOf('alice')}`, '200'],
      ] as const;
      for (const [index, [payer, code]] of payers.entries()) {
        const number = `493077000${String(index)}`;
        const sinceUs = Books.nowUs();
        await lab().phone('broke', {
          scenario: code === '200' ? 'phone-call' : 'phone-call-refused',
          fill: { NUMBER: `*9${number}`, PAYER: payer, CODE: code },
          ...at(),
        });
        const { call } = await lab().books.finished(number, sinceUs, code === '200' ? 2 : 1);
        expect(call.state).to.equal(code === '200' ? 'settled' : 'refused');
      }
    });

    it('is heard by two engine nodes, and each call is sent on once', async () => {
      const second = await lab().startSecondEngine('own-dialplan');
      try {
        const sinceUs = Books.nowUs();
        const paid = '4930880001';
        await lab().phone('alice', { scenario: 'phone-call', fill: { NUMBER: paid }, ...at() });
        const story = await lab().books.finished(paid, sinceUs, 2);
        expect(carrierLegOf(story).price).to.equal(retailPrice('49', carrierLegOf(story).billUs));
        const { user } = PHONES.bob;
        await lab().phone('alice', { scenario: 'phone-call', fill: { NUMBER: user }, ...at() });
        const free = await lab().books.finished(user, sinceUs, 2);
        expect(free.legs.map(({ kind }) => kind)).to.have.members(['caller', 'extension']);
      } finally {
        await second.kill();
      }
    });

    it('has calls routed that were parked while no engine listened', async () => {
      const number = '4930990001';
      const sinceUs = Books.nowUs();
      own?.gate.shut();
      const call = await lab().beginPhone('alice', {
        scenario: 'phone-call',
        fill: { NUMBER: number },
        ...at(),
      });
      await until('the call to be parked', async () => {
        const channels = (await own?.freeswitch.api('show channels')) ?? '';
        return channels.includes(',park,') ? true : null;
      });
      own?.gate.reopen();
      await call.succeeded();
      const leg = carrierLegOf(await lab().books.finished(number, sinceUs, 2));
      expect(leg.price).to.equal(retailPrice('49', leg.billUs));
    });
  });
}
