import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import { v7 as uuidv7 } from 'uuid';
import { addToRowCount, insertRateRows } from '../../../../db/repositories/admin/rates.js';
import {
  claimNextPreview,
  findPreview,
  previewFingerprint,
  queuePreview,
  savePreview,
} from '../../../../db/repositories/previews.js';
import { calls, exchangeRates, legCharges, legs } from '../../../../db/schema/index.js';
import { activateRelease } from '../../../../server/admin/releases.js';
import { scriptActor } from '../../../../server/admin/context.js';
import { createSecrets } from '../../../../server/secrets.js';
import { systemClock } from '../../../../server/clock.js';
import { runPreview } from '../../../../server/rates/preview/run-preview.js';
import type { Preview } from '../../../../server/rates/preview/run-preview.js';
import { runNextPreview } from '../../../../server/rates/preview/run-next-preview.js';
import { showPreview } from '../../../../server/rates/preview/show-preview.js';
import { createLog } from '../../../../server/log.js';
import { withTempDatabase } from '../../../support/temp-database.js';
import { insertWorld } from '../../../support/use-world.js';
import {
  ACME,
  BETA,
  buildWorld,
  CARRIER_A,
  CARRIER_B,
  CARRIER_C,
  OPERATOR,
  RESELLER,
  SECRET_KEY,
  SHEET_ACME,
  SHEET_BETA,
  SHEET_RESELLER,
} from '../../../support/world.js';
import { makeDraft, storedRow } from '../support.js';

const DAY_MS = 86_400_000;
const secrets = createSecrets(SECRET_KEY);

interface Charged {
  readonly role: 'payer' | 'carrier';
  readonly partyId: number;
  readonly counterpartId: number;
  readonly level?: number;
  readonly sheetId: number;
  readonly rowId: number;
  readonly amount: string;
  readonly currency?: string;
}

const acme = (rowId: number, amount: string): Charged => ({
  role: 'payer',
  partyId: ACME,
  counterpartId: OPERATOR,
  sheetId: SHEET_ACME,
  rowId,
  amount,
});
const carrier = (partyId: number, rowId: number, amount: string, currency = 'EUR'): Charged => ({
  role: 'carrier',
  partyId,
  counterpartId: OPERATOR,
  sheetId: 10 + partyId,
  rowId,
  amount,
  currency,
});

describe('the preview of a draft', function () {
  this.timeout(60_000);
  const temp = withTempDatabase();
  const db = () => temp().database.orm;

  /** A settled call of some seconds, some days ago. */
  async function settled(
    number: string,
    seconds: number,
    daysAgo: number,
    charges: readonly Charged[],
  ): Promise<void> {
    const startUs = (Date.now() - daysAgo * DAY_MS) * 1000;
    const [callId, legUuid] = [uuidv7(), uuidv7()];
    const carrierId = charges.find((charge) => charge.role === 'carrier')?.partyId ?? null;
    await db()
      .insert(calls)
      .values({
        id: callId,
        decisionKey: callId,
        switchId: 1,
        coreUuid: callId,
        aLegUuid: legUuid,
        direction: 'outbound',
        accountId: charges[0]?.partyId ?? ACME,
        callerNumber: '1001',
        dialled: number,
        destination: number,
        state: 'settled',
        createdUs: startUs,
        expiresUs: startUs,
        decision: {},
      });
    await db()
      .insert(legs)
      .values({
        legUuid,
        callId,
        switchId: 1,
        coreUuid: callId,
        kind: 'carrier',
        carrierId,
        destination: number,
        callerNumber: '1001',
        state: 'settled',
        billUs: seconds * 1_000_000,
        source: 'esl',
      });
    await db()
      .insert(legCharges)
      .values(
        charges.map((charge) => ({
          legUuid,
          level: 0,
          currency: 'EUR',
          releaseId: charge.sheetId,
          startUs,
          ...charge,
        })),
      );
  }

  before(async function () {
    this.timeout(60_000);
    await insertWorld(temp().database, buildWorld());
    await db()
      .insert(exchangeRates)
      .values({
        fromCurrency: 'USD',
        toCurrency: 'EUR',
        rate: '0.5',
        effectiveFrom: new Date(Date.UTC(2020, 0, 1)),
      });
    const uk = '447700900001';
    await settled(uk, 60, 5, [acme(1, '0.6'), carrier(CARRIER_A, 7, '0.12')]);
    await settled('34600100200', 30, 5, [acme(2, '0.03'), carrier(CARRIER_A, 10, '0.06')]);
    await settled('79001112233', 10, 29, [acme(4, '0.1'), carrier(CARRIER_B, 8, '0.05')]);
    // Carrier C asks for dollars; a dollar is half a euro.
    await settled(uk, 60, 1, [acme(1, '0.6'), carrier(CARRIER_C, 9, '0.2', 'USD')]);
    // Longer ago than the preview looks.
    await settled(uk, 600, 31, [acme(1, '6'), carrier(CARRIER_A, 7, '1.2')]);
    await settled(uk, 60, 2, [
      {
        role: 'payer',
        partyId: BETA,
        counterpartId: RESELLER,
        sheetId: SHEET_BETA,
        rowId: 6,
        amount: '0.6',
      },
      {
        role: 'payer',
        partyId: RESELLER,
        counterpartId: OPERATOR,
        level: 1,
        sheetId: SHEET_RESELLER,
        rowId: 5,
        amount: '0.3',
      },
      carrier(CARRIER_A, 7, '0.12'),
    ]);
  });

  function preview(releaseId: number): Promise<Preview> {
    const { signal } = new AbortController();
    const deps = { database: temp().database, clock: systemClock, signal, owner: 'test' };
    return runPreview(deps, releaseId);
  }

  const job = (signal = new AbortController().signal) => ({
    database: temp().database,
    clock: systemClock,
    log: createLog({ level: 'silent' }),
    nodeId: 'node-1',
    uploadFolder: '',
    signal,
  });

  const acmeDraft = () =>
    makeDraft(db(), SHEET_ACME, [
      { prefix: '44', ratePerMinute: '0.96' },
      { prefix: '34', ratePerMinute: '0.05' },
      { prefix: '900', ratePerMinute: '1', blocked: true },
      { prefix: '55', ratePerMinute: '0' },
    ]);

  it('prices the calls of a client sheet again and says what becomes of margins', async () => {
    const { summary, impact } = await preview(await acmeDraft());
    expect(summary.against).to.deep.equal({ id: SHEET_ACME, number: SHEET_ACME });
    expect(summary.diff.counts).to.include({ raised: 1, lowered: 1, added: 1, removed: 1 });
    // 0.6 + 0.03 + 0.6 were 0.96 + 0.025 + 0.96; the cost of these was 0.12 + 0.06 + 0.1.
    const expected = {
      currency: 'EUR',
      calls: 3,
      old_amount: '1.230000',
      new_amount: '1.945000',
      difference: '0.715000',
      calls_without_rate: 1,
      amount_without_rate: '0.100000',
      margin_calls: 3,
      old_margin: '0.950000',
      new_margin: '1.665000',
    };
    expect(impact.total).to.deep.equal(expected);
    expect(impact.by_account).to.deep.equal([{ id: ACME, code: `account-${ACME}`, ...expected }]);
    const margins = impact.by_carrier.map(({ code, old_margin: old, new_margin: now }) => [
      code,
      old,
      now,
    ]);
    expect(margins).to.deep.equal([
      ['C', '0.500000', '0.860000'],
      ['A', '0.450000', '0.805000'],
      ['B', '0.000000', '0.000000'],
    ]);
    expect(impact.greatest_increases.map((call) => call.new_amount)).to.deep.equal([
      '0.960000',
      '0.960000',
    ]);
    expect(impact.without_rate[0]).to.include({ number: '79001112233', reason: 'no_row' });
  });

  it('warns of increases without notice and above half, of free, lost and loss-making ones', async () => {
    const { summary } = await preview(await acmeDraft());
    const found = new Map(summary.warnings.map((warning) => [warning.code, warning]));
    expect([...found.keys()]).to.have.members([
      'early_increase',
      'large_increase',
      'used_prefix_removed',
      'free_destination',
      'below_cost',
    ]);
    expect(found.get('early_increase')).to.include({ count: 1, notice_days: 7 });
    expect(found.get('large_increase')?.examples[0]).to.include({ prefix: '44', percent: '60' });
    expect(found.get('used_prefix_removed')?.examples).to.deep.equal([
      { prefix: '7', destination: 'zone 7', calls: 1 },
    ]);
    expect(found.get('free_destination')?.examples).to.deep.equal([
      { prefix: '55', destination: 'to 55' },
    ]);
    expect(found.get('below_cost')?.examples).to.deep.equal([
      { prefix: '34', destination: 'to 34', price: '0.05', cost: '0.12' },
    ]);
  });

  it('sets what a carrier asks against what the last payer pays', async () => {
    const draft = await makeDraft(db(), 11, [
      { prefix: '44', ratePerMinute: '0.24' },
      { prefix: '34', ratePerMinute: '0.12' },
    ]);
    const { summary, impact } = await preview(draft);
    expect(summary.is_client_sheet).to.equal(false);
    expect(summary.warnings.map((warning) => warning.code)).to.deep.equal(['large_increase']);
    // Income 0.6 + 0.03 of ACME and 0.3 of the reseller; cost 0.12 + 0.06 + 0.12, then 0.24 for 0.12.
    expect(impact.total).to.include({
      calls: 3,
      old_amount: '0.300000',
      new_amount: '0.540000',
      old_margin: '0.630000',
      new_margin: '0.390000',
    });
    expect(impact.by_account.map((party) => [party.id, party.new_margin])).to.deep.equal([
      [ACME, '0.330000'],
      [BETA, '0.060000'],
    ]);
  });

  it('sets what a customer pays against what its reseller pays, at the hours after it begins', async () => {
    const begins = Date.now() + 20 * DAY_MS;
    const draft = await makeDraft(
      db(),
      SHEET_BETA,
      [{ prefix: '44', ratePerMinute: '0.7', effectiveFrom: begins }],
      { effectiveFrom: new Date(begins) },
    );
    const { summary, impact } = await preview(draft);
    expect(impact.total).to.include({
      calls: 1,
      calls_without_rate: 0,
      new_amount: '0.700000',
      old_margin: '0.300000',
      new_margin: '0.400000',
    });
    // Twenty days are more than the seven that were promised.
    expect(summary.warnings).to.deep.equal([]);
  });

  it('waits its turn, is kept, and is out of date when the rows change', async () => {
    const releaseId = await acmeDraft();
    await queuePreview(db(), releaseId);
    expect(await showPreview(db(), releaseId)).to.include({ status: 'queued', progress: 0 });
    expect(await runNextPreview(job())).to.equal(true);
    expect(await runNextPreview(job())).to.equal(false);
    const done = await showPreview(db(), releaseId);
    expect(done).to.include({ status: 'done', progress: 100, isStale: false });
    expect(done.impact).to.have.nested.property('total.calls', 3);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await insertRateRows(db(), [storedRow(releaseId, { prefix: '999' })]);
    await addToRowCount(db(), releaseId, 1);
    expect((await showPreview(db(), releaseId)).isStale).to.equal(true);
  });

  it('leaves its work to another node when it has to stop', async () => {
    const releaseId = await acmeDraft();
    await queuePreview(db(), releaseId);
    const stopped = new AbortController();
    const running = runNextPreview(job(stopped.signal));
    stopped.abort();
    await running;
    expect(await showPreview(db(), releaseId)).to.include({ status: 'queued' });
    expect(await runNextPreview(job())).to.equal(true);
    expect(await showPreview(db(), releaseId)).to.include({ status: 'done' });
  });

  it('is made once when two nodes look for work at the same time', async () => {
    const [first, second] = [await acmeDraft(), await acmeDraft()];
    await queuePreview(db(), first);
    await queuePreview(db(), second);
    const found = await Promise.all([
      claimNextPreview(temp().database, 'node-1'),
      claimNextPreview(temp().database, 'node-2'),
      claimNextPreview(temp().database, 'node-3'),
    ]);
    expect(found).to.have.members([first, second, null]);
    const claim = { releaseId: first, owner: (await findPreview(db(), first))?.owner ?? '' };
    expect(await savePreview(db(), claim, { progress: 7 })).to.equal(true);
    await queuePreview(db(), first);
    expect(await savePreview(db(), claim, { progress: 8 })).to.equal(false);
    expect(await showPreview(db(), first)).to.include({ status: 'queued', progress: 0 });
    while (await runNextPreview(job())) continue;
  });

  it('is said to be out of date by the activation that comes after a change', async () => {
    const releaseId = await acmeDraft();
    await preview(releaseId);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await addToRowCount(db(), releaseId, 0);
    const admin = { database: temp().database, clock: systemClock, secrets };
    const far = { effective_from: '2090-01-01T00:00:00Z' };
    const active = await activateRelease(admin, scriptActor('test'), { id: releaseId }, far);
    expect(active.notices.map((notice) => notice.code)).to.deep.equal(['preview_stale']);
    expect((await showPreview(db(), releaseId)).isStale).to.equal(false);
  });

  it('keeps the reason where it cannot be made', async () => {
    const releaseId = await makeDraft(db(), SHEET_ACME, [{ prefix: '1' }], { status: 'importing' });
    await queuePreview(db(), releaseId);
    expect(await runNextPreview(job())).to.equal(true);
    const failed = await findPreview(db(), releaseId);
    expect(failed?.status).to.equal('failed');
    expect(failed?.error).to.match(/still being imported/);
  });

  it('has another fingerprint for other rows and for none', async () => {
    const releaseId = await makeDraft(db(), SHEET_ACME, [{ prefix: '1' }]);
    const first = await previewFingerprint(db(), releaseId);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await addToRowCount(db(), releaseId, 0);
    expect(await previewFingerprint(db(), releaseId)).to.not.equal(first);
    expect(await previewFingerprint(db(), 999_999)).to.equal(undefined);
  });
});
