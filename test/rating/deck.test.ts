import { expect } from 'chai';
import { describe, it } from 'mocha';
import { rateSeconds } from '../../rating/call/rate-call.js';
import { DeckBuilder, RateRowError, buildDeck } from '../../rating/deck/deck.js';
import type { RateRow } from '../../rating/deck/types.js';
import { NOON_MS, row, terms } from './builders.js';

function chosenId(rows: readonly RateRow[], number: string, atMs = NOON_MS): number | null {
  return buildDeck(terms(), rows).find(number, atMs)?.row.id ?? null;
}

describe('a deck', () => {
  it('gives the longest matching prefix', () => {
    const rows = ['', '4', '44', '4420', '447'].map((prefix, at) => row({ id: at + 1, prefix }));
    expect(chosenId(rows, '442071234567')).to.equal(4);
    expect(chosenId(rows, '44')).to.equal(3);
    expect(chosenId(rows, '331')).to.equal(1);
    expect(chosenId(rows.slice(1), '331')).to.equal(null);
    expect(chosenId(rows, '44x20')).to.equal(3);
  });

  it('does not let an inactive longer prefix hide an active shorter one', () => {
    const rows = [
      row({ id: 1, prefix: '44' }),
      row({ id: 2, prefix: '4420', effectiveTo: NOON_MS }),
      row({ id: 3, prefix: '44207', effectiveFrom: NOON_MS + 1 }),
    ];
    expect(chosenId(rows, '442071234567')).to.equal(1);
    expect(chosenId(rows, '442071234567', NOON_MS - 1)).to.equal(2);
    expect(chosenId(rows, '442071234567', NOON_MS + 1)).to.equal(3);
  });

  it('prefers the higher priority, then the newer release, then the lower id', () => {
    const rows = [
      row({ id: 4, priority: 1, releaseId: 1 }),
      row({ id: 3, priority: 0, releaseId: 9 }),
      row({ id: 6, priority: 1, releaseId: 2 }),
      row({ id: 5, priority: 1, releaseId: 2 }),
    ];
    expect(chosenId(rows, '44')).to.equal(5);
    expect(chosenId(rows.toReversed(), '44')).to.equal(5);
    expect(chosenId(rows.slice(0, 2), '44')).to.equal(4);
  });

  it('judges windows on the wall clock of its zone, through summer time', () => {
    const rows = [
      row({ id: 1, days: [1, 2, 3, 4, 5], timeFrom: '08:00:00', timeTo: '18:00:00' }),
      row({ id: 2, timeFrom: '00:00:00', timeTo: '24:00:00' }),
    ];
    const rowsByPriority = rows.map((one) => ({ ...one, priority: 2 - one.id }));
    const deck = buildDeck(terms({ timeZone: 'Europe/London' }), rowsByPriority);
    const at = (iso: string): number | undefined => deck.find('44', Date.parse(iso))?.row.id;
    expect(at('2026-01-14T17:59:59Z')).to.equal(1);
    expect(at('2026-01-14T18:00:00Z')).to.equal(2);
    expect(at('2026-07-15T16:59:59Z')).to.equal(1);
    expect(at('2026-07-15T17:00:00Z')).to.equal(2);
    expect(at('2026-01-17T12:00:00Z')).to.equal(2);
  });

  it('knows dates and windows that pass midnight', () => {
    const rows = [
      row({ id: 1, priority: 2, dates: ['01-01', '12-25'] }),
      row({ id: 2, priority: 1, timeFrom: '22:00', timeTo: '06:00' }),
      row({ id: 3 }),
    ];
    expect(chosenId(rows, '44', Date.UTC(2026, 11, 25, 23))).to.equal(1);
    expect(chosenId(rows, '44', Date.UTC(2026, 11, 26, 23))).to.equal(2);
    expect(chosenId(rows, '44', Date.UTC(2026, 11, 26, 5, 59, 59))).to.equal(2);
    expect(chosenId(rows, '44', Date.UTC(2026, 11, 26, 6))).to.equal(3);
  });

  it('gives rows back as they were added', () => {
    const full = row({
      id: 8_000_000_001,
      prefix: '0049',
      ratePerMinute: '123456.12345678',
      connectFee: '0.5',
      blocked: true,
      effectiveFrom: NOON_MS - 1,
      effectiveTo: NOON_MS + 1,
      graceS: 3,
      tiers: [{ startS: 0, ratePerMinute: '0.1', incrementS: 6 }],
      days: [3],
      timeFrom: '08:00:00',
    });
    const deck = buildDeck(terms(), [full]);
    expect([...deck.rows()]).to.deep.equal([full]);
    expect(deck.find('00495', NOON_MS)?.row).to.deep.equal(full);
    expect(deck.findIndex('00495', NOON_MS)).to.equal(0);
    expect(deck.size).to.equal(1);
    expect(deck.memoryBytes).to.be.greaterThan(0);
  });

  it('takes a window from a time to the same time for the whole day', () => {
    const whole = [row({ timeFrom: '08:00:00', timeTo: '08:00:00' })];
    expect(chosenId(whole, '44', Date.UTC(2026, 0, 1, 7, 59, 59))).to.equal(1);
    expect(chosenId(whole, '44', Date.UTC(2026, 0, 1, 8))).to.equal(1);
    const evening = [row({ timeFrom: '18:00:00', timeTo: '00:00:00', days: [4] })];
    expect(chosenId(evening, '44', Date.UTC(2026, 0, 1, 23, 59, 59))).to.equal(1);
    expect(chosenId(evening, '44', Date.UTC(2026, 0, 2, 0))).to.equal(null);
  });

  it('lets a row with dates beat a plain one by its priority only', () => {
    const newYear = Date.UTC(2026, 0, 1, 12);
    const plain = row({ id: 1 });
    const holiday = row({ id: 2, dates: ['01-01'] });
    expect(chosenId([plain, holiday], '44', newYear)).to.equal(1);
    expect(chosenId([plain, { ...holiday, priority: 1 }], '44', newYear)).to.equal(2);
  });

  it('explains each candidate, best first', () => {
    const deck = buildDeck(terms(), [
      row({ id: 1, prefix: '' }),
      row({ id: 2, prefix: '44', priority: 1 }),
      row({ id: 3, prefix: '44' }),
      row({ id: 4, prefix: '442', effectiveFrom: NOON_MS + 1 }),
      row({ id: 5, prefix: '4420', effectiveTo: NOON_MS }),
      row({ id: 6, prefix: '44207', timeFrom: '13:00:00' }),
    ]);
    const found = deck.explain('442071', NOON_MS).map((one) => [one.row.id, one.outcome]);
    expect(found).to.deep.equal([
      [6, 'outside_window'],
      [5, 'no_longer_effective'],
      [4, 'not_yet_effective'],
      [2, 'chosen'],
      [3, 'less_preferred'],
      [1, 'shorter_prefix'],
    ]);
  });

  const refused: readonly [string, Partial<RateRow>, string][] = [
    ['a prefix that is not digits', { prefix: '44a' }, 'invalid_prefix'],
    ['a prefix of 16 digits', { prefix: '1234567890123456' }, 'invalid_prefix'],
    ['a negative price', { ratePerMinute: '-1' }, 'invalid_price'],
    ['a price with nine decimals', { connectFee: '0.000000001' }, 'invalid_price'],
    ['a price with an exponent', { maxCost: '1e3' }, 'invalid_price'],
    ['an increment of zero', { incrementS: 0 }, 'invalid_increment'],
    ['a negative grace time', { graceS: -1 }, 'invalid_seconds'],
    [
      'tiers that do not start at zero',
      { tiers: [{ startS: 10, ratePerMinute: '1', incrementS: 1 }] },
      'invalid_tiers',
    ],
    ['weekday 8', { days: [8] }, 'invalid_window'],
    ['a date without zeros', { dates: ['1-1'] }, 'invalid_window'],
    ['25 o’clock', { timeTo: '25:00:00' }, 'invalid_window'],
  ];
  for (const [name, over, code] of refused) {
    it(`refuses a row with ${name}`, () => {
      const builder = new DeckBuilder(terms());
      expect(() => {
        builder.add(row(over));
      }).to.throw(RateRowError, code);
    });
  }

  it('refuses terms that make no sense', () => {
    expect(() => new DeckBuilder(terms({ roundingDecimals: 9 }))).to.throw(RangeError);
    expect(() => new DeckBuilder(terms({ timeZone: 'Mars/Olympus' }))).to.throw(RangeError);
  });

  it('builds a hundred thousand rows well under a second', () => {
    const builder = new DeckBuilder(terms());
    const before = process.cpuUsage();
    for (let id = 1; id <= 100_000; id += 1) {
      builder.add(
        row({ id, prefix: String(1_000_000 + id * 13), ratePerMinute: `0.${String(id)}` }),
      );
    }
    const deck = builder.build();
    // Time on the processor: other work on the machine does not count.
    expect(process.cpuUsage(before).user).to.be.lessThan(1_500_000);
    expect(deck.find('1000013999', NOON_MS)?.row.id).to.equal(1);
    expect(deck.memoryBytes / deck.size).to.be.lessThan(100);
  });
});

describe('a deck that splits prices over time slots', () => {
  const peak = row({ id: 1, priority: 1, timeFrom: '08:00:00', timeTo: '18:00:00' });
  const night = row({ id: 2, ratePerMinute: '0.06', connectFee: '9' });
  const deck = buildDeck(terms({ timeOfDayPolicy: 'split', timeZone: 'Europe/London' }), [
    peak,
    night,
  ]);
  const price = (iso: string, seconds: number): string => {
    const found = deck.find('44', Date.parse(iso));
    if (found === null) throw new Error('no rate');
    return rateSeconds(found, seconds).cost.toFixed();
  };

  it('charges every second in its slot, with the connect fee of the first', () => {
    expect(price('2026-01-14T17:59:59Z', 61)).to.equal('0.07');
    expect(price('2026-07-15T16:59:59Z', 61)).to.equal('0.07');
    expect(price('2026-01-14T07:59:50Z', 20)).to.equal('9.11');
    expect(price('2026-01-14T12:00:00Z', 60)).to.equal('0.6');
  });

  it('crosses a night in which the clocks change', () => {
    // 14 hours of wall clock, 13 hours of time: 01:00 GMT becomes 02:00 BST on 29 March 2026.
    const nightSeconds = 13 * 3600;
    const cost = price('2026-03-28T18:00:00Z', nightSeconds + 1);
    expect(cost).to.equal('55.81');
  });

  it('enters a slot that the clocks jump into', () => {
    // Two in the morning comes a second after 00:59:59 GMT on 29 March 2026.
    const jumping = buildDeck(terms({ timeOfDayPolicy: 'split', timeZone: 'Europe/London' }), [
      row({ id: 1, priority: 1, ratePerMinute: '6', timeFrom: '02:00:00', timeTo: '12:00:00' }),
      row({ id: 2 }),
    ]);
    const found = jumping.find('44', Date.parse('2026-03-29T00:59:30Z'));
    expect(found?.slots?.slice(0, 2).map(({ fromS, row: { id } }) => [fromS, id])).to.deep.equal([
      [0, 2],
      [30, 1],
    ]);
  });

  it('names the slot of each block in the explanation', () => {
    const found = deck.find('44', Date.parse('2026-01-14T17:59:59Z'));
    const steps = found === null ? [] : rateSeconds(found, 61).steps;
    const blocks = steps.flatMap((step) =>
      step.kind === 'block' ? [[step.slotRowId, step.slotFromS, step.seconds]] : [],
    );
    expect(blocks).to.deep.equal([
      [1, 0, 1],
      [2, 1, 60],
    ]);
  });
});
