import { expect } from 'chai';
import { describe, it } from 'mocha';
import { errorPaths, itemsOf, withApi } from './api-client.js';
import { account, domain, unique } from './sample-data.js';

describe('requests that are wrong or hostile', function () {
  this.timeout(20_000);
  const api = withApi();

  const bodies: readonly (readonly [string, string, Record<string, string>, number, string])[] = [
    ['JSON that ends too early', '{"name": ', {}, 400, 'malformed_json'],
    ['text instead of JSON', 'name=x', { 'Content-Type': 'text/plain' }, 415, 'not_json'],
    ['a form', 'name=x', { 'Content-Type': 'application/x-www-form-urlencoded' }, 415, 'not_json'],
    ['more than 256 KiB', JSON.stringify({ name: 'x'.repeat(300_000) }), {}, 413, 'body_too_large'],
    [
      'a body that is not what its encoding says',
      '{}',
      { 'Content-Encoding': 'gzip' },
      400,
      'bad_request',
    ],
    ['an unknown encoding', '{}', { 'Content-Encoding': 'rot13' }, 415, 'unsupported_encoding'],
    ['a list', '[]', {}, 422, 'validation_failed'],
    ['a bare value', '"x"', {}, 400, 'malformed_json'],
    [
      'a polluted prototype',
      '{"__proto__": {"name": "x"}, "name": "y"}',
      {},
      422,
      'validation_failed',
    ],
  ];

  for (const [what, raw, headers, status, code] of bodies) {
    it(`answers ${what} with ${status}`, async () => {
      const answer = await api().call('POST', '/carriers', { raw, headers });
      expect(answer.status, answer.text).to.equal(status);
      expect(answer.body['code']).to.equal(code);
      expect(answer.body['status']).to.equal(status);
      expect(answer.headers.get('Content-Type')).to.match(/^application\/problem\+json/);
    });
  }

  const texts: readonly (readonly [string, string])[] = [
    ['quotes and comments of SQL', `'; DROP TABLE accounts; -- "\\'`],
    ['wildcards', '100%_\\'],
    ['markup', '<script>alert(1)</script>&amp;'],
    ['other scripts', 'Ωμέγα 日本 🇫🇷'],
  ];

  for (const [what, text] of texts) {
    it(`stores and finds ${what} as they are`, async () => {
      const made = await account(api(), { name: text });
      expect(made['name']).to.equal(text);
      const found = await api().get(`/accounts?q=${encodeURIComponent(text)}`);
      expect(found.status, found.text).to.equal(200);
      expect(itemsOf(found).map((item) => item['id'])).to.deep.equal([made['id']]);
      const read = await api().get(`/accounts/${String(made['id'])}`);
      expect(read.body['name']).to.equal(text);
    });
  }

  it('does not take a wildcard in a search for one', async () => {
    await account(api(), { name: 'plain' });
    const found = await api().get('/accounts?q=pl_in');
    expect(itemsOf(found)).to.have.length(0);
  });

  const wrongFields: readonly (readonly [string, unknown])[] = [
    ['name', 'x'.repeat(10_000)],
    ['name', 'bell\u0007'],
    ['name', 'line\nbreak'],
    ['name', 'null\u0000'],
    ['name', 'lone \ud800 surrogate'],
    ['name', ''],
    ['name', { $ne: null }],
    ['code', 'A;B'],
    ['code', '../etc'],
    ['currency', 'XXX1'],
    ['currency', 'QQQ'],
    ['credit_limit', 12.5],
    ['credit_limit', '1e3'],
    ['credit_limit', '-1'],
    ['credit_limit', '1,000.00'],
    ['credit_limit', '123456789012345'],
    ['time_zone', '+02:00'],
    ['time_zone', "UTC'"],
    ['max_calls', -1],
    ['max_calls', 1.5],
    ['parent_id', '1'],
    ['parent_id', 2 ** 53],
    ['kind', 'root'],
  ];

  for (const [field, value] of wrongFields) {
    it(`refuses ${JSON.stringify(value).slice(0, 30)} as ${field}`, async () => {
      const body = {
        kind: 'customer',
        code: unique('H'),
        name: 'Fine',
        billing_mode: 'prepaid',
        currency: 'USD',
        [field]: value,
      };
      const answer = await api().call('POST', '/accounts', { body });
      expect(answer.status, answer.text).to.equal(422);
      expect(errorPaths(answer)).to.deep.equal([field]);
      expect(answer.text.length).to.be.lessThan(1500);
    });
  }

  it('reports every wrong field at once', async () => {
    const body = { kind: 'x', code: ' ', name: '', billing_mode: 1, currency: 'usd', extra: true };
    const answer = await api().call('POST', '/accounts', { body });
    expect(new Set(errorPaths(answer))).to.deep.equal(
      new Set(['kind', 'code', 'name', 'billing_mode', 'currency', 'extra']),
    );
  });

  const queries: readonly (readonly [string, string])[] = [
    ['sort=password', 'sort'],
    ['sort=name;DROP', 'sort'],
    ['sort=name&sort=code', 'sort'],
    ['page=0', 'page'],
    ['page=1e9', 'page'],
    ['page_size=100000', 'page_size'],
    ['parent_id=1%20or%201=1', 'parent_id'],
    ['kind=nobody', 'kind'],
    ['q=', 'q'],
    ['q=%00', 'q'],
    ['unknown=1', 'unknown'],
    ['kind[$ne]=x', 'kind[$ne]'],
  ];

  for (const [query, path] of queries) {
    it(`refuses the query ${query}`, async () => {
      const answer = await api().get(`/accounts?${query}`);
      expect(answer.status, answer.text).to.equal(400);
      expect(errorPaths(answer)).to.deep.equal([path]);
    });
  }

  for (const id of ['0', '-1', 'abc', '1.5', '0x10', '1%27', '99999999999999999999']) {
    it(`refuses ${id} as an id`, async () => {
      expect((await api().get(`/accounts/${id}`)).status).to.equal(400);
    });
  }

  for (const cursor of ['x', 'W10', 'WyJhIl0', 'e30', '!!!!', 'A'.repeat(500)]) {
    it(`refuses the made-up cursor ${cursor.slice(0, 12)}`, async () => {
      expect((await api().get(`/calls?cursor=${cursor}`)).status).to.equal(400);
      expect((await api().get(`/audit?cursor=${cursor}`)).status).to.equal(400);
    });
  }

  it('refuses paths that cannot be decoded, unknown paths and wrong methods', async () => {
    expect((await api().get('/accounts/%ff')).status).to.equal(400);
    expect((await api().get('/Accounts')).status).to.equal(404);
    const wrong = await api().call('DELETE', '/accounts');
    expect(wrong.status).to.equal(405);
    expect(wrong.headers.get('Allow')).to.equal('GET, POST');
  });

  it('keeps weak SIP passwords out', async () => {
    const home = await domain(api());
    for (const password of [
      'pw1001',
      '1001100110011',
      'aaaaaaaaaaaaaa',
      'with space in it',
      'x'.repeat(65),
    ]) {
      const body = { domain_id: home['id'], number: '1001', name: 'Desk', password };
      const answer = await api().call('POST', '/extensions', { body });
      expect(answer.status, password).to.equal(422);
      expect(errorPaths(answer)).to.deep.equal(['password']);
      expect(answer.text).to.not.include(password);
    }
  });

  it('keeps what FreeSWITCH would expand or run out of what it is told', async () => {
    const home = await domain(api());
    for (const name of ['${system(id)}', '$${domain}', '<sip:x>', 'a"b']) {
      const body = {
        domain_id: home['id'],
        number: '1001',
        name: 'Desk',
        password: 'correct-horse-battery',
        caller_id_name: name,
      };
      const answer = await api().call('POST', '/extensions', { body });
      expect(errorPaths(answer), name).to.deep.equal(['caller_id_name']);
    }
  });

  it('made no error of its own out of any of this', () => {
    expect(api().errors).to.deep.equal([]);
  });
});
