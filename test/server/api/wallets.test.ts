import { expect } from 'chai';
import { Decimal } from 'decimal.js';
import { sql } from 'drizzle-orm';
import { describe, it } from 'mocha';
import { errorPaths, itemsOf, withApi } from './api-client.js';
import type { Json } from './api-client.js';
import { account, domain, extension, unique } from './sample-data.js';

describe('money of extensions', function () {
  this.timeout(30_000);
  const api = withApi();

  const write = (path: string, body: Json, key = unique('w-')) =>
    api().call('POST', path, { body, headers: { 'Idempotency-Key': key } });
  const walletPath = (phone: Json) => `/extensions/${String(phone['id'])}`;
  const walletOf = async (phone: Json) => (await api().get(`${walletPath(phone)}/balance`)).body;
  const creditOf = async (owner: unknown) =>
    (await api().get(`/accounts/${String(owner)}/balance`)).body;
  const transfer = (phone: Json, direction: string, amount: string, key?: string) =>
    write(`${walletPath(phone)}/transfers`, { direction, amount }, key);

  async function change(phone: Json, fields: Json) {
    const { version } = (await api().get(walletPath(phone))).body;
    return api().call('PATCH', walletPath(phone), { body: { ...fields, version } });
  }

  async function phoneWithMoney(fields: Json = {}, credit = '0'): Promise<Json> {
    const owner = await account(api());
    const phone = await extension(api(), (await domain(api(), owner['id']))['id']);
    if (credit !== '0') {
      await write(`/accounts/${String(owner['id'])}/payments`, { amount: credit });
    }
    return (await change(phone, { funds: 'own', ...fields })).body;
  }

  async function hold(phone: Json, amount: string): Promise<void> {
    await api().deps.database.orm.execute(sql`update ledger_balances set held = ${amount}
      where ledger_account_id in (select id from ledger_accounts
        where owner_type = 'extension' and owner_id = ${Number(phone['id'])})`);
  }

  it('starts at zero, with what may be owed available', async () => {
    const phone = await phoneWithMoney({ credit_limit: '2.5' });
    expect(await walletOf(phone)).to.deep.equal({
      extension_id: phone['id'],
      account_id: phone['account_id'],
      funds: 'own',
      wallet_extension_id: phone['id'],
      currency: 'USD',
      balance: '0.000000',
      held: '0.000000',
      credit_limit: '2.500000',
      available: '2.500000',
    });
    expect((await api().get('/extensions/999999/balance')).status).to.equal(404);
    expect((await api().get('/extensions/999999/statement')).status).to.equal(404);
  });

  it('credits a payment that the account received, once a key', async () => {
    const phone = await phoneWithMoney();
    const path = `${walletPath(phone)}/payments`;
    const key = unique('w-');
    const made = await write(path, { amount: '10', memo: 'Voucher' }, key);
    expect(made.status, made.text).to.equal(201);
    expect(made.body).to.include({
      account_id: phone['account_id'],
      extension_id: phone['id'],
      amount: '10',
    });
    const again = await write(path, { amount: '10', memo: 'Voucher' }, key);
    expect(again.headers.get('Idempotent-Replay')).to.equal('true');
    expect(await walletOf(phone)).to.include({ balance: '10.000000', available: '10.000000' });
    expect(await creditOf(phone['account_id'])).to.include({ balance: '0.000000' });
    const id = String(made.body['transaction_id']);
    const posted = (await api().get(`/ledger/transactions/${id}`)).body;
    const entries = posted['entries'] as readonly Json[];
    expect(
      entries.map((one) => [one['kind'], one['owner_type'], one['owner_id']]),
    ).to.have.deep.members([
      ['payment_clearing', 'account', phone['account_id']],
      ['client_credit', 'extension', phone['id']],
    ]);
    const [entry] = itemsOf(await api().get(`/audit?entity=transaction&entity_id=${id}`));
    expect(entry?.['after']).to.include({ extension_id: phone['id'] });
  });

  it('corrects it by hand, and lists it on its own statement', async () => {
    const phone = await phoneWithMoney();
    await write(`${walletPath(phone)}/payments`, { amount: '3' });
    await write(`${walletPath(phone)}/adjustments`, { amount: '-1.25', memo: 'Wrong voucher' });
    const first = await api().get(`${walletPath(phone)}/statement?limit=1`);
    expect(itemsOf(first)).to.have.length(1);
    expect(itemsOf(first)[0]).to.include({ kind: 'adjustment', balance: '1.750000' });
    const next = String(first.body['next_cursor']);
    const second = await api().get(`${walletPath(phone)}/statement?limit=1&cursor=${next}`);
    expect(itemsOf(second)[0]).to.include({ kind: 'payment', balance: '3.000000' });
    const ofAccount = await api().get(`/accounts/${String(phone['account_id'])}/statement`);
    expect(itemsOf(ofAccount)).to.deep.equal([]);
  });

  it('moves money there and back, never more than is available', async () => {
    const phone = await phoneWithMoney({}, '10');
    const there = await transfer(phone, 'to_extension', '4');
    expect(there.status, there.text).to.equal(201);
    expect(there.body).to.include({ kind: 'transfer', direction: 'to_extension', amount: '4' });
    expect(await walletOf(phone)).to.include({ balance: '4.000000' });
    expect(await creditOf(phone['account_id'])).to.include({ balance: '6.000000' });
    const tooMuch = await transfer(phone, 'to_extension', '6.000001');
    expect(tooMuch.status).to.equal(409);
    expect(tooMuch.body['code']).to.equal('insufficient_funds');
    await hold(phone, '1.5');
    expect((await transfer(phone, 'to_account', '2.500001')).status).to.equal(409);
    expect((await transfer(phone, 'to_account', '2.5')).status).to.equal(201);
    expect(await walletOf(phone)).to.include({ balance: '1.500000', available: '0.000000' });
    expect(await creditOf(phone['account_id'])).to.include({ balance: '8.500000' });
    const kinds = itemsOf(await api().get(`${walletPath(phone)}/statement`));
    expect(kinds.map((one) => one['kind'])).to.deep.equal(['transfer', 'transfer']);
  });

  it('moves nothing twice when transfers of all there is rival each other', async () => {
    const phone = await phoneWithMoney({}, '5');
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => transfer(phone, 'to_extension', '2')),
    );
    const statuses = answers.map((answer) => answer.status).sort();
    expect(statuses).to.deep.equal([201, 201, 409, 409, 409, 409, 409, 409]);
    const sum = new Decimal(String((await walletOf(phone))['balance']));
    expect(sum.toFixed()).to.equal('4');
    expect(await creditOf(phone['account_id'])).to.include({ balance: '1.000000' });
  });

  it('refuses money for an extension that has none of its own', async () => {
    const phone = await extension(api());
    for (const path of ['payments', 'adjustments']) {
      const answer = await write(`${walletPath(phone)}/${path}`, { amount: '1' });
      expect(answer.status).to.equal(409);
      expect(answer.body['code']).to.equal('no_own_funds');
    }
    expect((await transfer(phone, 'to_account', '1')).body['code']).to.equal('no_own_funds');
    expect((await write('/extensions/999999/payments', { amount: '1' })).status).to.equal(404);
    const wrong = await transfer(await phoneWithMoney(), 'sideways', '0');
    expect(errorPaths(wrong)).to.have.members(['direction', 'amount']);
    const euros = { amount: '1', currency: 'EUR' };
    const answer = await write(`${walletPath(await phoneWithMoney())}/payments`, euros);
    expect(errorPaths(answer)).to.deep.equal(['currency']);
  });

  it('shows the money that is shared to those who share it', async () => {
    const source = await phoneWithMoney();
    await write(`${walletPath(source)}/payments`, { amount: '7' });
    const sharer = await extension(api(), source['domain_id']);
    await change(sharer, { funds: 'shared', funds_extension_id: source['id'] });
    expect(await walletOf(sharer)).to.include({
      extension_id: sharer['id'],
      funds: 'shared',
      wallet_extension_id: source['id'],
      balance: '7.000000',
    });
    const statement = await api().get(`${walletPath(sharer)}/statement`);
    expect(itemsOf(statement)).to.have.length(1);
  });

  it('lets nobody give up money that is there or held', async () => {
    const phone = await phoneWithMoney();
    await write(`${walletPath(phone)}/payments`, { amount: '1' });
    const full = await change(phone, { funds: 'account' });
    expect(full.status).to.equal(409);
    expect(full.body['code']).to.equal('wallet_not_empty');
    const elsewhere = (await domain(api()))['id'];
    const moved = await change(phone, { domain_id: elsewhere, password: 'correct-horse-battery' });
    expect(moved.body['code']).to.equal('wallet_not_empty');
    await transfer(phone, 'to_account', '1');
    await hold(phone, '0.5');
    expect((await change(phone, { funds: 'account' })).body['code']).to.equal('wallet_not_empty');
    await hold(phone, '0');
    expect((await change(phone, { funds: 'account' })).status).to.equal(200);
    const kept = await api().call('DELETE', walletPath(phone));
    expect(kept.body['code']).to.equal('in_use');
  });
});
