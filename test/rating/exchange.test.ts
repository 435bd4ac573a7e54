import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ExchangeRates } from '../../rating/exchange/exchange-rates.js';

const rates = new ExchangeRates([
  { from: 'USD', to: 'EUR', rate: '0.93', effectiveFromMs: 2000 },
  { from: 'USD', to: 'EUR', rate: '0.91', effectiveFromMs: 1000 },
]);

describe('exchange rates', () => {
  const CASES: readonly [string, string, string, number, string | null][] = [
    ['is unknown before the first one is in force', 'USD', 'EUR', 999, null],
    ['is in force from its very instant on', 'USD', 'EUR', 1000, '0.91'],
    ['holds until the next one begins', 'USD', 'EUR', 1999, '0.91'],
    ['gives way to the next one', 'USD', 'EUR', 2000, '0.93'],
    ['is never inverted', 'EUR', 'USD', 3000, null],
    ['is 1 within one currency', 'GBP', 'GBP', 0, '1'],
  ];
  for (const [what, from, to, atMs, expected] of CASES) {
    it(`a rate ${what}`, () => {
      expect(rates.rateAt(from, to, atMs)).to.equal(expected);
    });
  }
});
