import { expect } from 'chai';
import { describe, it } from 'mocha';
import { readConfigVersions } from '../../../db/repositories/config-versions.js';
import { errorPaths, itemsOf, withApi } from './api-client.js';
import type { ApiTestServer, Json } from './api-client.js';
import {
  account,
  carrier,
  domain,
  extension,
  operatorId,
  sheet,
  switchServer,
  unique,
} from './sample-data.js';

interface ResourceCase {
  readonly path: string;
  /** Makes what the record needs and gives the body that creates it. */
  body(api: ApiTestServer): Promise<Json>;
  change(): Json;
  /** A change that is refused, and the field that is to blame. */
  readonly wrong: Json;
  readonly blames: string;
  /** Members that must never be in an answer. */
  readonly secrets?: readonly string[];
}

const cases: readonly ResourceCase[] = [
  {
    path: '/accounts',
    body: async (api) => ({
      kind: 'customer',
      code: unique('C'),
      name: 'Acme & Söhne',
      billing_mode: 'prepaid',
      currency: 'USD',
      parent_id: await operatorId(api),
      credit_limit: '12.5',
    }),
    change: () => ({
      name: 'Acme Ltd',
      credit_limit: '0.000001',
      status: 'suspended',
      trusts_lrn: true,
      max_cps: 0,
      low_balance: '2.5',
      notice_email: 'billing@acme.example',
    }),
    wrong: { credit_limit: '1.0000001' },
    blames: 'credit_limit',
  },
  {
    path: '/domains',
    body: async (api) => ({
      account_id: (await account(api))['id'],
      name: `${unique('Tenant')}.Example`,
    }),
    change: () => ({ name: `${unique('renamed')}.example` }),
    wrong: { name: 'not a host' },
    blames: 'name',
  },
  {
    path: '/extensions',
    body: async (api) => ({
      domain_id: (await domain(api))['id'],
      number: '1001',
      name: 'Reception',
      password: 'correct-horse-battery',
      caller_id_number: '442079460000',
    }),
    change: () => ({
      ring_timeout_s: 20,
      caller_id_name: 'Front desk',
      status: 'paused',
      funds: 'own',
      credit_limit: '2.5',
      max_calls: 2,
      max_cps: 1,
      forward_to: '+442079460001',
      low_balance: '-1',
      notice_email: 'desk@acme.example',
    }),
    wrong: { ring_timeout_s: 4 },
    blames: 'ring_timeout_s',
    secrets: ['a1_hash', 'password'],
  },
  {
    path: '/carriers',
    body: async () => ({ code: unique('CARR'), name: 'Carrier', currency: 'EUR' }),
    change: () => ({
      status: 'disabled',
      credit_limit: '1000',
      max_channels: 30,
      max_cps: 0,
      causes: { USER_BUSY: 'next', NORMAL_TEMPORARY_FAILURE: 'stop' },
    }),
    wrong: { causes: { ORIGINATOR_CANCEL: 'next' } },
    blames: 'causes.ORIGINATOR_CANCEL',
  },
  {
    path: '/gateways',
    body: async (api) => ({
      carrier_id: (await carrier(api))['id'],
      name: unique('gw'),
      proxy: '203.0.113.7:5060',
      username: 'us',
      password: 'theirs',
      register: true,
      inbound_cidrs: ['203.0.113.0/24', '2001:db8::/32'],
    }),
    change: () => ({
      weight: 3,
      tech_prefix: '00#',
      proxy: '[2001:db8::1]:5070',
      max_channels: 10,
      max_cps: null,
      allow_transcoding: false,
      carries_emergency: false,
    }),
    wrong: { inbound_cidrs: ['0.0.0.0/0'] },
    blames: 'inbound_cidrs.0',
    secrets: ['password', 'password_sealed'],
  },
  {
    path: '/lcr-plans',
    body: async (api) => ({
      name: unique('Plan '),
      carriers: [{ carrier_id: (await carrier(api))['id'] }],
    }),
    change: () => ({
      margin_percent: '2.5',
      carriers: [],
      strategy: 'tolerance',
      use_acd: false,
      tolerance_percent: '10',
      quality_window_h: 168,
      quality_min_attempts: 1,
    }),
    wrong: { carriers: [{ carrier_id: 999_999 }] },
    blames: 'carriers.0.carrier_id',
  },
  {
    path: '/rate-sheets',
    body: async () => ({ name: unique('Retail '), currency: 'USD', time_zone: 'Europe/Paris' }),
    change: () => ({
      rounding_decimals: 4,
      tax_percent: '17.5',
      tax_mode: 'included',
      time_of_day_policy: 'split',
      rated_on: 'lrn',
      notice_days: 0,
    }),
    wrong: { time_zone: 'Mars/Olympus' },
    blames: 'time_zone',
  },
  {
    path: '/ivr-menus',
    body: async (api) => ({
      account_id: (await account(api))['id'],
      name: unique('menu'),
      greet_long: 'tone_stream://%(200,100,440)',
      entries: [
        { digits: '1', transfer_to: '1001' },
        { digits: '2', transfer_to: '1002' },
      ],
    }),
    change: () => ({ max_failures: 2, entries: [{ digits: '9', transfer_to: '1009' }] }),
    wrong: { greet_long: '${system(id)}' },
    blames: 'greet_long',
  },
  {
    path: '/dids',
    body: async (api) => {
      const phone = await extension(api);
      return {
        number: unique('97236598'),
        account_id: phone['account_id'],
        extension_id: phone['id'],
      };
    },
    change: () => ({
      comment: 'Main number',
      status: 'paused',
      max_channels: 2,
      max_cps: 0,
      free_minutes: 60,
    }),
    wrong: { extension_id: null },
    blames: 'extension_id',
  },
  {
    path: '/switches',
    body: async () => ({
      name: unique('sw'),
      http_username: unique('swuser'),
      allowed_cidrs: ['192.0.2.1/32'],
      esl_host: 'fs.example',
      esl_password: 'ClueCon',
      sip_ip: '192.0.2.1',
      rtp_ip: '192.0.2.1',
    }),
    change: () => ({ codecs: 'OPUS@48000h,PCMA', status: 'disabled' }),
    wrong: { external_port: 5060 },
    blames: 'external_port',
    secrets: ['esl_password', 'esl_password_sealed', 'http_password_hash'],
  },
];

describe('every configuration resource', function () {
  this.timeout(20_000);
  const api = withApi();

  for (const one of cases) {
    describe(one.path, () => {
      it('is created, read, listed, changed and deleted', async () => {
        const body = await one.body(api());
        const made = await api().call('POST', one.path, { body });
        expect(made.status, made.text).to.equal(201);
        expect(made.headers.get('Location')).to.equal(
          `/api/v1${one.path}/${String(made.body['id'])}`,
        );
        const path = `${one.path}/${String(made.body['id'])}`;

        const read = await api().get(path);
        expect(read.status).to.equal(200);
        expect(read.headers.get('ETag')).to.equal('"1"');
        expect(made.body).to.deep.include(read.body);

        const list = await api().get(`${one.path}?page_size=200`);
        expect(itemsOf(list)).to.deep.include(read.body);

        const change = one.change();
        const changed = await api().call('PATCH', path, { body: { ...change, version: 1 } });
        expect(changed.status, changed.text).to.equal(200);
        expect(changed.body['version']).to.equal(2);
        expect(changed.headers.get('ETag')).to.equal('"2"');
        for (const [name, value] of Object.entries(change)) {
          const shown = changed.body[name];
          if (Array.isArray(value)) expect(shown).to.have.length(value.length);
          else if (typeof value === 'string' && /^-?[\d.]+$/.test(value))
            expect(Number(shown)).to.equal(Number(value));
          else expect(shown).to.deep.equal(value);
        }

        const removed = await api().call('DELETE', path);
        expect(removed.status, removed.text).to.equal(204);
        expect((await api().get(path)).status).to.equal(404);
      });

      it('names the wrong field, refuses unknown ones and a missing body', async () => {
        const made = await api().create(one.path, await one.body(api()));
        const path = `${one.path}/${String(made['id'])}`;
        const wrong = await api().call('PATCH', path, { body: { ...one.wrong, version: 1 } });
        expect(wrong.status, wrong.text).to.equal(422);
        expect(wrong.headers.get('Content-Type')).to.match(/^application\/problem\+json/);
        expect(wrong.body['code']).to.equal('validation_failed');
        expect(errorPaths(wrong)).to.deep.equal([one.blames]);
        const unknown = await api().call('PATCH', path, { body: { surprise: 1, version: 1 } });
        expect(unknown.status).to.equal(422);
        expect(errorPaths(unknown)).to.deep.equal(['surprise']);
        expect((await api().call('POST', one.path)).status).to.equal(422);
        expect((await api().get(path)).body['version']).to.equal(1);
      });

      it('refuses a change that is based on an old version', async () => {
        const made = await api().create(one.path, await one.body(api()));
        const path = `${one.path}/${String(made['id'])}`;
        const first = await api().call('PATCH', path, { body: { ...one.change(), version: 1 } });
        expect(first.status, first.text).to.equal(200);
        const stale = await api().call('PATCH', path, { body: { ...one.change(), version: 1 } });
        expect(stale.status).to.equal(409);
        expect(stale.body['code']).to.equal('version_conflict');
        const none = await api().call('PATCH', path, { body: one.change() });
        expect(none.status).to.equal(428);
        const headers = { 'If-Match': '"2"' };
        expect((await api().call('PATCH', path, { body: {}, headers })).status).to.equal(200);
        const old = await api().call('DELETE', path, { headers: { 'If-Match': '"1"' } });
        expect(old.status).to.equal(409);
      });

      it('leaves an audit entry for each change, without secrets', async () => {
        const made = await api().create(one.path, await one.body(api()));
        const path = `${one.path}/${String(made['id'])}`;
        const headers = { 'X-Request-Id': unique('req-') };
        await api().call('PATCH', path, { body: { ...one.change(), version: 1 }, headers });
        const audit = await api().get(`/audit?request_id=${headers['X-Request-Id']}`);
        const [entry, ...others] = itemsOf(audit);
        expect(others).to.have.length(0);
        expect(entry?.['entity_id']).to.equal(String(made['id']));
        expect(entry?.['action']).to.match(/\.update$/);
        expect(entry?.['actor']).to.equal('test *');
        expect(entry?.['ip']).to.match(/127\.0\.0\.1/);
        expect((entry?.['before'] as Json)['version']).to.equal(1);
        expect((entry?.['after'] as Json)['version']).to.equal(2);
        for (const secret of one.secrets ?? []) {
          expect(made).to.not.have.property(secret);
          const kept = (entry?.['after'] as Json)[secret];
          expect(kept === undefined || kept === '[secret]', secret).to.equal(true);
        }
      });
    });
  }

  it('tells the nodes of each change through the version of its area', async () => {
    const before = await readConfigVersions(api().deps.database.orm);
    await carrier(api());
    const after = await readConfigVersions(api().deps.database.orm);
    expect(after.get('carriers')).to.equal((before.get('carriers') ?? 0) + 1);
    expect(after.get('accounts')).to.equal(before.get('accounts'));
  });

  it('does not tell the nodes of a change that was refused', async () => {
    const made = await carrier(api());
    const before = await readConfigVersions(api().deps.database.orm);
    const body = { code: made['code'], name: 'Twice', currency: 'USD' };
    const twice = await api().call('POST', '/carriers', { body });
    expect(twice.status).to.equal(409);
    expect(twice.body['code']).to.equal('already_exists');
    expect(errorPaths(twice)).to.deep.equal(['code']);
    expect(await readConfigVersions(api().deps.database.orm)).to.deep.equal(before);
  });

  it('keeps what something refers to', async () => {
    const prices = await sheet(api());
    await account(api(), { rate_sheet_id: prices['id'] });
    const refused = await api().call('DELETE', `/rate-sheets/${String(prices['id'])}`);
    expect(refused.status).to.equal(409);
    expect(refused.body['code']).to.equal('in_use');
    const phone = await extension(api());
    const owner = await api().call('DELETE', `/accounts/${String(phone['account_id'])}`);
    expect(owner.status).to.equal(409);
    expect(owner.body['code']).to.equal('in_use');
  });

  it('shows the password of a switch once, and another one after rotating it', async () => {
    const made = await switchServer(api());
    expect(made['http_password']).to.match(/^[\w-]{43}$/);
    const path = `/switches/${String(made['id'])}`;
    expect((await api().get(path)).body).to.not.have.property('http_password');
    const rotated = await api().call('POST', `${path}/rotate-password`);
    expect(rotated.status, rotated.text).to.equal(200);
    expect(rotated.body['http_password']).to.match(/^[\w-]{43}$/);
    expect(rotated.body['http_password']).to.not.equal(made['http_password']);
  });

  it('shows what this node knows about a switch', async () => {
    const made = await switchServer(api());
    const path = `/switches/${String(made['id'])}/status`;
    expect((await api().get(path)).body).to.include({ known: false, connected: false });
    api().switches.set(Number(made['id']), {
      connected: true,
      sinceMs: Date.UTC(2030, 0, 1),
      coreUuid: 'core',
      lastEventMs: null,
      lastError: null,
      gateways: [{ name: 'carrierA', state: 'UP' }],
    });
    const live = await api().get(path);
    expect(live.body).to.deep.include({
      node: 'node-1',
      known: true,
      connected: true,
      since: '2030-01-01T00:00:00.000Z',
      gateways: [{ name: 'carrierA', state: 'UP' }],
    });
    expect((await api().get('/switches/999999/status')).status).to.equal(404);
  });
});
