import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  calendarMonth,
  dayOf,
  monthlyPeriod,
  startOfDay,
} from '../../../rating/allowance/periods.js';
import type { Period } from '../../../rating/allowance/periods.js';

const shown = (period: Period | null): readonly string[] | null =>
  period === null
    ? null
    : [new Date(period.fromMs).toISOString(), new Date(period.toMs).toISOString()];

describe('the month of a package', () => {
  it('begins at local midnight of the day on which the package was assigned', () => {
    const at = Date.UTC(2026, 5, 20, 12);
    expect(shown(monthlyPeriod('2026-01-15', 'Europe/Berlin', at))).to.deep.equal([
      '2026-06-14T22:00:00.000Z',
      '2026-07-14T22:00:00.000Z',
    ]);
  });

  it('begins on the last day of a month that has no such day, and on the day again after it', () => {
    const at = (month: number, day: number) =>
      shown(monthlyPeriod('2026-01-31', 'UTC', Date.UTC(2026, month - 1, day, 12)));
    expect(at(2, 27)).to.deep.equal(['2026-01-31T00:00:00.000Z', '2026-02-28T00:00:00.000Z']);
    expect(at(2, 28)).to.deep.equal(['2026-02-28T00:00:00.000Z', '2026-03-31T00:00:00.000Z']);
    expect(at(3, 31)).to.deep.equal(['2026-03-31T00:00:00.000Z', '2026-04-30T00:00:00.000Z']);
  });

  it('has a 29 February in leap years only', () => {
    const start = (year: number) =>
      shown(monthlyPeriod('2024-02-29', 'UTC', Date.UTC(year, 1, 29, 12)))?.[0];
    expect(start(2024)).to.equal('2024-02-29T00:00:00.000Z');
    expect(start(2025)).to.equal('2025-02-28T00:00:00.000Z');
    expect(start(2028)).to.equal('2028-02-29T00:00:00.000Z');
  });

  it('is longer or shorter by an hour where the clocks shift in it', () => {
    const zone = 'America/New_York';
    const march = monthlyPeriod('2026-03-01', zone, Date.UTC(2026, 2, 10));
    expect(((march?.toMs ?? 0) - (march?.fromMs ?? 0)) / 3_600_000).to.equal(31 * 24 - 1);
    const november = monthlyPeriod('2026-03-01', zone, Date.UTC(2026, 10, 10));
    expect(((november?.toMs ?? 0) - (november?.fromMs ?? 0)) / 3_600_000).to.equal(30 * 24 + 1);
  });

  it('takes a midnight that the clocks skip for the moment after the skip', () => {
    // Lebanon goes to summer time at midnight of the last Sunday of March: 00:00 is 01:00.
    const period = monthlyPeriod('2024-01-31', 'Asia/Beirut', Date.UTC(2024, 3, 10));
    expect(shown(period)?.[0]).to.equal('2024-03-30T22:00:00.000Z');
    expect(dayOf('Asia/Beirut', period?.fromMs ?? 0)).to.equal('2024-03-31');
  });

  it('does not exist before the start', () => {
    const start = startOfDay('2026-01-15', 'Europe/Berlin');
    expect(monthlyPeriod('2026-01-15', 'Europe/Berlin', start - 1)).to.equal(null);
    expect(monthlyPeriod('2026-01-15', 'Europe/Berlin', start)?.fromMs).to.equal(start);
  });

  it('is refused for what is not a day', () => {
    for (const day of ['2026-02-29', '2026-13-01', '2026-1-1', 'tomorrow', '']) {
      expect(() => monthlyPeriod(day, 'UTC', 0)).to.throw(RangeError, /invalid_date/);
    }
  });
});

describe('the calendar month of a zone', () => {
  it('is that of the wall, not of UTC', () => {
    const at = Date.UTC(2026, 9, 31, 22);
    expect(shown(calendarMonth('Pacific/Auckland', at))).to.deep.equal([
      '2026-10-31T11:00:00.000Z',
      '2026-11-30T11:00:00.000Z',
    ]);
    expect(shown(calendarMonth('America/Los_Angeles', at))?.[0]).to.equal(
      '2026-10-01T07:00:00.000Z',
    );
  });
});

describe('the local day of an instant', () => {
  it('changes at the midnight of its zone', () => {
    const midnight = startOfDay('2026-11-22', 'Asia/Kolkata');
    expect(dayOf('Asia/Kolkata', midnight)).to.equal('2026-11-22');
    expect(dayOf('Asia/Kolkata', midnight - 1)).to.equal('2026-11-21');
  });
});
