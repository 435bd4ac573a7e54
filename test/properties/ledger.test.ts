import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  adjustmentPosting,
  callPosting,
  correctionPosting,
  reversalPosting,
} from '../../rating/ledger/postings.js';
import type { LedgerEntry } from '../../rating/ledger/types.js';
import { Decimal } from '../../rating/money.js';

const amount = fc
  .bigInt({ min: 0n, max: 10n ** 15n })
  .map((units) => new Decimal(units.toString()).div(1_000_000));
const id = fc.integer({ min: 1, max: 9 });
const currency = fc.constantFrom('EUR', 'USD', 'JPY');
const posting = fc.record({
  payers: fc.array(fc.record({ accountId: id, sellerAccountId: id, amount, currency }), {
    maxLength: 5,
  }),
  carrier: fc.option(fc.record({ carrierId: id, operatorAccountId: id, amount, currency }), {
    nil: null,
  }),
});

/** What each ledger account has after these entries; accounts with nothing are left out. */
function balances(entries: readonly LedgerEntry[]): ReadonlyMap<string, string> {
  const sums = new Map<string, Decimal>();
  for (const { account, currency, amount: moved } of entries) {
    const key = [account.kind, account.ownerType, account.ownerId, currency].join(' ');
    sums.set(key, (sums.get(key) ?? new Decimal(0)).plus(moved));
  }
  const left = [...sums].filter(([, sum]) => !sum.isZero());
  return new Map(left.map(([key, sum]) => [key, sum.toFixed(6)]));
}

describe('random postings', () => {
  it('sum to zero in every currency and leave nothing out', () => {
    fc.assert(
      fc.property(posting, (drawn) => {
        const sums = new Map<string, Decimal>();
        let charged = new Decimal(0);
        for (const entry of callPosting(drawn)) {
          expect(entry.amount).to.match(/^-?\d+\.\d{6}$/);
          sums.set(entry.currency, (sums.get(entry.currency) ?? new Decimal(0)).plus(entry.amount));
          if (entry.account.kind === 'client_credit') charged = charged.minus(entry.amount);
        }
        for (const sum of sums.values()) expect(sum.isZero()).to.equal(true);
        const expected = drawn.payers.reduce(
          (sum, payer) => sum.plus(payer.amount),
          new Decimal(0),
        );
        expect(charged.equals(expected)).to.equal(true);
      }),
    );
  });

  it('are undone exactly by their reversal', () => {
    fc.assert(
      fc.property(amount, id, fc.boolean(), (value, accountId, takes) => {
        const signed = takes ? value.negated() : value;
        const entries = adjustmentPosting({ accountId, amount: signed, currency: 'EUR' });
        expect(reversalPosting(reversalPosting(entries))).to.deep.equal(entries);
        const opposite = adjustmentPosting({
          accountId,
          amount: signed.negated(),
          currency: 'EUR',
        });
        expect(reversalPosting(entries)).to.deep.equal(opposite);
      }),
    );
  });

  it('and the correction of the difference are together the posting that was right', () => {
    const rightAmounts = fc.array(amount, { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(posting, rightAmounts, (wrong, amounts) => {
        const amountAt = (index: number) => amounts[index] ?? new Decimal(0);
        const right = {
          payers: wrong.payers.map((payer, index) => ({ ...payer, amount: amountAt(index) })),
          carrier: wrong.carrier && { ...wrong.carrier, amount: amountAt(5) },
        };
        const differences = {
          payers: wrong.payers.map((payer, index) => ({
            ...payer,
            amount: amountAt(index).minus(payer.amount),
          })),
          carrier: wrong.carrier && {
            ...wrong.carrier,
            amount: amountAt(5).minus(wrong.carrier.amount),
          },
        };
        const corrected = [...callPosting(wrong), ...correctionPosting(differences)];
        expect(balances(corrected)).to.deep.equal(balances(callPosting(right)));
      }),
    );
  });
});
