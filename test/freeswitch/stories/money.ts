import { setTimeout as pause } from 'node:timers/promises';
import { Decimal } from 'decimal.js';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { createAssignment } from '../../../server/admin/package-assignments.js';
import { createPackage } from '../../../server/admin/packages.js';
import { Books, retailPrice } from '../support/books.js';
import { ACTOR, addCustomer, adminOf, payWallet } from '../support/customers.js';
import type { AddedPhone, Customer } from '../support/customers.js';
import type { Lab } from '../support/lab.js';
import { MediaPort } from '../support/media.js';
import { until } from '../support/ports.js';
import { carrierLegOf } from './outbound.js';

/** Dear: 0.10 a second. */
const DEAR = '1';
/** 0.01 a second. */
const CHEAP = '48';

const CROWD = 50;

export function moneyStories(lab: () => Lab): void {
  const callAs = (phone: AddedPhone, number: string, pauseMs = 1000) =>
    lab().phone('alice', {
      scenario: 'phone-call',
      pauseMs,
      fill: { ...phone.fill, NUMBER: number },
    });
  const phoneOf = ({ phones }: Customer, index = 0): AddedPhone => {
    const phone = phones[index];
    if (phone === undefined) throw new Error(`phone ${String(index)}: found none`);
    return phone;
  };

  describe('money', () => {
    it('for one call is not spent by fifty at once', async () => {
      const customer = await addCustomer(lab(), 'crowd', '0.50');
      const number = '12025550150';
      const sinceUs = Books.nowUs();
      const crowd = await lab().beginPhone('alice', {
        scenario: 'phone-call-crowd',
        calls: CROWD,
        fill: { ...phoneOf(customer).fill, NUMBER: number },
      });
      await crowd.succeeded();
      const calls = await until('all of them to be over', async () => {
        const found = await lab().books.callsTo(number, sinceUs);
        const over = found.filter(({ state }) => state === 'settled' || state === 'refused');
        return over.length === CROWD ? found : null;
      });
      const legs = (await Promise.all(calls.map((call) => lab().books.legsOf(call.id)))).flat();
      const talked = legs.filter(({ kind, billUs }) => kind === 'carrier' && billUs > 0);
      const refused = calls.filter(({ reason }) => reason === 'insufficient_funds');
      expect(refused).to.have.lengthOf(CROWD - talked.length);
      // Ended early by whoever hangs up first, a call leaves money for one more.
      expect(talked).to.have.lengthOf(1);
      const { balance, held } = await lab().books.moneyOf(customer.accountId);
      const spent = talked.reduce((sum, leg) => sum.plus(leg.price ?? 0), new Decimal(0));
      expect(balance.toFixed(6)).to.equal(new Decimal('0.50').minus(spent).toFixed(6));
      expect(balance.isNegative()).to.equal(false);
      expect(held.toFixed()).to.equal('0');
    });

    it('of one extension is shared with another, and each call is paid from it once', async () => {
      const customer = await addCustomer(lab(), 'shared', '10', [
        () => ({ funds: 'own' }),
        ([first]) => ({ funds: 'shared', funds_extension_id: first?.extensionId ?? 0 }),
      ]);
      const [own, sharing] = [phoneOf(customer), phoneOf(customer, 1)];
      await payWallet(lab(), own, '0.60');
      const sinceUs = Books.nowUs();
      const running = await lab().beginPhone('alice', {
        scenario: 'phone-call',
        pauseMs: 2500,
        fill: { ...own.fill, NUMBER: '12025550161' },
      });
      await lab().books.answeredLeg('12025550161', sinceUs);
      // All of it is set aside for the first call, so that the second sees none.
      await lab().phone('alice', {
        scenario: 'phone-call-refused',
        fill: { ...sharing.fill, NUMBER: '12025550162', CODE: '402' },
      });
      await running.succeeded();
      const first = carrierLegOf(await lab().books.finished('12025550161', sinceUs, 2));
      expect(first.price).to.equal(retailPrice(DEAR, first.billUs));
      await callAs(sharing, '12025550163');
      const second = carrierLegOf(await lab().books.finished('12025550163', sinceUs, 2));
      expect(second.price).to.equal(retailPrice(DEAR, second.billUs));
      const spent = new Decimal(first.price ?? 0).plus(second.price ?? 0);
      const wallet = await lab().books.walletOf(own.extensionId);
      expect(wallet.balance.toFixed(6)).to.equal(new Decimal('0.60').minus(spent).toFixed(6));
      expect(wallet.held.toFixed()).to.equal('0');
      // The account pays its own price for the same seconds.
      const account = await lab().books.moneyOf(customer.accountId);
      expect(account.balance.toFixed(6)).to.equal(new Decimal('10').minus(spent).toFixed(6));
    });

    it('is not asked for while inclusive seconds last, nor for the seconds they cover', async () => {
      const customer = await addCustomer(lab(), 'bundled', '10');
      const phone = phoneOf(customer);
      const deps = adminOf(lab());
      const bundle = await createPackage(deps, ACTOR, {
        account_id: customer.accountId,
        name: 'four seconds of Poland',
        included_s: 4,
        prefixes: [CHEAP],
      });
      await createAssignment(deps, ACTOR, {
        package_id: bundle.id,
        account_id: customer.accountId,
        starts_on: '2020-01-01',
      });
      await pause(1000);
      const sinceUs = Books.nowUs();
      await callAs(phone, '48220000001', 1500);
      const free = carrierLegOf(await lab().books.finished('48220000001', sinceUs, 2));
      expect(free.price).to.equal('0.000000');
      const usedS = Math.ceil(free.billUs / 1e6);
      await callAs(phone, '48220000002', 4500);
      const partly = carrierLegOf(await lab().books.finished('48220000002', sinceUs, 2));
      const paidS = Math.ceil(partly.billUs / 1e6) - (4 - usedS);
      expect(partly.price).to.equal(retailPrice(CHEAP, paidS * 1e6));
      const { balance, held } = await lab().books.moneyOf(customer.accountId);
      expect(balance.toFixed(6)).to.equal(new Decimal('10').minus(partly.price ?? 0).toFixed(6));
      expect(held.toFixed()).to.equal('0');
    });

    it('that runs out is told by a tone to both before the cut', async () => {
      const customer = await addCustomer(lab(), 'warned', '0.70');
      const number = '12025550170';
      const sinceUs = Books.nowUs();
      const media = await MediaPort.open();
      try {
        const call = await lab().beginPhone('alice', {
          scenario: 'phone-call-cut',
          fill: { ...phoneOf(customer).fill, NUMBER: number, MEDIA: media.port },
        });
        await lab().books.answeredLeg(number, sinceUs);
        // Nobody speaks, so all that is heard is the tone.
        await pause(1500);
        const before = media.packetsHeard;
        await call.succeeded();
        expect(media.packetsHeard - before).to.be.above(5);
        expect(before).to.be.below(media.packetsHeard);
      } finally {
        media.close();
      }
      const leg = carrierLegOf(await lab().books.finished(number, sinceUs, 2));
      expect(leg.hangupCause).to.equal('ALLOTTED_TIMEOUT');
    });

    it('is of no matter to an emergency number', async () => {
      const sinceUs = Books.nowUs();
      await lab().phone('broke', { scenario: 'phone-call', fill: { NUMBER: '112' } });
      const story = await until('the emergency call to be over', async () => {
        const call = await lab().books.callTo('112', sinceUs);
        const legs = await lab().books.legsOf(call.id);
        return legs.some(({ state, billUs }) => state === 'settled' && billUs > 0)
          ? { call, legs }
          : null;
      });
      expect(story.call.reason ?? '').not.to.equal('insufficient_funds');
      const talked = story.legs.find(({ gatewayName }) => gatewayName === 'gw-good');
      expect(talked?.billUs).to.be.above(500_000);
      expect(story.legs.map(({ price }) => price ?? '0.000000')).to.deep.equal(
        story.legs.map(() => '0.000000'),
      );
      expect((await lab().books.balanceOf('broke')).balance.toFixed()).to.equal('0');
    });
  });

  describe('a call that is transferred to the outside', () => {
    it('is charged from then on, to the phone that was transferred', async () => {
      const customer = await addCustomer(lab(), 'moved', '10', [() => ({}), () => ({})]);
      const [caller, called] = [phoneOf(customer), phoneOf(customer, 1)];
      await lab().phone('alice', {
        scenario: 'phone-register',
        fill: { ...called.fill, CONTACT_PORT: lab().ports.phones.bob },
      });
      const number = '4930660001';
      const sinceUs = Books.nowUs();
      const call = await lab().beginPhone('alice', {
        scenario: 'phone-call',
        pauseMs: 6000,
        fill: { ...caller.fill, NUMBER: called.fill.USER },
      });
      const first = await lab().books.callTo(called.fill.USER, sinceUs);
      await pause(2000);
      await lab().freeswitch.api(`uuid_transfer ${first.aLegUuid} ${number} XML default`);
      const running = await lab().books.answeredLeg(number, sinceUs);
      await call.succeeded();
      const story = await lab().books.finished(number, sinceUs, 1);
      const leg = carrierLegOf(story);
      expect(story.call.aLegUuid).to.equal(first.aLegUuid);
      expect(leg.answerUs).to.equal(running.answerUs);
      // Its own time alone, although the caller has talked for longer.
      expect(leg.billUs).to.be.within(1_000_000, 5_000_000);
      expect(leg.price).to.equal(retailPrice('49', leg.billUs));
      const { balance, held } = await lab().books.moneyOf(customer.accountId);
      expect(balance.toFixed(6)).to.equal(new Decimal('10').minus(leg.price ?? 0).toFixed(6));
      expect(held.toFixed()).to.equal('0');
    });
  });
}
