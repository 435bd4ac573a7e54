import { expect } from 'chai';
import { describe, it } from 'mocha';
import { readConfigVersions } from '../../../db/repositories/config-versions.js';
import { errorPaths, itemsOf, withApi } from './api-client.js';
import type { Json } from './api-client.js';
import { sheet } from './sample-data.js';
import { countRows } from './sql-value.js';

describe('rate releases', function () {
  this.timeout(60_000);
  const api = withApi();

  async function draft(): Promise<Json> {
    const prices = await sheet(api());
    return api().create(`/rate-sheets/${String(prices['id'])}/releases`, { note: 'first' });
  }

  const post = (path: string, body: unknown) => api().call('POST', path, { body });
  const rowsPath = (release: Json) => `/releases/${String(release['id'])}/rows`;

  it('goes from an empty draft to an active release that nobody can change', async () => {
    const release = await draft();
    expect(release).to.include({ number: 1, status: 'draft', row_count: 0, activated_at: null });
    const path = `/releases/${String(release['id'])}`;
    const empty = await post(`${path}/activate`, { version: 1 });
    expect(empty.status).to.equal(409);
    expect(empty.body['code']).to.equal('release_empty');

    const added = await post(`${path}/rows`, {
      rows: [
        { prefix: '44', rate_per_minute: '0.0125' },
        { prefix: '', rate_per_minute: '1.00000001', connect_fee: '0.5', blocked: true },
      ],
    });
    expect(added.status, added.text).to.equal(201);
    expect(added.body['added']).to.equal(2);
    const before = await readConfigVersions(api().deps.database.orm);
    const unversioned = await post(`${path}/activate`, {});
    expect(unversioned.status).to.equal(428);
    const active = await post(`${path}/activate`, {
      version: 1,
      effective_from: '2030-01-01T01:00:00+01:00',
    });
    expect(active.status, active.text).to.equal(200);
    expect(active.body).to.include({
      status: 'active',
      row_count: 2,
      effective_from: '2030-01-01T00:00:00.000Z',
    });
    const after = await readConfigVersions(api().deps.database.orm);
    expect(after.get('rates')).to.equal((before.get('rates') ?? 0) + 1);

    const [row] = itemsOf(await api().get(`${path}/rows`));
    for (const refused of [
      await post(`${path}/rows`, { rows: [{ prefix: '1', rate_per_minute: '1' }] }),
      await api().call('DELETE', `${path}/rows`),
      await api().call('DELETE', `${path}/rows/${String(row?.['id'])}`),
      await post(`${path}/activate`, { version: 2 }),
      await post(`${path}/discard`, { version: 2 }),
    ]) {
      expect(refused.status, refused.text).to.equal(409);
      expect(refused.body['code']).to.equal('release_immutable');
    }
    expect((await api().get(`${path}/rows`)).body['total']).to.equal(2);
    const used = await api().call('DELETE', `/rate-sheets/${String(release['sheet_id'])}`);
    expect(used.status).to.equal(409);
  });

  it('does not disturb the nodes with drafts', async () => {
    const before = (await readConfigVersions(api().deps.database.orm)).get('rates') ?? 0;
    const release = await draft();
    await post(rowsPath(release), { rows: [{ prefix: '1', rate_per_minute: '1' }] });
    // One for the sheet itself, none for the draft and its rows.
    const after = (await readConfigVersions(api().deps.database.orm)).get('rates');
    expect(after).to.equal(before + 1);
  });

  it('names every wrong row and keeps none of the others', async () => {
    const release = await draft();
    const answer = await post(rowsPath(release), {
      rows: [
        { prefix: '44', rate_per_minute: '0.01' },
        { prefix: '44x', rate_per_minute: '0.01' },
        { prefix: '45', rate_per_minute: 0.01 },
        { prefix: '46', rate_per_minute: '0.01', increment_s: 0 },
        { prefix: '47', rate_per_minute: '0.01', colour: 'red' },
        {
          prefix: '48',
          rate_per_minute: '0.01',
          effective_from: '2030-01-02T00:00:00Z',
          effective_to: '2030-01-01T00:00:00Z',
        },
      ],
    });
    expect(answer.status).to.equal(422);
    expect(errorPaths(answer)).to.deep.equal([
      'rows.1.prefix',
      'rows.2.rate_per_minute',
      'rows.3.increment_s',
      'rows.4.colour',
      'rows.5.effective_to',
    ]);
    expect((await api().get(rowsPath(release))).body['total']).to.equal(0);
  });

  it('refuses prefixes that are there twice, in the upload or before it', async () => {
    const release = await draft();
    const row = { prefix: '44', rate_per_minute: '0.01' };
    const twice = await post(rowsPath(release), { rows: [row, { ...row, priority: 1 }, row] });
    expect(errorPaths(twice)).to.deep.equal(['rows.2.prefix']);
    expect((await post(rowsPath(release), { rows: [row] })).status).to.equal(201);
    const again = await post(rowsPath(release), { rows: [{ ...row, prefix: '45' }, row] });
    expect(errorPaths(again)).to.deep.equal(['rows.1.prefix']);
    expect((await api().get(rowsPath(release))).body['total']).to.equal(1);
  });

  it('takes 5,000 rows at once and not one more', async () => {
    const release = await draft();
    const rows = Array.from({ length: 5001 }, (_, index) => ({
      prefix: String(10_000 + index),
      destination: `Destination ${index}`,
      rate_per_minute: '0.0123',
      connect_fee: '0.0001',
      initial_increment_s: 30,
      increment_s: 6,
      min_duration_s: 0,
      blocked: false,
      priority: 0,
      effective_from: null,
      effective_to: null,
    }));
    const tooMany = await post(rowsPath(release), { rows });
    expect(errorPaths(tooMany)).to.deep.equal(['rows']);
    const full = await post(rowsPath(release), { rows: rows.slice(0, 5000) });
    expect(full.status, full.text).to.equal(201);
    expect(full.body['release']).to.include({ row_count: 5000 });
    const found = await api().get(`${rowsPath(release)}?prefix=1499&page_size=5`);
    expect(found.body['total']).to.equal(10);
    expect(itemsOf(found).map((row) => row['prefix'])).to.deep.equal([
      '14990',
      '14991',
      '14992',
      '14993',
      '14994',
    ]);
  });

  it('finds the rows that could price a number, and rows by destination', async () => {
    const release = await draft();
    const rows = ['', '4', '44', '447', '4479', '45'].map((prefix) => ({
      prefix,
      destination: `To ${prefix === '' ? 'all' : prefix}`,
      rate_per_minute: '0.01',
    }));
    await post(rowsPath(release), { rows });
    const covering = await api().get(`${rowsPath(release)}?number=447700900123`);
    expect(itemsOf(covering).map((row) => row['prefix'])).to.deep.equal(['', '4', '44', '447']);
    const named = await api().get(`${rowsPath(release)}?q=To%20all`);
    expect(named.body['total']).to.equal(1);
    const nobody = await api().get(`${rowsPath(release)}?prefix=%25`);
    expect(nobody.status).to.equal(400);
  });

  it('takes rows out of a draft again and counts them', async () => {
    const release = await draft();
    const rows = ['1', '2', '3'].map((prefix) => ({ prefix, rate_per_minute: '1' }));
    await post(rowsPath(release), { rows });
    const [first] = itemsOf(await api().get(rowsPath(release)));
    const gone = await api().call('DELETE', `${rowsPath(release)}/${String(first?.['id'])}`);
    expect(gone.status).to.equal(204);
    expect((await api().call('DELETE', `${rowsPath(release)}/999999999`)).status).to.equal(404);
    const read = await api().get(`/releases/${String(release['id'])}`);
    expect(read.body['row_count']).to.equal(2);
    const all = await api().call('DELETE', rowsPath(release));
    expect(all.body).to.deep.equal({ removed: 2 });
  });

  it('numbers releases within their sheet and lists the newest first', async () => {
    const first = await draft();
    const path = `/rate-sheets/${String(first['sheet_id'])}/releases`;
    await Promise.all([post(path, {}), post(path, {}), post(path, {})]);
    const list = await api().get(path);
    expect(itemsOf(list).map((release) => release['number'])).to.deep.equal([4, 3, 2, 1]);
    expect((await api().get('/rate-sheets/999999/releases')).status).to.equal(404);
    expect((await post('/rate-sheets/999999/releases', {})).status).to.equal(404);
  });

  it('discards a draft, and deletes a sheet that only ever had drafts', async () => {
    const release = await draft();
    await post(rowsPath(release), { rows: [{ prefix: '1', rate_per_minute: '1' }] });
    const before = await countRows(api().temp.database, 'rate_rows');
    const discarded = await post(`/releases/${String(release['id'])}/discard`, { version: 1 });
    expect(discarded.body).to.include({ status: 'discarded' });
    const removed = await api().call('DELETE', `/rate-sheets/${String(release['sheet_id'])}`);
    expect(removed.status, removed.text).to.equal(204);
    expect(await countRows(api().temp.database, 'rate_rows')).to.equal(before - 1);
  });
});
