import { expect } from 'chai';
import { describe, it } from 'mocha';
import { cdrInbox, ledgerTransactions, legs } from '../../../db/schema/index.js';
import { callOf, expectCorrectBooks, legOf, openHolds, purseOf } from '../../support/books.js';
import { ANSWER_US, callerEnded, carrierEnded, cdrBodyOf } from '../../support/leg-reports.js';
import { nextUuid } from '../../support/requests.js';
import { ACME } from '../../support/world.js';
import { OTHER, withBesiegedNode } from './besieged-node.js';

describe('forged call detail records', function () {
  this.timeout(20_000);
  const at = withBesiegedNode();

  const holdsOf = async (callId: string) =>
    (await openHolds(at().database)).filter((hold) => hold.callId === callId).length;
  const postings = async () => at().database.orm.select().from(ledgerTransactions);
  const failures = async () =>
    (await at().database.orm.select().from(cdrInbox)).filter(({ state }) => state === 'failed');

  it('without the right password are not looked at', async () => {
    const { callId } = await at().granted();
    const report = carrierEnded(callId, 30);
    for (const credentials of ['', 'Basic Zm9vOmJhcg==', OTHER.replace('Basic ', 'Digest ')]) {
      const answer = await at().post('cdr', cdrBodyOf(report), credentials);
      expect(answer).to.deep.equal({ status: 401, text: '' });
    }
    await at().drain();
    expect(await legOf(at().database, report.legUuid)).to.equal(undefined);
    expect(await holdsOf(callId)).to.be.above(0);
  });

  for (const [what, forge] of [
    [
      'its mark on a leg to a carrier',
      ({ callId }: { callId: string }) => carrierEnded(callId, 36_000),
    ],
    [
      'a leg without a mark that its caller caused',
      ({ legUuid }: { legUuid: string }) =>
        carrierEnded(null, 36_000, { originatingLegUuid: legUuid }),
    ],
    ["the end of its caller's own leg", ({ legUuid }: { legUuid: string }) => callerEnded(legUuid)],
  ] as const) {
    it(`by one switch about a call of another change nothing: ${what}`, async () => {
      const call = await at().granted();
      const held = await holdsOf(call.callId);
      const before = await purseOf(at().database, ACME);
      const count = (await postings()).length;
      const known = (await failures()).length;
      const forged = forge(call);
      expect((await at().post('cdr', cdrBodyOf(forged), OTHER)).status).to.equal(200);
      await at().drain();
      expect(await legOf(at().database, forged.legUuid)).to.equal(undefined);
      expect(await holdsOf(call.callId)).to.equal(held);
      expect(await purseOf(at().database, ACME)).to.deep.equal(before);
      expect(await postings()).to.have.lengthOf(count);
      // Kept for a person to look at, not thrown away.
      expect(await failures()).to.have.lengthOf(known + 1);
      const real = carrierEnded(call.callId, 30);
      await at().post('cdr', cdrBodyOf(real));
      await at().drain();
      expect(await legOf(at().database, real.legUuid)).to.include({ price: '0.300000' });
      expect(await holdsOf(call.callId)).to.equal(0);
    });
  }

  it('by one switch about a leg that talks at another leave it talking', async () => {
    const call = await at().granted();
    const report = carrierEnded(call.callId, 30);
    const { supervisor } = at().node.engine.parts;
    await supervisor.handle({ ...report, kind: 'answered' }, 1);
    const forged = { ...report, callId: null, billUs: 1_000_000 };
    await at().post('cdr', cdrBodyOf(forged), OTHER);
    await at().drain();
    expect((await legOf(at().database, report.legUuid))?.state).to.equal('answered');
    await at().post('cdr', cdrBodyOf(report));
    await at().drain();
    expect(await legOf(at().database, report.legUuid)).to.include({
      state: 'settled',
      price: '0.300000',
    });
  });

  it('by one switch cannot answer a call of another either', async () => {
    const call = await at().granted();
    const report = carrierEnded(call.callId, 30);
    const { supervisor } = at().node.engine.parts;
    await supervisor.handle({ ...report, kind: 'answered' }, 2);
    expect(supervisor.isWatching(report.legUuid)).to.equal(false);
    expect(await legOf(at().database, report.legUuid)).to.equal(undefined);
    expect((await callOf(at().database, call.callId)).state).to.equal('authorized');
  });

  it('of legs and calls that never were cost nobody anything', async () => {
    const before = await purseOf(at().database, ACME);
    const count = (await postings()).length;
    const unknown = carrierEnded(null, 3600, { originatingLegUuid: nextUuid() });
    const invented = carrierEnded(nextUuid(), 3600);
    for (const report of [unknown, invented]) {
      expect((await at().post('cdr', cdrBodyOf(report))).status).to.equal(200);
    }
    await at().drain();
    expect(await legOf(at().database, unknown.legUuid)).to.include({
      kind: 'unknown',
      price: '0.000000',
      transactionId: null,
    });
    // Its decision may still be on its way.
    expect(await legOf(at().database, invented.legUuid)).to.equal(undefined);
    expect(await purseOf(at().database, ACME)).to.deep.equal(before);
    expect(await postings()).to.have.lengthOf(count);
  });

  it('sent again and again charge once, with other figures too', async () => {
    const { callId } = await at().granted();
    const report = carrierEnded(callId, 30);
    const before = await purseOf(at().database, ACME);
    const count = (await postings()).length;
    const again = Array.from({ length: 50 }, () => at().post('cdr', cdrBodyOf(report)));
    const longer = { ...report, endUs: ANSWER_US + 3_600_000_000, billUs: 3_600_000_000 };
    for (const answer of await Promise.all(again)) expect(answer.status).to.equal(200);
    await at().drain();
    await at().post('cdr', cdrBodyOf(longer));
    await at().drain();
    expect(await legOf(at().database, report.legUuid)).to.include({ price: '0.300000' });
    expect(await postings()).to.have.lengthOf(count + 1);
    const after = await purseOf(at().database, ACME);
    expect(Number(before.balance) - Number(after.balance)).to.be.closeTo(0.3, 1e-9);
    await expectCorrectBooks(at().database);
  });

  for (const [what, body] of [
    ['a megabyte of brackets', '['.repeat(1_000_000)],
    ['JSON nested deeply', `{"variables":${'{"a":'.repeat(150_000)}1${'}'.repeat(150_000)}}`],
    ['lists nested deeply', `{"variables":${'['.repeat(400_000)}${']'.repeat(400_000)}}`],
    ['XML nested deeply', `<cdr><variables>${'<a>'.repeat(100_000)}`],
    ['XML that is never closed', `<cdr${' a="b"'.repeat(100_000)}`],
    ['percent signs', `cdr=%3C${'%'.repeat(900_000)}`],
    ['an entity in an entity', '<!DOCTYPE x [<!ENTITY a "&a;&a;">]><cdr>&a;</cdr>'],
    [
      'names every object has',
      '{"__proto__":{"uuid":"x"},"constructor":{"prototype":{"uuid":"y"}},"variables":"z"}',
    ],
  ] as const) {
    it(`made of ${what} are put aside while calls go on`, async () => {
      const stored = (await at().database.orm.select().from(legs)).length;
      const known = (await failures()).length;
      const startedMs = performance.now();
      const record = at().post('cdr', body);
      await at().granted();
      expect((await record).status).to.equal(200);
      expect(performance.now() - startedMs).to.be.below(5000);
      await at().drain();
      expect(await failures()).to.have.lengthOf(known + 1);
      expect(await at().database.orm.select().from(legs)).to.have.lengthOf(stored);
    });
  }

  it('of twenty megabytes are refused, and read no further than the limit', async () => {
    const answer = await at()
      .post('cdr', 'x'.repeat(20_000_000))
      .catch(() => ({ status: 413, text: '' }));
    expect(answer.status).to.equal(413);
    await at().granted();
  });
});
