import { expect } from 'chai';
import { describe, it } from 'mocha';
import { GatewayStates } from '../../../server/switches/gateway-states.js';

describe('the states of the gateways of a switch', () => {
  it('take nothing that was never heard of for down', () => {
    expect(new GatewayStates().downState('a')).to.equal(null);
  });

  for (const state of ['DOWN', 'FAILED', 'FAIL_WAIT', 'TIMEOUT']) {
    it(`take ${state} for down`, () => {
      const states = new GatewayStates();
      states.note('a', state);
      expect(states.downState('a')).to.equal(state);
      expect(states.downState('b')).to.equal(null);
    });
  }

  for (const state of ['REGED', 'NOREG']) {
    it(`take ${state} for usable again`, () => {
      const states = new GatewayStates();
      states.note('a', 'FAIL_WAIT');
      states.note('a', state);
      expect(states.downState('a')).to.equal(null);
    });
  }

  it('keep the last verdict while a gateway only tries', () => {
    const states = new GatewayStates();
    states.note('down', 'FAIL_WAIT');
    states.note('up', 'REGED');
    for (const state of ['UNREGED', 'TRYING', 'REGISTER', 'EXPIRED']) {
      states.note('down', state);
      states.note('up', state);
      expect(states.downState('down')).to.equal('FAIL_WAIT');
      expect(states.downState('up')).to.equal(null);
    }
    expect(states.all).to.deep.equal([
      { name: 'down', state: 'EXPIRED' },
      { name: 'up', state: 'EXPIRED' },
    ]);
  });

  it('are what a look at all of them shows', () => {
    const states = new GatewayStates();
    states.note('gone', 'DOWN');
    states.note('healed', 'DOWN');
    states.replaceAll([
      { name: 'healed', state: 'REGED', isUp: true },
      { name: 'trying', state: 'TRYING', isUp: false },
      { name: 'pinged', state: 'NOREG', isUp: false },
    ]);
    expect(states.downState('gone')).to.equal(null);
    expect(states.downState('healed')).to.equal(null);
    expect(states.downState('trying')).to.equal('TRYING');
    expect(states.downState('pinged')).to.equal('DOWN');
    expect(states.all).to.deep.include({ name: 'pinged', state: 'DOWN' });
  });
});
