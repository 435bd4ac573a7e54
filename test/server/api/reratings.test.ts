import { expect } from 'chai';
import { describe, it } from 'mocha';
import { v7 as uuidv7 } from 'uuid';
import { insertCalls } from '../../../db/repositories/calls.js';
import { insertLegCharges } from '../../../db/repositories/leg-charges.js';
import { postTransactions } from '../../../db/repositories/ledger.js';
import { insertLegs } from '../../../db/repositories/legs.js';
import { rateActivations, rateReleases, rateRows } from '../../../db/schema/index.js';
import { inTransaction } from '../../../db/transaction.js';
import { callPosting } from '../../../rating/ledger/postings.js';
import { runNextRerating } from '../../../server/rates/rerate/run-next-rerating.js';
import { expectCorrectBooks } from '../../support/books.js';
import { itemsOf, withApi } from './api-client.js';
import type { Json } from './api-client.js';
import { account, operatorId, sheet } from './sample-data.js';

const DECIDED_MS = Date.UTC(2026, 4, 5, 10);
const PERIOD = { from: '2026-05-05T00:00:00Z', to: '2026-05-06T00:00:00Z' };

describe('re-rating over the API', function () {
  this.timeout(30_000);
  const api = withApi();

  /** A sheet whose release now asks 0.60 a minute for 44. */
  const sheetInForce = async (): Promise<number> => {
    const sheetId = Number((await sheet(api(), { currency: 'USD' }))['id']);
    const { orm } = api().deps.database;
    const from = new Date(DECIDED_MS - 1000);
    const dated = { effectiveFrom: from, activatedAt: from };
    const [release] = await orm
      .insert(rateReleases)
      .values({ sheetId, number: 1, status: 'active', ...dated });
    const releaseId = release.insertId;
    await orm.insert(rateRows).values({ releaseId, prefix: '44', ratePerMinute: '0.6' });
    const activation = { sheetId, releaseId, number: 1, kind: 'activation' } as const;
    await orm.insert(rateActivations).values({ ...activation, effectiveFrom: from });
    return sheetId;
  };

  /** A minute to 44 that was charged 0.50. */
  const chargedCall = async (accountId: number, sheetId: number): Promise<string> => {
    const callId = uuidv7();
    const legUuid = uuidv7();
    const seller = Number(await operatorId(api()));
    const common = { switchId: 1, coreUuid: 'core', destination: '447700900123' };
    const createdUs = DECIDED_MS * 1000;
    await inTransaction(api().deps.database, async (tx) => {
      await insertCalls(tx, [
        {
          ...common,
          ...{ id: callId, decisionKey: callId, aLegUuid: uuidv7(), direction: 'outbound' },
          ...{ accountId, callerNumber: '1001', dialled: '447700900123', state: 'settled' },
          ...{ currency: 'USD', createdUs, expiresUs: createdUs, decision: {} },
        },
      ]);
      const key = `leg:${legUuid}`;
      const payer = { accountId, sellerAccountId: seller, amount: '0.5', currency: 'USD' };
      const entries = callPosting({ payers: [payer], carrier: null });
      const posted = await postTransactions(tx, [
        { idempotencyKey: key, kind: 'call', reference: legUuid, entries },
      ]);
      const transactionId = posted.get(key)?.transactionId ?? null;
      await insertLegs(tx, [
        {
          ...common,
          ...{ legUuid, callId, kind: 'carrier', callerNumber: '1001', state: 'settled' },
          ...{ source: 'esl', billUs: 60_000_000, price: '0.5', currency: 'USD', transactionId },
        },
      ]);
      await insertLegCharges(tx, [
        {
          ...{ legUuid, role: 'payer', partyId: accountId, counterpartId: seller, level: 0 },
          ...{ sheetId, releaseId: 1, rowId: 1, currency: 'USD', amount: '0.5' },
          startUs: createdUs,
        },
      ]);
    });
    return callId;
  };

  const ask = async (over: Json, key?: string) =>
    api().call('POST', '/reratings', {
      body: { mode: 'preview', ...PERIOD, ...over },
      ...(key === undefined ? {} : { key }),
    });

  const work = () =>
    runNextRerating({
      database: api().deps.database,
      log: { info: () => undefined, error: () => undefined },
      nodeId: 'node-1',
      signal: new AbortController().signal,
    });

  it('previews, posts, and shows on the call what was posted', async () => {
    const accountId = Number((await account(api()))['id']);
    const sheetId = await sheetInForce();
    const callId = await chargedCall(accountId, sheetId);
    const preview = await ask({ account_id: accountId });
    expect(preview.status, preview.text).to.equal(202);
    expect(preview.body).to.include({ status: 'queued', mode: 'preview', account_id: accountId });
    expect(preview.body).to.include({ from: '2026-05-05T00:00:00.000000Z', sheet_id: null });
    expect(await work()).to.equal(true);
    const path = `/reratings/${String(preview.body['id'])}`;
    const done = (await api().get(path)).body;
    expect(done).to.include({ status: 'done', legs_total: 1, legs_seen: 1, legs_changed: 1 });
    const sums = { role: 'payer', currency: 'USD', charges: 1, changed: 1 };
    const change = { old_amount: '0.500000', new_amount: '0.600000', difference: '0.100000' };
    expect(done['totals']).to.deep.equal([{ ...sums, ...change }]);
    const parties = await api().get(`${path}/parties`);
    expect(parties.body).to.include({ total: 1, page: 1 });
    expect(itemsOf(parties)[0]).to.include({ party_id: accountId, difference: '0.100000' });
    const shown = await api().get(`${path}/corrections?limit=1`);
    expect(itemsOf(shown)[0]).to.include({ ...change, transaction_id: null });
    expect((await api().get(`/calls/${callId}`)).body).to.include({
      price: '0.500000',
      rerated_price: null,
    });

    const posted = await ask({ mode: 'post', account_id: accountId, note: 'wrong deck' });
    await work();
    const call = (await api().get(`/calls/${callId}`)).body;
    expect(call).to.include({ price: '0.500000', rerated_price: '0.600000', rerated_cost: null });
    const [leg] = call['legs'] as readonly Json[];
    expect(leg).to.include({ price: '0.500000', rerated_price: '0.600000', rerated_cost: null });
    const [correction] = call['corrections'] as readonly Json[];
    expect(correction).to.include({ ...change, rerating_id: posted.body['id'] });
    const transaction = (
      await api().get(`/ledger/transactions/${String(correction?.['transaction_id'])}`)
    ).body;
    expect(transaction).to.include({ kind: 'rerating', corrects_id: leg?.['transaction_id'] });
    const first = (await api().get(`/ledger/transactions/${String(leg?.['transaction_id'])}`)).body;
    expect(first['corrected_by']).to.deep.equal([transaction['id']]);
    const statement = itemsOf(await api().get(`/accounts/${String(accountId)}/statement`));
    expect(statement.map((entry) => [entry['kind'], entry['amount']])).to.deep.equal([
      ['rerating', '-0.100000'],
      ['call', '-0.500000'],
    ]);
    await expectCorrectBooks(api().deps.database);
  });

  it('lists runs, newest first, page by page', async () => {
    const made: unknown[] = [];
    for (const note of ['a', 'b', 'c']) made.push((await ask({ note })).body['id']);
    const first = await api().get('/reratings?status=queued&mode=preview&limit=2');
    const cursor = String(first.body['next_cursor']);
    const second = await api().get(
      `/reratings?status=queued&mode=preview&limit=2&cursor=${cursor}`,
    );
    const ids = [...itemsOf(first), ...itemsOf(second)].map((item) => item['id']);
    expect(ids).to.deep.equal([...made].reverse());
    while (await work());
  });

  it('stops and resumes a run, and says no to one that is over', async () => {
    const { id } = (await ask({})).body;
    const path = `/reratings/${String(id)}`;
    const stopped = await api().call('POST', `${path}/stop`);
    expect(stopped.body).to.include({ status: 'stopped' });
    expect(await work()).to.equal(false);
    expect((await api().call('POST', `${path}/resume`)).body).to.include({ status: 'queued' });
    await work();
    const late = await api().call('POST', `${path}/stop`);
    expect(late.status).to.equal(409);
    expect(late.body['code']).to.equal('rerating_status');
    const audit = itemsOf(await api().get(`/audit?entity=rerating&entity_id=${String(id)}`));
    expect(audit.map((entry) => entry['action'])).to.have.members([
      'rerating.create',
      'rerating.stop',
      'rerating.resume',
    ]);
  });

  it('lets only those post who may post money', async () => {
    const rater = await api().keyWith('rates:write');
    expect((await ask({ mode: 'post' }, rater)).status).to.equal(403);
    expect((await ask({}, rater)).status).to.equal(202);
    const both = await api().keyWith('rates:write', 'money:write');
    expect((await ask({ mode: 'post' }, both)).status).to.equal(202);
    while (await work());
  });

  it('refuses what makes no sense, and knows no runs that there are not', async () => {
    for (const over of [
      { mode: 'both' },
      { from: 'yesterday' },
      { to: PERIOD.from },
      { account_id: 999_999 },
      { extra: 1 },
    ]) {
      expect((await ask(over)).status, JSON.stringify(over)).to.equal(422);
    }
    for (const rest of ['', '/corrections', '/parties']) {
      expect((await api().get(`/reratings/${uuidv7()}${rest}`)).status).to.equal(404);
    }
    expect((await api().call('POST', `/reratings/${uuidv7()}/stop`)).status).to.equal(404);
  });
});
