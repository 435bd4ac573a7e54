import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import { v7 as uuidv7 } from 'uuid';
import { insertCalls, insertHolds } from '../../../db/repositories/calls.js';
import type { NewCall } from '../../../db/repositories/calls.js';
import { insertInboxRows } from '../../../db/repositories/inbox.js';
import { insertLegs } from '../../../db/repositories/legs.js';
import { itemsOf, withApi } from './api-client.js';
import type { Json } from './api-client.js';
import { call, leg, START_US } from './sample-calls.js';
import { account, carrier } from './sample-data.js';

describe('calls and legs over the API', function () {
  this.timeout(20_000);
  const api = withApi();
  let owner: Json = {};
  let first: NewCall = call({ createdUs: START_US });

  before(async () => {
    const { orm } = api().deps.database;
    owner = await account(api());
    const accountId = Number(owner['id']);
    first = call({ createdUs: START_US + 123, accountId });
    const refused = call({
      createdUs: START_US + 1_000_000,
      accountId,
      state: 'refused',
      reason: 'no_funds',
      endedUs: START_US + 1_000_000,
    });
    const others = Array.from({ length: 5 }, () =>
      call({ createdUs: START_US + 2_000_000, direction: 'internal' }),
    );
    await insertCalls(orm, [first, refused, ...others]);
    const hold = { callId: first.id, accountId, currency: 'USD', amount: '0.15' };
    await insertHolds(orm, [{ ...hold, state: 'released', createdUs: START_US }]);
    const settled = { price: '0.030000', currency: 'USD', cost: '0.016000', costCurrency: 'USD' };
    await insertLegs(orm, [
      leg({ callId: first.id, hangupCause: 'NORMAL_TEMPORARY_FAILURE', protocolCause: 'sip:503' }),
      leg({
        callId: first.id,
        ...settled,
        carrierId: 7,
        startUs: START_US + 900_000,
        answerUs: START_US + 1_000_000,
        billUs: 59_400_001,
        billedS: 60,
        explanation: { inRate: '447' },
      }),
    ]);
  });

  it('finds a call by its first leg, with what its legs add up to', async () => {
    const list = await api().get(`/calls?a_leg_uuid=${first.aLegUuid}`);
    expect(itemsOf(list)).to.deep.equal([
      {
        id: first.id,
        state: 'settled',
        reason: 'normal_clearing',
        direction: 'outbound',
        account_id: owner['id'],
        extension_id: null,
        did_id: null,
        switch_id: 1,
        caller_number: '1001',
        dialled: '447700900123',
        destination: '447700900123',
        a_leg_uuid: first.aLegUuid,
        created_at: '2030-01-01T00:00:00.000123Z',
        ended_at: '2030-01-01T00:00:09.000123Z',
        granted_s: 300,
        currency: 'USD',
        price: '0.030000',
        cost: '0.016000',
        cost_currency: 'USD',
        rerated_price: null,
        rerated_cost: null,
        billed_seconds: 60,
      },
    ]);
  });

  it('adds the legs when they are asked for', async () => {
    const list = await api().get(`/calls?a_leg_uuid=${first.aLegUuid}&include=legs`);
    const legs = itemsOf(list)[0]?.['legs'] as readonly Json[];
    expect(legs.map((one) => one['hangup_cause'])).to.deep.equal([
      'NORMAL_TEMPORARY_FAILURE',
      'NORMAL_CLEARING',
    ]);
    expect(legs[0]).to.include({ protocol_cause: 'sip:503', answered_at: null });
  });

  it('explains a call with its legs, holds and decision as it was stored', async () => {
    const read = await api().get(`/calls/${first.id}`);
    expect(read.status, read.text).to.equal(200);
    expect(read.body['decision']).to.deep.equal(first.decision);
    const legs = read.body['legs'] as readonly Json[];
    expect(legs[1]?.['explanation']).to.deep.equal({ inRate: '447' });
    expect(legs[1]?.['bill_us']).to.equal(59_400_001);
    expect(read.body['holds']).to.deep.equal([
      {
        account_id: owner['id'],
        currency: 'USD',
        amount: '0.150000',
        state: 'released',
        created_at: '2030-01-01T00:00:00.000000Z',
        released_at: null,
      },
    ]);
    expect((await api().get(`/calls/${uuidv7()}`)).status).to.equal(404);
  });

  it('filters by account, state and period', async () => {
    const mine = `/calls?account_id=${String(owner['id'])}`;
    expect(itemsOf(await api().get(mine)).map((one) => one['state'])).to.deep.equal([
      'refused',
      'settled',
    ]);
    const refused = itemsOf(await api().get(`${mine}&state=refused`));
    expect(refused.map((one) => one['reason'])).to.deep.equal(['no_funds']);
    expect(refused[0]).to.include({ price: null, cost: null, billed_seconds: 0 });
    const early = await api().get(`${mine}&to=2030-01-01T00:00:01Z`);
    expect(itemsOf(early).map((one) => one['id'])).to.deep.equal([first.id]);
    expect(itemsOf(await api().get(`${mine}&from=2030-01-01T00:00:01.001Z`))).to.have.length(0);
    expect((await api().get('/calls?state=unknown')).status).to.equal(400);
  });

  it('visits every call once, page by page, also where many began in one microsecond', async () => {
    const seen: unknown[] = [];
    let cursor: unknown = null;
    do {
      const next: string = cursor === null ? '' : `&cursor=${String(cursor)}`;
      const page = await api().get(`/calls?limit=2${next}`);
      seen.push(...itemsOf(page).map((one) => one['id']));
      cursor = page.body['next_cursor'];
    } while (cursor !== null);
    expect(seen).to.have.length(7);
    expect(new Set(seen).size).to.equal(7);
  });

  it('lists legs as CDRs', async () => {
    const all = await api().get(`/legs?call_id=${first.id}`);
    expect(itemsOf(all)).to.have.length(2);
    const byAccount = await api().get(`/legs?account_id=${String(owner['id'])}&carrier_id=7`);
    const [one] = itemsOf(byAccount);
    expect(one).to.include({ price: '0.030000', billed_seconds: 60, source: 'esl' });
    const read = await api().get(`/legs/${String(one?.['leg_uuid'])}`);
    expect(read.body).to.deep.equal(one);
    expect((await api().get('/legs/unknown')).status).to.equal(404);
  });

  it('keeps records that calls speak of', async () => {
    const seller = await carrier(api());
    const id = Number(seller['id']);
    await insertLegs(api().deps.database.orm, [leg({ callId: first.id, carrierId: id })]);
    const removed = await api().call('DELETE', `/carriers/${id}`);
    expect(removed.status).to.equal(409);
    expect(removed.body['code']).to.equal('in_use');
  });

  it('lets a person retry or discard a final report that cannot be settled', async () => {
    const base = { switchId: 1, legUuid: uuidv7(), receivedUs: START_US, rawBody: '<cdr/>' };
    const failed = { ...base, id: uuidv7(), state: 'failed' as const, error: 'unreadable' };
    const other = { ...failed, id: uuidv7() };
    await insertInboxRows(api().deps.database.orm, [failed, other]);
    const list = await api().get('/cdr-inbox');
    expect(list.body['total']).to.equal(2);
    const read = await api().get(`/cdr-inbox/${failed.id}`);
    expect(read.body).to.include({ raw_body: '<cdr/>', error: 'unreadable' });
    const retried = await api().call('POST', `/cdr-inbox/${failed.id}/retry`);
    expect(retried.body).to.include({ state: 'pending', error: null, attempts: 0 });
    expect((await api().call('POST', `/cdr-inbox/${failed.id}/discard`)).status).to.equal(409);
    expect((await api().call('POST', `/cdr-inbox/${other.id}/discard`)).status).to.equal(204);
    expect((await api().get(`/cdr-inbox/${other.id}`)).status).to.equal(404);
    const audit = await api().get(`/audit?entity=cdr_report&entity_id=${other.id}`);
    expect((itemsOf(audit)[0]?.['before'] as Json)['raw_body']).to.equal('<cdr/>');
  });
});
