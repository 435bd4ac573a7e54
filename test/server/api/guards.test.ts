import { expect } from 'chai';
import { describe, it } from 'mocha';
import { addSpent } from '../../../db/repositories/account-days.js';
import { readConfigVersions } from '../../../db/repositories/config-versions.js';
import { accountBlocks, notices } from '../../../db/schema/index.js';
import { Decimal } from '../../../rating/money.js';
import { errorPaths, itemsOf, withApi } from './api-client.js';
import type { Json } from './api-client.js';
import { START_US } from './sample-calls.js';
import { account, unique } from './sample-data.js';

describe('guards, blocks and notices', function () {
  this.timeout(30_000);
  const api = withApi();

  const path = (owner: Json) => `/accounts/${String(owner['id'])}`;
  const put = (owner: Json, rules: Json) =>
    api().call('PUT', `${path(owner)}/guard`, { body: rules });
  const accountsVersion = async () =>
    (await readConfigVersions(api().deps.database.orm)).get('accounts') ?? 0;

  it('starts with all rules off and replaces them by version', async () => {
    const owner = await account(api());
    const none = await api().get(`${path(owner)}/guard`);
    expect(none.body).to.include({ version: 0, new_country: 'off', daily_spend: null });
    const rules = {
      daily_spend: '25',
      max_price_per_minute: '0.5',
      night_from: '22:00',
      night_to: '06:30',
      night_max_price_per_minute: '0.05',
      new_country: 'block',
      short_call_s: 10,
      short_call_count: 20,
      short_call_window_s: 600,
    };
    const before = await accountsVersion();
    const made = await put(owner, { ...rules, version: 0 });
    expect(made.status, made.text).to.equal(200);
    expect(made.headers.get('ETag')).to.equal('"1"');
    expect(made.body).to.include({
      version: 1,
      daily_spend: '25.000000',
      max_price_per_minute: '0.50000000',
      night_to: '06:30',
      new_country: 'block',
      short_call_count: 20,
    });
    expect(await accountsVersion()).to.equal(before + 1);
    expect((await api().get(`${path(owner)}/guard`)).body).to.deep.equal(made.body);
    const stale = await put(owner, { version: 0 });
    expect(stale.status).to.equal(409);
    expect(stale.body['code']).to.equal('version_conflict');
    expect((await put(owner, {})).status).to.equal(428);
    const off = await put(owner, { version: 1 });
    expect(off.body).to.include({ version: 2, daily_spend: null, new_country: 'off' });
    const audit = await api().get(`/audit?entity=account_guard&entity_id=${String(owner['id'])}`);
    expect(itemsOf(audit).map((one) => one['action'])).to.deep.equal([
      'account_guard.update',
      'account_guard.update',
    ]);
    expect((await api().get('/accounts/999999/guard')).status).to.equal(404);
    expect((await put({ id: 999_999 }, { version: 0 })).status).to.equal(404);
  });

  for (const [rules, blamed] of [
    [{ night_from: '22:00', night_to: '06:00' }, 'night_max_price_per_minute'],
    [{ night_from: '24:00' }, 'night_from'],
    [{ night_from: '22:00', night_to: '22:00', night_max_price_per_minute: '1' }, 'night_to'],
    [{ short_call_s: 10, short_call_window_s: 60 }, 'short_call_count'],
    [{ daily_spend: 5 }, 'daily_spend'],
    [{ daily_spend: '-5' }, 'daily_spend'],
    [{ new_country: 'maybe' }, 'new_country'],
    [{ surprise: 1 }, 'surprise'],
  ] as const) {
    it(`refuses a guard of ${JSON.stringify(rules)}`, async () => {
      const answer = await put(await account(api()), { ...rules, version: 0 });
      expect(answer.status, answer.text).to.equal(422);
      expect(errorPaths(answer)).to.deep.equal([blamed]);
    });
  }

  it('shows what was spent on a day and what the limit leaves of today', async () => {
    const owner = await account(api(), { time_zone: 'UTC' });
    const free = (await api().get(`${path(owner)}/spending`)).body;
    expect(free).to.include({ spent: '0.000000', daily_spend: null, left: null, currency: 'USD' });
    await put(owner, { daily_spend: '10', version: 0 });
    const { orm } = api().deps.database;
    const accountId = Number(owner['id']);
    const day = String(free['day']);
    await addSpent(orm, [
      { accountId, day, amount: new Decimal('7.25') },
      { accountId, day: '2026-01-01', amount: new Decimal('3') },
    ]);
    const today = (await api().get(`${path(owner)}/spending`)).body;
    expect(today).to.include({ spent: '7.250000', daily_spend: '10.000000', left: '2.750000' });
    const then = (await api().get(`${path(owner)}/spending?day=2026-01-01`)).body;
    expect(then).to.include({ day: '2026-01-01', spent: '3.000000', left: null });
    expect((await api().get(`${path(owner)}/spending?day=2026-02-30`)).status).to.equal(400);
    expect((await api().get('/accounts/999999/spending')).status).to.equal(404);
  });

  it('allows countries, lists them and makes them new again', async () => {
    const owner = await account(api());
    const before = await accountsVersion();
    for (const code of ['ZZ', 'FR', 'ZZ']) {
      const made = await api().call('PUT', `${path(owner)}/countries/${code}`);
      expect(made.status, made.text).to.equal(200);
      expect(made.body).to.include({ country: code, source: 'allowed' });
    }
    expect(await accountsVersion()).to.equal(before + 3);
    const list = await api().get(`${path(owner)}/countries?page_size=1`);
    expect(list.body).to.include({ total: 2 });
    expect(itemsOf(list).map((one) => one['country'])).to.deep.equal(['FR']);
    const remove = () => api().call('DELETE', `${path(owner)}/countries/FR`);
    expect((await remove()).status).to.equal(204);
    expect((await remove()).status).to.equal(404);
    for (const code of ['1A', 'fr', 'FRA', 'QQ']) {
      const wrong = await api().call('PUT', `${path(owner)}/countries/${code}`);
      expect(wrong.status, code).to.equal(400);
    }
    expect((await api().call('PUT', '/accounts/999999/countries/FR')).status).to.equal(404);
  });

  it('lists blocks and lets a person end one, with a note', async () => {
    const owner = await account(api());
    const accountId = Number(owner['id']);
    const openKey = `${String(accountId)}:short_calls`;
    const row = { accountId, rule: 'short_calls', openKey, sinceUs: START_US };
    await api()
      .deps.database.orm.insert(accountBlocks)
      .values({ ...row, detail: { found: 21 } });
    const listed = await api().get(`/account-blocks?account_id=${String(accountId)}&state=open`);
    const [found] = itemsOf(listed);
    expect(found).to.deep.include({
      rule: 'short_calls',
      state: 'open',
      since: '2030-01-01T00:00:00.000000Z',
      detail: { found: 21 },
    });
    const release = `/account-blocks/${String(found?.['id'])}/release`;
    expect(errorPaths(await api().call('POST', release, { body: {} }))).to.deep.equal(['note']);
    const before = await accountsVersion();
    const body = { note: 'A dialler that was set up wrongly' };
    const ended = await api().call('POST', release, { body });
    expect(ended.status, ended.text).to.equal(200);
    expect(ended.body).to.include({ state: 'released', released_by: 'test *' });
    expect(await accountsVersion()).to.equal(before + 1);
    const again = await api().call('POST', release, { body });
    expect(again.body['code']).to.equal('already_released');
    const audit = await api().get(`/audit?action=account_block.release`);
    expect(itemsOf(audit)[0]?.['after']).to.include(body);
    expect(itemsOf(await api().get('/account-blocks?state=open'))).to.deep.equal([]);
    const past = await api().get(`/account-blocks?state=released&rule=short_calls&limit=1`);
    expect(itemsOf(past)).to.have.length(1);
  });

  it('lists notices and sends one again, to the address that is set now', async () => {
    const owner = await account(api());
    const accountId = Number(owner['id']);
    const { orm } = api().deps.database;
    const rows = ['kept', 'sent', 'pending'].map((state) => ({
      kind: 'low_balance',
      accountId,
      occasion: unique('low:'),
      payload: { balance: '0.5' },
      state: state as 'kept',
      createdUs: START_US,
    }));
    await orm.insert(notices).values(rows);
    const all = await api().get(`/notices?account_id=${String(accountId)}&kind=low_balance`);
    expect(itemsOf(all).map((one) => one['state'])).to.deep.equal(['pending', 'sent', 'kept']);
    const first = await api().get(`/notices?account_id=${String(accountId)}&limit=2`);
    const next = String(first.body['next_cursor']);
    const [kept] = itemsOf(
      await api().get(`/notices?account_id=${String(accountId)}&cursor=${next}`),
    );
    expect(kept).to.deep.include({ state: 'kept', payload: { balance: '0.5' }, recipient: null });
    await api().call('PATCH', path(owner), {
      body: { notice_email: 'billing@acme.example', version: 1 },
    });
    const resend = `/notices/${String(kept?.['id'])}`;
    const sent = await api().call('POST', `${resend}/resend`);
    expect(sent.status, sent.text).to.equal(200);
    expect(sent.body).to.include({ state: 'pending', recipient: 'billing@acme.example' });
    expect((await api().get(resend)).body).to.deep.equal(sent.body);
    const twice = await api().call('POST', `${resend}/resend`);
    expect(twice.body['code']).to.equal('notice_pending');
    expect((await api().get('/notices/999999')).status).to.equal(404);
    expect((await api().call('POST', '/notices/999999/resend')).status).to.equal(404);
  });
});
