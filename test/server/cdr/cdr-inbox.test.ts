import { expect } from 'chai';
import { describe, it } from 'mocha';
import { openDatabase } from '../../../db/client.js';
import { countInboxRows, insertInboxRows } from '../../../db/repositories/inbox.js';
import { cdrInbox } from '../../../db/schema/index.js';
import { legOf, openHolds, purseOf } from '../../support/books.js';
import { callerEnded, carrierEnded, cdrBodyOf } from '../../support/leg-reports.js';
import { nextUuid, phoneRequest } from '../../support/requests.js';
import { ACME, SWITCH_ID } from '../../support/world.js';
import { withCompany } from '../calls/company.js';

describe('the inbox of CDRs', () => {
  const company = withCompany();

  const rows = () => company().database.orm.select().from(cdrInbox);

  const placeCall = async () => {
    const { node, ask } = company();
    const request = phoneRequest();
    const { callId } = await ask(node(), request);
    return { leg: carrierEnded(callId, 30), caller: callerEnded(request.legUuid) };
  };

  it('commits a body before it is accepted and settles it after', async () => {
    const { node, database } = company();
    const { leg } = await placeCall();
    const one = node();
    await one.inbox.accept(cdrBodyOf(leg), SWITCH_ID, leg.legUuid);
    const [row] = await rows();
    expect(row).to.include({ legUuid: leg.legUuid, state: 'pending', switchId: SWITCH_ID });
    await one.drain();
    expect(await rows()).to.deep.equal([]);
    expect((await purseOf(database, ACME)).balance).to.equal('99.700000');
  });

  it('settles a body that is posted again, and by another node, once', async () => {
    const { node, database, second } = company();
    const { leg, caller } = await placeCall();
    const nodes = [node(), node({ database: second }), node()];
    await Promise.all(
      nodes.flatMap(({ inbox }) =>
        [leg, caller].map((report) => inbox.accept(cdrBodyOf(report), SWITCH_ID, '')),
      ),
    );
    await Promise.all(nodes.map((one) => one.drain()));
    expect(await rows()).to.deep.equal([]);
    expect(await purseOf(database, ACME)).to.deep.equal({ balance: '99.700000', held: '0.000000' });
  });

  it('keeps a body that cannot be read, with the reason, for a person', async () => {
    const { node, database } = company();
    const one = node();
    const legHint = nextUuid();
    await one.inbox.accept('<cdr>', SWITCH_ID, legHint);
    await one.inbox.accept('\u0000 Zoë 😀 not a record', SWITCH_ID, 'unknown');
    const kept = await rows();
    expect(
      kept.map(({ legUuid, state, rawBody }) => [legUuid, state, rawBody]),
    ).to.have.deep.members([
      [legHint, 'failed', '<cdr>'],
      ['unknown', 'failed', '\u0000 Zoë 😀 not a record'],
    ]);
    expect(kept[0]?.error).to.equal('XML without variables');
    expect(await countInboxRows(database.orm)).to.deep.equal({ pending: 0, failed: 2 });
    expect(await one.inbox.sweep()).to.equal(0);
  });

  it('sweeps up what a node left that died after its commit', async () => {
    const { node, database, clock } = company();
    const { leg } = await placeCall();
    const notBeforeUs = clock.nowUs() + 5_000_000;
    await insertInboxRows(database.orm, [
      {
        id: nextUuid(),
        switchId: SWITCH_ID,
        legUuid: leg.legUuid,
        receivedUs: clock.nowUs(),
        notBeforeUs,
        report: leg,
      },
    ]);
    const other = node();
    expect(await other.inbox.sweep()).to.equal(0);
    clock.advanceS(5);
    expect(await other.inbox.sweep()).to.equal(1);
    expect(await rows()).to.deep.equal([]);
    expect(await openHolds(database)).to.deep.equal([]);
  });

  it('sweeps on two nodes at once without harm', async () => {
    const { node, database, second, clock } = company();
    const legs = [];
    for (let count = 0; count < 10; count += 1) legs.push((await placeCall()).leg);
    await insertInboxRows(
      database.orm,
      legs.map((report) => ({
        id: nextUuid(),
        switchId: SWITCH_ID,
        legUuid: report.legUuid,
        receivedUs: clock.nowUs(),
        report,
      })),
    );
    const nodes = [node(), node({ database: second })];
    await Promise.all(nodes.map(({ inbox }) => inbox.sweep()));
    expect(await rows()).to.deep.equal([]);
    expect((await purseOf(database, ACME)).balance).to.equal('97.000000');
    for (const { settler } of nodes) expect(settler.counts.failed).to.equal(0);
  });

  it('puts a report off whose decision is not stored, and at last settles it as it is', async () => {
    const { node, database, clock } = company();
    const one = node();
    const leg = carrierEnded('00000000-0000-7000-8000-00000000dead', 30);
    await one.inbox.accept(cdrBodyOf(leg), SWITCH_ID, '');
    await one.drain();
    const [row] = await rows();
    expect(row).to.include({ state: 'pending', attempts: 1 });
    let sweeps = 0;
    for (; (await rows()).length > 0; sweeps += 1) {
      clock.advanceS(10);
      await one.inbox.sweep();
      if (sweeps > 20) throw new Error('put off for ever');
    }
    expect(sweeps).to.equal(10);
    expect(await legOf(database, leg.legUuid)).to.include({ kind: 'unknown', price: '0.000000' });
  });

  it('gives a report that can never be stored to a person after some tries', async () => {
    const { node, clock } = company();
    const one = node();
    const mad = carrierEnded(null, 30, { startUs: 2 ** 70 });
    await one.inbox.keep(mad, SWITCH_ID);
    for (let tries = 0; tries < 12; tries += 1) {
      clock.advanceS(20);
      await one.inbox.sweep();
    }
    const [row] = await rows();
    expect(row).to.include({ state: 'failed', legUuid: mad.legUuid });
    expect(row?.error).to.be.a('string').with.length.above(0);
  });

  it('does not accept what it cannot commit', async () => {
    const { node } = company();
    const away = openDatabase({ url: 'mysql://root@127.0.0.1:1/none', poolSize: 2 });
    const broken = node({ database: away });
    const { leg } = await placeCall();
    for (const body of [cdrBodyOf(leg), 'unreadable']) {
      await broken.inbox.accept(body, SWITCH_ID, 'unknown').then(
        () => expect.fail('accepted'),
        (error: unknown) => expect(error).to.be.instanceOf(Error),
      );
    }
    await away.close();
  });

  it('lets no row that does not fit take the others with it', async () => {
    const { node } = company();
    const { leg } = await placeCall();
    const one = node();
    const [good, bad] = await Promise.allSettled([
      one.inbox.accept(cdrBodyOf(leg), SWITCH_ID, ''),
      one.inbox.accept('unreadable', SWITCH_ID, 'h'.repeat(65)),
    ]);
    expect(good.status).to.equal('fulfilled');
    expect(bad.status).to.equal('rejected');
  });
});
