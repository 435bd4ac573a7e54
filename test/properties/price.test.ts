import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { affordableSeconds } from '../../rating/call/affordable-seconds.js';
import { grantCall } from '../../rating/call/quote-call.js';
import { rateSeconds } from '../../rating/call/rate-call.js';
import { buildDeck } from '../../rating/deck/deck.js';
import type { Jurisdiction, RateRow } from '../../rating/deck/types.js';
import { Decimal, scaledToFixed } from '../../rating/money.js';
import { row, terms } from '../rating/builders.js';
import { anyRows, digits, instant, slotRows, slotStart } from './deck-arbitraries.js';
import { naiveFind, naiveRow } from './naive-deck.js';
import { naivePrice, naiveSplitPrice } from './naive-price.js';
import { anyRate, anyTerms, price } from './rating-arbitraries.js';

const callSeconds = fc.integer({ min: 0, max: 600 });

describe('prices of random rates', () => {
  it('equal those of a plain model in exact fractions', () => {
    fc.assert(
      fc.property(anyRate, callSeconds, (rate, seconds) => {
        const rated = rateSeconds(rate, seconds);
        const naive = naivePrice(rate, seconds);
        const expected = scaledToFixed(naive.cost, rate.terms.roundingDecimals);
        expect(rated.cost.equals(expected), `${rated.cost.toFixed()} is ${expected}`).to.equal(
          true,
        );
        expect(rated.billedSeconds).to.equal(naive.billed);
      }),
      { numRuns: 1000 },
    );
  });

  it('never fall as the call grows', () => {
    fc.assert(
      fc.property(anyRate, callSeconds, (rate, seconds) => {
        const longer = rateSeconds(rate, seconds + 1);
        expect(longer.cost.gte(rateSeconds(rate, seconds).cost)).to.equal(true);
      }),
      { numRuns: 500 },
    );
  });

  it('let a call last exactly as long as the money, and not a second longer', () => {
    fc.assert(
      fc.property(anyRate, price, fc.integer({ min: 0, max: 900 }), (rate, money, cap) => {
        const available = new Decimal(money);
        const seconds = affordableSeconds(rate, available, cap);
        expect(rateSeconds(rate, seconds).cost.lte(available)).to.equal(true);
        if (seconds < cap) {
          expect(rateSeconds(rate, seconds + 1).cost.gt(available)).to.equal(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('limit the unrounded cost as exactly', () => {
    fc.assert(
      fc.property(anyRate, price, (rate, money) => {
        const available = new Decimal(money);
        const seconds = affordableSeconds(rate, available, 900, { basis: 'exact' });
        let longest = 0;
        for (let at = 0; at <= 900; at += 1) {
          if (rateSeconds(rate, at).exactCost.lte(available)) longest = at;
        }
        expect(seconds).to.equal(longest);
      }),
      { numRuns: 30 },
    );
  });

  it('hold for every payer what the granted seconds cost, never more than there is', () => {
    const payer = fc.record({ rate: anyRate, available: price });
    fc.assert(
      fc.property(fc.array(payer, { minLength: 1, maxLength: 4 }), (drawn) => {
        const payers = drawn.map(({ rate, available }, index) => ({
          payerKey: `account:${String(index)}`,
          rate,
          available: new Decimal(available),
        }));
        const grant = grantCall({ payers, sliceSeconds: 300, maxSeconds: 7200 });
        expect(grant.holds.length).to.equal(grant.seconds === 0 ? 0 : payers.length);
        grant.holds.forEach(({ amount }, index) => {
          expect(amount.lte(payers[index]?.available ?? 0)).to.equal(true);
        });
      }),
      { numRuns: 300 },
    );
  });
});

describe('prices of calls through random decks', () => {
  const zone = fc.constantFrom('UTC', 'Europe/London', 'America/New_York');
  const call = fc.constantFrom<Jurisdiction>('unknown', 'interstate', 'intrastate');

  it('equal those of the plain model for the row it finds', () => {
    const asked = fc.record({ number: digits(7), startMs: instant, call, seconds: callSeconds });
    fc.assert(
      fc.property(anyRows, anyTerms, zone, asked, (rows, drawn, timeZone, asks) => {
        const deckTerms = { ...drawn, timeZone };
        const found = buildDeck(deckTerms, rows).find(asks.number, asks.startMs, asks.call);
        const row = naiveFind(rows, asks.number, { startMs: asks.startMs, timeZone });
        expect(found === null).to.equal(row === undefined);
        if (found === null || row === undefined) return;
        const naive = naivePrice({ terms: deckTerms, row: naiveRow(row, asks.call) }, asks.seconds);
        const rated = rateSeconds(found, asks.seconds);
        expect(rated.cost.equals(scaledToFixed(naive.cost, drawn.roundingDecimals))).to.equal(true);
        expect(rated.billedSeconds).to.equal(naive.billed);
      }),
      { numRuns: 1000 },
    );
  });

  it('equal the plain model second by second where prices are split', () => {
    const asked = fc.record({ start: slotStart, call, seconds: callSeconds });
    fc.assert(
      fc.property(slotRows, anyTerms, asked, (rows, drawn, asks) => {
        const { startMs, timeZone } = asks.start;
        const deckTerms = { ...drawn, timeZone, timeOfDayPolicy: 'split' as const };
        const found = buildDeck(deckTerms, rows).find('12', startMs, asks.call);
        const rowAt = (second: number): RateRow | undefined => {
          const instants = { startMs, windowMs: startMs + second * 1000, timeZone };
          const row = naiveFind(rows, '12', instants);
          return row === undefined ? undefined : naiveRow(row, asks.call);
        };
        const row = rowAt(0);
        expect(found === null).to.equal(row === undefined);
        if (found === null || row === undefined) return;
        const naive = naiveSplitPrice({ terms: deckTerms, row }, asks.seconds, rowAt);
        const rated = rateSeconds(found, asks.seconds);
        expect(rated.billedSeconds).to.equal(naive.billed);
        expect(rated.cost.toFixed(8)).to.equal(
          new Decimal(scaledToFixed(naive.cost, drawn.roundingDecimals)).toFixed(8),
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe('prices split over time slots', () => {
  it('equal the sum over single seconds, whatever zone and clock shift', () => {
    const start = fc.integer({ min: Date.UTC(2026, 2, 20), max: Date.UTC(2026, 10, 10) });
    const zone = fc.constantFrom('Europe/London', 'Australia/Lord_Howe', 'America/Santiago', 'UTC');
    fc.assert(
      fc.property(start, zone, fc.integer({ min: 1, max: 40_000 }), (startMs, timeZone, length) => {
        const deck = buildDeck(terms({ timeZone, timeOfDayPolicy: 'split' }), [
          row({
            id: 1,
            priority: 2,
            timeFrom: '08:00:00',
            timeTo: '18:30:00',
            days: [1, 2, 3, 4, 5],
          }),
          row({
            id: 2,
            priority: 1,
            ratePerMinute: '0.12',
            timeFrom: '22:00:00',
            timeTo: '02:15:00',
          }),
          row({ id: 3, ratePerMinute: '0.3' }),
        ]);
        const rate = deck.find('44', startMs);
        if (rate === null) throw new Error('no rate');
        let hundredths = 0n;
        for (let second = 0; second < length; second += 1) {
          hundredths +=
            [0n, 100n, 20n, 50n][deck.findIndex('44', startMs + second * 1000) + 1] ?? 0n;
        }
        expect(rateSeconds(rate, length).cost.equals(scaledToFixed(hundredths, 4))).to.equal(true);
      }),
      { numRuns: 60 },
    );
  });
});
