import { expect } from 'chai';
import { describe, it } from 'mocha';
import { affordableSeconds } from '../../rating/call/affordable-seconds.js';
import { grantCall } from '../../rating/call/quote-call.js';
import { Decimal } from '../../rating/money.js';
import { rate } from './builders.js';

const money = (text: string): Decimal => new Decimal(text);

describe('affordable seconds', () => {
  it('refuses a call whose first block is not covered', () => {
    const minute = rate({ ratePerMinute: '0.04', initialIncrementS: 60, incrementS: 60 });
    expect(affordableSeconds(minute, money('0.01'), 3600)).to.equal(0);
    expect(affordableSeconds(minute, money('0.039999'), 3600)).to.equal(0);
    expect(affordableSeconds(minute, money('0.04'), 3600)).to.equal(60);
  });

  it('lets a free destination run to the cap, also without money', () => {
    expect(affordableSeconds(rate({ ratePerMinute: '0' }), money('0'), 7200)).to.equal(7200);
    expect(affordableSeconds(rate({ ratePerMinute: '0' }), money('-3'), 7200)).to.equal(7200);
  });

  it('lets a capped price run to the cap once the maximum charge is covered', () => {
    expect(affordableSeconds(rate({ maxCost: '1' }), money('1'), 7200)).to.equal(7200);
    expect(affordableSeconds(rate({ maxCost: '1' }), money('0.99'), 7200)).to.equal(99);
  });

  it('counts free seconds and the connect fee', () => {
    const row = { freeS: 60, ratePerMinute: '60', connectFee: '1' };
    expect(affordableSeconds(rate(row), money('51'), 7200)).to.equal(110);
    expect(affordableSeconds(rate(row), money('0.99'), 7200)).to.equal(0);
  });

  it('compares the charged or the exact cost as asked', () => {
    const tenths = rate({ ratePerMinute: '0.6' }, { roundingMode: 'up', roundingDecimals: 1 });
    expect(affordableSeconds(tenths, money('0.15'), 3600)).to.equal(10);
    expect(affordableSeconds(tenths, money('0.15'), 3600, { basis: 'exact' })).to.equal(15);
  });
});

describe('granting a call', () => {
  const customer = {
    payerKey: 'account:7',
    rate: rate({ ratePerMinute: '0.6' }),
    available: money('10'),
  };
  const reseller = {
    payerKey: 'account:3',
    rate: rate({ ratePerMinute: '0.3' }),
    available: money('0.1'),
  };

  it('lets the poorest payer of the chain decide and holds each payer its own price', () => {
    const grant = grantCall({ payers: [customer, reseller], sliceSeconds: 300, maxSeconds: 7200 });
    expect(grant.seconds).to.equal(20);
    expect(grant.limitedBy).to.equal('account:3');
    const holds = grant.holds.map(({ payerKey, amount }) => [payerKey, amount.toFixed()]);
    expect(holds).to.deep.equal([
      ['account:7', '0.2'],
      ['account:3', '0.1'],
    ]);
    expect(JSON.parse(JSON.stringify(grant.steps))).to.deep.equal(grant.steps);
  });

  it('names nobody when slice or maximum end the grant', () => {
    const input = { payers: [customer], sliceSeconds: 300, maxSeconds: 7200 };
    expect(grantCall(input)).to.include({ seconds: 300, limitedBy: null });
    expect(grantCall({ ...input, maxSeconds: 40 })).to.include({ seconds: 40, limitedBy: null });
  });

  it('refuses without holds when one payer cannot pay', () => {
    const broke = { ...reseller, available: money('-1') };
    const grant = grantCall({ payers: [customer, broke], sliceSeconds: 300, maxSeconds: 7200 });
    expect(grant.seconds).to.equal(0);
    expect(grant.limitedBy).to.equal('account:3');
    expect(grant.holds).to.deep.equal([]);
  });

  it('does not let a payer without money live on the grace time', () => {
    const grace = { payerKey: 'account:1', rate: rate({ graceS: 5 }), available: money('0') };
    const grant = grantCall({ payers: [grace], sliceSeconds: 300, maxSeconds: 7200 });
    expect(grant).to.include({ seconds: 0, limitedBy: 'account:1' });
  });
});
