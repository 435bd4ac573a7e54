import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { RoundingMode } from '../../rating/deck/types.js';
import { billableSeconds } from '../../rating/duration.js';
import {
  Decimal,
  formatAmount,
  parseMoney,
  parseScaled,
  roundMoney,
  roundRatio,
  scaledToText,
} from '../../rating/money.js';

describe('money', () => {
  const table: readonly [string, number, RoundingMode, string][] = [
    ['1.0000001', 2, 'up', '1.01'],
    ['-1.0000001', 2, 'up', '-1.01'],
    ['1.01', 2, 'up', '1.01'],
    ['1.019', 2, 'down', '1.01'],
    ['-1.019', 2, 'down', '-1.01'],
    ['1.005', 2, 'half_up', '1.01'],
    ['-1.005', 2, 'half_up', '-1.01'],
    ['1.005', 2, 'half_even', '1'],
    ['1.015', 2, 'half_even', '1.02'],
    ['1.0051', 2, 'half_even', '1.01'],
    ['0.5', 0, 'half_even', '0'],
    ['1.5', 0, 'half_even', '2'],
  ];
  for (const [value, decimals, mode, expected] of table) {
    it(`rounds ${value} ${mode} to ${String(decimals)} decimals as ${expected}`, () => {
      expect(roundMoney(new Decimal(value), decimals, mode).toFixed()).to.equal(expected);
      const ratio = roundRatio(parseScaled(value, 10), 10n ** 10n, decimals, mode);
      expect(scaledToText(ratio, decimals)).to.equal(expected);
    });
  }

  it('keeps sums exact that binary fractions would not', () => {
    expect(new Decimal('0.1').plus('0.2').toFixed()).to.equal('0.3');
    const large = new Decimal('99999999999999.999999').plus('0.000001');
    expect(formatAmount(large)).to.equal('100000000000000.000000');
  });

  it('writes amounts with six decimals, no exponent, no separators and no negative zero', () => {
    expect(formatAmount(new Decimal('1234.5'))).to.equal('1234.500000');
    expect(formatAmount(new Decimal('0.0000001'))).to.equal('0.000000');
    expect(formatAmount(new Decimal('-0.0000001'))).to.equal('0.000000');
    expect(formatAmount(new Decimal('1e21'))).to.equal('1000000000000000000000.000000');
    expect(new Decimal('0.00000001').toString()).to.equal('0.00000001');
  });

  for (const text of ['', ' 1', '1e3', '1,5', '1.', '.5', '+1', 'NaN', 'Infinity', '0x10', '1_0']) {
    it(`refuses '${text}' as an amount`, () => {
      expect(() => parseMoney(text)).to.throw(RangeError, 'invalid_amount');
    });
  }

  it('refuses to drop digits of a price but not its trailing zeros', () => {
    expect(parseScaled('0.0150000000', 8)).to.equal(1_500_000n);
    expect(parseScaled('-0.5', 8)).to.equal(-50_000_000n);
    expect(() => parseScaled('0.000000001', 8)).to.throw(RangeError, 'too_many_decimals');
  });
});

describe('billable seconds', () => {
  const table: readonly [number, number, number, number][] = [
    [0, 0, 0, 0],
    [1, 1, 0, 0],
    [499_999, 1, 0, 0],
    [500_000, 1, 1, 0],
    [1_000_000, 1, 1, 1],
    [60_100_000, 61, 60, 60],
    [60_999_999, 61, 61, 60],
  ];
  for (const [durationUs, up, halfUp, down] of table) {
    it(`turns ${String(durationUs)} µs into ${String(up)}, ${String(halfUp)} or ${String(down)} s`, () => {
      expect(billableSeconds(durationUs, 'up')).to.equal(up);
      expect(billableSeconds(durationUs, 'half_up')).to.equal(halfUp);
      expect(billableSeconds(durationUs, 'down')).to.equal(down);
    });
  }

  it('refuses fractions and negative durations', () => {
    expect(() => billableSeconds(1.5, 'up')).to.throw(RangeError, 'invalid_duration');
    expect(() => billableSeconds(-1, 'up')).to.throw(RangeError, 'invalid_duration');
  });
});
