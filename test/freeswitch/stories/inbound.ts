import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Books } from '../support/books.js';
import type { Lab } from '../support/lab.js';
import { MediaPort } from '../support/media.js';
import { CARRIER_IP, DIDS, PHONES, STRANGER_IP } from '../support/tenant.js';

const KEY_5 = 5;
/** A PCMU sample that no tone of the menu consists of throughout. */
const VOICE = 0x2a;

export function inboundStories(lab: () => Lab): void {
  describe('calls in', () => {
    it('from a carrier reach the phone behind the number', async () => {
      const sinceUs = Books.nowUs();
      await lab().outsider(CARRIER_IP, { scenario: 'carrier-call', fill: { NUMBER: DIDS.phone } });
      const { call, legs } = await lab().books.finished(DIDS.phone, sinceUs, 2);
      expect(call).to.include({ state: 'settled', direction: 'inbound' });
      expect(legs.map(({ kind }) => kind)).to.have.members(['caller', 'extension']);
      expect(legs.map(({ hangupCause }) => hangupCause)).to.deep.equal([
        'NORMAL_CLEARING',
        'NORMAL_CLEARING',
      ]);
    });

    it('from a carrier reach a menu, where key 5 leads to the echo', async () => {
      const sinceUs = Books.nowUs();
      const media = await MediaPort.open(CARRIER_IP);
      try {
        await pressFiveAndSpeak(lab(), media);
        expect(media.packetsHeard).to.be.greaterThan(50);
        expect(media.hasHeard(VOICE), 'the echo of what was said').to.equal(true);
      } finally {
        media.close();
      }
      const echo = await lab().books.finished('9196', sinceUs, 0);
      expect(echo.call).to.include({ state: 'settled', direction: 'service' });
      const first = await lab().books.finished(DIDS.menu, sinceUs, 1);
      expect(first.call.aLegUuid).to.equal(echo.call.aLegUuid);
    });

    it('to a number nobody has are refused with 404', async () => {
      await lab().outsider(CARRIER_IP, {
        scenario: 'carrier-call-refused',
        fill: { NUMBER: '4930999999', CODE: '404' },
      });
    });

    it('from an address that is no carrier are refused and cost the engine nothing', async () => {
      const sinceUs = Books.nowUs();
      await lab().outsider(STRANGER_IP, {
        scenario: 'carrier-call-refused',
        fill: { NUMBER: '4930123123', CODE: '403' },
      });
      await lab()
        .books.callTo('4930123123', sinceUs, 500)
        .then(
          () => expect.fail('a decision was made for a stranger'),
          () => undefined,
        );
    });
  });

  describe('text messages', () => {
    it('to the console of the switch run nothing, from a phone or from a stranger', async () => {
      const proof = join(lab().folder, 'a-command-was-run');
      const target = `api+system%20touch%20${proof.replaceAll('/', '%2F')}`;
      await lab().phone('alice', { scenario: 'phone-message', fill: { TARGET: target } });
      const { internal, external } = lab().ports;
      for (const port of [internal, external]) {
        await lab().sipp.call({
          scenario: 'stranger-message',
          to: { ip: '127.0.0.1', port },
          fill: { TARGET: target, USER: PHONES.alice.user, DOMAIN: 'rich.lab.example' },
        });
      }
      await pause(300);
      expect(existsSync(proof)).to.equal(false);
    });
  });
}

async function pressFiveAndSpeak(lab: Lab, media: MediaPort): Promise<void> {
  const call = await lab.beginOutsider(CARRIER_IP, {
    scenario: 'carrier-call',
    pauseMs: 4000,
    fill: { NUMBER: DIDS.menu, MEDIA: media.port },
  });
  await media.connected();
  await pause(900);
  await media.press(KEY_5);
  await pause(700);
  await media.speak(VOICE, 600);
  await call.succeeded();
}
