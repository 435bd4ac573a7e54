import { expect } from 'chai';
import { describe, it } from 'mocha';
import { errorPaths, withApi } from './api-client.js';
import type { Json } from './api-client.js';
import { account, domain, extension, operatorId, sheet, unique } from './sample-data.js';

describe('who pays and what limits it', function () {
  this.timeout(30_000);
  const api = withApi();

  const patch = async (path: string, record: Json, change: Json) => {
    const at = `${path}/${String(record['id'])}`;
    const { version } = (await api().get(at)).body;
    return api().call('PATCH', at, { body: { ...change, version } });
  };
  const pays = (branch: Json, change: Json) => patch('/accounts', branch, change);
  const funds = (phone: Json, change: Json) => patch('/extensions', phone, change);
  const reseller = async (extra: Json = {}) => account(api(), { kind: 'reseller', ...extra });

  it('lets a head office of the same parent pay for a branch', async () => {
    const office = await account(api());
    const branch = await account(api(), { paid_by_id: office['id'] });
    expect(branch).to.include({ paid_by_id: office['id'] });
    const kept = await api().call('DELETE', `/accounts/${String(office['id'])}`);
    expect(kept.body['code']).to.equal('in_use');
    expect((await pays(branch, { paid_by_id: null })).status).to.equal(200);
  });

  it('refuses a head office that is itself, elsewhere, no customer or paid for itself', async () => {
    const office = await account(api());
    const branch = await account(api(), { paid_by_id: office['id'] });
    const elsewhere = await account(api(), { parent_id: (await reseller())['id'] });
    const lone = await account(api());
    for (const [who, by] of [
      [lone, lone],
      [lone, elsewhere],
      [lone, await reseller()],
      [lone, { id: 999_999 }],
      [lone, branch],
      [office, lone],
      [await reseller(), office],
    ] as const) {
      const answer = await pays(who, { paid_by_id: by['id'] });
      expect(answer.status, answer.text).to.equal(422);
      expect(errorPaths(answer)).to.deep.equal(['paid_by_id']);
    }
  });

  it('keeps head office and branch below one parent', async () => {
    const office = await account(api());
    const branch = await account(api(), { paid_by_id: office['id'] });
    const parent_id = (await reseller())['id'];
    const moved = await pays(office, { parent_id });
    expect(moved.status).to.equal(409);
    expect(moved.body['code']).to.equal('pays_for_others');
    expect(errorPaths(await pays(branch, { parent_id }))).to.deep.equal(['paid_by_id']);
    expect((await pays(branch, { parent_id, paid_by_id: null })).status).to.equal(200);
  });

  it('refuses a sheet for inbound calls in another currency', async () => {
    const euros = await sheet(api(), { currency: 'EUR' });
    const dollars = await sheet(api());
    const customer = await account(api());
    const wrong = await pays(customer, { inbound_rate_sheet_id: euros['id'] });
    expect(errorPaths(wrong)).to.deep.equal(['inbound_rate_sheet_id']);
    expect((await pays(customer, { inbound_rate_sheet_id: dollars['id'] })).status).to.equal(200);
    const phone = await extension(api());
    const did = await api().create('/dids', {
      number: unique('97236597'),
      account_id: phone['account_id'],
      extension_id: phone['id'],
      rate_sheet_id: dollars['id'],
    });
    expect(did).to.include({ rate_sheet_id: dollars['id'], free_minutes: 0, max_channels: null });
    const notSold = await patch('/dids', did, { rate_sheet_id: euros['id'] });
    expect(errorPaths(notSold)).to.deep.equal(['rate_sheet_id']);
  });

  it('refuses addresses that are none, and limits below zero', async () => {
    const customer = await account(api());
    for (const notice_email of ['billing', 'a b@c.example', 'A <a@c.example>', 'a@c']) {
      expect(errorPaths(await pays(customer, { notice_email }))).to.deep.equal(['notice_email']);
    }
    expect(errorPaths(await pays(customer, { max_cps: -1 }))).to.deep.equal(['max_cps']);
    expect(errorPaths(await pays(customer, { low_balance: 5 }))).to.deep.equal(['low_balance']);
    const operator = { id: await operatorId(api()) };
    expect((await pays(operator, { low_balance: '-100.5' })).status).to.equal(200);
  });

  it('shares the money of an extension of the same account, over one level', async () => {
    const home = (await domain(api()))['id'];
    const source = await extension(api(), home);
    const sharer = await extension(api(), home);
    const share = { funds: 'shared', funds_extension_id: source['id'] };
    expect(errorPaths(await funds(sharer, share))).to.deep.equal(['funds_extension_id']);
    expect((await funds(source, { funds: 'own' })).status).to.equal(200);
    expect((await funds(sharer, share)).body).to.include(share);
    const third = await extension(api(), home);
    for (const change of [
      { funds: 'shared' },
      { funds: 'own', funds_extension_id: source['id'] },
      { funds: 'shared', funds_extension_id: sharer['id'] },
      { funds: 'shared', funds_extension_id: third['id'] },
      { funds: 'shared', funds_extension_id: (await extension(api()))['id'] },
    ]) {
      const answer = await funds(third, change);
      expect(answer.status, answer.text).to.equal(422);
      expect(errorPaths(answer)).to.deep.equal(['funds_extension_id']);
    }
    const left = await funds(source, { funds: 'account' });
    expect(left.status).to.equal(409);
    expect(left.body['code']).to.equal('funds_shared');
    const kept = await api().call('DELETE', `/extensions/${String(source['id'])}`);
    expect(kept.body['code']).to.equal('in_use');
  });

  it('refuses forwards to itself, in a circle and to what is no number', async () => {
    const home = (await domain(api()))['id'];
    const first = await extension(api(), home);
    const second = await extension(api(), home);
    for (const forward_to of [first['number'], 'voicemail', '++44', '00 44', '${x}']) {
      const answer = await funds(first, { forward_to });
      expect(errorPaths(answer), String(forward_to)).to.deep.equal(['forward_to']);
    }
    expect((await funds(first, { forward_to: second['number'] })).status).to.equal(200);
    const back = await funds(second, { forward_to: first['number'] });
    expect(errorPaths(back)).to.deep.equal(['forward_to']);
    expect((await funds(second, { forward_to: '442079460000' })).status).to.equal(200);
  });
});
