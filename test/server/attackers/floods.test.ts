import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { after, afterEach, describe, it } from 'mocha';
import { calls } from '../../../db/schema/index.js';
import { bodyOf } from '../xml-curl/forms.js';
import { OWN, withBesiegedNode } from './besieged-node.js';

describe('floods', function () {
  this.timeout(60_000);
  const at = withBesiegedNode();
  const sockets: Socket[] = [];

  /** Over connections that stay, so that the attackers cost less than what they attack. */
  const agent = new Agent({ keepAlive: true });
  after(() => {
    agent.destroy();
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });

  /** Opens a connection that says this much and then nothing; never reads where told so. */
  const stall = async (text: string, isReading = true): Promise<Socket> => {
    const { hostname, port } = new URL(at().node.url);
    const socket = connect({ host: hostname, port: Number(port) });
    socket.on('error', () => undefined);
    sockets.push(socket);
    await new Promise((resolve) => socket.once('connect', resolve));
    if (!isReading) socket.pause();
    socket.write(text);
    return socket;
  };

  /**
   * Places calls one after the other until told to stop, and counts them. A decision that took longer
   * than the node's deadline would be a refusal, and fail.
   */
  const callMeanwhile = () => {
    let isOn = true;
    const placed = (async () => {
      let count = 0;
      while (isOn) {
        await at().granted();
        count += 1;
      }
      return count;
    })();
    return async () => {
      isOn = false;
      return placed;
    };
  };

  const postCheaply = (body: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const options = { method: 'POST', agent, headers: { Authorization: OWN } };
      const posted = request(`${at().node.url}/freeswitch/xml`, options, (answer) => {
        answer.setEncoding('utf8');
        let text = '';
        answer.on('data', (chunk: string) => (text += chunk));
        answer.on('end', () => {
          resolve(text);
        });
      });
      posted.on('error', reject);
      posted.end(body);
    });

  it('of ten thousand unknown users are answered from memory while calls go on', async () => {
    const known = (await at().database.orm.select({ id: calls.id }).from(calls)).length;
    const stop = callMeanwhile();
    let answered = 0;
    const phone = async (first: number) => {
      for (let n = first; n < 10_000; n += 25) {
        const fields = { section: 'directory', action: 'sip_auth', user: `9${String(n)}` };
        const domain = n % 2 === 0 ? 'acme.example' : `d${String(n)}.example`;
        const text = await postCheaply(bodyOf({ ...fields, domain }));
        expect(text).to.contain('<document ').and.not.to.contain('<user ');
        answered += 1;
      }
    };
    await Promise.all(Array.from({ length: 25 }, (_, first) => phone(first)));
    const count = await stop();
    expect(answered).to.equal(10_000);
    expect(count).to.be.above(0);
    const after = (await at().database.orm.select({ id: calls.id }).from(calls)).length;
    expect(after - known, 'rows for calls alone').to.equal(count);
  });

  const HEAD = `POST /freeswitch/xml HTTP/1.1\r\nHost: x\r\nAuthorization: ${OWN}\r\n`;
  const OPEN_API = 'GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n';

  for (const [what, text, isReading] of [
    ['that say nothing', '', true],
    ['that stop in the middle of their headers', HEAD, true],
    [
      'that stop in the middle of a body',
      `${HEAD}Content-Length: 900000\r\n\r\nsection=dialplan&a=`,
      true,
    ],
    ['that ask for much and read nothing', OPEN_API.repeat(5), false],
  ] as const) {
    it(`of three hundred clients ${what} keep no call waiting`, async () => {
      const before = process.memoryUsage().rss;
      for (let n = 0; n < 300; n += 1) await stall(text, isReading);
      const stop = callMeanwhile();
      await pause(1000);
      expect(await stop()).to.be.above(0);
      expect(process.memoryUsage().rss - before).to.be.below(400_000_000);
    });
  }
});
