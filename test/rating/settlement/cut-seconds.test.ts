import { expect } from 'chai';
import { describe, it } from 'mocha';
import { cutSeconds, payerDuration } from '../../../rating/settlement/price-charge.js';

const GRANTED_S = 60;

describe('The limit at which payers stop paying', () => {
  it('is what was granted, when the switch cuts the leg late', () => {
    const billUs = 61_900_000;
    expect(cutSeconds('ALLOTTED_TIMEOUT', GRANTED_S, billUs)).to.equal(GRANTED_S);
    expect(payerDuration(billUs, GRANTED_S)).to.equal(60_000_000);
  });

  it('is the same when somebody hangs up in the moment before the cut', () => {
    expect(cutSeconds('NORMAL_CLEARING', GRANTED_S, 60_300_000)).to.equal(GRANTED_S);
    expect(cutSeconds('NORMAL_CLEARING', GRANTED_S, 61_000_000)).to.equal(GRANTED_S);
  });

  it('takes nothing off a leg that was shorter', () => {
    const limit = cutSeconds('NORMAL_CLEARING', GRANTED_S, 59_000_000);
    expect(payerDuration(59_000_000, limit)).to.equal(59_000_000);
  });

  it('is not there for a leg that no switch cut, and none without a grant', () => {
    expect(cutSeconds('NORMAL_CLEARING', GRANTED_S, 61_000_001)).to.equal(null);
    expect(cutSeconds('ALLOTTED_TIMEOUT', null, 61_000_000)).to.equal(null);
  });
});
