import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { checkLedger } from '../../../db/views/ledger-check.js';
import { Books, retailPrice } from '../support/books.js';
import type { Lab } from '../support/lab.js';
import { until } from '../support/ports.js';
import { CARRIER_IP, DIDS } from '../support/tenant.js';
import { carrierLegOf } from './outbound.js';

export function outageStories(lab: () => Lab): void {
  describe('outages', () => {
    it('of the engine answer new calls with 503', async () => {
      lab().gates.xml.shut();
      try {
        await lab().outsider(CARRIER_IP, {
          scenario: 'carrier-call-refused',
          fill: { NUMBER: DIDS.phone, CODE: '503' },
        });
      } finally {
        lab().gates.xml.reopen();
      }
    });

    it('of the event socket leave the settlement to the CDR', async () => {
      const number = '4930200001';
      const sinceUs = Books.nowUs();
      lab().gates.esl.shut();
      try {
        await lab().phone('alice', { scenario: 'phone-call', fill: { NUMBER: number } });
        const story = await lab().books.finished(number, sinceUs, 2);
        const leg = carrierLegOf(story);
        expect(leg.source).to.equal('cdr');
        expect(leg.price).to.equal(retailPrice('49', leg.billUs));
      } finally {
        lab().gates.esl.reopen();
      }
      await lab().eventSocketConnected();
    });

    it('of the CDR endpoint leave the settlement to the event, and the record on disk', async () => {
      const number = '4930200002';
      const sinceUs = Books.nowUs();
      const before = lab().freeswitch.undelivered;
      lab().gates.cdr.shut();
      try {
        await lab().phone('alice', { scenario: 'phone-call', fill: { NUMBER: number } });
        const story = await lab().books.finished(number, sinceUs, 2, 30_000);
        const leg = carrierLegOf(story);
        expect(leg.source).to.equal('esl');
        expect(leg.price).to.equal(retailPrice('49', leg.billUs));
        const files = lab().freeswitch.undelivered.filter((file) => !before.includes(file));
        expect(files).to.have.length(2);
        await lab().postCdrs(files.map((file) => readFileSync(file, 'utf8')));
        await pause(500);
        const again = await lab().books.finished(number, sinceUs, 2);
        expect(carrierLegOf(again)).to.include({ transactionId: leg.transactionId });
      } finally {
        lab().gates.cdr.reopen();
      }
    });

    it('of an engine killed during a call change neither the call nor its price', async () => {
      const number = '4930200003';
      const sinceUs = Books.nowUs();
      const before = await lab().books.balanceOf('rich');
      const call = await lab().beginPhone('alice', {
        scenario: 'phone-call',
        pauseMs: 6000,
        fill: { NUMBER: number },
      });
      const running = await lab().books.answeredLeg(number, sinceUs);
      await lab().engine.kill();
      await lab().engine.start();
      await lab().eventSocketConnected();
      const adopted = await until('a new proof of life', async () => {
        const leg = await lab().books.answeredLeg(number, sinceUs);
        return leg.lastSeenUs > running.lastSeenUs ? leg : null;
      });
      expect(adopted.answerUs).to.equal(running.answerUs);
      await call.succeeded();
      const leg = carrierLegOf(await lab().books.finished(number, sinceUs, 2));
      expect(leg.answerUs).to.equal(running.answerUs);
      expect(leg.billUs).to.be.within(5_900_000, 7_000_000);
      expect(leg.price).to.equal(retailPrice('49', leg.billUs));
      const after = await lab().books.balanceOf('rich');
      expect(before.balance.minus(after.balance).toFixed(6)).to.equal(leg.price);
      expect(after.held.toFixed()).to.equal('0');
    });

    it('of an engine killed while a call is answered and ends are made good by the CDR', async () => {
      const number = '4930200004';
      const sinceUs = Books.nowUs();
      const call = await lab().beginPhone('alice', {
        scenario: 'phone-call',
        pauseMs: 1500,
        fill: { NUMBER: number },
      });
      // Its answer has arrived where the carrier is being called.
      await until('the leg to the carrier', async () => {
        const channels = await lab().freeswitch.api('show channels');
        return channels.includes(`sofia/external/${number}`) ? true : null;
      });
      await lab().engine.kill();
      try {
        await call.succeeded();
      } finally {
        await lab().engine.start();
      }
      await lab().eventSocketConnected();
      const leg = carrierLegOf(await lab().books.finished(number, sinceUs, 2, 30_000));
      expect(leg.billUs).to.be.within(1_400_000, 2_500_000);
      expect(leg.price).to.equal(retailPrice('49', leg.billUs));
    });

    it('of a MariaDB killed during a call leave it talking, refuse new paid calls, and lose nothing', async function () {
      const { mariadb } = lab();
      if (mariadb === null) return this.skip();
      const number = '4930200007';
      const sinceUs = Books.nowUs();
      const before = await lab().books.balanceOf('rich');
      const call = await lab().beginPhone('alice', {
        scenario: 'phone-call',
        pauseMs: 6000,
        fill: { NUMBER: number },
      });
      const running = await lab().books.answeredLeg(number, sinceUs);
      await mariadb.kill();
      try {
        await lab().phone('alice', {
          scenario: 'phone-call-refused',
          fill: { NUMBER: '4930200008', CODE: '503' },
        });
        await lab().phone('alice', { scenario: 'phone-call', fill: { NUMBER: '9196' } });
        // Its end is told while nobody is there to write it down.
        await call.succeeded();
      } finally {
        await mariadb.start();
      }
      const leg = carrierLegOf(await lab().books.finished(number, sinceUs, 2, 30_000));
      expect(leg.answerUs).to.equal(running.answerUs);
      expect(leg.billUs).to.be.within(5_900_000, 7_500_000);
      expect(leg.price).to.equal(retailPrice('49', leg.billUs));
      // The free call that went on meanwhile is known now, too.
      const echo = await lab().books.finished('9196', sinceUs, 1, 30_000);
      expect(echo.call).to.include({ direction: 'service' });
      const after = await lab().books.balanceOf('rich');
      expect(before.balance.minus(after.balance).toFixed(6)).to.equal(leg.price);
      expect(after.held.toFixed()).to.equal('0');
    });

    it('of a FreeSWITCH killed during a call charge what is proven and give the hold back', async () => {
      const number = '4930200005';
      const sinceUs = Books.nowUs();
      const before = await lab().books.balanceOf('rich');
      const call = await lab().beginPhone('alice', {
        scenario: 'phone-call',
        pauseMs: 60_000,
        fill: { NUMBER: number },
      });
      const running = await lab().books.answeredLeg(number, sinceUs);
      await pause(4000);
      const killedUs = Books.nowUs();
      await lab().freeswitch.kill();
      await call.kill();
      const { held } = await lab().books.balanceOf('rich');
      await lab().freeswitch.start();
      expect(held.isZero(), 'nothing held for a running call').to.equal(false);
      await lab().eventSocketConnected();
      const story = await lab().books.finished(number, sinceUs, 1, 20_000);
      const leg = carrierLegOf(story);
      const provenUs = leg.endUs - running.answerUs;
      expect(leg).to.include({ answerUs: running.answerUs, hangupCause: 'LOST_TRACK' });
      expect(leg.endUs).to.be.at.most(killedUs + 100_000);
      expect(provenUs).to.be.at.least(killedUs - running.answerUs - 4_000_000);
      expect(leg.price).to.equal(retailPrice('49', leg.billUs));
      await pause(2500);
      const after = await lab().books.balanceOf('rich');
      expect(before.balance.minus(after.balance).toFixed(6)).to.equal(leg.price);
      expect(after.held.toFixed()).to.equal('0');
    });

    it('of an engine that is not there yet end a starting FreeSWITCH, to be started again', async () => {
      expect(await lab().exitWithoutEngine()).not.to.equal(0);
    });

    it('leave a FreeSWITCH that takes calls again', async () => {
      const number = '4930200006';
      const sinceUs = Books.nowUs();
      await lab().phone('alice', { scenario: 'phone-call', fill: { NUMBER: number } });
      const leg = carrierLegOf(await lab().books.finished(number, sinceUs, 2));
      expect(leg.price).to.equal(retailPrice('49', leg.billUs));
    });
  });
}

export const LONG_NUMBER = '48221234567';

/** The long call runs beside the other stories: longer than its first hold, so it must be extended. */
export function longCallStory(lab: () => Lab): void {
  describe('a call longer than its first hold', () => {
    it('has its hold and its time limit extended by heartbeats, and runs on', async () => {
      const { call, sinceUs } = await lab().longCall(LONG_NUMBER);
      await call.succeeded();
      // One every five seconds, also after the limit was replaced, which disarms them.
      expect(await lab().eventsSeen('heartbeat')).to.be.within(6, 8);
      const story = await lab().books.finished(LONG_NUMBER, sinceUs, 2);
      const leg = carrierLegOf(story);
      expect(leg.hangupCause).to.equal('NORMAL_CLEARING');
      expect(leg.billUs / 1e6).to.be.within(33, 36);
      expect(story.call.grantedS).to.be.at.least(60);
      expect(leg.price).to.equal(retailPrice('48', leg.billUs));
      const { held } = await lab().books.balanceOf('long');
      expect(held.toFixed()).to.equal('0');
    });
  });
}

export function ledgerStory(lab: () => Lab): void {
  describe('the books', () => {
    it('agree with themselves after all this', async () => {
      await until('the last hold to be released', async () => {
        const report = await checkLedger(lab().tempDatabase.database);
        const { held } = await lab().books.balanceOf('rich');
        return report.verified && held.isZero() ? true : null;
      });
      const report = await checkLedger(lab().tempDatabase.database);
      expect(report.checks.flatMap((check) => check.differences)).to.deep.equal([]);
    });

    it('hold no two final reports that differ', async () => {
      expect(await lab().books.differences()).to.deep.equal([]);
    });

    it('are closed by an engine that stops in order', async () => {
      expect(await lab().engine.stop()).to.equal(0);
    });
  });
}
