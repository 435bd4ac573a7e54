import { expect } from 'chai';
import { describe, it } from 'mocha';
import { buildDeck } from '../../rating/deck/deck.js';
import type { Jurisdiction } from '../../rating/deck/types.js';
import { chooseColumn } from '../../rating/jurisdiction/choose-price.js';
import { jurisdictionOf } from '../../rating/jurisdiction/jurisdiction.js';
import { stateOfAreaCode, usAreaCodes } from '../../rating/jurisdiction/us-area-codes.js';
import { NOON_MS, row, terms } from './builders.js';

describe('the jurisdiction of a call', () => {
  const table: readonly [string, string, string, Jurisdiction | null][] = [
    ['two area codes of one state', '12125550100', '17165550100', 'intrastate'],
    ['one area code', '13055550100', '13055550199', 'intrastate'],
    ['two states', '12125550100', '12015550100', 'interstate'],
    ['the capital is a state of its own', '12025550100', '17035550100', 'interstate'],
    ['a caller from abroad', '442071838750', '12125550100', 'unknown'],
    ['a caller from Canada', '14165550100', '12125550100', 'unknown'],
    ['a toll-free caller', '18005550100', '12125550100', 'unknown'],
    ['a caller who hides the number', '', '12125550100', 'unknown'],
    ['a caller with an extension number', '1001', '12125550100', 'unknown'],
    ['a called number abroad', '12125550100', '442071838750', null],
    ['a called number in Canada', '12125550100', '14165550100', null],
    ['a called number in the Caribbean', '12125550100', '18765550100', null],
    ['a called number in Puerto Rico', '12125550100', '17875550100', null],
    ['a toll-free called number', '12125550100', '18005550100', null],
    ['a called number that is too short', '12125550100', '1212555', null],
    ['an exchange that cannot be', '12125550100', '12121550100', null],
  ];
  for (const [name, caller, called, expected] of table) {
    it(`knows ${name}`, () => {
      expect(jurisdictionOf(caller, called)).to.equal(expected);
    });
  }

  it('has each area code once, in fifty states and the capital', () => {
    const codes = [...usAreaCodes()];
    expect(codes.every(([code]) => /^[2-9][0-8]\d$/.test(code))).to.equal(true);
    expect(new Set(codes.map(([, state]) => state)).size).to.equal(51);
    for (const [code, state] of codes) expect(stateOfAreaCode(code)).to.equal(state);
  });

  it('has no code in two states', () => {
    // A code listed twice would keep the last state only, and another one would come up short.
    const perState = new Map<string, number>();
    for (const [, state] of usAreaCodes()) perState.set(state, (perState.get(state) ?? 0) + 1);
    expect(perState.get('NY')).to.equal(22);
    expect(perState.get('TX')).to.equal(29);
    expect(stateOfAreaCode('867')).to.equal(null);
  });
});

describe('a row with prices by jurisdiction', () => {
  const prices = { interstate: '0.01', intrastate: '0.03', indeterminate: '0.02' };
  const deck = buildDeck(terms(), [
    row({ prefix: '1212', ratePerMinute: '0.01', jurisdictionPrices: prices }),
    row({ id: 2, prefix: '44' }),
  ]);

  const table: readonly [Jurisdiction, string, string][] = [
    ['interstate', '0.01', 'interstate'],
    ['intrastate', '0.03', 'intrastate'],
    ['unknown', '0.03', 'intrastate'],
  ];
  for (const [call, price, column] of table) {
    it(`charges an ${call} call ${price} and says why`, () => {
      const rate = deck.find('12125550100', NOON_MS, call);
      expect(rate?.row.ratePerMinute).to.equal(price);
      expect(rate?.jurisdiction).to.deep.equal({ call, column });
      expect(rate?.row.jurisdictionPrices).to.deep.equal(prices);
    });
  }

  it('takes a call for unknown unless told otherwise, and leaves other rows alone', () => {
    expect(deck.find('12125550100', NOON_MS)?.jurisdiction?.call).to.equal('unknown');
    expect(deck.find('44', NOON_MS, 'interstate')?.jurisdiction).to.equal(undefined);
  });

  it('finds the dearest price by value, and calls equal ones indeterminate', () => {
    const dear = { interstate: '0.1', intrastate: '0.09', indeterminate: '0.020' };
    expect(chooseColumn(dear, 'unknown')).to.equal('interstate');
    const equal = { interstate: '0.1', intrastate: '0.10', indeterminate: '0.100' };
    expect(chooseColumn(equal, 'unknown')).to.equal('indeterminate');
  });
});
