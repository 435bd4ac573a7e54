import { expect } from 'chai';
import { describe, it } from 'mocha';
import { useIncluded } from '../../../rating/allowance/use-included.js';
import { grantCall } from '../../../rating/call/quote-call.js';
import type { GrantPayer } from '../../../rating/call/quote-call.js';
import { rateAfter } from '../../../rating/call/rate-after.js';
import { rateCall, rateSeconds } from '../../../rating/call/rate-call.js';
import type { FrozenRate } from '../../../rating/deck/types.js';
import { Decimal } from '../../../rating/money.js';
import { rate, row } from '../builders.js';

const money = (text: string): Decimal => new Decimal(text);
const LIMITS = { sliceSeconds: 300, maxSeconds: 7200 };

describe('using inclusive time', () => {
  it('counts started increments, as far as there are seconds', () => {
    const minutes = (seconds: number) => ({ seconds, incrementS: 60 });
    expect(useIncluded(61, [minutes(600)])).to.deep.equal({ coveredSeconds: 61, used: [120] });
    expect(useIncluded(61, [minutes(100)])).to.deep.equal({ coveredSeconds: 61, used: [100] });
    expect(useIncluded(130, [minutes(100)])).to.deep.equal({ coveredSeconds: 100, used: [100] });
    expect(useIncluded(0, [minutes(100)])).to.deep.equal({ coveredSeconds: 0, used: [0] });
  });

  it('empties the first before it touches the second', () => {
    const times = [
      { seconds: 50, incrementS: 60 },
      { seconds: 600, incrementS: 30 },
    ];
    expect(useIncluded(49, times).used).to.deep.equal([50, 0]);
    expect(useIncluded(51, times).used).to.deep.equal([50, 30]);
    expect(useIncluded(81, times)).to.deep.equal({ coveredSeconds: 81, used: [50, 60] });
  });
});

describe('the price of a call with covered seconds', () => {
  const dear = rate({
    ratePerMinute: '0.6',
    connectFee: '0.05',
    initialIncrementS: 60,
    incrementS: 30,
    minDurationS: 45,
  });

  it('is that of a call as long as the rest, all rules of the row included', () => {
    expect(rateSeconds(dear, 130, 60).cost.toFixed()).to.equal(
      rateSeconds(dear, 70).cost.toFixed(),
    );
    expect(rateSeconds(dear, 61, 60).cost.toFixed()).to.equal('0.65');
    expect(rateSeconds(dear, 61, 60).talkSeconds).to.equal(61);
  });

  it('is nothing at all, connect fee included, where nothing is left', () => {
    const rated = rateSeconds(dear, 60, 60);
    expect(rated.cost.toFixed()).to.equal('0');
    expect(rated.billedSeconds).to.equal(0);
    expect(rateSeconds(dear, 59, 60).cost.toFixed()).to.equal('0');
  });

  it('says what was covered, after how long the call was', () => {
    const { steps } = rateCall(dear, 90_200_000, 60);
    expect(steps.slice(0, 2)).to.deep.equal([
      { kind: 'duration', durationUs: 90_200_000, rounding: 'up', seconds: 91 },
      { kind: 'included', fromS: 91, toS: 31 },
    ]);
  });

  it('takes the time slots of the seconds that are left', () => {
    // A cheap evening begins after 100 s of the call.
    const split: FrozenRate = {
      ...rate({ ratePerMinute: '0.6' }, { timeOfDayPolicy: 'split' }),
      slots: [
        { fromS: 0, row: row({ ratePerMinute: '0.6' }) },
        { fromS: 100, row: row({ id: 2, ratePerMinute: '0.3' }) },
        { fromS: 1000, row: row({ id: 3, ratePerMinute: '1.2' }) },
      ],
      slotsEndS: 5000,
    };
    // 40 s at 0.01 a second and 20 s at 0.005.
    expect(rateSeconds(split, 120, 60).cost.toFixed()).to.equal('0.5');
    // All in the evening.
    expect(rateSeconds(split, 160, 100).cost.toFixed()).to.equal('0.3');
    expect(rateSeconds(split, 160, 130).cost.toFixed()).to.equal('0.15');
    expect(rateAfter(split, 1500)).to.deep.include({ slotsEndS: 3500 });
    expect(rateAfter(split, 1500).slots).to.deep.equal([{ fromS: 0, row: split.slots?.[2]?.row }]);
    expect(rateAfter(split, 0)).to.equal(split);
  });
});

describe('granting a call with inclusive time', () => {
  const payer = (over: Partial<GrantPayer>): GrantPayer => ({
    payerKey: 'account:7',
    rate: rate({ ratePerMinute: '0.6' }),
    available: money('0.1'),
    included: [{ seconds: 90, incrementS: 60 }],
    ...over,
  });

  it('adds the seconds that money buys to those that need none', () => {
    const grant = grantCall({ ...LIMITS, payers: [payer({})] });
    expect(grant).to.include({ seconds: 100, limitedBy: 'account:7' });
    const [hold] = grant.holds;
    expect(hold?.amount.toFixed()).to.equal('0.1');
    expect(hold).to.deep.include({ coveredSeconds: 90, included: [90] });
    expect(grant.steps[0]).to.deep.include({ includedSeconds: 90, affordableSeconds: 100 });
    expect(JSON.parse(JSON.stringify(grant.steps))).to.deep.equal(grant.steps);
  });

  it('holds no money for what inclusive time covers, nor more of it than is needed', () => {
    const included = [{ seconds: 1000, incrementS: 60 }];
    const grant = grantCall({ ...LIMITS, payers: [payer({ included, available: money('0') })] });
    expect(grant).to.include({ seconds: 300, limitedBy: null });
    expect(grant.holds[0]?.amount.toFixed()).to.equal('0');
    expect(grant.holds[0]?.included).to.deep.equal([300]);
    const short = grantCall({ ...LIMITS, sliceSeconds: 70, payers: [payer({ included })] });
    expect(short.holds[0]).to.deep.include({ coveredSeconds: 70, included: [120] });
  });

  it('grants the inclusive time alone where the money does not buy the first block after it', () => {
    const poor = payer({ rate: rate({ initialIncrementS: 60 }), available: money('0.59') });
    expect(grantCall({ ...LIMITS, payers: [poor] })).to.include({ seconds: 90 });
    const grace = payer({ rate: rate({ graceS: 5 }), available: money('0') });
    expect(grantCall({ ...LIMITS, payers: [grace] })).to.include({ seconds: 90 });
    expect(grantCall({ ...LIMITS, payers: [payer({ ...grace, included: [] })] })).to.include({
      seconds: 0,
    });
  });

  it('covers nothing of what those above pay', () => {
    const seller = { payerKey: 'account:1', rate: rate({}), available: money('0.5') };
    const rich = payer({ included: [{ seconds: 1000, incrementS: 1 }] });
    const grant = grantCall({ ...LIMITS, payers: [rich, seller] });
    expect(grant).to.include({ seconds: 50, limitedBy: 'account:1' });
    expect(grant.holds.map(({ amount }) => amount.toFixed())).to.deep.equal(['0', '0.5']);
    expect(grant.holds.map(({ included }) => included)).to.deep.equal([[50], []]);
  });

  it('takes a second package after the first', () => {
    const included = [
      { seconds: 50, incrementS: 60 },
      { seconds: 40, incrementS: 1 },
    ];
    const grant = grantCall({ ...LIMITS, payers: [payer({ included })] });
    expect(grant.seconds).to.equal(100);
    expect(grant.holds[0]?.included).to.deep.equal([50, 40]);
  });
});
