import { expect } from 'chai';
import { describe, it } from 'mocha';
import { rateCall, rateSeconds } from '../../rating/call/rate-call.js';
import { UnsupportedRateError, findUnsupported } from '../../rating/call/unsupported.js';
import type { DeckTerms, RateRow } from '../../rating/deck/types.js';
import { rate } from './builders.js';

interface PriceCase {
  readonly name: string;
  readonly row: Partial<RateRow>;
  readonly terms?: Partial<DeckTerms>;
  readonly seconds: number;
  readonly billed: number;
  readonly cost: string;
  /** Kinds of the steps after the row, in order. */
  readonly steps: string;
}

const TIERS = [
  { startS: 0, ratePerMinute: '2', incrementS: 10 },
  { startS: 40, ratePerMinute: '1', incrementS: 20 },
  { startS: 60, ratePerMinute: '0', incrementS: 10 },
];

const CASES: readonly PriceCase[] = [
  {
    name: 'an unanswered call costs nothing, connect fee included',
    row: { connectFee: '1', minCost: '5', minDurationS: 30 },
    seconds: 0,
    billed: 0,
    cost: '0',
    steps: '',
  },
  {
    name: 'steps are anchored at the end of the first block',
    row: { initialIncrementS: 25, incrementS: 8 },
    seconds: 26,
    billed: 33,
    cost: '0.33',
    steps: 'block block rounding',
  },
  {
    name: 'a call as long as the grace time is free altogether',
    row: { graceS: 3, connectFee: '1', minCost: '2' },
    seconds: 3,
    billed: 0,
    cost: '0',
    steps: 'grace',
  },
  {
    name: 'a call longer than the grace time is charged from its first second',
    row: { graceS: 3, connectFee: '1' },
    seconds: 4,
    billed: 4,
    cost: '1.04',
    steps: 'connect_fee block block rounding',
  },
  {
    name: 'free seconds are taken off and the connect fee stays',
    row: { freeS: 10, connectFee: '1' },
    seconds: 10,
    billed: 0,
    cost: '1',
    steps: 'free_seconds connect_fee rounding',
  },
  {
    name: 'the minimum duration comes before free seconds and increments',
    row: { minDurationS: 30, freeS: 5, initialIncrementS: 10, incrementS: 10 },
    seconds: 2,
    billed: 30,
    cost: '0.3',
    steps: 'min_duration free_seconds block block rounding',
  },
  {
    name: 'the first block can have its own price',
    row: { initialIncrementS: 60, incrementS: 60, initialRatePerMinute: '0.9' },
    seconds: 61,
    billed: 120,
    cost: '1.5',
    steps: 'block block rounding',
  },
  {
    name: 'tiers replace the increments and each rounds its own part',
    row: { tiers: TIERS, connectFee: '1' },
    seconds: 50,
    billed: 60,
    cost: '2.666667',
    steps: 'connect_fee block block rounding',
  },
  {
    name: 'a maximum charge caps the price with its connect fee',
    row: { maxCost: '0.5', connectFee: '0.4' },
    seconds: 60,
    billed: 60,
    cost: '0.5',
    steps: 'connect_fee block block max_cost rounding',
  },
  {
    name: 'a minimum charge raises the price before tax is added',
    row: { minCost: '1' },
    terms: { taxPercent: '23' },
    seconds: 1,
    billed: 1,
    cost: '1.23',
    steps: 'block min_cost tax rounding',
  },
  {
    name: 'a maximum below the minimum wins',
    row: { minCost: '2', maxCost: '1' },
    seconds: 1,
    billed: 1,
    cost: '1',
    steps: 'block min_cost max_cost rounding',
  },
  {
    name: 'tax that the prices contain adds nothing',
    row: { minCost: '1' },
    terms: { taxPercent: '23', taxMode: 'included' },
    seconds: 1,
    billed: 1,
    cost: '1',
    steps: 'block min_cost tax rounding',
  },
  {
    name: 'rounding happens once, after tax',
    row: { ratePerMinute: '0.0001', initialIncrementS: 60, incrementS: 11 },
    terms: { taxPercent: '23', roundingMode: 'down', roundingDecimals: 4 },
    seconds: 560,
    billed: 566,
    cost: '0.0011',
    steps: 'block block tax rounding',
  },
  {
    name: 'thirds of a unit round up at the eighth decimal',
    row: { ratePerMinute: '0.00000001' },
    terms: { roundingMode: 'up', roundingDecimals: 8 },
    seconds: 61,
    billed: 61,
    cost: '0.00000002',
    steps: 'block block rounding',
  },
];

describe('the price of a call', () => {
  for (const { name, row, terms, seconds, billed, cost, steps } of CASES) {
    it(name, () => {
      const rated = rateSeconds(rate(row, terms), seconds);
      expect(rated.cost.toFixed()).to.equal(cost);
      expect(rated.billedSeconds).to.equal(billed);
      expect(rated.talkSeconds).to.equal(seconds);
      const kinds = rated.steps.map(({ kind }) => kind);
      expect(kinds.join(' ')).to.equal(`row ${steps}`.trim());
    });
  }

  it('takes the talk time in microseconds and explains its seconds', () => {
    const rated = rateCall(rate({}, { durationRounding: 'half_up' }), 60_400_000);
    expect(rated.talkSeconds).to.equal(60);
    expect(rated.steps[0]).to.deep.equal({
      kind: 'duration',
      durationUs: 60_400_000,
      rounding: 'half_up',
      seconds: 60,
    });
  });

  it('explains every amount as plain JSON that survives a round trip', () => {
    const { steps } = rateSeconds(rate({ connectFee: '0.10', initialIncrementS: 60 }), 61);
    expect(JSON.parse(JSON.stringify(steps))).to.deep.equal(steps);
    expect(steps.slice(1)).to.deep.equal([
      { kind: 'connect_fee', amount: '0.1' },
      {
        kind: 'block',
        part: 'initial',
        seconds: 60,
        incrementS: 60,
        ratePerMinute: '0.6',
        amount: '0.6',
      },
      {
        kind: 'block',
        part: 'increments',
        seconds: 1,
        incrementS: 1,
        ratePerMinute: '0.6',
        amount: '0.01',
      },
      { kind: 'rounding', mode: 'half_up', decimals: 6, before: '0.71', amount: '0.710000' },
    ]);
  });

  it('names the window, the period and the jurisdiction of the row', () => {
    const window = { days: [3], timeFrom: '08:00:00', timeTo: '20:00:00' };
    const frozen = {
      ...rate({ ...window, effectiveFrom: 5 }, { timeZone: 'Europe/London' }),
      jurisdiction: { call: 'unknown', column: 'intrastate' },
    } as const;
    expect(rateSeconds(frozen, 1).steps[0]).to.deep.equal({
      kind: 'row',
      sheetName: 'Retail',
      currency: 'EUR',
      rowId: 1,
      releaseId: 1,
      prefix: '44',
      destination: 'United Kingdom',
      effectiveFrom: 5,
      window: { timeZone: 'Europe/London', ...window },
      jurisdiction: { call: 'unknown', column: 'intrastate' },
    });
  });

  it('shows the tax that was added, or that is contained', () => {
    const taxOf = (taxMode: 'added' | 'included') =>
      rateSeconds(rate({ ratePerMinute: '1.23' }, { taxPercent: '23', taxMode }), 60).steps.find(
        ({ kind }) => kind === 'tax',
      );
    expect(taxOf('added')).to.deep.equal({
      kind: 'tax',
      mode: 'added',
      percent: '23',
      amount: '0.2829',
    });
    expect(taxOf('included')).to.deep.equal({
      kind: 'tax',
      mode: 'included',
      percent: '23',
      amount: '0.23',
    });
  });

  it('keeps the exact price beside the rounded one', () => {
    const rated = rateSeconds(rate({ ratePerMinute: '0.015' }, { roundingDecimals: 2 }), 90);
    expect(rated.exactCost.toFixed()).to.equal('0.0225');
    expect(rated.cost.toFixed()).to.equal('0.02');
  });

  it('gives the same price for a rate that was stored as JSON', () => {
    const original = rate({ tiers: TIERS, freeS: 3 }, { taxPercent: '7.7' });
    const stored = JSON.parse(JSON.stringify(original)) as typeof original;
    expect(rateSeconds(stored, 77).cost.equals(rateSeconds(original, 77).cost)).to.equal(true);
  });

  it('refuses increments below one second', () => {
    expect(() => rateSeconds(rate({ incrementS: 0 }), 5)).to.throw(RangeError, 'invalid_increment');
  });

  it('refuses to guess a split price whose slots are not known', () => {
    const split = rate({ timeFrom: '08:00:00' }, { timeOfDayPolicy: 'split' });
    expect(findUnsupported(split, 60)).to.equal('slots_missing');
    expect(() => rateSeconds(split, 5)).to.throw(UnsupportedRateError, 'slots_missing');
    const short = { ...split, slots: [{ fromS: 0, row: split.row }], slotsEndS: 60 };
    expect(findUnsupported(short, 61)).to.equal('call_beyond_known_slots');
    expect(() => rateSeconds(short, 61)).to.throw(UnsupportedRateError, 'call_beyond');
    expect(rateSeconds(short, 60).cost.toFixed()).to.equal('0.6');
  });
});
