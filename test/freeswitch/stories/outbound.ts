import { Decimal } from 'decimal.js';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Books, retailPrice } from '../support/books.js';
import type { Story } from '../support/books.js';
import type { Lab } from '../support/lab.js';
import { FUNDS } from '../support/tenant.js';

/** The one leg of a story that left through a gateway. */
export function carrierLegOf({ legs }: Story) {
  const left = legs.filter((leg) => leg.kind === 'carrier');
  const [leg] = left;
  if (left.length !== 1 || leg === undefined) {
    throw new Error(`carrier legs: found ${String(left.length)}, expected 1`);
  }
  return leg;
}

export function outboundStories(lab: () => Lab): void {
  describe('calls out', () => {
    it('are carried, priced to the second and posted in balance', async () => {
      const number = '4930123456';
      const sinceUs = Books.nowUs();
      const before = await lab().books.balanceOf('rich');
      await lab().phone('alice', {
        scenario: 'phone-call',
        pauseMs: 2500,
        fill: { NUMBER: number },
      });
      const story = await lab().books.finished(number, sinceUs, 2);
      const leg = carrierLegOf(story);
      expect(story.call).to.include({ state: 'settled', direction: 'outbound', grantedS: 30 });
      expect(story.legs.map(({ kind }) => kind)).to.have.members(['caller', 'carrier']);
      expect(leg).to.include({ gatewayName: 'gw-good', hangupCause: 'NORMAL_CLEARING' });
      expect(leg.billUs).to.be.within(2_400_000, 3_000_000);
      expect(leg.price).to.equal(retailPrice('49', leg.billUs));
      const after = await lab().books.balanceOf('rich');
      expect(before.balance.minus(after.balance).toFixed(6)).to.equal(leg.price);
      expect(after.held.toFixed()).to.equal('0');
      const holds = await lab().books.holdsOf(story.call.id);
      expect(holds.map(({ state }) => state)).to.deep.equal(['released', 'released']);
      const posting = await lab().books.postingOf(leg);
      expect(posting.sum).to.equal('0');
      expect(posting.entries).to.be.at.least(6);
    });

    it('go on to the next carrier after a 503', async () => {
      const number = '442071234567';
      const sinceUs = Books.nowUs();
      await lab().phone('alice', { scenario: 'phone-call', fill: { NUMBER: number } });
      const { call, legs } = await lab().books.finished(number, sinceUs, 3);
      const [failed, carried] = ['gw-down', 'gw-good'].map((gateway) =>
        legs.find((leg) => leg.gatewayName === gateway),
      );
      expect(call.state).to.equal('settled');
      expect(failed).to.include({ routeIndex: 0, billUs: 0, price: '0.000000' });
      expect(failed).to.include({
        hangupCause: 'NORMAL_TEMPORARY_FAILURE',
        protocolCause: 'sip:503',
      });
      expect(carried).to.include({ routeIndex: 1, hangupCause: 'NORMAL_CLEARING' });
      expect(carried?.price).to.equal(retailPrice('44', carried?.billUs ?? 0));
    });

    it('go on to the next carrier when one shows no sign of life in its time', async () => {
      const number = '4722123456';
      const sinceUs = Books.nowUs();
      await lab().phone('alice', { scenario: 'phone-call', fill: { NUMBER: number } });
      const { legs } = await lab().books.finished(number, sinceUs, 3);
      const silent = legs.find((leg) => leg.gatewayName === 'gw-mute');
      expect(silent).to.include({ routeIndex: 0, billUs: 0, hangupCause: 'PROGRESS_TIMEOUT' });
      expect(((silent?.endUs ?? 0) - (silent?.startUs ?? 0)) / 1e6).to.be.within(3.5, 6);
      const carried = legs.find((leg) => leg.gatewayName === 'gw-good');
      expect(carried?.price).to.equal(retailPrice('47', carried?.billUs ?? 0));
    });

    it('tell the caller busy, also when another carrier was silent before', async () => {
      const number = '46812345678';
      const sinceUs = Books.nowUs();
      await lab().phone('alice', {
        scenario: 'phone-call-refused',
        fill: { NUMBER: number, CODE: '486' },
      });
      const { legs } = await lab().books.finished(number, sinceUs, 3);
      const busy = legs.find((leg) => leg.gatewayName === 'gw-busy');
      expect(busy?.hangupCause).to.equal('USER_BUSY');
    });

    it('stop at the first carrier that says busy, and the caller hears it', async () => {
      const number = '33123456789';
      const sinceUs = Books.nowUs();
      await lab().phone('alice', {
        scenario: 'phone-call-refused',
        fill: { NUMBER: number, CODE: '486' },
      });
      const { call, legs } = await lab().books.finished(number, sinceUs, 2);
      // The second, dearer carrier of this prefix would have answered.
      expect(await lab().books.decisionOf(call.id)).to.contain('gw-good');
      expect(legs.map((leg) => leg.gatewayName)).to.have.members([null, 'gw-busy']);
      expect(legs.map((leg) => leg.hangupCause)).to.deep.equal(['USER_BUSY', 'USER_BUSY']);
      await expectNothingSpent(lab(), call.id);
    });

    it('end when nobody answers in time', async () => {
      const number = '39061234567';
      const sinceUs = Books.nowUs();
      await lab().phone('alice', {
        scenario: 'phone-call-refused',
        fill: { NUMBER: number, CODE: '480' },
      });
      const story = await lab().books.finished(number, sinceUs, 2);
      const leg = carrierLegOf(story);
      // FreeSWITCH calls it ALLOTTED_TIMEOUT, as if it had been cut at its limit.
      expect(leg).to.include({ gatewayName: 'gw-slow', billUs: 0, hangupCause: 'NO_ANSWER' });
      const caller = story.legs.find(({ kind }) => kind === 'caller');
      expect(caller?.hangupCause).to.equal('NO_ANSWER');
      expect((leg.endUs - leg.startUs) / 1e6).to.be.within(4.5, 7);
      await expectNothingSpent(lab(), story.call.id);
    });

    it('end when the caller gives up', async () => {
      const number = '39061111111';
      const sinceUs = Books.nowUs();
      await lab().phone('alice', {
        scenario: 'phone-call-cancelled',
        fill: { NUMBER: number },
      });
      const story = await lab().books.finished(number, sinceUs, 2);
      expect(carrierLegOf(story)).to.include({ billUs: 0, hangupCause: 'ORIGINATOR_CANCEL' });
      await expectNothingSpent(lab(), story.call.id);
    });

    it('are cut when the money runs out, and cost no more than there was', async () => {
      const number = '12025550123';
      const sinceUs = Books.nowUs();
      await lab().phone('short', { scenario: 'phone-call-cut', fill: { NUMBER: number } });
      const story = await lab().books.finished(number, sinceUs, 2);
      const leg = carrierLegOf(story);
      // 0.10 a second, and 0.50 in the account.
      expect(story.call.grantedS).to.equal(5);
      expect(leg.hangupCause).to.equal('ALLOTTED_TIMEOUT');
      expect(leg.billUs / 1e6).to.be.within(4, 6.6);
      // What the switch lets run on, because it counts whole seconds, is not charged.
      const seconds = Math.min(5, Math.ceil(leg.billUs / 1e6));
      expect(leg.price).to.equal(new Decimal('0.10').times(seconds).toFixed(6));
      const { balance, held } = await lab().books.balanceOf('short');
      expect(balance.toFixed()).to.equal(new Decimal(FUNDS.short).minus(leg.price).toFixed());
      expect(held.toFixed()).to.equal('0');
    });

    it('are refused with 402 and not dialled when there is no money', async () => {
      for (const phone of ['broke', 'short'] as const) {
        const number = `4930${PHONE_DIGITS[phone]}`;
        const sinceUs = Books.nowUs();
        await lab().phone(phone, {
          scenario: 'phone-call-refused',
          fill: { NUMBER: number, CODE: '402' },
        });
        const { call, legs } = await lab().books.finished(number, sinceUs, 1);
        expect(call).to.include({ state: 'refused', reason: 'insufficient_funds' });
        expect(legs.map(({ kind }) => kind)).to.deep.equal(['caller']);
      }
    });
  });
}

/** Each phone dials a number of its own, so that the calls can be told apart. */
const PHONE_DIGITS = { broke: '555001', short: '555002' } as const;

async function expectNothingSpent(lab: Lab, callId: string): Promise<void> {
  const legs = await lab.books.legsOf(callId);
  expect(legs.map((leg) => leg.transactionId)).to.deep.equal(legs.map(() => null));
  const holds = await lab.books.holdsOf(callId);
  expect(holds.map(({ state }) => state)).to.deep.equal(['released', 'released']);
}
