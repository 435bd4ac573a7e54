import { expect } from 'chai';
import { describe, it } from 'mocha';
import { eq } from 'drizzle-orm';
import { calls } from '../../../db/schema/index.js';
import { lintDocument } from '../../../xml/lint.js';
import { callOf, openHolds } from '../../support/books.js';
import { callerEnded, carrierEnded, cdrBodyOf } from '../../support/leg-reports.js';
import { nextUuid } from '../../support/requests.js';
import { bodyOf, dialplanFields } from '../xml-curl/forms.js';
import { callIdIn, OTHER, withBesiegedNode } from './besieged-node.js';

/** What phones and carriers write into names and numbers to see what happens. */
const HOSTILE = [
  '${system(touch /tmp/owned)}',
  '$${system(id)}',
  '\\${system(id)}',
  "1001'];[execute_on_answer='system id",
  '"><action application="system" data="id"/><x y="',
  '1001|sofia/gateway/carrierA/900123',
  '1001,{rl_ext=2}',
  '1001:_:sofia/gateway/carrierA/1',
  'a\r\nauth ClueCon\r\n\r\napi system id',
  'a\nX-PRE-PROCESS cmd="exec" data="id"',
  '<X-PRE-PROCESS cmd="exec-set" data="x=id"/>',
  '<?xml version="1.0"?><include>',
  "' OR 1=1 -- ",
  '\u0000\u0001\u001b[2J\u007f\u009f',
  '%24%7Bsystem(id)%7D',
  'x'.repeat(100_000),
];

describe('forged dialplan fetches', function () {
  this.timeout(20_000);
  const at = withBesiegedNode();

  const callsOf = (legUuid: string) =>
    at().database.orm.select().from(calls).where(eq(calls.aLegUuid, legUuid));
  const holdsOf = async (callId: string) =>
    (await openHolds(at().database)).filter((hold) => hold.callId === callId).length;

  it('without the right password are not looked at', async () => {
    const legUuid = nextUuid();
    const body = bodyOf(dialplanFields({ 'Unique-ID': legUuid }));
    for (const credentials of ['', 'Basic Zm9vOmJhcg==']) {
      const answer = await at().post('xml', body, credentials);
      expect(answer).to.deep.equal({ status: 401, text: '' });
    }
    expect(await callsOf(legUuid)).to.deep.equal([]);
  });

  it('repeated fifty times at once get one decision, and hold once', async () => {
    const legUuid = nextUuid();
    const asked = Array.from({ length: 50 }, () => at().dial({ 'Unique-ID': legUuid }));
    const replies = new Set(await Promise.all(asked));
    expect(replies.size).to.equal(1);
    const [reply = ''] = replies;
    const once = await holdsOf(callIdIn(reply));
    expect(await callsOf(legUuid)).to.have.lengthOf(1);
    const single = await at().granted();
    expect(once).to.equal(await holdsOf(single.callId));
  });

  it('repeated after the call is over are refused, and hold nothing', async () => {
    const { legUuid, callId } = await at().granted();
    await at().post('cdr', cdrBodyOf(carrierEnded(callId, 30)));
    await at().post('cdr', cdrBodyOf(callerEnded(legUuid)));
    await at().drain();
    expect(await at().dial({ 'Unique-ID': legUuid })).to.contain('480 Call Already Ended');
    expect(await holdsOf(callId)).to.equal(0);
    expect((await callOf(at().database, callId)).state).to.equal('settled');
  });

  it('repeated by another switch make no second call of it', async () => {
    const { legUuid, callId } = await at().granted();
    const held = await holdsOf(callId);
    await at().dial({ 'Unique-ID': legUuid }, OTHER);
    expect(await callsOf(legUuid)).to.have.lengthOf(1);
    expect(await holdsOf(callId)).to.equal(held);
  });

  it('cannot name another payer in anything a phone may write', async () => {
    const legUuid = nextUuid();
    const claims = {
      'variable_sip_h_X-variable_user_name': '1001',
      'variable_sip_h_P-Asserted-Identity': '<sip:1001@beta.example>',
      variable_sip_from_user: '1001',
      variable_sip_from_host: 'beta.example',
      'Caller-Username': '1001',
      'Hunt-Username': '1001',
      'variable_sip_h_X-Note': 'a&variable_user_name=1001&variable_domain_name=beta.example&x=',
      'Hunt-Caller-ID-Name': 'a&variable_rl_ext=4&variable_rl_did=1',
      'variable_user_name[]': '1001',
    };
    await at().dial({ 'Unique-ID': legUuid, ...claims });
    const [call] = await callsOf(legUuid);
    const honest = await at().granted();
    expect(call?.accountId).to.equal((await callOf(at().database, honest.callId)).accountId);
    const stranger = await at().dial({ ...claims, variable_sip_authorized: 'false' });
    expect(stranger).to.contain('403 Forbidden');
  });

  it('of one section do not become another by what stands in them', async () => {
    const call = bodyOf(dialplanFields({ 'Unique-ID': nextUuid() }));
    for (const section of ['directory', 'configuration', 'chatplan']) {
      const body = `hostname=a&section=${section}&tag_name=&key_name=&key_value=${call}`;
      expect((await at().post('xml', body)).text).not.to.contain('application=');
    }
    const backwards = `${call}&section=directory&user=1001&domain=acme.example&action=sip_auth`;
    expect((await at().post('xml', backwards)).text).not.to.contain('a1-hash');
  });

  for (const [index, text] of HOSTILE.entries()) {
    const shown = JSON.stringify(text.slice(0, 40));
    it(`with ${shown} (${String(index)}) in names, numbers and headers are answered harmlessly`, async () => {
      const written = {
        'Hunt-Caller-ID-Name': text,
        'Hunt-Caller-ID-Number': text,
        'Caller-Caller-ID-Number': text,
        'Caller-Network-Addr': text,
        'variable_sip_h_X-Anything': text,
        variable_switch_r_sdp: text,
        variable_rl_tried: text,
        variable_rl_hops: text,
      };
      const reply = await at().dial(written);
      expect(callIdIn(reply)).to.have.lengthOf(36);
      const plain = await at().dial();
      // Nothing of it is in the answer: all that differs from another call's is its id.
      expect(reply.replaceAll(callIdIn(reply), '')).to.equal(plain.replaceAll(callIdIn(plain), ''));
      for (const name of ['Hunt-Destination-Number', 'variable_user_name', 'Hunt-Context']) {
        const body = bodyOf(dialplanFields({ 'Unique-ID': nextUuid(), [name]: text }));
        const answer = await at().post('xml', body);
        expect(lintDocument(answer.text)).to.deep.equal([]);
        expect(answer.text).not.to.match(/bridge|system|\$/);
      }
      const user = { section: 'directory', user: text, domain: text, action: 'sip_auth' };
      expect((await at().post('xml', bodyOf(user))).text).not.to.contain('<user ');
    });
  }
});
