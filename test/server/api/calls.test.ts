import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import { v7 as uuidv7 } from 'uuid';
import { insertCalls, insertHolds } from '../../../db/repositories/calls.js';
import type { NewCall } from '../../../db/repositories/calls.js';
import {
  allowanceBuckets,
  allowanceHolds,
  channelClaims,
  legCharges,
} from '../../../db/schema/index.js';
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
        extension_id: null,
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

  it('shows who was charged what, what was covered, held and claimed', async () => {
    const { orm } = api().deps.database;
    const accountId = Number(owner['id']);
    const made = call({
      createdUs: START_US + 7_000_000,
      accountId,
      direction: 'inbound',
      extensionId: 77,
      didId: 88,
      decision: { metered: 'caller', steps: [{ kind: 'covered', seconds: 60 }] },
    });
    await insertCalls(orm, [made]);
    const charged = leg({ callId: made.id, kind: 'caller', billedS: 90 });
    await insertLegs(orm, [charged]);
    const common = {
      legUuid: charged.legUuid,
      counterpartId: accountId,
      sheetId: 1,
      releaseId: 2,
      rowId: 3,
      currency: 'USD',
      startUs: START_US,
    };
    await orm.insert(legCharges).values([
      { ...common, role: 'carrier', partyId: 7, level: 0, amount: '0.01' },
      { ...common, role: 'payer', partyId: accountId, level: 1, amount: '0.03' },
      { ...common, role: 'extension', partyId: 77, level: 0, amount: '0.02', coveredS: 60 },
    ]);
    const hold = { callId: made.id, accountId, currency: 'USD', createdUs: START_US };
    await insertHolds(orm, [
      { ...hold, extensionId: 77, amount: '0.02', state: 'released' },
      { ...hold, amount: '0.03', state: 'released' },
    ]);
    await orm.insert(channelClaims).values({
      callId: made.id,
      resource: 'did',
      resourceId: 88,
      state: 'closed',
      createdUs: START_US,
    });
    const [{ insertId: bucketId }] = await orm.insert(allowanceBuckets).values({
      ownerType: 'did',
      ownerId: 88,
      periodStartUs: START_US,
      periodEndUs: START_US + 1,
      totalS: 600,
      usedS: 60,
    });
    await orm
      .insert(allowanceHolds)
      .values({ callId: made.id, bucketId, seconds: 60, usedS: 60, createdUs: START_US });

    const read = (await api().get(`/calls/${made.id}`)).body;
    expect(read['metered']).to.equal('caller');
    const [shown] = read['legs'] as readonly Json[];
    expect(shown).to.include({ covered_s: 60, billed_seconds: 90 });
    const charges = shown?.['charges'] as readonly Json[];
    expect(charges.map((one) => [one['role'], one['party_id'], one['amount']])).to.deep.equal([
      ['extension', 77, '0.020000'],
      ['payer', accountId, '0.030000'],
      ['carrier', 7, '0.010000'],
    ]);
    const holds = read['holds'] as readonly Json[];
    expect(holds.map((one) => one['extension_id'])).to.deep.equal([77, null]);
    expect((read['allowances'] as readonly Json[])[0]).to.include({ owner_id: 88, used_s: 60 });
    expect((read['claims'] as readonly Json[])[0]).to.include({ resource: 'did', state: 'closed' });
    const cdr = (await api().get(`/legs/${charged.legUuid}`)).body;
    expect(cdr).to.deep.equal(shown);
    expect(itemsOf(await api().get('/calls?did_id=88&extension_id=77'))).to.have.length(1);
  });

  it('lists calls in progress with who makes them and what they hold', async () => {
    const { orm } = api().deps.database;
    const accountId = Number(owner['id']);
    const talking = call({ createdUs: START_US, accountId, state: 'answered', endedUs: null });
    const ringing = call({ createdUs: START_US + 1, accountId, state: 'authorized' });
    await insertCalls(orm, [talking, ringing]);
    const answerUs = START_US + 500_000;
    await insertLegs(orm, [leg({ callId: talking.id, state: 'answered', answerUs })]);
    const hold = { callId: talking.id, accountId, currency: 'USD', createdUs: START_US };
    await insertHolds(orm, [
      { ...hold, amount: '0.15', state: 'held' },
      { ...hold, extensionId: 5, amount: '0.25', state: 'held' },
    ]);
    const all = itemsOf(await api().get('/live-calls'));
    expect(all.map((one) => one['id'])).to.deep.equal([ringing.id, talking.id]);
    expect(all[1]).to.deep.include({
      state: 'answered',
      account_code: owner['code'],
      answered_at: '2030-01-01T00:00:00.500000Z',
      granted_s: 300,
      included_s: 0,
      held: [
        { account_id: accountId, extension_id: null, currency: 'USD', amount: '0.150000' },
        { account_id: accountId, extension_id: 5, currency: 'USD', amount: '0.250000' },
      ],
    });
    const first = await api().get(`/live-calls?account_id=${String(accountId)}&limit=1`);
    const next = String(first.body['next_cursor']);
    const rest = itemsOf(await api().get(`/live-calls?limit=1&cursor=${next}`));
    expect(rest.map((one) => one['id'])).to.deep.equal([talking.id]);
    expect(itemsOf(await api().get('/live-calls?state=authorized'))).to.have.length(1);
    expect(itemsOf(await api().get('/live-calls?extension_id=999'))).to.deep.equal([]);
  });
});
