import { expect } from 'chai';
import { describe, it } from 'mocha';
import { decisionKeyOf } from '../../../server/calls/call-request.js';
import { callRequestOf } from '../../../server/xml-curl/call-request.js';
import { dialplanFields, formOf } from './forms.js';

const read = (over: Readonly<Record<string, string>> = {}) =>
  callRequestOf(formOf(dialplanFields(over)), 1);

const without = (name: string) => {
  const { [name]: _left, ...rest } = dialplanFields();
  return callRequestOf(formOf(rest), 1);
};

describe('reading a dialplan request', () => {
  it('takes the facts FreeSWITCH established', () => {
    expect(read()).to.deep.equal({
      switchId: 1,
      coreUuid: 'c0fe0000-0000-4000-8000-000000000001',
      legUuid: 'a1e60000-0000-4000-8000-000000000001',
      context: 'default',
      dialled: '447700900123',
      callerNumber: '1001',
      profileCreatedUs: '1795327068670479',
      networkAddress: '192.0.2.77',
      offeredCodecs: null,
      triedGatewayIds: [],
      hops: 0,
      authenticated: {
        user: '1001',
        domain: 'acme.example',
        profile: 'internal',
        extensionId: null,
        didId: null,
      },
    });
  });

  it('ignores what a caller can write into an INVITE', () => {
    const forged = read({
      variable_sip_authorized: 'false',
      variable_sip_h_rl_ext: '1',
      'variable_sip_h_X-rl_ext': '1',
      variable_sip_auth_username: '1002',
      rl_ext: '1',
      user: '1002',
      domain: 'acme.example',
      action: 'sip_auth',
    });
    expect(forged?.authenticated).to.deep.equal({
      user: null,
      domain: null,
      profile: 'internal',
      extensionId: null,
      didId: null,
    });
  });

  it('reads our marks as numbers and nothing else', () => {
    const marks = (ext: string, did: string) => {
      const facts = read({ variable_rl_ext: ext, variable_rl_did: did })?.authenticated;
      return [facts?.extensionId, facts?.didId];
    };
    expect(marks('7', '8')).to.deep.equal([7, 8]);
    expect(marks('7 or 1=1', '-1')).to.deep.equal([null, null]);
    expect(marks('1e3', '9'.repeat(30))).to.deep.equal([null, null]);
  });

  it('reads which gateways this leg was tried over, as numbers and nothing else', () => {
    const tried = (text: string) => read({ variable_rl_tried: text })?.triedGatewayIds;
    expect(tried('3.12')).to.deep.equal([3, 12]);
    expect(tried('')).to.deep.equal([]);
    expect(tried('3.x.1e3.-1.')).to.deep.equal([3]);
    expect(read({ variable_sip_h_rl_tried: '3' })?.triedGatewayIds).to.deep.equal([]);
  });

  describe('the codecs of the offer', () => {
    const codecs = (...lines: readonly string[]) =>
      read({ variable_switch_r_sdp: ['v=0', 'c=IN IP4 192.0.2.1', ...lines, ''].join('\r\n') })
        ?.offeredCodecs;

    it('are named by their maps, or by the numbers that need none', () => {
      expect(
        codecs(
          'm=audio 4000 RTP/AVP 96 0 8 18 101',
          'a=rtpmap:96 opus/48000/2',
          'a=rtpmap:101 telephone-event/8000',
        ),
      ).to.deep.equal(['OPUS', 'PCMU', 'PCMA', 'G729']);
    });

    it('are those of the sound alone', () => {
      expect(
        codecs('m=video 5000 RTP/AVP 99', 'a=rtpmap:99 H264/90000', 'm=audio 4000 RTP/AVP 8'),
      ).to.deep.equal(['PCMA']);
      expect(
        codecs('m=audio 4000 RTP/AVP 99', 'm=video 5000 RTP/AVP 99', 'a=rtpmap:99 H264/90000'),
      ).to.equal(null);
    });

    it('are not known where the offer cannot be read', () => {
      expect(codecs()).to.equal(null);
      expect(codecs('m=audio')).to.equal(null);
      expect(codecs('m=audio 4000 RTP/AVP 101', 'a=rtpmap:101 telephone-event/8000')).to.equal(
        null,
      );
      expect(codecs('m=audio 4000 RTP/AVP 97', 'a=rtpmap:97 <b>/8000')).to.equal(null);
    });
  });

  it('keeps the uuid of the leg as FreeSWITCH spells it', () => {
    const legUuid = 'A1E60000-0000-4000-8000-00000000000F';
    expect(read({ 'Unique-ID': legUuid })?.legUuid).to.equal(legUuid);
  });

  it('refuses a request without a leg or a usable context', () => {
    expect(without('Unique-ID')).to.equal(null);
    expect(without('Hunt-Context')).to.equal(null);
    expect(read({ 'Unique-ID': 'x' })).to.equal(null);
    expect(read({ 'Hunt-Context': 'a b' })).to.equal(null);
    expect(read({ 'Hunt-Context': '${system(id)}' })).to.equal(null);
  });

  it('makes do without the rest', () => {
    const bare = callRequestOf(
      formOf({
        variable_uuid: 'a1e60000-0000-4000-8000-000000000001',
        'Caller-Context': 'public',
        'Core-UUID': 'Käse',
      }),
      1,
    );
    expect(bare).to.include({
      context: 'public',
      dialled: '',
      coreUuid: '',
      profileCreatedUs: '0',
    });
  });
});

describe('the key of a decision', () => {
  const keyOf = (over: Readonly<Record<string, string>>) => {
    const request = read(over);
    if (request === null) throw new Error('no request');
    return decisionKeyOf(request);
  };

  it('is the same for a repeated fetch and another for a transfer of the leg', () => {
    expect(keyOf({})).to.equal(keyOf({ 'Event-Sequence': '99' }));
    expect(keyOf({})).not.to.equal(keyOf({ 'Hunt-Profile-Created-Time': '1795327068670480' }));
    expect(keyOf({})).not.to.equal(keyOf({ 'Hunt-Destination-Number': '1002' }));
  });

  it('fits its column whatever was dialled', () => {
    expect(keyOf({ 'Hunt-Destination-Number': '€\n'.repeat(2000) })).to.match(
      /^[\x21-\x7e]{1,190}$/,
    );
  });
});
