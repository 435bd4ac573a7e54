import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { itemsOf, withApi } from './api-client.js';
import { account, unique } from './sample-data.js';

describe('API keys and scopes', function () {
  this.timeout(20_000);
  const api = withApi();

  it('answers a stranger with 401 before reading his body', async () => {
    for (const key of [null, 'rlk_wrong-but-long-enough', 'x']) {
      const answer = await api().call('POST', '/accounts', { key, raw: '{"never": "parsed' });
      expect(answer.status).to.equal(401);
      expect(answer.headers.get('WWW-Authenticate')).to.equal('Bearer');
      expect(answer.body['code']).to.equal('unauthorized');
    }
    const basic = { Authorization: 'Basic dXNlcjpwYXNz' };
    expect((await api().call('GET', '/accounts', { key: null, headers: basic })).status).to.equal(
      401,
    );
  });

  const allowed: readonly (readonly [string, string, string])[] = [
    ['config:read', 'GET', '/accounts'],
    ['config:read', 'GET', '/rate-sheets'],
    ['config:write', 'POST', '/accounts'],
    ['rates:write', 'POST', '/rate-sheets'],
    ['calls:read', 'GET', '/calls'],
    ['calls:read', 'GET', '/legs'],
    ['calls:read', 'GET', '/cdr-inbox'],
    ['money:read', 'GET', '/accounts/1/balance'],
    ['money:write', 'POST', '/accounts/1/payments'],
    ['keys:write', 'GET', '/api-keys'],
    ['audit:read', 'GET', '/audit'],
  ];

  for (const [scope, method, path] of allowed) {
    it(`lets only ${scope} do ${method} ${path}`, async () => {
      const others = [...new Set(allowed.map(([other]) => other))].filter((one) => one !== scope);
      const without = await api().call(method, path, { key: await api().keyWith(...others) });
      expect(without.status).to.equal(403);
      expect(without.body['code']).to.equal('scope_missing');
      expect(without.body['detail']).to.include(scope);
      const withIt = await api().call(method, path, { key: await api().keyWith(scope) });
      expect(withIt.status).to.not.be.oneOf([401, 403]);
    });
  }

  it('shows a new key once, lets it work at once, and stops it within a second of its end', async () => {
    const made = await api().create('/api-keys', { name: 'robot', scopes: ['config:read'] });
    const key = String(made['key']);
    expect(key).to.match(/^rlk_/);
    expect(made['key_prefix']).to.equal(key.slice(0, 12));
    expect((await api().call('GET', '/accounts', { key })).status).to.equal(200);
    const path = `/api-keys/${String(made['id'])}`;
    const read = await api().get(path);
    expect(read.body).to.not.have.any.keys('key', 'key_hash');
    const revoked = await api().call('PATCH', path, { body: { status: 'revoked', version: 1 } });
    expect(revoked.status, revoked.text).to.equal(200);
    await pause(1000);
    expect((await api().call('GET', '/accounts', { key })).status).to.equal(401);
    const again = await api().call('PATCH', path, { body: { status: 'active', version: 2 } });
    expect(again.status).to.equal(409);
    expect(again.body['code']).to.equal('key_revoked');
    expect((await api().call('DELETE', path)).status).to.equal(405);
  });

  it('does not let a key give away more than it has itself', async () => {
    const key = await api().keyWith('keys:write', 'config:read');
    const same = { name: 'same', scopes: ['config:read'] };
    expect((await api().call('POST', '/api-keys', { key, body: same })).status).to.equal(201);
    for (const scope of ['*', 'money:write']) {
      const more = { name: 'more', scopes: [scope] };
      const refused = await api().call('POST', '/api-keys', { key, body: more });
      expect(refused.status).to.equal(403);
      expect(refused.body['code']).to.equal('scope_not_held');
    }
  });

  it('names every answer with a request id, the client’s own where it is well formed', async () => {
    const given = await api().call('GET', '/accounts', { headers: { 'X-Request-Id': 'order-66' } });
    expect(given.headers.get('X-Request-Id')).to.equal('order-66');
    const bad = await api().call('GET', '/accounts', { headers: { 'X-Request-Id': '<script>' } });
    expect(bad.headers.get('X-Request-Id')).to.match(/^[0-9a-f-]{36}$/);
    const problem = await api().get('/nothing-here');
    expect(problem.status).to.equal(404);
    expect(problem.body['request_id']).to.equal(problem.headers.get('X-Request-Id'));
  });

  it('lists audit entries by what they are about, page by page', async () => {
    const made = await account(api());
    const path = `/accounts/${String(made['id'])}`;
    for (let version = 1; version <= 4; version += 1) {
      await api().call('PATCH', path, { body: { name: unique('Name '), version } });
    }
    const query = `entity=account&entity_id=${String(made['id'])}`;
    const seen: unknown[] = [];
    let cursor: unknown = null;
    do {
      const next = cursor === null ? '' : `&cursor=${String(cursor)}`;
      const page = await api().get(`/audit?${query}&limit=2${next}`);
      expect(page.status, page.text).to.equal(200);
      seen.push(...itemsOf(page).map((entry) => entry['action']));
      cursor = page.body['next_cursor'];
    } while (cursor !== null);
    expect(seen).to.deep.equal([
      ...Array.from({ length: 4 }, () => 'account.update'),
      'account.create',
    ]);
  });
});
