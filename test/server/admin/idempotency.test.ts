import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import { createApiKey } from '../../../server/admin/api-keys.js';
import { scriptActor } from '../../../server/admin/context.js';
import type { AdminDeps } from '../../../server/admin/context.js';
import { doOnce } from '../../../server/admin/idempotency.js';
import type { OnceRequest } from '../../../server/admin/idempotency.js';
import { createAccount } from '../../../server/admin/accounts.js';
import { addPayment, postPayment } from '../../../server/admin/payments.js';
import { Refusal } from '../../../server/admin/refusal.js';
import { findBalance } from '../../../db/views/ledger.js';
import { systemClock } from '../../../server/clock.js';
import { createSecrets, sha256 } from '../../../server/secrets.js';
import { withTempDatabase } from '../../support/temp-database.js';

describe('work that is done once', function () {
  this.timeout(30_000);
  const temp = withTempDatabase({ poolSize: 12 });
  const actor = scriptActor('test');
  let apiKeyId = 0;
  let accountId = 0;

  const deps = (): AdminDeps => ({
    database: temp().database,
    clock: systemClock,
    secrets: createSecrets('0d'.repeat(32)),
  });

  before(async () => {
    const key = await createApiKey(deps(), actor, { name: 'test', scopes: ['*'] });
    apiKeyId = key.row.id;
    const operator = await createAccount(deps(), actor, {
      kind: 'operator',
      code: 'OP',
      name: 'Operator',
      billing_mode: 'postpaid',
      currency: 'USD',
    });
    accountId = operator.id;
  });

  const request = (key: string): OnceRequest => ({ apiKeyId, key, requestHash: sha256('body') });

  const balance = async () => (await findBalance(temp().database.orm, accountId))?.balance;

  it('keeps neither money nor key when the work breaks after the posting', async () => {
    const once = request('breaks');
    let attempts = 0;
    const work = async () =>
      doOnce(deps(), actor, once, async (change) => {
        attempts += 1;
        const target = { accountId, postingKey: 'test:breaks' };
        await postPayment(change, target, { amount: '9', memo: '' });
        if (attempts === 1) throw new Error('the power went');
        return { statusCode: 201, body: { attempts } };
      });
    let failure: unknown;
    await work().catch((error: unknown) => {
      failure = error;
    });
    expect(String(failure)).to.include('the power went');
    expect(await balance()).to.equal('0.000000');
    const second = await work();
    expect(second).to.deep.equal({ statusCode: 201, body: { attempts: 2 }, replayed: false });
    expect(await balance()).to.equal('9.000000');
  });

  it('makes rivals wait for the first and then answers them with its answer', async () => {
    let runs = 0;
    const rivals = Array.from({ length: 8 }, () =>
      doOnce(deps(), actor, request('rivals'), async () => {
        runs += 1;
        await new Promise((resolve) => setTimeout(resolve, 200));
        return { statusCode: 201, body: { run: runs } };
      }),
    );
    const answers = await Promise.all(rivals);
    expect(runs).to.equal(1);
    expect(answers.filter((answer) => !answer.replayed)).to.have.length(1);
    for (const answer of answers) expect(answer.body).to.deep.equal({ run: 1 });
  });

  it('refuses a key for another request, also from a rival at the same moment', async () => {
    const one = request('mismatch');
    const other = { ...one, requestHash: sha256('another body') };
    const run = (wanted: OnceRequest) =>
      doOnce(deps(), actor, wanted, async () => {
        await new Promise((resolve) => setTimeout(resolve, 100));
        return { statusCode: 201, body: {} };
      });
    const results = await Promise.allSettled([run(one), run(other)]);
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).to.have.length(1);
    expect(refused[0]?.reason).to.be.instanceOf(Refusal);
    expect((refused[0]?.reason as Refusal).kind).to.equal('idempotency_mismatch');
  });

  it('posts a script’s payment once, however often the script runs', async () => {
    const before = Number(await balance());
    const target = { accountId, postingKey: 'script:1' };
    const first = await addPayment(deps(), actor, target, { amount: '1' });
    const second = await addPayment(deps(), actor, target, { amount: '1' });
    expect(first.posted).to.equal(true);
    expect(second).to.include({ posted: false, transactionId: first.transactionId });
    expect(Number(await balance())).to.equal(before + 1);
  });
});
