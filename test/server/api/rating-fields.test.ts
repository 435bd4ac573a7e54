import { expect } from 'chai';
import { describe, it } from 'mocha';
import { readConfigVersions } from '../../../db/repositories/config-versions.js';
import { recordQuality } from '../../../db/repositories/quality.js';
import { scanRateRows, findRateRowExtent } from '../../../db/repositories/rate-scan.js';
import type { RateRow } from '../../../rating/deck/types.js';
import { sliceOf } from '../../../rating/quality/slice.js';
import { errorPaths, itemsOf, withApi } from './api-client.js';
import type { ApiAnswer, Json } from './api-client.js';
import { account, carrier, domain, sheet, unique } from './sample-data.js';
import { findSqlValue } from './sql-value.js';

describe('what rates, plans, carriers and extensions say', function () {
  this.timeout(20_000);
  const api = withApi();

  async function draft(): Promise<number> {
    const { id } = await sheet(api());
    const made = await api().create(`/rate-sheets/${String(id)}/releases`, {});
    return Number(made['id']);
  }

  const addRows = (release: number, ...rows: readonly Json[]): Promise<ApiAnswer> =>
    api().call('POST', `/releases/${release}/rows`, { body: { rows } });

  const ROW = { prefix: '44', rate_per_minute: '0.01' };
  const RARE = {
    grace_s: 3,
    free_s: 5,
    initial_rate_per_minute: '0.5',
    min_cost: '0.1',
    max_cost: '9',
    days: [1, 2],
    dates: ['12-25'],
    time_from: '08:00:00',
    time_to: '24:00:00',
  };

  describe('a rate row', () => {
    it('keeps all it was given, and shows it', async () => {
      const release = await draft();
      const tiers = [
        { start_s: 0, rate_per_minute: '0.02', increment_s: 60 },
        { start_s: 600, rate_per_minute: '0.01', increment_s: 1 },
      ];
      const tiered = { ...ROW, prefix: '45', tiers };
      const us = { ...ROW, prefix: '1', intrastate_rate: '0.02', indeterminate_rate: '0.03' };
      const added = await addRows(release, us, { ...ROW, ...RARE }, tiered);
      expect(added.status, added.text).to.equal(201);
      const [byState, shown, other] = itemsOf(await api().get(`/releases/${release}/rows`));
      expect(shown).to.deep.include({
        ...RARE,
        initial_rate_per_minute: '0.50000000',
        min_cost: '0.10000000',
        max_cost: '9.00000000',
        tiers: null,
        intrastate_rate: null,
      });
      expect(byState).to.deep.include({
        intrastate_rate: '0.02000000',
        indeterminate_rate: '0.03000000',
      });
      expect(other).to.deep.include({ tiers, days: null, grace_s: null });
      const rows: RateRow[] = [];
      const extent = await findRateRowExtent(api().deps.database, release);
      await scanRateRows(api().deps.database, release, extent, (row) => rows.push(row));
      expect(rows.find(({ prefix }) => prefix === '45')?.tiers?.[1]).to.deep.equal({
        startS: 600,
        ratePerMinute: '0.01',
        incrementS: 1,
      });
    });

    it('may stand beside another one of its prefix that holds at other times', async () => {
      const release = await draft();
      const day = { ...ROW, time_from: '08:00:00', time_to: '18:00:00' };
      const night = { ...ROW, time_from: '18:00:00', time_to: '08:00:00' };
      expect((await addRows(release, ROW, day, night)).status).to.equal(201);
      const again = await addRows(release, { ...ROW, prefix: '45' }, day);
      expect(errorPaths(again)).to.deep.equal(['rows.1.prefix']);
      const twice = { ...ROW, prefix: '46' };
      expect(errorPaths(await addRows(release, twice, twice))).to.deep.equal(['rows.1.prefix']);
    });

    const wrong: readonly (readonly [string, Json, string])[] = [
      ['half of the prices by jurisdiction', { intrastate_rate: '1' }, 'indeterminate_rate'],
      ['a time that is none', { time_from: '25:00:00', time_to: '26:00:00' }, 'time_from'],
      ['a day that is none', { days: [8] }, 'days.0'],
      ['a date that is none', { dates: ['02-31'] }, 'dates'],
      ['tiers that do not begin at 0', { tiers: [tierAt(60)] }, 'tiers'],
      ['tiers that do not ascend', { tiers: [tierAt(0), tierAt(60), tierAt(30)] }, 'tiers'],
      ['a negative grace', { grace_s: -1 }, 'grace_s'],
      ['a price that is a number', { min_cost: 1 }, 'min_cost'],
    ];

    function tierAt(startS: number): Json {
      return { start_s: startS, rate_per_minute: '0.01', increment_s: 1 };
    }

    for (const [what, extra, field] of wrong) {
      it(`is refused with ${what}, and none of its request is kept`, async () => {
        const release = await draft();
        const answer = await addRows(release, ROW, { ...ROW, prefix: '45', ...extra });
        expect(answer.status, answer.text).to.equal(422);
        expect(errorPaths(answer)[0]).to.match(new RegExp(`^rows\\.1\\.${field}`));
        expect((await api().get(`/releases/${release}/rows`)).body['total']).to.equal(0);
      });
    }
  });

  describe('an LCR plan', () => {
    async function members(...shares: readonly number[]): Promise<readonly Json[]> {
      const made: Json[] = [];
      for (const share of shares) {
        made.push({ carrier_id: (await carrier(api()))['id'], share_percent: share });
      }
      return made;
    }

    it('shares calls out in full', async () => {
      const base = { name: unique('Plan '), strategy: 'percentage' };
      const short = await members(60, 30);
      const refused = await api().call('POST', '/lcr-plans', {
        body: { ...base, carriers: short },
      });
      expect(errorPaths(refused)).to.deep.equal(['carriers']);
      const carriers = await members(70, 30);
      const plan = await api().create('/lcr-plans', { ...base, carriers });
      const path = `/lcr-plans/${String(plan['id'])}`;
      const cut = { version: 1, carriers: carriers.slice(1) };
      expect(errorPaths(await api().call('PATCH', path, { body: cut }))).to.deep.equal([
        'carriers',
      ]);
      const other = { version: 1, strategy: 'fixed', carriers: carriers.slice(1) };
      expect((await api().call('PATCH', path, { body: other })).status).to.equal(200);
      const back = { version: 2, strategy: 'percentage' };
      expect(errorPaths(await api().call('PATCH', path, { body: back }))).to.deep.equal([
        'carriers',
      ]);
    });

    it('says which US calls a carrier is for', async () => {
      const [member] = await members(0);
      const carriers = [{ ...member, jurisdiction: 'intrastate' }];
      const plan = await api().create('/lcr-plans', { name: unique('Plan '), carriers });
      expect(plan['carriers']).to.deep.equal([
        { ...member, priority: 0, weight: 1, jurisdiction: 'intrastate' },
      ]);
    });
  });

  describe('an extension', () => {
    it('that is mobile has a number and no password, and no phone can be it', async () => {
      const home = await domain(api());
      const base = { domain_id: home['id'], number: unique('7'), name: 'Van' };
      const bare = await api().call('POST', '/extensions', { body: base });
      expect(errorPaths(bare)).to.deep.equal(['password']);
      const mobile = { ...base, kind: 'mobile' };
      const lacking = await api().call('POST', '/extensions', { body: mobile });
      expect(errorPaths(lacking)).to.deep.equal(['mobile_number']);
      const secret = {
        ...mobile,
        mobile_number: '447700900123',
        password: 'correct-horse-battery',
      };
      const armed = await api().call('POST', '/extensions', { body: secret });
      expect(errorPaths(armed)).to.deep.equal(['password']);
      const made = await api().create('/extensions', { ...mobile, mobile_number: '447700900123' });
      expect(made).to.include({ kind: 'mobile', mobile_number: '447700900123' });
      const path = `/extensions/${String(made['id'])}`;
      const hash = await findSqlValue(
        api().temp.database,
        'extensions',
        'a1_hash',
        Number(made['id']),
      );
      expect(hash).to.match(/^[0-9a-f]{32}$/);
      const moved = { version: 1, number: unique('7') };
      expect((await api().call('PATCH', path, { body: moved })).status).to.equal(200);
      const toPhone = { version: 2, kind: 'sip', mobile_number: null };
      expect(errorPaths(await api().call('PATCH', path, { body: toPhone }))).to.deep.equal([
        'password',
      ]);
      const whole = { ...toPhone, password: 'correct-horse-battery' };
      expect((await api().call('PATCH', path, { body: whole })).status).to.equal(200);
      const half = { version: 3, mobile_number: '447700900123' };
      expect(errorPaths(await api().call('PATCH', path, { body: half }))).to.deep.equal([
        'mobile_number',
      ]);
    });
  });

  it('prices calls to mobile extensions in the currency of the account', async () => {
    const customer = await account(api());
    const euros = await sheet(api(), { currency: 'EUR' });
    const path = `/accounts/${String(customer['id'])}`;
    const body = { version: 1, mobile_rate_sheet_id: euros['id'] };
    expect(errorPaths(await api().call('PATCH', path, { body }))).to.deep.equal([
      'mobile_rate_sheet_id',
    ]);
    const dollars = await sheet(api());
    const right = { version: 1, mobile_rate_sheet_id: dollars['id'] };
    expect((await api().call('PATCH', path, { body: right })).status).to.equal(200);
    expect((await api().call('DELETE', `/rate-sheets/${String(dollars['id'])}`)).status).to.equal(
      409,
    );
  });

  describe('exchange rates', () => {
    const version = async () =>
      (await readConfigVersions(api().deps.database.orm)).get('currencies') ?? 0;

    it('are appended, found by pair, and told to every node', async () => {
      const before = await version();
      for (const [rate, from] of [
        ['1.0825', '2026-01-01T00:00:00Z'],
        ['1.1', '2026-02-01T00:00:00Z'],
      ]) {
        await api().create('/exchange-rates', {
          from_currency: 'EUR',
          to_currency: 'USD',
          rate,
          effective_from: from,
        });
      }
      await api().create('/exchange-rates', {
        from_currency: 'USD',
        to_currency: 'EUR',
        rate: '0.9',
      });
      expect(await version()).to.equal(before + 3);
      const pair = '/exchange-rates?from_currency=EUR&to_currency=USD';
      const found = itemsOf(await api().get(pair));
      expect(found.map(({ rate }) => rate)).to.deep.equal(['1.1000000000', '1.0825000000']);
      const then = await api().get(`${pair}&until=2026-01-15T00:00:00Z`);
      expect(then.body['total']).to.equal(1);
    });

    it('are refused when they are none, or there already', async () => {
      const rate = {
        from_currency: 'GBP',
        to_currency: 'USD',
        rate: '1.3',
        effective_from: '2026-01-01T00:00:00Z',
      };
      const post = (extra: Json) =>
        api().call('POST', '/exchange-rates', { body: { ...rate, ...extra } });
      expect(errorPaths(await post({ to_currency: 'GBP' }))).to.deep.equal(['to_currency']);
      expect(errorPaths(await post({ rate: '0.000' }))).to.deep.equal(['rate']);
      expect(errorPaths(await post({ rate: 1.3 }))).to.deep.equal(['rate']);
      expect((await post({})).status).to.equal(201);
      const again = await post({ rate: '1.4' });
      expect([again.status, again.body['code']]).to.deep.equal([409, 'already_exists']);
    });
  });

  describe('ported numbers', () => {
    const put = (...numbers: readonly Json[]) =>
      api().call('PUT', '/ported-numbers', { body: { numbers } });

    it('are put in bulk, looked up, listed and forgotten', async () => {
      const numbers = Array.from({ length: 1500 }, (_, index) => ({
        number: String(12_125_550_000 + index),
        routing_number: '12125559999',
      }));
      const saved = await put(...numbers);
      expect([saved.status, saved.body['saved']]).to.deep.equal([200, 1500]);
      await put({ number: '12125550007', routing_number: '12125551111' });
      const one = await api().get('/ported-numbers/12125550007');
      expect(one.body['routing_number']).to.equal('12125551111');
      let path = '/ported-numbers?limit=150';
      const seen: unknown[] = [];
      for (;;) {
        const page = await api().get(path);
        seen.push(...itemsOf(page).map(({ number }) => number));
        if (page.body['next_cursor'] === null) break;
        path = `/ported-numbers?limit=150&cursor=${String(page.body['next_cursor'])}`;
      }
      expect(seen).to.deep.equal(numbers.map(({ number }) => number));
      expect((await api().call('DELETE', '/ported-numbers/12125550007')).status).to.equal(204);
      expect((await api().get('/ported-numbers/12125550007')).status).to.equal(404);
      expect((await api().call('DELETE', '/ported-numbers/12125550007')).status).to.equal(404);
    });

    it('are refused when one of them is wrong or there twice', async () => {
      const good = { number: '13105550001', routing_number: '13105559999' };
      expect(errorPaths(await put(good, { ...good, number: '1310x' }))).to.deep.equal([
        'numbers.1.number',
      ]);
      expect(errorPaths(await put(good, good))).to.deep.equal(['numbers.1.number']);
      expect((await api().get('/ported-numbers/13105550001')).status).to.equal(404);
      const many = Array.from({ length: 5001 }, (_, index) => ({
        ...good,
        number: String(13_105_550_000 + index),
      }));
      expect((await put(...many)).status).to.equal(422);
    });
  });

  it('sums up the quality of carriers by the digits that are asked for', async () => {
    const nowS = Math.floor(Date.now() / 1000);
    const counted = {
      carrierId: 1,
      gatewayId: 2,
      prefix: '44770',
      sliceS: sliceOf(nowS - 1800),
      attempts: 4,
      answered: 3,
      talkUs: 90_000_000,
      pddUs: 3_000_000,
      pddCount: 2,
    };
    await recordQuality(api().deps.database.orm, [
      counted,
      { ...counted, prefix: '44780', attempts: 1, answered: 0, talkUs: 0 },
      { ...counted, prefix: '34911', gatewayId: 3 },
      { ...counted, sliceS: sliceOf(nowS - 50 * 3600), attempts: 100 },
    ]);
    const sums = await api().get('/carrier-quality?digits=2&gateway_id=2');
    expect(sums.status, sums.text).to.equal(200);
    expect(itemsOf(sums)).to.deep.equal([
      {
        carrier_id: 1,
        gateway_id: 2,
        prefix: '44',
        attempts: 5,
        answered: 3,
        asr: 0.6,
        acd_s: 30,
        pdd_ms: 1500,
      },
    ]);
    const wide = itemsOf(await api().get('/carrier-quality?digits=0&window_h=168'));
    expect(wide.map(({ gateway_id: id, attempts }) => [id, attempts])).to.deep.equal([
      [2, 105],
      [3, 4],
    ]);
    expect(itemsOf(await api().get('/carrier-quality?prefix=3491'))).to.have.length(1);
  });
});
