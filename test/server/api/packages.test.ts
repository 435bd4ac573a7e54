import { expect } from 'chai';
import { describe, it } from 'mocha';
import { insertCalls } from '../../../db/repositories/calls.js';
import { readConfigVersions } from '../../../db/repositories/config-versions.js';
import { allowanceBuckets, allowanceHolds } from '../../../db/schema/index.js';
import { errorPaths, itemsOf, withApi } from './api-client.js';
import type { Json } from './api-client.js';
import { call, START_US } from './sample-calls.js';
import { account, domain, extension, operatorId, unique } from './sample-data.js';

describe('packages of inclusive minutes', function () {
  this.timeout(30_000);
  const api = withApi();

  const pack = async (fields: Json = {}) =>
    api().create('/packages', {
      account_id: await operatorId(api()),
      name: unique('Minutes '),
      included_s: 6000,
      prefixes: ['4420', '447'],
      ...fields,
    });

  async function assign(fields: Json = {}): Promise<Json> {
    return api().create('/package-assignments', {
      package_id: (await pack())['id'],
      account_id: (await account(api()))['id'],
      starts_on: '2026-01-31',
      ...fields,
    });
  }

  const pathOf = (assigned: Json) => `/package-assignments/${String(assigned['id'])}`;
  const reset = (assigned: Json, key: string) =>
    api().call('POST', `${pathOf(assigned)}/reset`, {
      body: { note: 'Goodwill' },
      headers: { 'Idempotency-Key': key },
    });

  /** A bucket as calls leave it behind; one hold of 90 seconds of which 30 were used. */
  async function use(assigned: Json, periodStartUs: number, generation = 0) {
    const { orm } = api().deps.database;
    const [{ insertId: bucketId }] = await orm.insert(allowanceBuckets).values({
      ownerType: 'package',
      ownerId: Number(assigned['id']),
      periodStartUs,
      periodEndUs: periodStartUs + 28 * 86_400_000_000,
      generation,
      totalS: 6000,
      usedS: 30,
      heldS: 60,
    });
    const made = call({ createdUs: START_US, accountId: Number(assigned['account_id']) });
    await insertCalls(orm, [made]);
    const hold = { callId: made.id, bucketId, seconds: 90, usedS: 30 } as const;
    await orm.insert(allowanceHolds).values({ ...hold, state: 'released', createdUs: START_US });
    return { bucketId, callId: made.id };
  }

  it('keeps a package with its prefixes', async () => {
    const made = await pack({ prefixes: ['', '1'], increment_s: 60, period: 'once' });
    expect(made).to.deep.include({ prefixes: ['', '1'], included_s: 6000, increment_s: 60 });
    const path = `/packages/${String(made['id'])}`;
    const changed = await api().call('PATCH', path, {
      body: { prefixes: ['33'], included_s: 60, status: 'disabled', version: 1 },
    });
    expect(changed.body).to.deep.include({ prefixes: ['33'], included_s: 60, version: 2 });
    expect((await api().get(path)).body).to.deep.equal(changed.body);
    const listed = itemsOf(await api().get('/packages?period=once&status=disabled'));
    expect(listed).to.deep.include(changed.body);
    const again = await api().call('POST', '/packages', {
      body: { account_id: made['account_id'], name: made['name'], included_s: 1, prefixes: ['1'] },
    });
    expect(again.body['code']).to.equal('already_exists');
    expect((await api().call('DELETE', path)).status).to.equal(204);
  });

  for (const [wrong, blamed] of [
    [{ prefixes: [] }, 'prefixes'],
    [{ prefixes: ['44', '44'] }, 'prefixes'],
    [{ prefixes: ['+44'] }, 'prefixes.0'],
    [{ included_s: 0 }, 'included_s'],
    [{ increment_s: 3601 }, 'increment_s'],
    [{ period: 'weekly' }, 'period'],
    [{ account_id: 999_999 }, 'account_id'],
  ] as const) {
    it(`refuses a package with ${JSON.stringify(wrong)}`, async () => {
      const body = {
        account_id: await operatorId(api()),
        name: unique('Wrong '),
        included_s: 60,
        prefixes: ['44'],
        ...wrong,
      };
      const answer = await api().call('POST', '/packages', { body });
      expect(answer.status, answer.text).to.equal(422);
      expect(errorPaths(answer)).to.deep.equal([blamed]);
    });
  }

  it('is given to accounts below, or to one extension, from a day on', async () => {
    const before = await readConfigVersions(api().deps.database.orm);
    const phone = await extension(api());
    const made = await assign({ account_id: phone['account_id'], extension_id: phone['id'] });
    expect(made).to.include({ starts_on: '2026-01-31', ends_on: null, generation: 0 });
    const after = await readConfigVersions(api().deps.database.orm);
    expect(after.get('accounts')).to.be.greaterThan(before.get('accounts') ?? 0);
    const body = { ends_on: '2026-02-01', version: 1 };
    expect((await api().call('PATCH', pathOf(made), { body })).body).to.include({
      ends_on: '2026-02-01',
    });
    const wrong = { ends_on: '2026-01-31', version: 2 };
    expect(errorPaths(await api().call('PATCH', pathOf(made), { body: wrong }))).to.deep.equal([
      'ends_on',
    ]);
    const kept = await api().call('DELETE', `/packages/${String(made['package_id'])}`);
    expect(kept.body['code']).to.equal('in_use');
    expect((await api().call('DELETE', pathOf(made))).status).to.equal(204);
  });

  it('refuses who stands above nobody, strange extensions and days that are none', async () => {
    const reseller = await account(api(), { kind: 'reseller' });
    const theirs = await pack({ account_id: reseller['id'] });
    const below = await account(api(), { parent_id: reseller['id'] });
    await assign({ package_id: theirs['id'], account_id: below['id'] });
    const phone = await extension(api(), (await domain(api(), below['id']))['id']);
    const other = (await account(api()))['id'];
    for (const [wrong, blamed] of [
      [{ package_id: theirs['id'] }, 'package_id'],
      [{ extension_id: phone['id'] }, 'extension_id'],
      [{ starts_on: '2026-02-30' }, 'starts_on'],
      [{ starts_on: '2026-02-03', ends_on: '2026-02-03' }, 'ends_on'],
    ] as const) {
      const answer = await api().call('POST', '/package-assignments', {
        body: {
          package_id: (await pack())['id'],
          account_id: other,
          starts_on: '2026-01-01',
          ...wrong,
        },
      });
      expect(answer.status, answer.text).to.equal(422);
      expect(errorPaths(answer)).to.deep.equal([blamed]);
    }
  });

  it('shows all of a period before the first call, and what is left of it afterwards', async () => {
    const made = await assign({ account_id: (await account(api(), { time_zone: 'UTC' }))['id'] });
    const fresh = (await api().get(`${pathOf(made)}/current`)).body;
    expect(fresh).to.include({
      bucket_id: null,
      total_s: 6000,
      used_s: 0,
      held_s: 0,
      left_s: 6000,
    });
    expect(fresh['renews_at']).to.equal(fresh['period_end']);
    const { bucketId } = await use(made, Date.parse(String(fresh['period_start'])) * 1000);
    const used = (await api().get(`${pathOf(made)}/current`)).body;
    expect(used).to.include({ bucket_id: bucketId, used_s: 30, held_s: 60, left_s: 5910 });
  });

  it('renews nothing that is given once, and has nothing outside its days', async () => {
    const once = await pack({ period: 'once' });
    const made = await assign({ package_id: once['id'] });
    const current = (await api().get(`${pathOf(made)}/current`)).body;
    expect(current).to.include({ renews_at: null, period_end: null, left_s: 6000 });
    for (const days of [{ starts_on: '2999-01-01' }, { ends_on: '2026-02-01' }]) {
      const answer = await api().get(`${pathOf(await assign(days))}/current`);
      expect(answer.status).to.equal(404);
      expect(answer.body['code']).to.equal('no_current_period');
    }
    expect((await api().get('/package-assignments/999999/current')).status).to.equal(404);
  });

  it('lists the periods that were used, with the calls that did', async () => {
    const made = await assign();
    const older = await use(made, START_US);
    const { bucketId, callId } = await use(made, START_US, 1);
    const list = itemsOf(await api().get(`${pathOf(made)}/buckets`));
    expect(list.map((one) => one['id'])).to.deep.equal([bucketId, older.bucketId]);
    expect(list[0]).to.include({ generation: 1, left_s: 5910, owner_type: 'package' });
    const page = await api().get(`${pathOf(made)}/buckets?limit=1`);
    const next = String(page.body['next_cursor']);
    const rest = itemsOf(await api().get(`${pathOf(made)}/buckets?limit=1&cursor=${next}`));
    expect(rest.map((one) => one['id'])).to.deep.equal([older.bucketId]);
    const calls = itemsOf(await api().get(`/allowance-buckets/${bucketId}/calls`));
    expect(calls).to.have.length(1);
    expect(calls[0]).to.include({ call_id: callId, seconds: 90, used_s: 30, state: 'released' });
    const kept = await api().call('DELETE', pathOf(made));
    expect(kept.body['code']).to.equal('in_use');
    expect((await api().get('/allowance-buckets/999999/calls')).status).to.equal(404);
  });

  it('is filled again by hand, once for each key', async () => {
    const made = await assign({ account_id: (await account(api(), { time_zone: 'UTC' }))['id'] });
    const start = String((await api().get(`${pathOf(made)}/current`)).body['period_start']);
    await use(made, Date.parse(start) * 1000);
    const before = await readConfigVersions(api().deps.database.orm);
    const key = unique('reset-');
    const answers = await Promise.all([1, 2, 3].map(() => reset(made, key)));
    for (const answer of answers) {
      expect(answer.status, answer.text).to.equal(200);
      expect(answer.body).to.include({ generation: 1, version: 2 });
    }
    expect((await api().get(`${pathOf(made)}/current`)).body).to.include({
      generation: 1,
      left_s: 6000,
    });
    const after = await readConfigVersions(api().deps.database.orm);
    expect(after.get('accounts')).to.equal((before.get('accounts') ?? 0) + 1);
    const audit = await api().get(
      `/audit?action=package_assignment.reset&entity_id=${String(made['id'])}`,
    );
    expect(itemsOf(audit)).to.have.length(1);
    expect(itemsOf(audit)[0]?.['after']).to.include({ generation: 1, note: 'Goodwill' });
    expect((await reset({ id: 999_999 }, unique('reset-'))).status).to.equal(404);
  });

  it('counts the free minutes of a number by the month', async () => {
    const phone = await extension(api());
    const did = await api().create('/dids', {
      number: unique('97236599'),
      account_id: phone['account_id'],
      extension_id: phone['id'],
      free_minutes: 10,
    });
    const path = `/dids/${String(did['id'])}`;
    const current = (await api().get(`${path}/current`)).body;
    expect(current).to.include({ owner_type: 'did', total_s: 600, left_s: 600 });
    expect(String(current['period_start'])).to.match(/^\d{4}-\d\d-01T00:00:00\.000000Z$/);
    expect(itemsOf(await api().get(`${path}/buckets`))).to.deep.equal([]);
    expect((await api().get('/dids/999999/current')).status).to.equal(404);
    expect((await api().get('/dids/999999/buckets')).status).to.equal(404);
  });
});
