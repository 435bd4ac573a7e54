import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { RateRow } from '../../../../rating/deck/types.js';
import { diffCsv } from '../../../../server/rates/diff/diff-csv.js';
import { diffReleases } from '../../../../server/rates/diff/diff-releases.js';
import { DiffSummarizer, showDifference } from '../../../../server/rates/diff/diff-summary.js';
import { withTempDatabase } from '../../../support/temp-database.js';
import { fillDraft, makeDraft, makeSheet } from '../support.js';

type Rows = readonly (Partial<RateRow> & { readonly prefix: string })[];

/** The engine's own collector, which is hidden unless a flag says otherwise. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

describe('the differences between two releases', function () {
  this.timeout(60_000);
  const temp = withTempDatabase();
  const db = () => temp().database.orm;

  async function draftsOf(old: Rows, now: Rows): Promise<{ oldId: number; newId: number }> {
    const sheetId = await makeSheet(db());
    return {
      oldId: await makeDraft(db(), sheetId, old),
      newId: await makeDraft(db(), sheetId, now),
    };
  }

  async function linesOf(
    releases: { oldId: number | null; newId: number },
    pageRows?: number,
  ): Promise<{ lines: readonly string[]; unchanged: number; renamed: number; rows: number }> {
    const lines: string[] = [];
    const sums = { unchanged: 0, renamed: 0, rows: 0 };
    const paged = pageRows === undefined ? {} : { pageRows };
    for await (const batch of diffReleases(db(), { ...releases, ...paged })) {
      sums.unchanged += batch.unchanged;
      sums.renamed += batch.renamed;
      sums.rows += batch.rows;
      for (const item of batch.items) {
        const { kind, prefix, percent } = showDifference(item);
        lines.push(percent === null ? `${kind} ${prefix}` : `${kind} ${prefix} ${percent}%`);
      }
    }
    return { lines, ...sums };
  }

  const old: Rows = [
    { prefix: '1' },
    { prefix: '2' },
    { prefix: '33', ratePerMinute: '0.02' },
    { prefix: '44', destination: 'UK' },
    { prefix: '447', priority: 0 },
    { prefix: '447', priority: 1, ratePerMinute: '0.05' },
    { prefix: '49', days: [1, 2], timeFrom: '08:00:00', timeTo: '18:00:00' },
    { prefix: '49', days: [6, 7], timeFrom: '08:00:00', timeTo: '18:00:00' },
    { prefix: '7', tiers: [{ startS: 0, ratePerMinute: '0.01', incrementS: 1 }] },
    { prefix: '99' },
  ];
  const now: Rows = [
    { prefix: '' },
    { prefix: '2' },
    { prefix: '33', ratePerMinute: '0.01' },
    { prefix: '44', destination: 'United Kingdom' },
    { prefix: '447', priority: 0, ratePerMinute: '0.011' },
    { prefix: '447', priority: 1, ratePerMinute: '0.05' },
    { prefix: '48' },
    { prefix: '49', days: [1, 2], timeFrom: '08:00:00', timeTo: '18:00:00' },
    { prefix: '49', days: [6, 7], timeFrom: '08:00:00', timeTo: '18:00:00', blocked: true },
    { prefix: '7', tiers: [{ startS: 0, ratePerMinute: '0.015', incrementS: 1 }] },
  ];
  const expected = [
    'added ',
    'removed 1',
    'lowered 33 -50%',
    'raised 447 10%',
    'added 48',
    'changed 49 0%',
    'raised 7 50%',
    'removed 99',
  ];

  it('are found in order of prefix, with what did not change counted', async () => {
    const found = await linesOf(await draftsOf(old, now));
    expect(found).to.deep.equal({ lines: expected, unchanged: 4, renamed: 1, rows: 20 });
  });

  it('are the same however the rows fall into pages', async () => {
    const releases = await draftsOf(old, now);
    for (const pageRows of [1, 2, 3, 5, 7, 10, 11]) {
      const found = await linesOf(releases, pageRows);
      expect(found.lines, `pages of ${pageRows}`).to.deep.equal(expected);
      expect(found.unchanged).to.equal(4);
    }
  });

  it('are none between a release and itself, and all rows without another one', async () => {
    const { newId } = await draftsOf([], now);
    const same = await linesOf({ oldId: newId, newId });
    expect(same).to.deep.include({ lines: [], unchanged: now.length });
    const first = await linesOf({ oldId: null, newId });
    expect(first.lines).to.have.length(now.length);
    expect(first.lines.every((line) => line.startsWith('added'))).to.equal(true);
  });

  it('are summed up with the greatest increases and decreases of both kinds', async () => {
    const prefixes = Array.from({ length: 60 }, (_, index) => String(200 + index));
    const rateOf = (milli: number): string => (milli / 1000).toFixed(3);
    const releases = await draftsOf(
      prefixes.map((prefix, index) => ({ prefix, ratePerMinute: rateOf(100 + index) })),
      // Thirty rise by 1 to 30 thousandths, thirty fall by 1 to 30.
      prefixes.map((prefix, index) => ({
        prefix,
        ratePerMinute: rateOf(100 + index + (index < 30 ? index + 1 : 29 - index)),
      })),
    );
    const summarizer = new DiffSummarizer();
    for await (const batch of diffReleases(db(), releases)) summarizer.add(batch);
    const summary = summarizer.summary();
    expect(summary.counts).to.include({ raised: 30, lowered: 30, unchanged: 0 });
    expect(summary.fields).to.deep.equal({ rate: 60 });
    expect(summary.increases_by_amount).to.have.length(20);
    expect(summary.increases_by_amount[0]).to.include({ prefix: '229', difference: '0.03' });
    expect(summary.increases_by_amount[19]).to.include({ prefix: '210', difference: '0.011' });
    expect(summary.increases_by_percent[0]).to.include({ prefix: '229', percent: '23.26' });
    expect(summary.decreases_by_amount[0]).to.include({ prefix: '259', difference: '-0.03' });
    expect(summary.decreases_by_percent[0]).to.include({ prefix: '259', percent: '-18.87' });
  });

  it('are written as CSV that a spreadsheet takes for data', async () => {
    const releases = await draftsOf(
      [{ prefix: '44', destination: 'x' }],
      [
        { prefix: '44', destination: '=1+1, "a"', ratePerMinute: '0.02', incrementS: 6 },
        { prefix: '45', destination: 'Denmark' },
      ],
    );
    let text = '';
    for await (const piece of diffCsv(diffReleases(db(), releases), { currency: 'EUR' })) {
      text += piece;
    }
    const [head, ...lines] = text.split('\r\n');
    expect(head).to.match(/^change,prefix,destination,priority,old_rate,new_rate,/);
    // Steps of 6 s behind a first second: 7 + 55 + 187 = 249 s for 240 s of talk.
    expect(lines).to.deep.equal([
      `raised,44,"'=1+1, ""a""",0,0.01000000,0.02000000,0.00000000,0.00000000,1/1,1/6,no,no,` +
        '0.01,0.02075,0.01075,107.5,EUR,,rate increment',
      'added,45,Denmark,0,,0.01000000,,0.00000000,,1/1,,no,,,,,EUR,,',
      '',
    ]);
  });

  it('of two decks of 100,000 rows are found without holding the decks', async () => {
    const sheetId = await makeSheet(db());
    const oldId = await makeDraft(db(), sheetId, []);
    const newId = await makeDraft(db(), sheetId, []);
    await fillDraft(db(), oldId, 5);
    await fillDraft(db(), newId, 5, "if(place % 2, '0.02', '0.01')");
    const collect = garbageCollector();
    collect();
    const before = process.memoryUsage().heapUsed;
    let peak = 0;
    let batches = 0;
    const summarizer = new DiffSummarizer();
    for await (const batch of diffReleases(db(), { oldId, newId })) {
      summarizer.add(batch);
      batches += 1;
      if (batches % 8 !== 0) continue;
      collect();
      peak = Math.max(peak, process.memoryUsage().heapUsed - before);
    }
    expect(summarizer.summary().counts).to.include({ raised: 50_000, unchanged: 50_000 });
    expect(peak).to.be.above(0);
    // A few pages; the decks as rows are beyond 100 MB.
    expect(peak).to.be.below(24 * 1024 * 1024);
  });
});
