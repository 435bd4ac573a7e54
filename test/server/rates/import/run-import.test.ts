import { expect } from 'chai';
import { describe, it } from 'mocha';
import { sheetStore } from '../../../../db/repositories/admin/stores.js';
import { readConfigVersions } from '../../../../db/repositories/config-versions.js';
import { findImport, listImportErrors, updateImport } from '../../../../db/repositories/imports.js';
import { listAudit } from '../../../../db/views/audit.js';
import { scriptActor } from '../../../../server/admin/context.js';
import { discardRelease } from '../../../../server/admin/releases.js';
import { processName } from '../../../../server/rates/import/owner.js';
import { cancelImport } from '../../../../server/rates/import/queue-import.js';
import { runImport } from '../../../../server/rates/import/run-import.js';
import { withWorkshop } from './workshop.js';

const DECK = 'prefix,destination,rate\n44,UK,0.01\n45,DK,0.02\n';

function bigDeck(rows: number): string {
  const lines = Array.from(
    { length: rows },
    (_, at) => `${1_000_000 + at},Place ${at % 50},0.0${at % 9}1`,
  );
  return `prefix,destination,rate\n${lines.join('\n')}\n`;
}

describe('an import', function () {
  this.timeout(60_000);
  const workshop = withWorkshop();

  it('makes a draft of a file, tells the nodes, and keeps what it found out', async () => {
    const shop = workshop();
    const sheetId = await shop.sheet();
    const before = await readConfigVersions(shop.temp.database.orm);
    const { row } = await shop.import(sheetId, `${DECK}x,Bad,1\n`);
    expect(row).to.include({
      status: 'done',
      rowsRead: 3,
      rowsAccepted: 2,
      rowsRejected: 1,
      owner: null,
    });
    expect(row.bytesRead).to.equal(row.fileBytes);
    const [release] = await shop.releases(sheetId);
    expect(release).to.include({
      status: 'draft',
      number: 1,
      rowCount: 2,
      rejectedCount: 1,
      importId: row.id,
    });
    const rows = await shop.rows(row.releaseId);
    expect(rows.map(({ prefix, ratePerMinute }) => [prefix, ratePerMinute])).to.deep.equal([
      ['44', '0.01000000'],
      ['45', '0.02000000'],
    ]);
    const after = await readConfigVersions(shop.temp.database.orm);
    expect(after.get('rates')).to.be.greaterThan(before.get('rates') ?? 0);
    expect(row.detected).to.deep.include({ separator: ',', encoding: 'utf-8', decimal: '.' });
    const audit = await listAudit(
      shop.temp.database.orm,
      { action: 'release.import' },
      { limit: 10 },
    );
    expect(audit.map((entry) => entry.entityId)).to.include(String(row.releaseId));
    const errors = await listImportErrors(shop.temp.database.orm, row.id, 0, 10);
    expect(errors).to.have.length(1);
    expect(errors[0]).to.include({
      line: 4,
      code: 'invalid_prefix',
      field: 'prefix',
      raw: 'x,Bad,1',
    });
  });

  it('answers the same file with the first import, until its draft is discarded', async () => {
    const shop = workshop();
    const sheetId = await shop.sheet();
    const first = await shop.import(sheetId, DECK);
    const again = await shop.import(sheetId, DECK);
    expect(again.isNew).to.equal(false);
    expect(again.row.id).to.equal(first.row.id);
    expect(await shop.releases(sheetId)).to.have.length(1);
    const otherwise = await shop.import(sheetId, DECK, { read: { defaultIncrement: '60/60' } });
    expect(otherwise.isNew).to.equal(true);
    const elsewhere = await shop.import(await shop.sheet(), DECK);
    expect(elsewhere.isNew).to.equal(true);
    await discardRelease(shop.admin, scriptActor('test'), { id: first.row.releaseId ?? 0 });
    const anew = await shop.import(sheetId, DECK);
    expect(anew.isNew).to.equal(true);
    expect(anew.row.status).to.equal('done');
  });

  it('leaves no release behind a file with a fault far down, and keeps what it says', async () => {
    const shop = workshop();
    const sheetId = await shop.sheet();
    const { row } = await shop.import(sheetId, `${bigDeck(20_000)}x,Bad,1\n45,"open`);
    expect(row).to.include({ status: 'failed', errorCode: 'unclosed_quote', errorLine: 20_003 });
    expect(row.releaseId).to.equal(null);
    expect(await shop.releases(sheetId)).to.deep.equal([]);
    const again = await shop.import(sheetId, `${bigDeck(20_000)}x,Bad,1\n45,"open`);
    expect(again.isNew).to.equal(true);
  });

  it('keeps the faulty lines of a file in which no line can be used', async () => {
    const shop = workshop();
    const { row } = await shop.import(await shop.sheet(), 'prefix,rate\n44,-1\nx,1\n');
    expect(row).to.include({ status: 'failed', errorCode: 'no_valid_rows', rowsRejected: 2 });
    const errors = await listImportErrors(shop.temp.database.orm, row.id, 0, 10);
    expect(errors.map(({ line, code }) => [line, code])).to.deep.equal([
      [2, 'negative_price'],
      [3, 'invalid_prefix'],
    ]);
  });

  it('refuses more rows than allowed and leaves none', async () => {
    const shop = workshop();
    const sheetId = await shop.sheet();
    const { row } = await shop.import(sheetId, bigDeck(12_000), { maxRows: 11_000 });
    expect(row).to.include({ status: 'failed', errorCode: 'too_many_rows', errorLine: 11_002 });
    expect(await shop.releases(sheetId)).to.deep.equal([]);
  });

  it('remembers columns, separator and dates for the next file of the same form', async () => {
    const shop = workshop();
    const sheetId = await shop.sheet();
    const first = await shop.import(sheetId, 'A;B;When\n44;0,015;01/02/2026\n', {
      read: { mapping: { prefix: 'A', rate: 'B', effective_from: 'When' }, dateFormat: 'M/D/Y' },
    });
    expect(first.row.status, first.row.errorDetail ?? '').to.equal('done');
    const second = await shop.import(sheetId, 'A;B;When\n45;2;03/04/2026\n');
    expect(second.row.status, second.row.errorDetail ?? '').to.equal('done');
    const [row] = await shop.rows(second.row.releaseId);
    expect(new Date(row?.effectiveFrom ?? 0).toISOString()).to.equal('2026-03-04T00:00:00.000Z');
    const explicit = await shop.import(sheetId, 'A;B;When\n46;0,015;03/04/2026\n', {
      read: { dateFormat: 'D/M/Y' },
    });
    const [other] = await shop.rows(explicit.row.releaseId);
    expect(new Date(other?.effectiveFrom ?? 0).toISOString()).to.equal('2026-04-03T00:00:00.000Z');
    const changed = await shop.import(sheetId, 'A;C;When\n45;0,02;13/04/2026\n');
    expect(changed.row.errorCode).to.equal('header_not_found');
    expect((await sheetStore.find(shop.temp.database.orm, sheetId))?.version).to.equal(1);
  });

  it('ends rows that are written already where a later line begins', async () => {
    const shop = workshop();
    const filler = bigDeck(12_000).replace('prefix,destination,rate\n', '').replaceAll('\n', ',\n');
    const lines = `44,UK,1,\n${filler}44,UK,3,2026-09-01\n44,UK,2,2026-06-01\n`;
    const { row } = await shop.import(
      await shop.sheet(),
      `prefix,destination,rate,effective date\n${lines}`,
    );
    expect(row).to.include({ status: 'done', rowsRejected: 0, rowsAccepted: 12_003 });
    const rows = (await shop.rows(row.releaseId)).filter(({ prefix }) => prefix === '44');
    const [june, september] = [Date.UTC(2026, 5, 1), Date.UTC(2026, 8, 1)];
    expect(
      rows
        .map((one) => [one.ratePerMinute, one.effectiveFrom, one.effectiveTo])
        .sort(([one], [other]) => (String(one) < String(other) ? -1 : 1)),
    ).to.deep.equal([
      ['1.00000000', null, june],
      ['2.00000000', june, september],
      ['3.00000000', september, null],
    ]);
  });

  it('runs two imports of one sheet at once into two releases', async () => {
    const shop = workshop();
    const sheetId = await shop.sheet();
    const [one, other] = await Promise.all([
      shop.import(sheetId, bigDeck(15_000)),
      shop.import(sheetId, bigDeck(15_001)),
    ]);
    expect([one.row.status, other.row.status]).to.deep.equal(['done', 'done']);
    const releases = await shop.releases(sheetId);
    expect(releases.map(({ number, status }) => [number, status])).to.deep.equal([
      [1, 'draft'],
      [2, 'draft'],
    ]);
    expect((await shop.rows(one.row.releaseId)).length).to.equal(15_000);
    expect((await shop.rows(other.row.releaseId)).length).to.equal(15_001);
  });

  it('runs one of two requests for the same file at the same moment', async () => {
    const shop = workshop();
    const sheetId = await shop.sheet();
    const { facts } = await shop.file(DECK);
    const both = await Promise.all([shop.queue(sheetId, facts), shop.queue(sheetId, facts)]);
    expect(both.filter(({ isNew }) => isNew)).to.have.length(1);
    expect(both[0].row.id).to.equal(both[1].row.id);
  });

  it('stops when it is cancelled, and nothing stays', async () => {
    const shop = workshop();
    const sheetId = await shop.sheet();
    const { path, facts } = await shop.file(bigDeck(60_000));
    const { row } = await shop.queue(sheetId, facts);
    let isCancelled = false;
    const ended = await runImport(
      { ...shop.admin, owner: processName(), signal: new AbortController().signal },
      {
        importId: row.id,
        path,
        onProgress: ({ rowsRead }) => {
          if (isCancelled || rowsRead < 20_000) return;
          isCancelled = true;
          void cancelImport(shop.admin, row.id);
        },
      },
    );
    expect(ended.status).to.equal('cancelled');
    expect(await shop.releases(sheetId)).to.deep.equal([]);
    expect((await shop.import(sheetId, bigDeck(60_000))).row.status).to.equal('done');
  });

  it('stops when its node stops, and is begun anew from nothing', async () => {
    const shop = workshop();
    const sheetId = await shop.sheet();
    const { path, facts } = await shop.file(bigDeck(60_000));
    const { row } = await shop.queue(sheetId, facts);
    const stop = new AbortController();
    const run = (signal: AbortSignal) =>
      runImport(
        { ...shop.admin, owner: processName(), signal },
        {
          importId: row.id,
          path,
          onProgress: ({ rowsRead }) => {
            if (rowsRead > 20_000) stop.abort();
          },
        },
      );
    const error = await run(stop.signal).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(Error);
    expect((await shop.releases(sheetId)).map(({ status }) => status)).to.deep.equal(['importing']);
    const ended = await run(new AbortController().signal);
    expect(ended.status).to.equal('done');
    expect(await shop.releases(sheetId)).to.have.length(1);
    expect(await shop.rows(ended.releaseId)).to.have.length(60_000);
  });

  it('writes nothing more once another has taken the import over', async () => {
    const shop = workshop();
    const sheetId = await shop.sheet();
    const { path, facts } = await shop.file(bigDeck(60_000));
    const { row } = await shop.queue(sheetId, facts);
    let isTaken = false;
    const ended = await runImport(
      { ...shop.admin, owner: processName(), signal: new AbortController().signal },
      {
        importId: row.id,
        path,
        onProgress: ({ rowsRead }) => {
          if (isTaken || rowsRead < 20_000) return;
          isTaken = true;
          void updateImport(shop.temp.database.orm, row.id, { owner: 'other/1' });
        },
      },
    );
    expect(ended).to.include({ status: 'running', owner: 'other/1' });
    const rows = (await shop.rows(ended.releaseId)).length;
    expect(rows).to.be.lessThan(60_000);
    expect((await findImport(shop.temp.database.orm, row.id))?.releaseId).to.equal(ended.releaseId);
  });
});

describe('rows taken over from the release in force', function () {
  this.timeout(30_000);
  const workshop = withWorkshop();
  const start = new Date('2026-12-01T00:00:00Z');
  const FILE = 'prefix,rate,effective date\n44,0.02,2026-12-15\n45,0.03,\n46,0.04,\n';

  const shown = (
    rows: readonly { prefix: string; ratePerMinute: string; effectiveTo: number | null }[],
  ) =>
    rows.map(({ prefix, ratePerMinute, effectiveTo }) => {
      const end =
        effectiveTo === null ? '' : ` to ${new Date(effectiveTo).toISOString().slice(0, 10)}`;
      return `${prefix} ${ratePerMinute.slice(0, 4)}${end}`;
    });

  async function withBase(): Promise<number> {
    const shop = workshop();
    const sheetId = await shop.sheet();
    const base = await shop.import(sheetId, 'prefix,rate\n44,0.01\n45,0.01\n47,0.01\n', {
      effectiveFrom: new Date('2026-01-01T00:00:00Z'),
    });
    await shop.activate(base.row.releaseId);
    return sheetId;
  }

  it('closes the gap before a price that begins later than the release', async () => {
    const shop = workshop();
    const sheetId = await withBase();
    const { row } = await shop.import(sheetId, FILE, { effectiveFrom: start });
    expect(shown(await shop.rows(row.releaseId)).sort()).to.deep.equal([
      '44 0.01 to 2026-12-15',
      '44 0.02',
      '45 0.03',
      '46 0.04',
    ]);
    const [base, draft] = await shop.releases(sheetId);
    expect(draft).to.include({ rowCount: 4, baseReleaseId: base?.id ?? 0 });
    expect(row.rowsAccepted).to.equal(3);
  });

  it('keeps the prefixes that a file of changes does not name', async () => {
    const shop = workshop();
    const sheetId = await withBase();
    const { row } = await shop.import(sheetId, FILE, { effectiveFrom: start, mode: 'merge' });
    expect(shown(await shop.rows(row.releaseId)).sort()).to.deep.equal([
      '44 0.01 to 2026-12-15',
      '44 0.02',
      '45 0.03',
      '46 0.04',
      '47 0.01',
    ]);
  });

  it('takes nothing over where nothing was in force yet', async () => {
    const shop = workshop();
    const sheetId = await withBase();
    const early = new Date('2025-12-01T00:00:00Z');
    const { row } = await shop.import(sheetId, FILE, { effectiveFrom: early, mode: 'merge' });
    expect(await shop.rows(row.releaseId)).to.have.length(3);
  });

  it('brings the same changes again once they build on another release', async () => {
    const shop = workshop();
    const sheetId = await withBase();
    const first = await shop.import(sheetId, FILE, { effectiveFrom: start, mode: 'merge' });
    expect(
      (await shop.import(sheetId, FILE, { effectiveFrom: start, mode: 'merge' })).isNew,
    ).to.equal(false);
    await shop.activate(first.row.releaseId);
    expect(
      (await shop.import(sheetId, FILE, { effectiveFrom: start, mode: 'merge' })).isNew,
    ).to.equal(true);
  });
});
