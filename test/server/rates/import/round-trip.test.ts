import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { FileRow } from '../../../../rating/deck-file/types.js';
import { DECK_CSV_HEADER, deckCsvCells } from '../../../../rating/deck-file/deck-csv.js';
import { coverRange } from '../../../../rating/deck-file/prefixes.js';
import {
  csv,
  exportRelease,
  importTemplate,
} from '../../../../server/rates/export/export-release.js';
import { readText } from './read-text.js';
import { withWorkshop } from './workshop.js';

const price = fc
  .tuple(fc.bigInt({ min: 0n, max: 99_999n }), fc.bigInt({ min: 0n, max: 99_999_999n }))
  .map(([whole, fraction]) => `${whole}.${String(fraction).padStart(8, '0')}`);
const seconds = fc.integer({ min: 1, max: 86_400 });
const day = 86_400_000;
const instant = fc
  .integer({ min: 0, max: 20_000 })
  .map((days) => Date.UTC(2000, 0, 1) + days * day + 1234);
/** Texts that spreadsheets and CSV readers stumble over. */
const name = fc
  .string({ unit: fc.constantFrom(...'=+-@\'",; \u00e9\u4e2dAb9|'), maxLength: 20 })
  .map((text) => text.trim());

const row: fc.Arbitrary<FileRow> = fc.record(
  {
    prefix: fc.bigInt({ min: 1n, max: 999_999_999_999_999n }).map(String),
    destination: name,
    ratePerMinute: price,
    connectFee: price,
    initialIncrementS: seconds,
    incrementS: seconds,
    minDurationS: seconds,
    blocked: fc.boolean(),
    priority: fc.integer({ min: -1000, max: 1000 }),
    effectiveFrom: fc.option(instant),
    effectiveTo: fc.constant(null),
    graceS: seconds,
    freeS: seconds,
    initialRatePerMinute: price,
    minCost: price,
    maxCost: price,
    days: fc
      .uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 6 })
      .map((days) => days.sort()),
    dates: fc.constantFrom(['12-25'], ['01-01', '12-31']),
    timeFrom: fc.constantFrom('08:00:00', '17:59:59', '00:00:01'),
    timeTo: fc.constantFrom('18:00:00', '23:59:00', '07:30:30', '24:00:00'),
    tiers: fc.tuple(price, price).map(([first, second]) => [
      { startS: 0, ratePerMinute: first, incrementS: 60 },
      { startS: 60, ratePerMinute: second, incrementS: 6 },
    ]),
  },
  {
    requiredKeys: [
      'prefix',
      'destination',
      'ratePerMinute',
      'connectFee',
      'initialIncrementS',
      'incrementS',
      'minDurationS',
      'blocked',
      'priority',
      'effectiveFrom',
      'effectiveTo',
    ],
  },
);

/** Prices without the zeros that say nothing. */
function plain(rows: readonly FileRow[]): unknown {
  return JSON.parse(
    JSON.stringify(rows)
      .replace(/"(\d+\.\d*?)0+"/g, '"$1"')
      .replace(/"(\d+)\."/g, '"$1"'),
  );
}

describe('a release as a file', function () {
  this.timeout(60_000);
  const workshop = withWorkshop();

  it('comes back as the very same rows, whatever is in them', async () => {
    const decks = fc.uniqueArray(row, {
      minLength: 1,
      maxLength: 30,
      selector: ({ prefix }) => prefix,
    });
    await fc.assert(
      fc.asyncProperty(decks, async (rows) => {
        const lines = rows.map((one) => deckCsvCells({ ...one, id: 1, releaseId: 1 }));
        const { rows: read, rejected } = await readText(csv([DECK_CSV_HEADER, ...lines]));
        expect(rejected).to.deep.equal([]);
        expect(plain(read)).to.deep.equal(plain(rows));
      }),
      { numRuns: 60 },
    );
  });

  it('is the same after an export and an import through the database', async () => {
    const shop = workshop();
    const header =
      'prefix,country,destination,rate,increment,from,end,days,effective date,end date,priority,blocked,grace,free seconds,min cost,tiers,holidays';
    const lines = [
      '*,,Everywhere,0.5,1,,,,,,,,,,,,',
      '44,UK,=Main,1.234,60/60,,,,2026-01-01,2026-12-31,,,3,,,,',
      '447700-447712,UK,Mobile,0.02,30/6,08:00,17:59,Mon-Fri,,,5,,,10,0.01,,',
      '979,,Premium,,1,,,,,,,yes,,,,,',
      '49,DE,,0.03,1,,,,,,,,,,,0:0.05/60;60:0.03/30,12-25',
    ];
    const first = await shop.import(
      await shop.sheet('Europe/Paris'),
      `${header}\n${lines.slice(0, 1).concat(lines.slice(2)).join('\n')}\n44,UK,'=Main,1.234,60/60,,,,2026-01-01,2026-12-31,,,3,,,,\n`,
    );
    expect(first.row).to.include({ status: 'done', rowsRejected: 0 });
    let text = '';
    for await (const piece of exportRelease(shop.temp.database, first.row.releaseId ?? 0))
      text += piece;
    const second = await shop.import(await shop.sheet('Asia/Tokyo'), text);
    expect(second.row).to.include({ status: 'done', rowsRejected: 0 });
    expect(await shop.rows(second.row.releaseId)).to.deep.equal(
      await shop.rows(first.row.releaseId),
    );
  });

  it('never has a cell that a spreadsheet would compute', async () => {
    const cells = deckCsvCells({
      id: 1,
      releaseId: 1,
      prefix: '44',
      destination: '=cmd()',
      ratePerMinute: '0.1',
      connectFee: '0',
      initialIncrementS: 1,
      incrementS: 1,
      minDurationS: 0,
      blocked: false,
      priority: 0,
      effectiveFrom: null,
      effectiveTo: null,
    });
    expect(cells.filter((cell) => /^[=+@]/.test(cell))).to.deep.equal([]);
    expect(cells[1]).to.equal("'=cmd()");
  });

  it('is found good from the template, line by line', async () => {
    const { rows, rejected } = await readText(importTemplate());
    expect(rejected).to.deep.equal([]);
    expect(rows.map((one) => one.prefix)).to.include.members(['44', '4477', '3491', '3493', '979']);
  });
});

describe('a range of prefixes', () => {
  it('is covered exactly, by as few prefixes as can be', () => {
    expect(coverRange('447700', '447799')).to.deep.equal(['4477']);
    expect(coverRange('10', '12')).to.deep.equal(['10', '11', '12']);
    expect(coverRange('1', '9')).to.deep.equal(['1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(coverRange('4479', '4530')).to.deep.equal([
      '4479',
      '448',
      '449',
      '450',
      '451',
      '452',
      '4530',
    ]);
  });

  it('holds every number of the range once, and no other', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 999 }),
        fc.integer({ min: 0, max: 899 }),
        (first, more) => {
          const last = Math.min(first + more, 999);
          const prefixes = coverRange(String(first), String(last));
          for (let number = 100; number <= 999; number += 1) {
            const covering = prefixes.filter((prefix) => String(number).startsWith(prefix));
            expect(covering.length).to.equal(number >= first && number <= last ? 1 : 0);
          }
        },
      ),
    );
  });
});
