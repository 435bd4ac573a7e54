import { Decimal } from 'decimal.js';
import { expect } from 'chai';
import { eq } from 'drizzle-orm';
import { describe, it } from 'mocha';
import type { Database } from '../../../db/client.js';
import { rateSheets } from '../../../db/schema/index.js';
import { scriptActor } from '../../../server/admin/context.js';
import type { AdminDeps } from '../../../server/admin/context.js';
import { addRows } from '../../../server/admin/rate-rows.js';
import { activateRelease, createRelease } from '../../../server/admin/releases.js';
import { systemClock } from '../../../server/clock.js';
import { createSecrets } from '../../../server/secrets.js';
import { Books, retailPrice } from '../support/books.js';
import type { Story } from '../support/books.js';
import type { Lab } from '../support/lab.js';
import { DATED_SHEET } from '../support/tenant.js';
import { carrierLegOf } from './outbound.js';

const NEW_PRICE = '1.20';
const OLD_PRICE = '0.60';

/** What became of each attempt: the gateway and the cause, in the order of the routes. */
function attemptsOf({ legs }: Story): readonly string[] {
  return legs
    .filter(({ kind }) => kind === 'carrier')
    .sort((first, second) => (first.routeIndex ?? 0) - (second.routeIndex ?? 0))
    .map(({ gatewayName, hangupCause }) => `${gatewayName ?? ''} ${hangupCause ?? ''}`);
}

export function ratingStories(lab: () => Lab): void {
  describe('the choice of carriers', () => {
    it('compares each carrier by its own longest prefix, not by its cheapest', async () => {
      const number = '4512345678';
      const sinceUs = Books.nowUs();
      await lab().phone('alice', { scenario: 'phone-call', fill: { NUMBER: number } });
      const story = await lab().books.finished(number, sinceUs, 2);
      // gw-good asks 0.05 for the country and 0.30 for this part of it.
      expect(carrierLegOf(story)).to.include({ gatewayName: 'gw-spare', routeIndex: 0 });
    });

    it('tries the carriers in the order of what they cost', async () => {
      const number = '4530345678';
      const sinceUs = Books.nowUs();
      await lab().phone('alice', { scenario: 'phone-call', fill: { NUMBER: number } });
      const story = await lab().books.finished(number, sinceUs, 3);
      expect(attemptsOf(story)).to.deep.equal([
        'gw-down NORMAL_TEMPORARY_FAILURE',
        'gw-good NORMAL_CLEARING',
      ]);
    });

    it('dials nobody for a call that would lose money', async () => {
      const number = '4581345678';
      const sinceUs = Books.nowUs();
      await lab().phone('alice', {
        scenario: 'phone-call-refused',
        fill: { NUMBER: number, CODE: '503' },
      });
      const { call, legs } = await lab().books.finished(number, sinceUs, 1);
      expect(call).to.include({ state: 'refused', reason: 'would_lose_money' });
      expect(legs.map(({ kind }) => kind)).to.deep.equal(['caller']);
    });
  });

  describe('what the switch and the caller tell', () => {
    it('leaves out a gateway that could not register', async () => {
      const number = '4544345678';
      const sinceUs = Books.nowUs();
      await lab().phone('alice', { scenario: 'phone-call', fill: { NUMBER: number } });
      const story = await lab().books.finished(number, sinceUs, 2);
      expect(attemptsOf(story)).to.deep.equal(['gw-good NORMAL_CLEARING']);
      expect(await lab().books.decisionOf(story.call.id)).to.match(
        /"gateway":"gw-unregistered","carrierId":\d+,"reason":"gateway_down"/,
      );
    });

    it('never dials what comes with a ported number', async () => {
      const sinceUs = Books.nowUs();
      const written = '4512999999;npdi;rn=4530999999';
      await lab().phone('alice', { scenario: 'phone-call', fill: { NUMBER: written } });
      const story = await lab().books.finished('4512999999', sinceUs, 2);
      expect(story.call.dialled).to.equal(written);
      // Not believed of this caller: priced by the number itself, whose cheapest is gw-spare.
      expect(carrierLegOf(story)).to.include({
        gatewayName: 'gw-spare',
        destination: '4512999999',
      });
    });
  });

  describe("a carrier's own table of causes", () => {
    it('goes on after busy where the carrier means nothing by it', async () => {
      const number = '4540345678';
      const sinceUs = Books.nowUs();
      await lab().phone('alice', { scenario: 'phone-call', fill: { NUMBER: number } });
      const story = await lab().books.finished(number, sinceUs, 3);
      expect(attemptsOf(story)).to.deep.equal(['gw-yielding USER_BUSY', 'gw-good NORMAL_CLEARING']);
      const carried = story.legs.find((leg) => leg.gatewayName === 'gw-good');
      expect(carried?.price).to.equal(retailPrice('45', carried?.billUs ?? 0));
    });

    it('ends the call at a cause that is final with this carrier alone', async () => {
      const number = '4541345678';
      const sinceUs = Books.nowUs();
      await lab().phone('alice', {
        scenario: 'phone-call-refused',
        fill: { NUMBER: number, CODE: '503' },
      });
      const story = await lab().books.finished(number, sinceUs, 2);
      expect(attemptsOf(story)).to.deep.equal(['gw-strict NORMAL_TEMPORARY_FAILURE']);
      expect(await lab().books.decisionOf(story.call.id)).to.contain('gw-good');
    });

    it('holds for its own attempts only, before and after those of others', async () => {
      const number = '4542345678';
      const sinceUs = Books.nowUs();
      await lab().phone('alice', { scenario: 'phone-call', fill: { NUMBER: number } });
      const story = await lab().books.finished(number, sinceUs, 4);
      expect(attemptsOf(story)).to.deep.equal([
        'gw-down NORMAL_TEMPORARY_FAILURE',
        'gw-yielding USER_BUSY',
        'gw-good NORMAL_CLEARING',
      ]);
    });

    it('lets nobody go on after busy at a carrier that means it', async () => {
      const number = '4543345678';
      const sinceUs = Books.nowUs();
      await lab().phone('alice', {
        scenario: 'phone-call-refused',
        fill: { NUMBER: number, CODE: '486' },
      });
      const story = await lab().books.finished(number, sinceUs, 2);
      expect(attemptsOf(story)).to.deep.equal(['gw-busy USER_BUSY']);
    });
  });

  describe('a limit on the calls of a gateway', () => {
    it('sends the second call elsewhere, refuses the third, and ends with the first', async () => {
      const sinceUs = Books.nowUs();
      const numbers = ['3541000001', '3541000002'] as const;
      const running = [];
      for (const number of numbers) {
        const fill = { NUMBER: number };
        running.push(
          await lab().beginPhone('alice', { scenario: 'phone-call', pauseMs: 4000, fill }),
        );
        await lab().books.answeredLeg(number, sinceUs);
      }
      await lab().phone('alice', {
        scenario: 'phone-call-refused',
        fill: { NUMBER: '3541000003', CODE: '503' },
      });
      for (const call of running) await call.succeeded();
      const stories = [];
      for (const number of numbers) {
        stories.push(await lab().books.finished(number, sinceUs, 2));
      }
      expect(stories.map((story) => carrierLegOf(story).gatewayName)).to.deep.equal([
        'gw-narrow',
        'gw-narrow2',
      ]);
      const third = await lab().books.finished('3541000003', sinceUs, 1);
      expect(third.call).to.include({ state: 'refused', reason: 'no_carrier' });
      expect(await lab().books.decisionOf(third.call.id)).to.contain('at_capacity');
      await lab().phone('alice', { scenario: 'phone-call', fill: { NUMBER: '3541000004' } });
      const fourth = await lab().books.finished('3541000004', sinceUs, 2);
      expect(carrierLegOf(fourth).gatewayName).to.equal('gw-narrow');
    });
  });

  describe('a release that becomes effective while calls go on', () => {
    it('prices the calls after it, and none that began before', async function () {
      this.timeout(60_000);
      const sinceUs = Books.nowUs();
      const effectiveMs = Date.now() + 8000;
      await releaseNewPrice(lab(), effectiveMs);
      const across = await lab().beginPhone('dora', {
        scenario: 'phone-call',
        pauseMs: 11_000,
        fill: { NUMBER: '4550000001' },
      });
      await lab().books.answeredLeg('4550000001', sinceUs);
      await new Promise((resolve) => setTimeout(resolve, effectiveMs + 200 - Date.now()));
      await lab().phone('dora', { scenario: 'phone-call', fill: { NUMBER: '4550000002' } });
      await across.succeeded();
      const before = carrierLegOf(await lab().books.finished('4550000001', sinceUs, 2));
      const after = carrierLegOf(await lab().books.finished('4550000002', sinceUs, 2));
      expect((before.endUs - before.startUs) / 1e6).to.be.above(10);
      expect(before.price).to.equal(priceAt(OLD_PRICE, before.billUs));
      expect(after.price).to.equal(priceAt(NEW_PRICE, after.billUs));
    });
  });
}

function priceAt(perMinute: string, billUs: number): string {
  const seconds = Math.ceil(billUs / 1_000_000);
  return new Decimal(perMinute).times(seconds).div(60).toFixed(6);
}

async function releaseNewPrice(lab: Lab, effectiveMs: number): Promise<void> {
  const deps: AdminDeps = {
    database: lab.tempDatabase.database,
    clock: systemClock,
    // Nothing sealed is read or written here.
    secrets: createSecrets('0'.repeat(64)),
  };
  const actor = scriptActor('freeswitch tests');
  const sheetId = await sheetNamed(deps.database, DATED_SHEET);
  const effective_from = new Date(effectiveMs).toISOString();
  const release = await createRelease(deps, actor, sheetId, { effective_from });
  const rows = [{ prefix: '45', rate_per_minute: NEW_PRICE }];
  await addRows(deps, actor, release.id, { rows });
  await activateRelease(deps, actor, { id: release.id }, { effective_from });
}

async function sheetNamed({ orm }: Database, name: string): Promise<number> {
  const [row] = await orm.select().from(rateSheets).where(eq(rateSheets.name, name));
  if (row === undefined) throw new Error(`sheet ${name}: not found`);
  return row.id;
}
