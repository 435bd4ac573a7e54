import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { openDatabase } from '../../../db/client.js';
import type { Database } from '../../../db/client.js';
import { claimNotice, findDueNotices, insertNotices } from '../../../db/repositories/notices.js';
import type { NewNotice } from '../../../db/repositories/notices.js';
import { notices } from '../../../db/schema/index.js';
import { deliverNotices } from '../../../server/notices/deliver-notices.js';
import { smtpMailer } from '../../../server/notices/mailer.js';
import type { Mailer } from '../../../server/notices/mailer.js';
import { FakeClock } from '../../support/fake-clock.js';
import { openMailServer } from '../../support/mail-server.js';
import type { MailServer } from '../../support/mail-server.js';
import { quietLog } from '../../support/quiet-log.js';
import { withTempDatabase } from '../../support/temp-database.js';

describe('notices', () => {
  const temp = withTempDatabase();
  let server: MailServer;
  let mailer: Mailer;
  let clock: FakeClock;
  let second: Database;
  let count = 0;

  beforeEach(async () => {
    await temp().database.orm.delete(notices);
    server = await openMailServer();
    mailer = smtpMailer(server.url, 'billing@operator.example');
    clock = new FakeClock();
    second = openDatabase({ url: temp().url, poolSize: 2 });
  });

  afterEach(async () => {
    mailer.close();
    await server.close();
    await second.close();
  });

  const write = async (over: Partial<NewNotice> = {}): Promise<void> => {
    count += 1;
    const payload = {
      account: 'Acme',
      balance: '4.500000',
      threshold: '5.000000',
      currency: 'EUR',
    };
    await insertNotices(temp().database.orm, [
      {
        kind: 'low_balance',
        occasion: `occasion ${String(count)}`,
        recipient: 'boss@acme.example',
        payload,
        createdUs: clock.nowUs(),
        ...over,
      },
    ]);
  };

  const deliver = (
    over: { database?: Database; mailer?: Mailer | null; signal?: AbortSignal } = {},
  ) =>
    deliverNotices({
      database: temp().database,
      clock,
      log: quietLog,
      mailer,
      signal: new AbortController().signal,
      ...over,
    });

  const rows = () => temp().database.orm.select().from(notices);

  it('are mailed once, in words', async () => {
    await write();
    expect(await deliver()).to.deep.equal({ sent: 1, failed: 0 });
    expect(await deliver()).to.deep.equal({ sent: 0, failed: 0 });
    const [mail, ...more] = server.mails;
    expect(more).to.deep.equal([]);
    expect(mail).to.include({ from: 'billing@operator.example', to: 'boss@acme.example' });
    expect(mail?.text).to.match(/^Subject: Low balance: Acme$/m);
    expect(mail?.text).to.match(/^Auto-Submitted: auto-generated$/m);
    expect(mail?.text).to.match(/^Message-ID: <notice-\d+-\d+@operator\.example>$/m);
    expect(mail?.text).to.contain('The balance is 4.500000 EUR, below 5.000000 EUR.');
    const [row] = await rows();
    expect(row).to.include({ state: 'sent', attempts: 1, sentUs: clock.nowUs(), error: null });
  });

  it('are told of once, whoever writes the occasion again', async () => {
    await write({ occasion: 'the same' });
    await write({ occasion: 'the same', payload: {} });
    expect(await rows()).to.have.lengthOf(1);
  });

  it('are sent by one of several nodes', async () => {
    for (let left = 20; left > 0; left -= 1) await write();
    const delivered = await Promise.all([deliver(), deliver({ database: second }), deliver()]);
    expect(delivered.reduce((sum, { sent }) => sum + sent, 0)).to.equal(20);
    const ids = server.mails.map(({ text }) => /^Message-ID: .*$/m.exec(text)?.[0]);
    expect(new Set(ids).size).to.equal(20);
    expect(ids).to.have.lengthOf(20);
  });

  it('are sent by another node when the one that had them died, and not before', async () => {
    await write();
    const [due] = await findDueNotices(second.orm, clock.nowUs(), 10);
    if (due === undefined) throw new Error('nothing is due');
    expect(await claimNotice(second.orm, due, clock.nowUs() + 300_000_000)).to.equal(true);
    expect(await claimNotice(second.orm, due, clock.nowUs() + 300_000_000)).to.equal(false);
    clock.advanceS(299);
    expect(await deliver()).to.deep.equal({ sent: 0, failed: 0 });
    clock.advanceS(1);
    expect(await deliver()).to.deep.equal({ sent: 1, failed: 0 });
  });

  it('are tried again after longer and longer pauses, and given up in the end', async () => {
    await write();
    server.refuse('RCPT', '451 try later');
    const pauses: number[] = [];
    for (;;) {
      expect(await deliver()).to.deep.equal({ sent: 0, failed: 1 });
      const [row] = await rows();
      if (row?.state !== 'pending') break;
      const pauseS = (row.notBeforeUs - clock.nowUs()) / 1_000_000;
      pauses.push(pauseS);
      clock.advanceS(pauseS - 1);
      expect(await deliver(), 'too early').to.deep.equal({ sent: 0, failed: 0 });
      clock.advanceS(1);
    }
    const doubled = [30, 60, 120, 240, 480, 960, 1920, 3840, 7680, 15_360];
    expect(pauses).to.deep.equal([...doubled, 21_600, 21_600, 21_600]);
    const [row] = await rows();
    expect(row).to.include({ state: 'failed', attempts: 14 });
    expect(row?.error).to.match(/451 try later/);
    expect(server.mails).to.deep.equal([]);
  });

  it('go out when the mail server is back', async () => {
    await write();
    server.refuse('DATA', '421 busy');
    expect(await deliver()).to.deep.equal({ sent: 0, failed: 1 });
    server.refuse('DATA', null);
    expect(await deliver()).to.deep.equal({ sent: 0, failed: 0 });
    clock.advanceS(30);
    expect(await deliver()).to.deep.equal({ sent: 1, failed: 0 });
    expect((await rows())[0]).to.include({ state: 'sent', attempts: 2, error: null });
  });

  it('are given up at once where there is no such recipient', async () => {
    await write();
    server.refuse('RCPT', '550 no such user');
    expect(await deliver()).to.deep.equal({ sent: 0, failed: 1 });
    expect((await rows())[0]).to.include({ state: 'failed', attempts: 1 });
  });

  it('are kept for whoever looks where there is no mail server, or nobody to send them to', async () => {
    await write();
    await write({ recipient: null });
    expect(await deliver({ mailer: null })).to.deep.equal({ sent: 0, failed: 0 });
    expect((await rows()).map(({ state }) => state)).to.deep.equal(['kept', 'kept']);
    await write();
    await write({ recipient: null });
    await write({ recipient: '' });
    expect((await deliver()).sent).to.equal(1);
    const states = (await rows()).map(({ state }) => state);
    expect(states).to.deep.equal(['kept', 'kept', 'sent', 'kept', 'kept']);
  });

  it('do not hold up a node that stops, whatever the mail server does', async () => {
    await write();
    server.refuse('DATA', 'silence');
    const stopped = new AbortController();
    const delivering = deliver({ signal: stopped.signal });
    setTimeout(() => {
      stopped.abort();
    }, 200);
    expect(await delivering).to.deep.equal({ sent: 0, failed: 0 });
    expect((await rows())[0]).to.include({ state: 'pending', attempts: 1 });
  });

  it('let no name begin a line or a header of its own, nor an address name two', async () => {
    const account = 'Acme\r\nBcc: thief@evil.example\n.\nMAIL FROM:<x>';
    await write({ payload: { account, balance: '1', threshold: '2', currency: 'EUR' } });
    await write({ recipient: 'a@acme.example, thief@evil.example' });
    await deliver();
    const [mail] = server.mails;
    expect(mail?.text).to.contain(
      'Subject: Low balance: Acme Bcc: thief@evil.example . MAIL FROM:<x>',
    );
    expect(mail?.text).not.to.match(/^Bcc:/m);
    for (const { to } of server.mails) expect(to).not.to.equal('thief@evil.example');
  });
});
