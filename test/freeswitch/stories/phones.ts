import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Books } from '../support/books.js';
import type { Lab } from '../support/lab.js';
import { domainOf, PHONES } from '../support/tenant.js';

export function phoneStories(lab: () => Lab): void {
  describe('phones', () => {
    it('register with the right password', async () => {
      await lab().phone('bob', {
        scenario: 'phone-register',
        fill: { CONTACT_PORT: lab().ports.phones.bob },
      });
      const registered = await lab().freeswitch.api('sofia status profile internal reg');
      expect(registered).to.contain(`${PHONES.bob.user}@${domainOf('bob')}`);
    });

    it('are refused with a wrong password', async () => {
      await lab().phone('alice', {
        scenario: 'phone-register-refused',
        fill: { PASSWORD: 'not-the-password', CONTACT_PORT: 5999 },
      });
      const registered = await lab().freeswitch.api('sofia status profile internal reg');
      expect(registered).not.to.contain(`${PHONES.alice.user}@`);
    });

    it('are refused when the engine does not know them', async () => {
      await lab().phone('alice', {
        scenario: 'phone-register-refused',
        fill: { USER: '6666', CONTACT_PORT: 5999 },
      });
    });

    it('call each other free of charge', async () => {
      const sinceUs = Books.nowUs();
      const before = await lab().books.balanceOf('rich');
      const { user } = PHONES.bob;
      await lab().phone('alice', { scenario: 'phone-call', fill: { NUMBER: user } });
      const { call, legs } = await lab().books.finished(user, sinceUs, 2);
      expect(call).to.include({ state: 'settled', direction: 'internal', grantedS: null });
      expect(legs.map((leg) => leg.kind)).to.have.members(['caller', 'extension']);
      expect(legs.map((leg) => leg.price)).to.deep.equal(['0.000000', '0.000000']);
      expect(Number(legs[1]?.billUs)).to.be.within(900_000, 2_000_000);
      const after = await lab().books.balanceOf('rich');
      expect(after.balance.toFixed()).to.equal(before.balance.toFixed());
    });
  });
}
