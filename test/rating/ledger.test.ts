import { expect } from 'chai';
import { describe, it } from 'mocha';
import { UnbalancedError, assertBalanced } from '../../rating/ledger/balance.js';
import {
  adjustmentPosting,
  callPosting,
  correctionPosting,
  paymentPosting,
  reversalPosting,
} from '../../rating/ledger/postings.js';
import type { LedgerEntry } from '../../rating/ledger/types.js';
import { Decimal } from '../../rating/money.js';

function brief(entries: readonly LedgerEntry[]): readonly string[] {
  return entries.map(
    ({ account, amount, currency }) =>
      `${account.kind} ${account.ownerType} ${String(account.ownerId)} ${amount} ${currency}`,
  );
}

const CALL = {
  payers: [
    { accountId: 30, sellerAccountId: 20, amount: '1.5', currency: 'EUR' },
    { accountId: 20, sellerAccountId: 1, amount: new Decimal('1.2'), currency: 'EUR' },
  ],
  carrier: { carrierId: 5, operatorAccountId: 1, amount: '0.9', currency: 'USD' },
};

describe('postings', () => {
  it('charge each payer, earn for each seller and owe the carrier', () => {
    expect(brief(callPosting(CALL))).to.deep.equal([
      'client_credit account 30 -1.500000 EUR',
      'call_revenue account 20 1.500000 EUR',
      'client_credit account 20 -1.200000 EUR',
      'call_revenue account 1 1.200000 EUR',
      'carrier_cost account 1 -0.900000 USD',
      'carrier_payable carrier 5 0.900000 USD',
    ]);
  });

  it('correct a call by what is too little and too much', () => {
    const [customer, reseller] = CALL.payers;
    if (customer === undefined || reseller === undefined)
      throw new Error('two payers are expected');
    const entries = correctionPosting({
      payers: [
        { ...customer, amount: '-0.3' },
        { ...reseller, amount: '0' },
      ],
      carrier: { ...CALL.carrier, amount: '0.05' },
    });
    expect(brief(entries)).to.deep.equal([
      'client_credit account 30 0.300000 EUR',
      'call_revenue account 20 -0.300000 EUR',
      'carrier_cost account 1 -0.050000 USD',
      'carrier_payable carrier 5 0.050000 USD',
    ]);
    expect(correctionPosting({ payers: [], carrier: null })).to.deep.equal([]);
  });

  it('leave nothings out', () => {
    const payers = [{ accountId: 3, sellerAccountId: 1, amount: '0.000000', currency: 'EUR' }];
    expect(callPosting({ payers, carrier: null })).to.deep.equal([]);
  });

  it('credit a payment and an adjustment, which may also take', () => {
    expect(brief(paymentPosting({ accountId: 3, amount: '10', currency: 'EUR' }))).to.deep.equal([
      'payment_clearing account 3 -10.000000 EUR',
      'client_credit account 3 10.000000 EUR',
    ]);
    expect(
      brief(adjustmentPosting({ accountId: 3, amount: '-2.5', currency: 'EUR' })),
    ).to.deep.equal(['adjustment account 3 2.500000 EUR', 'client_credit account 3 -2.500000 EUR']);
  });

  it('undo themselves by a reversal', () => {
    const entries = callPosting(CALL);
    const reversed = reversalPosting(entries);
    expect(reversed[0]?.amount).to.equal('1.500000');
    expect(reversalPosting(reversed)).to.deep.equal(entries);
  });

  it('refuse amounts the ledger cannot hold, and negative prices', () => {
    const payment = { accountId: 3, currency: 'EUR' };
    expect(() => paymentPosting({ ...payment, amount: '0.0000001' })).to.throw('too_many_decimals');
    expect(() => paymentPosting({ ...payment, amount: '-1' })).to.throw('negative_amount');
    expect(() => paymentPosting({ ...payment, amount: '1e3' })).to.throw('invalid_amount');
  });

  it('are refused with currency and difference when they do not balance', () => {
    const entries = callPosting(CALL);
    expect(() => {
      assertBalanced(entries.slice(0, 5));
    }).to.throw(UnbalancedError, 'USD entries sum to -0.900000');
    const [first] = entries;
    expect(() => {
      assertBalanced(first === undefined ? [] : [first]);
    }).to.throw(UnbalancedError, 'EUR entries sum to -1.500000');
  });
});
