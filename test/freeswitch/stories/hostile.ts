import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Books, retailPrice } from '../support/books.js';
import type { Lab } from '../support/lab.js';
import { CARRIER_IP, DIDS } from '../support/tenant.js';
import { carrierLegOf } from './outbound.js';

/** What a caller writes into its name and its headers to have a command run. */
function attempts(proof: string): readonly string[] {
  const run = `system(touch ${proof})`;
  return [
    `\${${run}}`,
    `$\${${run}}`,
    `\\\\\${${run}}`,
    `\${expand(\${${run}})}`,
    `'],[execute_on_answer='system touch ${proof}`,
    `^^;execute_on_answer=system touch ${proof};`,
    `,{api_on_answer='${run}'}`,
    `|sofia/gateway/gw-down/1:_:user/1002`,
    `<action application=system data=touch/>`,
    `a\tb &lt;X-PRE-PROCESS cmd=exec data=touch ${proof}&gt;`,
  ];
}

/** Characters of a number that a SIP address carries percent-encoded. */
const encoded = (text: string) =>
  [...text].map((char) => (/[a-z0-9]/i.test(char) ? char : `%${hex(char)}`)).join('');
/** SIPp takes a bracket for one of its own words. */
const written = (text: string) => text.replaceAll('[', '\\x5B');
const hex = (char: string) => char.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase();

export function hostileStories(lab: () => Lab): void {
  describe('names, headers and numbers of an attacker', () => {
    const proofOf = () => join(lab().folder, 'an-attacker-was-here');

    it('of a phone are shown to nobody and run nothing, and the call is charged', async () => {
      for (const [index, text] of attempts(proofOf()).entries()) {
        const number = `493012000${String(10 + index)}`;
        const sinceUs = Books.nowUs();
        await lab().phone('alice', {
          scenario: 'phone-call',
          pauseMs: 300,
          fill: { NUMBER: number, NAME: `"${written(text)}" `, PAYER: written(text) },
        });
        const leg = carrierLegOf(await lab().books.finished(number, sinceUs, 2));
        expect(leg.price).to.equal(retailPrice('49', leg.billUs));
        expect(leg.callerNumber).to.equal('1001');
      }
      await pause(300);
      expect(existsSync(proofOf())).to.equal(false);
    });

    it('of a carrier run nothing on the way to a phone', async () => {
      await lab().phone('bob', {
        scenario: 'phone-register',
        fill: { CONTACT_PORT: lab().ports.phones.bob },
      });
      for (const text of attempts(proofOf())) {
        const sinceUs = Books.nowUs();
        await lab().outsider(CARRIER_IP, {
          scenario: 'carrier-call',
          pauseMs: 300,
          fill: {
            NUMBER: DIDS.phone,
            NAME: `"${written(text)}" `,
            PAYER: written(text),
            CALLER: encoded(text),
          },
        });
        const { call } = await lab().books.finished(DIDS.phone, sinceUs, 2);
        expect(call.state).to.equal('settled');
      }
      await pause(300);
      expect(existsSync(proofOf())).to.equal(false);
    });

    it('in the number that is dialled are refused', async () => {
      for (const text of attempts(proofOf()).slice(0, 6)) {
        await lab().phone('alice', {
          scenario: 'phone-call-refused',
          fill: { NUMBER: encoded(text), CODE: '404' },
        });
      }
      await pause(300);
      expect(existsSync(proofOf())).to.equal(false);
    });
  });
}
