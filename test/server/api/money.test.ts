import { expect } from 'chai';
import { Decimal } from 'decimal.js';
import { describe, it } from 'mocha';
import { errorPaths, itemsOf, withApi } from './api-client.js';
import type { ApiAnswer, Json } from './api-client.js';
import { account, carrier, unique } from './sample-data.js';
import { countRows } from './sql-value.js';

describe('money over the API', function () {
  this.timeout(30_000);
  const api = withApi();

  function pay(accountId: unknown, body: Json, key: string | null = unique('pay-')) {
    return api().call('POST', `/accounts/${String(accountId)}/payments`, {
      body,
      headers: key === null ? {} : { 'Idempotency-Key': key },
    });
  }

  const balanceOf = async (accountId: unknown) =>
    (await api().get(`/accounts/${String(accountId)}/balance`)).body;

  it('starts every account at zero', async () => {
    const customer = await account(api(), { credit_limit: '5' });
    expect(await balanceOf(customer['id'])).to.deep.equal({
      account_id: customer['id'],
      currency: 'USD',
      balance: '0.000000',
      held: '0.000000',
      credit_limit: '5.000000',
      available: '5.000000',
    });
    expect((await api().get('/accounts/999999/balance')).status).to.equal(404);
  });

  it('credits a payment with a balanced transaction and an audit entry', async () => {
    const customer = await account(api());
    const made = await pay(customer['id'], { amount: '50.000001', memo: 'Bank transfer' });
    expect(made.status, made.text).to.equal(201);
    expect(made.body).to.include({
      kind: 'payment',
      account_id: customer['id'],
      amount: '50.000001',
      currency: 'USD',
      memo: 'Bank transfer',
    });
    expect(await balanceOf(customer['id'])).to.include({
      balance: '50.000001',
      available: '50.000001',
    });
    const id = String(made.body['transaction_id']);
    const transaction = await api().get(`/ledger/transactions/${id}`);
    const entries = transaction.body['entries'] as readonly Json[];
    const sum = entries.reduce(
      (total, entry) => total.plus(String(entry['amount'])),
      new Decimal(0),
    );
    expect(sum.isZero()).to.equal(true);
    expect(entries.map((entry) => entry['kind'])).to.have.members([
      'payment_clearing',
      'client_credit',
    ]);
    const audit = await api().get(`/audit?entity=transaction&entity_id=${id}`);
    expect(itemsOf(audit).map((entry) => entry['action'])).to.deep.equal(['payment.create']);
  });

  it('answers a repeated payment as before and posts nothing', async () => {
    const customer = await account(api());
    const key = unique('repeat-');
    const first = await pay(customer['id'], { amount: '10', memo: 'a' }, key);
    const second = await pay(customer['id'], { memo: 'a', amount: '10' }, key);
    expect(first.headers.get('Idempotent-Replay')).to.equal(null);
    expect(second.headers.get('Idempotent-Replay')).to.equal('true');
    expect(second.status).to.equal(201);
    expect(second.body).to.deep.equal(first.body);
    expect(await balanceOf(customer['id'])).to.include({ balance: '10.000000' });
  });

  it('refuses a key that was used for another body or another account', async () => {
    const customer = await account(api());
    const other = await account(api());
    const key = unique('reuse-');
    await pay(customer['id'], { amount: '10' }, key);
    for (const answer of [
      await pay(customer['id'], { amount: '11' }, key),
      await pay(other['id'], { amount: '10' }, key),
    ]) {
      expect(answer.status).to.equal(422);
      expect(answer.body['code']).to.equal('idempotency_key_reused');
    }
    expect(await balanceOf(customer['id'])).to.include({ balance: '10.000000' });
    expect(await balanceOf(other['id'])).to.include({ balance: '0.000000' });
  });

  it('keeps the keys of different API keys apart', async () => {
    const customer = await account(api());
    const path = `/accounts/${String(customer['id'])}/payments`;
    const options = { body: { amount: '1' }, headers: { 'Idempotency-Key': unique('mine-') } };
    const key = await api().keyWith('money:write');
    expect((await api().call('POST', path, options)).status).to.equal(201);
    const theirs = await api().call('POST', path, { ...options, key });
    expect(theirs.status, theirs.text).to.equal(201);
    expect(theirs.headers.get('Idempotent-Replay')).to.equal(null);
    expect(await balanceOf(customer['id'])).to.include({ balance: '2.000000' });
  });

  it('posts once when ten identical payments come at the same time', async () => {
    const customer = await account(api());
    const before = await countRows(api().temp.database, 'ledger_transactions');
    const key = unique('rivals-');
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => pay(customer['id'], { amount: '7.5' }, key)),
    );
    for (const answer of answers) expect(answer.status, answer.text).to.equal(201);
    const fresh = answers.filter((answer) => answer.headers.get('Idempotent-Replay') === null);
    expect(fresh).to.have.length(1);
    expect(new Set(answers.map((answer) => answer.body['transaction_id'])).size).to.equal(1);
    expect(await countRows(api().temp.database, 'ledger_transactions')).to.equal(before + 1);
    expect(await balanceOf(customer['id'])).to.include({ balance: '7.500000' });
  });

  it('adds up twenty different payments that come at the same time', async () => {
    const customer = await account(api());
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => pay(customer['id'], { amount: '0.1' })),
    );
    for (const answer of answers) expect(answer.status, answer.text).to.equal(201);
    expect(await balanceOf(customer['id'])).to.include({ balance: '2.000000' });
  });

  it('leaves no trace of a refused payment, so its key may be used again', async () => {
    const customer = await account(api());
    const key = unique('second-chance-');
    const refused = await pay(customer['id'], { amount: '5', currency: 'EUR' }, key);
    expect(refused.status).to.equal(422);
    expect(errorPaths(refused)).to.deep.equal(['currency']);
    const accepted = await pay(customer['id'], { amount: '5', currency: 'USD' }, key);
    expect(accepted.status, accepted.text).to.equal(201);
    expect((await pay(999_999, { amount: '5' })).status).to.equal(404);
  });

  it('demands a well-formed Idempotency-Key', async () => {
    const customer = await account(api());
    for (const key of [null, 'x'.repeat(129), 'with blank', 'tab\there']) {
      const answer = await pay(customer['id'], { amount: '5' }, key);
      expect(answer.status, String(key)).to.equal(400);
      expect(answer.body['code']).to.equal('idempotency_key_required');
    }
  });

  for (const amount of [
    '0',
    '0.000',
    '-5',
    '1.0000001',
    '1e2',
    '',
    ' 5',
    '999999999999999',
    5,
    0.1,
  ]) {
    it(`refuses a payment of ${JSON.stringify(amount)}`, async () => {
      const customer = await account(api());
      const answer = await pay(customer['id'], { amount });
      expect(answer.status).to.equal(422);
      expect(errorPaths(answer)).to.deep.equal(['amount']);
    });
  }

  it('corrects a balance in both directions', async () => {
    const customer = await account(api());
    const path = `/accounts/${String(customer['id'])}/adjustments`;
    const adjust = (amount: string): Promise<ApiAnswer> =>
      api().call('POST', path, {
        body: { amount, memo: 'Goodwill' },
        headers: { 'Idempotency-Key': unique('adj-') },
      });
    expect((await adjust('-3.25')).status).to.equal(201);
    expect(await balanceOf(customer['id'])).to.include({ balance: '-3.250000' });
    expect((await adjust('4')).status).to.equal(201);
    expect(await balanceOf(customer['id'])).to.include({ balance: '0.750000' });
    expect(errorPaths(await adjust('-0.0'))).to.deep.equal(['amount']);
  });

  it('lists a statement whose running balance is right on every page', async () => {
    const customer = await account(api());
    const amounts = ['10', '0.000001', '20.5', '3', '4', '5.25', '6'];
    for (const amount of amounts) await pay(customer['id'], { amount });
    const path = `/accounts/${String(customer['id'])}/statement`;
    const entries: Json[] = [];
    let cursor: unknown = null;
    do {
      const next: string = cursor === null ? '' : `&cursor=${String(cursor)}`;
      const page = await api().get(`${path}?limit=3${next}`);
      expect(page.status, page.text).to.equal(200);
      entries.push(...itemsOf(page));
      cursor = page.body['next_cursor'];
    } while (cursor !== null);
    expect(entries.map((entry) => new Decimal(String(entry['amount'])).toString())).to.deep.equal(
      amounts.map((amount) => new Decimal(amount).toString()).reverse(),
    );
    let running = new Decimal(0);
    for (const entry of [...entries].reverse()) {
      running = running.plus(String(entry['amount']));
      expect(entry['balance']).to.equal(running.toFixed(6));
    }
    expect(await balanceOf(customer['id'])).to.include({ balance: running.toFixed(6) });
  });

  it('lists the statement of a period with balances that still hold', async () => {
    const customer = await account(api());
    await pay(customer['id'], { amount: '1' });
    await pay(customer['id'], { amount: '2' });
    const path = `/accounts/${String(customer['id'])}/statement`;
    const [newest, oldest] = itemsOf(await api().get(path));
    const to = encodeURIComponent(String(newest?.['at']));
    const early = itemsOf(await api().get(`${path}?to=${to}`));
    // Both may have been posted in one millisecond; then the period is empty.
    if (newest?.['at'] !== oldest?.['at']) {
      expect(early).to.deep.equal([oldest]);
      expect(early[0]?.['balance']).to.equal('1.000000');
      expect(itemsOf(await api().get(`${path}?from=${to}`))).to.deep.equal([newest]);
    }
    expect(itemsOf(await api().get(`${path}?to=2020-01-01T00:00:00Z`))).to.deep.equal([]);
    expect(itemsOf(await api().get(`${path}?from=2999-01-01T00:00:00Z`))).to.deep.equal([]);
  });

  it('keeps an account that has ledger entries', async () => {
    const customer = await account(api());
    await pay(customer['id'], { amount: '1' });
    const removed = await api().call('DELETE', `/accounts/${String(customer['id'])}`);
    expect(removed.status).to.equal(409);
    expect(removed.body['code']).to.equal('in_use');
  });

  it('knows no transaction by another id', async () => {
    await carrier(api());
    const unknown = '01900000-0000-7000-8000-000000000000';
    expect((await api().get(`/ledger/transactions/${unknown}`)).status).to.equal(404);
    expect((await api().get('/ledger/transactions/1')).status).to.equal(400);
  });
});
