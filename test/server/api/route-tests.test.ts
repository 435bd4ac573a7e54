import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import { insertWorld } from '../../support/use-world.js';
import { buildWorld } from '../../support/world.js';
import { errorPaths, withApi } from './api-client.js';
import type { Json } from './api-client.js';
import { countRows } from './sql-value.js';

describe('route tests', function () {
  this.timeout(60_000);
  const api = withApi();

  before(async () => {
    await insertWorld(api().deps.database, buildWorld());
  });

  const question = { from: '1001@acme.example', to: '+44 7700 900123', duration_s: 180 };
  const post = (body: unknown, key?: string) =>
    api().call('POST', '/route-tests', { body, ...(key === undefined ? {} : { key }) });

  const countAll = () =>
    Promise.all(
      ['calls', 'holds', 'channel_claims', 'channel_locks', 'audit_entries', 'ledger_accounts'].map(
        (table) => countRows(api().deps.database, table),
      ),
    );

  it('answer what a call would do in the words of the API, and leave nothing behind', async () => {
    api().switches.set(1, {
      connected: true,
      sinceMs: 0,
      coreUuid: null,
      lastEventMs: null,
      lastError: null,
      gateways: [{ name: 'carrierA', state: 'NOREG' }],
    });
    const before = await countAll();
    const answer = await post(question);
    expect(answer.status, answer.text).to.equal(200);
    expect(answer.body).to.include({ outcome: 'refused', refusal: 'insufficient_funds' });
    const [payer] = answer.body['payers'] as readonly Json[];
    expect(payer?.['price']).to.include({ seconds: 180, billed_seconds: 180, amount: '1.800000' });
    expect(payer?.['money']).to.include({ available: '0.000000', affordable_s: 0 });
    const [carrier] = answer.body['carriers'] as readonly Json[];
    expect(carrier).to.include({ order: 1, gateway: 'carrierA', gateway_state: 'NOREG' });
    expect(carrier).to.include({ expected_cost: '0.360000', margin: '1.440000' });
    expect(answer.body['dialplan']).to.include('402 Payment Required');
    expect(await countAll()).to.deep.equal(before);
  });

  it('are read with the scope of calls and no other', async () => {
    expect((await post(question, await api().keyWith('calls:read'))).status).to.equal(200);
    expect((await post(question, await api().keyWith('config:read'))).status).to.equal(403);
  });

  it('name every field that is wrong', async () => {
    const wrong = await post({ from: '', to: 'abc', at: 'now', duration_s: '9', extra: 1 });
    expect(wrong.status).to.equal(422);
    expect(errorPaths(wrong)).to.have.members(['from', 'to', 'at', 'duration_s', 'extra']);
    const unknown = await post({ ...question, from: '1009@acme.example' });
    expect(unknown.status).to.equal(422);
    expect(errorPaths(unknown)).to.deep.equal(['from']);
    expect((await post({ ...question, release: 99 })).status).to.equal(404);
    expect((await post([])).status).to.equal(422);
    expect(api().errors).to.deep.equal([]);
  });
});
