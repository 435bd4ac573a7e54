import { expect } from 'chai';
import { describe, it } from 'mocha';
import { createCommands } from '../../../server/esl/commands.js';

/** As FreeSWITCH 1.11.2 writes it, with fewer fields. */
const REPLY = `<?xml version="1.0" encoding="ISO-8859-1"?>
<gateways>
  <gateway>
    <name>gw-unregistered</name>
    <profile>external</profile>
    <from>&lt;sip:lab@127.0.0.1:35089&gt;</from>
    <state>TRYING</state>
    <status>DOWN</status>
    <retry>29s</retry>
  </gateway>
  <gateway>
    <name>gw.good_2</name>
    <profile>external</profile>
    <state>NOREG</state>
    <status>UP</status>
  </gateway>
</gateways>
`;

const asked: string[] = [];

const commandsAnswering = (reply: string) =>
  createCommands({
    api: () => Promise.reject(new Error('expected a command in the background')),
    background: (command) => {
      asked.push(command);
      return Promise.resolve(reply);
    },
  });

describe('asking a switch for its gateways', () => {
  it('gives name, state and whether calls are sent to each', async () => {
    expect(await commandsAnswering(REPLY).gateways()).to.deep.equal([
      { name: 'gw-unregistered', state: 'TRYING', isUp: false },
      { name: 'gw.good_2', state: 'NOREG', isUp: true },
    ]);
    expect(asked).to.deep.equal(['sofia xmlstatus gateway']);
  });

  it('gives none for a switch without any', async () => {
    expect(await commandsAnswering('<gateways>\n</gateways>\n').gateways()).to.deep.equal([]);
  });

  it('leaves out what is no gateway it could know', async () => {
    const odd = REPLY.replace('gw.good_2', 'a &amp; b').replace('<status>DOWN</status>', '');
    expect(await commandsAnswering(odd).gateways()).to.deep.equal([]);
  });

  it('rejects when the switch says anything else', async () => {
    const found = await commandsAnswering('-ERR no reply')
      .gateways()
      .then(
        () => 'an answer',
        (error: unknown) => (error instanceof Error ? error.name : 'no error'),
      );
    expect(found).to.equal('EslError');
  });
});
