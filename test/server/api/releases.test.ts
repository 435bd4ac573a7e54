import { expect } from 'chai';
import { describe, it } from 'mocha';
import { releaseStore } from '../../../db/repositories/admin/stores.js';
import { readConfigVersions } from '../../../db/repositories/config-versions.js';
import type { ApiAnswer, Json } from './api-client.js';
import { itemsOf, withApi } from './api-client.js';
import { sheet } from './sample-data.js';

describe('activating and rolling back releases', function () {
  this.timeout(60_000);
  const api = withApi();
  const post = (path: string, body: unknown) => api().call('POST', path, { body });

  /** A draft with one row; `sheetId` puts it into a sheet that is there. */
  async function draft(sheetId?: unknown, fields: Json = {}): Promise<Json> {
    const id = sheetId ?? (await sheet(api()))['id'];
    const release = await api().create(`/rate-sheets/${String(id)}/releases`, fields);
    const rows = [{ prefix: '44', rate_per_minute: '0.01' }];
    await api().create(`/releases/${String(release['id'])}/rows`, { rows });
    return release;
  }

  const activate = (release: Json, body: Json = {}) =>
    post(`/releases/${String(release['id'])}/activate`, { version: 1, ...body });
  const rollBack = (release: Json, body: Json = {}) =>
    post(`/rate-sheets/${String(release['sheet_id'])}/rollback`, body);
  const history = (release: Json) =>
    api().get(`/rate-sheets/${String(release['sheet_id'])}/activations`);

  function expectConflict(answer: ApiAnswer, code: string): void {
    expect(answer.status, answer.text).to.equal(409);
    expect(answer.body['code']).to.equal(code);
  }

  function codesOf(answer: ApiAnswer): readonly unknown[] {
    return (answer.body['notices'] as readonly Json[]).map((notice) => notice['code']);
  }

  it('begins now where the instant of the draft is past, and says what nobody looked at', async () => {
    const release = await draft(undefined, { effective_from: '2020-01-01T00:00:00Z' });
    const before = Date.now();
    const answer = await activate(release);
    expect(answer.status, answer.text).to.equal(200);
    expect(Date.parse(String(answer.body['effective_from']))).to.be.within(before, Date.now());
    expect(answer.body['activation_number']).to.equal(1);
    expect(codesOf(answer)).to.deep.equal(['preview_missing']);
  });

  it('keeps the instant of a draft that is still to come', async () => {
    const release = await draft(undefined, { effective_from: '2090-01-01T00:00:00Z' });
    const answer = await activate(release);
    expect(answer.body['effective_from']).to.equal('2090-01-01T00:00:00.000Z');
    const read = await history(release);
    expect(read.body['in_force']).to.equal(null);
  });

  it('takes an instant in the past and says what that is good for', async () => {
    const release = await draft();
    const answer = await activate(release, { effective_from: '2021-01-01T00:00:00Z' });
    expect(answer.body['effective_from']).to.equal('2021-01-01T00:00:00.000Z');
    expect(codesOf(answer)).to.deep.equal(['back_dated', 'preview_missing']);
  });

  it('answers a repeated activation with what is the matter, not with the version', async () => {
    const release = await draft();
    expect((await activate(release)).status).to.equal(200);
    const again = await activate(release);
    expectConflict(again, 'release_immutable');
    expect(again.body['detail']).to.match(/Release 1 was activated at 20/);
    const read = await history(release);
    expect(read.body['entries']).to.have.length(1);
  });

  it('refuses a version that is not the latest', async () => {
    const release = await draft();
    expectConflict(await activate(release, { version: 7 }), 'version_conflict');
  });

  it('activates one draft once when two ask at the same time', async () => {
    const release = await draft();
    const answers = await Promise.all([activate(release), activate(release), activate(release)]);
    const statuses = answers.map((answer) => answer.status);
    expect(statuses.sort()).to.deep.equal([200, 409, 409]);
    expect((await history(release)).body['entries']).to.have.length(1);
  });

  it('numbers activations of two drafts of one sheet that come at the same time', async () => {
    const first = await draft();
    const second = await draft(first['sheet_id']);
    const answers = await Promise.all([activate(first), activate(second)]);
    expect(answers.map((answer) => answer.status)).to.deep.equal([200, 200]);
    const entries = (await history(first)).body['entries'] as readonly Json[];
    expect(entries.map((entry) => entry['number'])).to.deep.equal([1, 2]);
  });

  it('rolls back to the release before and keeps the whole story', async () => {
    const first = await draft();
    const second = await draft(first['sheet_id']);
    await activate(first, { effective_from: '2020-01-01T00:00:00Z' });
    await activate(second, { effective_from: '2021-01-01T00:00:00Z' });
    const back = await rollBack(first, { release_id: second['id'] });
    expect(back.status, back.text).to.equal(200);
    expect(back.body).to.include({
      number: 3,
      release_id: second['id'],
      replacement_id: first['id'],
    });
    const read = await history(first);
    expect(read.body['in_force']).to.deep.equal({ release_id: first['id'], release_number: 1 });
    const entries = read.body['entries'] as readonly Json[];
    expect(entries.map(({ kind, release_number: of }) => `${String(kind)} ${String(of)}`)).to.eql([
      'activation 1',
      'activation 2',
      'rollback 1',
    ]);
    const periods = read.body['periods'] as readonly Json[];
    expect(periods.map((period) => period['release_number'])).to.deep.equal([1, 2, 1]);
    expect(periods[2]).to.include({ from: back.body['effective_from'], to: null });
    expectConflict(await rollBack(first, { release_id: second['id'] }), 'not_in_force');
    const release = await api().get(`/releases/${String(second['id'])}`);
    expect(release.body['status']).to.equal('active');
  });

  it('leaves a sheet without prices only when it is told to', async () => {
    const release = await draft();
    expectConflict(await rollBack(release), 'nothing_in_force');
    await activate(release);
    expectConflict(await rollBack(release), 'nothing_before');
    const none = await rollBack(release, { allow_none: true });
    expect(none.status, none.text).to.equal(200);
    expect(none.body['replacement_id']).to.equal(null);
    expect((await history(release)).body['in_force']).to.equal(null);
    expectConflict(await rollBack(release, { allow_none: true }), 'nothing_in_force');
    const sheetPath = `/rate-sheets/${String(release['sheet_id'])}`;
    expectConflict(await api().call('DELETE', sheetPath), 'in_use');
  });

  it('takes back a release that is still to begin, at its own instant', async () => {
    const first = await draft();
    const second = await draft(first['sheet_id']);
    await activate(first);
    await activate(second, { effective_from: '2090-01-01T00:00:00Z' });
    const back = await rollBack(first, { release_id: second['id'] });
    expect(back.body).to.include({
      replacement_id: first['id'],
      effective_from: '2090-01-01T00:00:00.000Z',
    });
    const periods = (await history(first)).body['periods'] as readonly Json[];
    expect(periods.map((period) => period['release_number'])).to.deep.equal([1]);
  });

  it('writes an audit entry for a roll-back with both releases', async () => {
    const release = await draft();
    await activate(release);
    await rollBack(release, { allow_none: true });
    const sheetId = String(release['sheet_id']);
    const audit = await api().get(`/audit?entity=rate_sheet&entity_id=${sheetId}`);
    const [entry] = itemsOf(audit).filter((item) => item['action'] === 'rate_sheet.rollback');
    expect(entry?.['before']).to.deep.equal({ release_id: release['id'] });
    expect(entry?.['after']).to.include({ activation: 2, release_id: null });
  });

  it('wakes every node for a roll-back', async () => {
    const release = await draft();
    await activate(release);
    const before = (await readConfigVersions(api().deps.database.orm)).get('rates') ?? 0;
    await rollBack(release, { allow_none: true });
    const after = (await readConfigVersions(api().deps.database.orm)).get('rates');
    expect(after).to.equal(before + 1);
  });

  it('knows no sheet that is not there', async () => {
    expect((await post('/rate-sheets/999999/rollback', {})).status).to.equal(404);
    expect((await api().get('/rate-sheets/999999/activations')).status).to.equal(404);
  });

  it('compares a draft with what it takes the place of, and downloads every difference', async () => {
    const first = await draft();
    await activate(first);
    const second = await draft(first['sheet_id']);
    const path = `/releases/${String(second['id'])}`;
    await api().call('DELETE', `${path}/rows`);
    await api().create(`${path}/rows`, {
      rows: [
        { prefix: '44', rate_per_minute: '0.015' },
        { prefix: '45', rate_per_minute: '0.02' },
      ],
    });
    const compared = await api().get(`${path}/diff`);
    expect(compared.status, compared.text).to.equal(200);
    expect(compared.body).to.include({ release_id: second['id'], against_id: first['id'] });
    const diff = compared.body['diff'] as Json;
    expect(diff['counts']).to.include({ added: 1, raised: 1, removed: 0 });
    const [top] = diff['increases_by_percent'] as readonly Json[];
    expect(top).to.include({ prefix: '44', old_price: '0.01', new_price: '0.015', percent: '50' });
    const file = await api().get(`${path}/diff.csv?against=${String(first['id'])}`);
    expect(file.status).to.equal(200);
    expect(file.headers.get('Content-Type')).to.match(/^text\/csv/);
    expect(file.text.split('\r\n')).to.have.length(4);
    const itself = await api().get(`${path}/diff?against=${String(second['id'])}`);
    expect((itself.body['diff'] as Json)['counts']).to.include({ unchanged: 2, raised: 0 });
  });

  it('does not compare prices of two currencies, nor with what is not there', async () => {
    const dollars = await draft();
    const euros = await draft((await sheet(api(), { currency: 'EUR' }))['id']);
    const path = `/releases/${String(dollars['id'])}/diff`;
    expectConflict(await api().get(`${path}?against=${String(euros['id'])}`), 'other_currency');
    expect((await api().get(`${path}?against=999999`)).status).to.equal(404);
    expect((await api().get('/releases/999999/diff')).status).to.equal(404);
  });

  it('queues a preview, and activation says what state it was in', async () => {
    const release = await draft();
    const path = `/releases/${String(release['id'])}/preview`;
    expect((await api().get(path)).status).to.equal(404);
    const asked = await post(path, {});
    expect(asked.status, asked.text).to.equal(202);
    expect(asked.body).to.include({ status: 'queued', is_stale: false, progress: 0 });
    expect((await api().get(path)).body['status']).to.equal('queued');
    expect(codesOf(await activate(release))).to.deep.equal(['preview_not_ready']);
    expect((await post('/releases/999999/preview', {})).status).to.equal(404);
  });

  it('takes rejected lines only when it is told to, and nothing that is still coming in', async () => {
    const { orm } = api().deps.database;
    const release = await draft();
    const id = Number(release['id']);
    await releaseStore.update(orm, id, { status: 'importing', rejectedCount: 3 });
    expectConflict(await activate(release, { version: 2 }), 'release_importing');
    await releaseStore.update(orm, id, { status: 'draft' });
    const refused = await activate(release, { version: 3 });
    expectConflict(refused, 'rejected_lines');
    expect(refused.body['detail']).to.match(/^3 lines/);
    const accepted = await activate(release, { version: 3, accept_rejected: true });
    expect(accepted.status, accepted.text).to.equal(200);
  });

  it('deletes a sheet that only ever had a previewed draft', async () => {
    const release = await draft();
    await post(`/releases/${String(release['id'])}/preview`, {});
    const removed = await api().call('DELETE', `/rate-sheets/${String(release['sheet_id'])}`);
    expect(removed.status, removed.text).to.equal(204);
  });
});
