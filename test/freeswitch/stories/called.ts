import { Decimal } from 'decimal.js';
import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import { createDid } from '../../../server/admin/dids.js';
import { addRows } from '../../../server/admin/rate-rows.js';
import { createSheet } from '../../../server/admin/rate-sheets.js';
import { activateRelease, createRelease } from '../../../server/admin/releases.js';
import { Books, retailPrice } from '../support/books.js';
import { ACTOR, addCustomer, adminOf } from '../support/customers.js';
import type { Customer } from '../support/customers.js';
import type { Lab } from '../support/lab.js';
import { until } from '../support/ports.js';
import { CARRIER_IP } from '../support/tenant.js';
import { carrierLegOf } from './outbound.js';

const CHARGED = '4930333';
const FORWARDED = '4930444';
const OUTSIDE = '4930550001';
const INBOUND_PER_MINUTE = '1.20';

/** Numbers whose calls cost who is called. */
export function calledStories(lab: () => Lab): void {
  describe('a number that is charged by the minute', () => {
    let customer: Customer;

    before(async () => {
      const deps = adminOf(lab());
      const sheet = await createSheet(deps, ACTOR, { name: 'called', currency: 'EUR' });
      const release = await createRelease(deps, ACTOR, sheet.id, {
        effective_from: '2020-01-01T00:00:00Z',
      });
      const rows = [{ prefix: '4930', rate_per_minute: INBOUND_PER_MINUTE }];
      await addRows(deps, ACTOR, release.id, { rows });
      await activateRelease(deps, ACTOR, { id: release.id }, {});
      // The second one forwards all it is called, and pays for that.
      customer = await addCustomer(lab(), 'called', '10', [
        () => ({}),
        () => ({ forward_to: OUTSIDE }),
      ]);
      const [answering, forwarding] = customer.phones;
      const account_id = customer.accountId;
      await createDid(deps, ACTOR, {
        number: CHARGED,
        account_id,
        extension_id: answering?.extensionId ?? 0,
        rate_sheet_id: sheet.id,
        max_channels: 1,
      });
      await createDid(deps, ACTOR, {
        number: FORWARDED,
        account_id,
        extension_id: forwarding?.extensionId ?? 0,
      });
      await lab().phone('alice', {
        scenario: 'phone-register',
        fill: { ...answering?.fill, CONTACT_PORT: lab().ports.phones.bob },
      });
    });

    it('takes one call at a time where it has one channel, and charges its own time', async () => {
      const sinceUs = Books.nowUs();
      const before = await lab().books.moneyOf(customer.accountId);
      const first = await lab().beginOutsider(CARRIER_IP, {
        scenario: 'carrier-call',
        pauseMs: 5000,
        fill: { NUMBER: CHARGED },
      });
      const answered = await until('the first call to be answered', async () => {
        const call = await lab().books.callTo(CHARGED, sinceUs);
        return call.state === 'answered' ? call : null;
      });
      await lab().outsider(CARRIER_IP, {
        scenario: 'carrier-call-refused',
        fill: { NUMBER: CHARGED, CODE: '486' },
      });
      await first.succeeded();
      const legs = await until('the first call to be settled', async () => {
        const found = await lab().books.legsOf(answered.id);
        return found.length === 2 && found.every(({ state }) => state === 'settled') ? found : null;
      });
      const own = legs.find(({ kind }) => kind === 'caller');
      expect(own?.billUs).to.be.within(4_500_000, 7_000_000);
      const seconds = Math.ceil((own?.billUs ?? 0) / 1e6);
      const price = new Decimal(INBOUND_PER_MINUTE).times(seconds).div(60).toFixed(6);
      expect(own?.price).to.equal(price);
      const after = await lab().books.moneyOf(customer.accountId);
      expect(before.balance.minus(after.balance).toFixed(6)).to.equal(price);
      expect(after.held.toFixed()).to.equal('0');
      const refused = (await lab().books.callsTo(CHARGED, sinceUs)).filter(
        ({ state }) => state === 'refused',
      );
      expect(refused.map(({ reason }) => reason)).to.deep.equal(['over_call_limit']);
    });

    it('is free again for the next call', async () => {
      const sinceUs = Books.nowUs();
      await lab().outsider(CARRIER_IP, { scenario: 'carrier-call', fill: { NUMBER: CHARGED } });
      const { call } = await lab().books.finished(CHARGED, sinceUs, 2);
      expect(call.state).to.equal('settled');
    });
  });

  describe('a call that an extension forwards to the outside', () => {
    it('is charged to the extension that forwards', async () => {
      const sinceUs = Books.nowUs();
      await lab().outsider(CARRIER_IP, {
        scenario: 'carrier-call',
        pauseMs: 2500,
        fill: { NUMBER: FORWARDED },
      });
      const story = await lab().books.finished(OUTSIDE, sinceUs, 1);
      const leg = carrierLegOf(story);
      expect(story.call).to.include({ state: 'settled', direction: 'outbound' });
      expect(leg.billUs).to.be.within(2_400_000, 4_000_000);
      expect(leg.price).to.equal(retailPrice('49', leg.billUs));
      const payer = await lab().books.decisionOf(story.call.id);
      expect(payer).to.contain('called.lab.example');
    });
  });
}
