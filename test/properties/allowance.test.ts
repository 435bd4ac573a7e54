import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { calendarMonth, dayOf, monthlyPeriod, startOfDay } from '../../rating/allowance/periods.js';
import { totalIncluded, useIncluded } from '../../rating/allowance/use-included.js';
import { grantCall } from '../../rating/call/quote-call.js';
import { rateSeconds } from '../../rating/call/rate-call.js';
import type { FrozenRate } from '../../rating/deck/types.js';
import { Decimal } from '../../rating/money.js';
import { priceLeg } from '../../rating/settlement/price-leg.js';
import { rate, row } from '../rating/builders.js';
import { anyRate, price } from './rating-arbitraries.js';

/** Midnights that do not exist, half-hour shifts, a day that was left out, the southern summer. */
const ZONES = [
  'UTC',
  'Europe/London',
  'America/New_York',
  'America/Sao_Paulo',
  'Asia/Beirut',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
] as const;

const FROM_YEAR = 2000;
const YEARS = 40;

const includedTimes = fc.array(
  fc.record({
    seconds: fc.integer({ min: 0, max: 400 }),
    incrementS: fc.constantFrom(1, 6, 30, 60),
  }),
  { maxLength: 3 },
);

/** A rate whose seconds each take the price of their slot. */
const splitRate = fc
  .record({
    rate: anyRate,
    prices: fc.array(price, { minLength: 1, maxLength: 4 }),
    gapS: fc.integer({ min: 1, max: 200 }),
  })
  .map(({ rate: { terms, row: first }, prices, gapS }): FrozenRate => {
    const { tiers: _, initialRatePerMinute: __, ...plain } = first;
    const slots = prices.map((ratePerMinute, index) => ({
      fromS: index * gapS,
      row: { ...plain, id: index + 1, ratePerMinute },
    }));
    return {
      terms: { ...terms, timeOfDayPolicy: 'split' },
      row: plain,
      slots,
      slotsEndS: 604_800,
    };
  });

const eitherRate = fc.oneof(anyRate, splitRate);

describe('months of packages', () => {
  for (const zone of ZONES) {
    it(`follow each other for ${String(YEARS)} years in ${zone}, whatever day they begin on`, () => {
      for (const day of [1, 15, 28, 29, 30, 31]) {
        const startsOn = `${String(FROM_YEAR)}-01-${String(day).padStart(2, '0')}`;
        let at = startOfDay(startsOn, zone);
        for (let month = 0; month < YEARS * 12; month += 1) {
          const period = monthlyPeriod(startsOn, zone, at);
          expect(period?.fromMs).to.equal(at);
          const last = new Date(Date.UTC(FROM_YEAR, month + 1, 0)).getUTCDate();
          expect(Number(dayOf(zone, at).slice(8))).to.be.closeTo(Math.min(day, last), 1);
          at = period?.toMs ?? 0;
        }
        expect(dayOf(zone, at).slice(0, 7)).to.equal(`${String(FROM_YEAR + YEARS)}-01`);
      }
    });
  }

  it('hold every instant in one period, up to but not with its end', () => {
    const instant = fc.integer({
      min: Date.UTC(FROM_YEAR, 1, 2),
      max: Date.UTC(FROM_YEAR + YEARS, 0),
    });
    const day = fc.integer({ min: 1, max: 31 }).map((n) => String(n).padStart(2, '0'));
    fc.assert(
      fc.property(instant, day, fc.constantFrom(...ZONES), (atMs, ofMonth, zone) => {
        const startsOn = `${String(FROM_YEAR)}-01-${ofMonth}`;
        for (const find of [
          (at: number) => monthlyPeriod(startsOn, zone, at),
          (at: number) => calendarMonth(zone, at),
        ]) {
          const period = find(atMs);
          if (period === null) throw new Error('a period is expected after the start');
          expect(period.fromMs).to.be.at.most(atMs);
          expect(period.toMs).to.be.greaterThan(atMs);
          expect(find(period.fromMs)).to.deep.equal(period);
          expect(find(period.toMs - 1)).to.deep.equal(period);
          expect(find(period.toMs)?.fromMs).to.equal(period.toMs);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('inclusive time', () => {
  it('is distributed without losing or making a second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1500 }), includedTimes, (seconds, included) => {
        const { coveredSeconds, used } = useIncluded(seconds, included);
        expect(coveredSeconds).to.equal(Math.min(seconds, totalIncluded(included)));
        const total = used.reduce((sum, taken) => sum + taken, 0);
        expect(total).to.be.at.least(coveredSeconds);
        included.forEach((time, index) => {
          const taken = used[index] ?? NaN;
          expect(taken).to.be.within(0, time.seconds);
          expect(taken % time.incrementS === 0 || taken === time.seconds).to.equal(true);
          // Nothing is taken of a later one while an earlier one has any left.
          const later = used.slice(index + 1).some((more) => more > 0);
          if (later) expect(taken).to.equal(time.seconds);
        });
        expect(total - coveredSeconds).to.be.lessThan(60);
      }),
      { numRuns: 1000 },
    );
  });

  it('makes a call cost what its rest costs as a call of its own', () => {
    fc.assert(
      fc.property(
        anyRate,
        fc.integer({ min: 0, max: 900 }),
        fc.integer({ min: 1, max: 900 }),
        (drawn, seconds, covered) => {
          const { cost } = rateSeconds(drawn, seconds, covered);
          const rest = rateSeconds(drawn, Math.max(0, seconds - covered));
          expect(cost.equals(rest.cost)).to.equal(true);
          if (covered >= seconds) expect(cost.isZero()).to.equal(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('leaves each second the price of its own time slot', () => {
    // Per-second prices without fees: what is left costs exactly what the front did not.
    const prices = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 5 });
    const length = fc.integer({ min: 0, max: 900 });
    fc.assert(
      fc.property(prices, fc.integer({ min: 1, max: 200 }), length, length, (drawn, gapS, a, b) => {
        const slots = drawn.map((cents, index) => ({
          fromS: index * gapS,
          row: row({ id: index + 1, ratePerMinute: new Decimal(cents).times('0.06').toFixed() }),
        }));
        const split: FrozenRate = {
          ...rate({}, { timeOfDayPolicy: 'split' }),
          slots,
          slotsEndS: 604_800,
        };
        const covered = Math.min(a, b);
        const seconds = Math.max(a, b);
        const whole = rateSeconds(split, seconds).cost;
        const front = rateSeconds(split, covered).cost;
        const rest = rateSeconds(split, seconds, covered).cost;
        expect(rest.toFixed()).to.equal(whole.minus(front).toFixed());
      }),
      { numRuns: 300 },
    );
  });
});

describe('grants with inclusive time', () => {
  const anyPayer = fc.record({ rate: eitherRate, available: price, included: includedTimes });

  it('never take more money or seconds than there are, and are as long as they can be', () => {
    fc.assert(
      fc.property(anyPayer, ({ available: text, ...payer }) => {
        const available = new Decimal(text);
        const payers = [{ payerKey: 'account:1', available, ...payer }];
        const grant = grantCall({ payers, sliceSeconds: 600, maxSeconds: 7200 });
        const [hold] = grant.holds;
        hold?.included.forEach((taken, index) => {
          expect(taken).to.be.within(0, payer.included[index]?.seconds ?? 0);
        });
        expect(hold?.amount.lte(available) ?? true).to.equal(true);
        expect(grant.seconds).to.be.at.least(Math.min(600, totalIncluded(payer.included)));
        if (grant.limitedBy === null) return;
        const longer = grant.seconds + 1;
        const total = totalIncluded(payer.included);
        const price = rateSeconds(payer.rate, longer, Math.min(longer, total)).cost;
        const isWithinGrace = longer - total <= (payer.rate.row.graceS ?? 0);
        expect(price.gt(available) || isWithinGrace).to.equal(true);
      }),
      { numRuns: 300 },
    );
  });

  it('hold enough for every call that ends within them', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(anyPayer, share, ({ available: text, ...payer }, part) => {
        const payers = [{ payerKey: 'account:1', available: new Decimal(text), ...payer }];
        const grant = grantCall({ payers, sliceSeconds: 600, maxSeconds: 7200 });
        const [hold] = grant.holds;
        if (hold === undefined) return;
        const included = payer.included.map(({ incrementS }, index) => {
          return { seconds: hold.included[index] ?? 0, incrementS };
        });
        const leg = priceLeg({
          payers: [{ accountId: 1, sellerAccountId: 2, currency: 'EUR', rate: payer.rate }],
          route: null,
          operatorAccountId: 2,
          billUs: Math.floor(grant.seconds * part) * 1_000_000,
          cutAtSeconds: null,
          included,
        });
        // The ledger has six decimals: where a sheet rounds at more, holds are rounded like charges.
        const held = hold.amount.toDecimalPlaces(6, Decimal.ROUND_HALF_UP);
        expect(held.gte(leg.price)).to.equal(true);
        leg.usedSeconds.forEach((used, index) => {
          expect(used).to.be.at.most(included[index]?.seconds ?? 0);
        });
      }),
      { numRuns: 500 },
    );
  });
});
