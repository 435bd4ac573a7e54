import { expect } from 'chai';
import { describe, it } from 'mocha';
import { findSqlValue } from './sql-value.js';
import { errorPaths, itemsOf, withApi } from './api-client.js';
import type { Json } from './api-client.js';
import { a1Hash } from '../../../server/secrets.js';
import { account, carrier, domain, extension, operatorId, sheet, unique } from './sample-data.js';

describe('rules between records', function () {
  this.timeout(20_000);
  const api = withApi();
  const patch = (path: string, body: Json) => api().call('PATCH', path, { body });

  it('has one operator, which has no parent', async () => {
    await operatorId(api());
    const base = { code: unique('O'), name: 'X', billing_mode: 'postpaid', currency: 'USD' };
    const second = await api().call('POST', '/accounts', { body: { ...base, kind: 'operator' } });
    expect(second.status).to.equal(409);
    expect(second.body['code']).to.equal('operator_exists');
    const orphan = await api().call('POST', '/accounts', { body: { ...base, kind: 'customer' } });
    expect(errorPaths(orphan)).to.deep.equal(['parent_id']);
  });

  it('makes one operator of ten that are asked for at once', async () => {
    const rivals = Array.from({ length: 10 }, () =>
      api().call('POST', '/accounts', {
        body: {
          kind: 'operator',
          code: unique('R'),
          name: 'X',
          billing_mode: 'postpaid',
          currency: 'USD',
        },
      }),
    );
    const statuses = (await Promise.all(rivals)).map((answer) => answer.status);
    expect(statuses.every((status) => status === 409)).to.equal(true);
    expect(itemsOf(await api().get('/accounts?kind=operator'))).to.have.length(1);
  });

  it('takes currencies from the parent and forms no cycles', async () => {
    const reseller = await account(api(), { kind: 'reseller' });
    const below = await account(api(), { kind: 'reseller', parent_id: reseller['id'] });
    const customer = await account(api(), { parent_id: below['id'] });
    const body = {
      kind: 'customer',
      code: unique('E'),
      name: 'X',
      billing_mode: 'prepaid',
      currency: 'EUR',
      parent_id: reseller['id'],
    };
    expect(errorPaths(await api().call('POST', '/accounts', { body }))).to.deep.equal(['currency']);
    const under = await api().call('POST', '/accounts', {
      body: { ...body, currency: 'USD', parent_id: customer['id'] },
    });
    expect(errorPaths(under)).to.deep.equal(['parent_id']);
    for (const parent of [reseller['id'], below['id'], 999_999]) {
      const moved = await patch(`/accounts/${String(reseller['id'])}`, {
        parent_id: parent,
        version: 1,
      });
      expect(errorPaths(moved), String(parent)).to.deep.equal(['parent_id']);
    }
    const up = await patch(`/accounts/${String(customer['id'])}`, {
      parent_id: reseller['id'],
      version: 1,
    });
    expect(up.status, up.text).to.equal(200);
  });

  it('lets the tree grow to eight levels and no further', async () => {
    let parent = await operatorId(api());
    for (let depth = 2; depth <= 8; depth += 1) {
      parent = Number((await account(api(), { kind: 'reseller', parent_id: parent }))['id']);
    }
    const body = {
      kind: 'customer',
      code: unique('D'),
      name: 'Too deep',
      billing_mode: 'prepaid',
      currency: 'USD',
      parent_id: parent,
    };
    expect(errorPaths(await api().call('POST', '/accounts', { body }))).to.deep.equal([
      'parent_id',
    ]);
  });

  it('prices accounts, extensions and carriers in their own currency only', async () => {
    const euros = await sheet(api(), { currency: 'EUR' });
    const change = { rate_sheet_id: euros['id'], version: 1 };
    const customer = await account(api());
    const wrong = await patch(`/accounts/${String(customer['id'])}`, change);
    expect(errorPaths(wrong)).to.deep.equal(['rate_sheet_id']);
    const phone = await extension(api());
    expect((await patch(`/extensions/${String(phone['id'])}`, change)).status).to.equal(422);
    const seller = await carrier(api());
    expect((await patch(`/carriers/${String(seller['id'])}`, change)).status).to.equal(422);
    const dollars = await sheet(api());
    const right = await patch(`/accounts/${String(customer['id'])}`, {
      rate_sheet_id: dollars['id'],
      version: 1,
    });
    expect(right.status, right.text).to.equal(200);
  });

  it('hashes a SIP password with number and domain, and asks for it again when they change', async () => {
    const home = await domain(api());
    const phone = await extension(api(), home['id']);
    const path = `/extensions/${String(phone['id'])}`;
    const stored = () =>
      findSqlValue(api().temp.database, 'extensions', 'a1_hash', Number(phone['id']));
    const domainName = String(home['name']);
    expect(await stored()).to.equal(
      a1Hash(String(phone['number']), domainName, 'correct-horse-battery'),
    );
    const bare = await patch(path, { number: '7777', version: 1 });
    expect(errorPaths(bare)).to.deep.equal(['password']);
    const other = await domain(api(), home['account_id']);
    const moved = await patch(path, { domain_id: other['id'], version: 1 });
    expect(errorPaths(moved)).to.deep.equal(['password']);
    const full = await patch(path, { number: '7777', password: 'another-horse-here', version: 1 });
    expect(full.status, full.text).to.equal(200);
    expect(await stored()).to.equal(a1Hash('7777', domainName, 'another-horse-here'));
    const renamed = await patch(`/domains/${String(home['id'])}`, {
      name: 'n.example',
      version: 1,
    });
    expect(renamed.status).to.equal(409);
    expect(renamed.body['code']).to.equal('domain_has_extensions');
  });

  it('seals passwords for other systems and can open them again', async () => {
    const seller = await carrier(api());
    const made = await api().create('/gateways', {
      carrier_id: seller['id'],
      name: unique('gw'),
      proxy: 'sip.example',
      password: 'theirs',
    });
    expect(made['has_password']).to.equal(true);
    const id = Number(made['id']);
    const sealed = await findSqlValue(api().temp.database, 'gateways', 'password_sealed', id);
    expect(sealed).to.match(/^v1\./);
    expect(sealed).to.not.include('theirs');
    expect(api().deps.secrets.open(String(sealed))).to.equal('theirs');
    const away = await patch(`/gateways/${id}`, { password: null, version: 1 });
    expect(away.body['has_password']).to.equal(false);
    const register = await patch(`/gateways/${id}`, { register: true, username: 'u', version: 2 });
    expect(errorPaths(register)).to.deep.equal(['password']);
  });

  it('never leads a number into another tenant', async () => {
    const phone = await extension(api());
    const stranger = await account(api());
    const body = { number: unique('4420'), account_id: stranger['id'], extension_id: phone['id'] };
    const answer = await api().call('POST', '/dids', { body });
    expect(errorPaths(answer)).to.deep.equal(['extension_id']);
  });

  it('refuses a plan or a menu with the same part twice', async () => {
    const seller = await carrier(api());
    const part = { carrier_id: seller['id'] };
    const plan = await api().call('POST', '/lcr-plans', {
      body: { name: unique('P'), carriers: [part, part] },
    });
    expect(errorPaths(plan)).to.deep.equal(['carriers.1.carrier_id']);
    const owner = await account(api());
    const entry = { digits: '1', transfer_to: '1001' };
    const menu = await api().call('POST', '/ivr-menus', {
      body: {
        account_id: owner['id'],
        name: unique('m'),
        greet_long: 'x.wav',
        entries: [entry, entry],
      },
    });
    expect(errorPaths(menu)).to.deep.equal(['entries.1.digits']);
  });

  it('lists by page, filter, search and order, with the total', async () => {
    const owner = await account(api());
    const names = ['c', 'a', 'b'].map((letter) => `${letter}-${unique('list')}.example`);
    for (const name of names) await api().create('/domains', { account_id: owner['id'], name });
    const base = `/domains?account_id=${String(owner['id'])}`;
    const first = await api().get(`${base}&page_size=2`);
    expect(first.body).to.include({ total: 3, page: 1, page_size: 2 });
    expect(itemsOf(first).map((item) => String(item['name'])[0])).to.deep.equal(['a', 'b']);
    const second = await api().get(`${base}&page_size=2&page=2`);
    expect(itemsOf(second).map((item) => String(item['name'])[0])).to.deep.equal(['c']);
    const down = await api().get(`${base}&sort=-name`);
    expect(itemsOf(down).map((item) => String(item['name'])[0])).to.deep.equal(['c', 'b', 'a']);
    const found = await api().get(`${base}&q=b-list`);
    expect(found.body['total']).to.equal(1);
    const large = await api().get(`${base}&page_size=1000`);
    expect(large.body['page_size']).to.equal(200);
  });
});
