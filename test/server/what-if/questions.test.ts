import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Refusal } from '../../../server/admin/refusal.js';
import { ACME } from '../../support/world.js';
import { expectRefusal, withQuestions } from './asking.js';

describe('who may be asked about', function () {
  this.timeout(60_000);
  const questions = withQuestions();

  it('answers free calls and calls that come in over a gateway', async () => {
    const inside = await questions().ask({ to: '1002' });
    expect(inside).to.include({ outcome: 'free', direction: 'internal', limit: null });
    expect(inside.payers).to.deep.equal([]);
    expect(inside.dialplan).to.include('sofia/internal/1002%acme.example');
    const echo = await questions().ask({ to: '9196' });
    expect(echo).to.include({ outcome: 'free', direction: 'service' });
    const inbound = await questions().ask({
      from: 'carrierA',
      to: '+972 36-598-7456',
      caller: '+44 7700 900999',
    });
    expect(inbound).to.include({ outcome: 'free', direction: 'inbound' });
    expect(inbound.caller.number).to.equal('+447700900999');
    expect(inbound.owner).to.include({ accountId: ACME, did: '972365987456' });
    const transferred = await questions().ask({ from: '972365987456', to: '1001' });
    expect(transferred).to.include({ outcome: 'free', direction: 'internal' });
  });

  it('shows the far end the number that is tried out for the caller', async () => {
    expect((await questions().ask()).caller.number).to.equal('442071838750');
    const test = await questions().ask({ caller: '+1 212 555 0100' });
    expect(test.caller.number).to.equal('+12125550100');
    expect(test.dialplan).to.include('origination_caller_id_number=+12125550100');
  });

  it('says what is wrong with a question', async () => {
    await expectRefusal(questions().ask({ from: '9999@acme.example' }), 'invalid', 'from');
    await expectRefusal(questions().ask({ from: '1001@other.example' }), 'invalid', 'from');
    await expectRefusal(questions().ask({ from: '447700900123' }), 'invalid', 'from');
    await expectRefusal(questions().ask({ from: "x' or 1=1 --" }), 'invalid', 'from');
    await expectRefusal(
      questions().ask({ from: 'carrierC', to: '972365987456' }),
      'invalid',
      'from',
    );
    await expectRefusal(questions().ask({ switch: 'fs9' }), 'invalid', 'switch');
    for (const over of [
      { to: '' },
      { to: 'sip:1001@evil.example' },
      { to: '44${system(id)}' },
      { to: '4'.repeat(33) },
      { at: 'tomorrow' },
      { at: '2027-13-01T00:00:00Z' },
      { duration_s: 0 },
      { duration_s: 86_401 },
      { duration_s: 1.5 },
      { caller: 'anonymous' },
      { from: 'a\u0000b@acme.example' },
      { release: -1 },
    ]) {
      expect(() => questions().ask(over), JSON.stringify(over)).to.throw(Refusal);
    }
  });
});
