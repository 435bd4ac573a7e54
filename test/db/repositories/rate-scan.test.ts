import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { toDbRateRow } from '../../../db/mapping/rate-rows.js';
import { findRateRowExtent, scanRateRows } from '../../../db/repositories/rate-scan.js';
import { rateReleases, rateRows, rateSheets } from '../../../db/schema/index.js';
import type { RateRow } from '../../../rating/deck/types.js';
import { openTempDatabase } from '../../support/temp-database.js';
import type { TempDatabase } from '../../support/temp-database.js';

const PLAIN: Omit<RateRow, 'id' | 'releaseId'> = {
  prefix: '44',
  destination: 'United Kingdom',
  ratePerMinute: '0.01000000',
  connectFee: '0.00000000',
  initialIncrementS: 1,
  incrementS: 1,
  minDurationS: 0,
  blocked: false,
  priority: 0,
  effectiveFrom: null,
  effectiveTo: null,
};

const RARE: Omit<RateRow, 'id' | 'releaseId'> = {
  ...PLAIN,
  prefix: '1212',
  destination: 'New York',
  blocked: true,
  priority: 3,
  effectiveFrom: Date.UTC(2026, 0, 1),
  effectiveTo: Date.UTC(2026, 5, 1, 12, 30, 0, 250),
  graceS: 3,
  freeS: 2,
  initialRatePerMinute: '0.50000000',
  minCost: '0.10000000',
  maxCost: '9.00000000',
  tiers: [
    { startS: 0, ratePerMinute: '0.02', incrementS: 60 },
    { startS: 600, ratePerMinute: '0.01', incrementS: 1 },
  ],
  days: [1, 5],
  dates: ['12-24', '12-25'],
  timeFrom: '08:00:00',
  timeTo: '24:00:00',
  jurisdictionPrices: {
    interstate: '0.01000000',
    intrastate: '0.02000000',
    indeterminate: '0.03000000',
  },
};

describe('reading a release row by row', function () {
  this.timeout(60_000);
  let temp: TempDatabase;

  before(async () => {
    temp = await openTempDatabase({ poolSize: 2 });
    const db = temp.database.orm;
    await db.insert(rateSheets).values({ id: 1, name: 'S', currency: 'USD', timeZone: 'UTC' });
    const effectiveFrom = new Date();
    for (const id of [1, 2, 3]) {
      await db.insert(rateReleases).values({ id, sheetId: 1, number: id, effectiveFrom });
    }
    const plain = (releaseId: number, index: number) =>
      toDbRateRow({ ...PLAIN, prefix: String(1000 + index), releaseId });
    // Release 2 has a row before and one after all those of release 1, and so reads by the index.
    await db.insert(rateRows).values(plain(2, 0));
    const many = Array.from({ length: 3000 }, (_, index) => plain(1, index));
    await db.insert(rateRows).values(many);
    await db.insert(rateRows).values(toDbRateRow({ ...RARE, releaseId: 1 }));
    await db.insert(rateRows).values(plain(2, 1));
  });

  after(() => temp.close());

  async function read(releaseId: number): Promise<readonly RateRow[]> {
    const rows: RateRow[] = [];
    const extent = await findRateRowExtent(temp.database, releaseId);
    await scanRateRows(temp.database, releaseId, extent, (row) => rows.push(row));
    expect(rows).to.have.length(extent.rows);
    return rows;
  }

  it('gives every row once, with what is rare as it was stored', async () => {
    const rows = await read(1);
    expect(new Set(rows.map(({ id }) => id)).size).to.equal(3001);
    const first = rows.find(({ prefix }) => prefix === '1000');
    expect(first).to.deep.equal({ ...PLAIN, prefix: '1000', releaseId: 1, id: first?.id });
    const rare = rows.find(({ blocked }) => blocked);
    expect(rare).to.deep.equal({ ...RARE, releaseId: 1, id: rare?.id });
  });

  it('reads a release whose rows lie far apart, and one without any', async () => {
    expect((await read(2)).map(({ prefix }) => prefix)).to.have.members(['1000', '1001']);
    expect(await read(3)).to.deep.equal([]);
  });

  it('lets other work go on in between', async () => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 0);
    const extent = await findRateRowExtent(temp.database, 1);
    await scanRateRows(temp.database, 1, extent, () => undefined);
    clearInterval(timer);
    expect(turns).to.be.greaterThan(1);
  });

  it('ends with what its reader throws, and the next one reads as ever', async () => {
    const extent = await findRateRowExtent(temp.database, 1);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const failure = await scanRateRows(temp.database, 1, extent, () => {
        throw new RangeError('enough');
      }).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(RangeError);
    }
    expect(await read(1)).to.have.length(3001);
    const wrong = await temp.database
      .scan({ statement: 'select nothing', values: [], onRow: () => undefined })
      .catch((error: unknown) => error);
    expect(wrong).to.be.an('error');
  });
});
