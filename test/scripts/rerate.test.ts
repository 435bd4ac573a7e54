import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { expectCorrectBooks, purseOf } from '../support/books.js';
import { ACME, SHEET_ACME } from '../support/world.js';
import { CALL_MS, withRerateCompany } from '../server/rates/rerate-company.js';

const SCRIPT = fileURLToPath(new URL('../../scripts/rerate.js', import.meta.url));
const DAY_MS = 86_400_000;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

describe('npm run rerate', function () {
  this.timeout(60_000);
  const company = withRerateCompany();

  const rerate = (...args: readonly string[]): Promise<Ended> =>
    new Promise((resolve, reject) => {
      const env = { ...process.env, DATABASE_URL: company().url };
      const child = spawn(process.execPath, [SCRIPT, ...args], { env });
      let out = '';
      let err = '';
      child.stdout.on('data', (text: Buffer) => (out += text.toString()));
      child.stderr.on('data', (text: Buffer) => (err += text.toString()));
      child.on('error', reject);
      child.on('close', (code) => {
        resolve({ code, out, err });
      });
    });

  const PERIOD = [
    ...['--from', new Date(CALL_MS - DAY_MS).toISOString()],
    ...['--to', new Date(CALL_MS + DAY_MS).toISOString()],
  ];

  /** A call of half a minute that was charged 0.30 and should have been charged 0.45. */
  const wrongCall = async () => {
    await company().call();
    await company().activate(SHEET_ACME, [{ prefix: '44', ratePerMinute: '0.9' }]);
  };

  it('previews and posts a period, and says what it comes to', async () => {
    await wrongCall();
    const preview = await rerate('preview', ...PERIOD, '--account', 'account-3');
    expect(preview.code, preview.err).to.equal(0);
    expect(preview.out).to.match(/done: 1 of 1 legs, 1 changed, 0 skipped/);
    expect(preview.out).to.match(/payers {5}0\.300000 to 0\.450000 EUR \(\+0\.150000\), 1 changed/);
    expect((await purseOf(company().database, ACME)).balance).to.equal('99.700000');
    const post = await rerate('post', ...PERIOD, '--sheet', 'acme retail', '--json');
    expect(post.code, post.err).to.equal(0);
    expect(JSON.parse(post.out)).to.deep.include({ status: 'done', legs_changed: 1 });
    expect((await purseOf(company().database, ACME)).balance).to.equal('99.550000');
    await expectCorrectBooks(company().database);
    const list = await rerate('status');
    expect(list.out.trim().split('\n')).to.have.lengthOf(2);
  });

  it('stops a run that waits, and resumes it', async () => {
    await wrongCall();
    const id = await company().queue();
    expect((await rerate('stop', id)).out).to.match(/stopped: 0 of 0 legs/);
    const resumed = await rerate('resume', id);
    expect(resumed.code, resumed.err).to.equal(0);
    expect((await rerate('status', id)).out).to.match(/done: 1 of 1 legs, 1 changed/);
  });

  it('says what is wrong with a command, and with what it names', async () => {
    const help = await rerate('--help');
    expect(help).to.include({ code: 0 });
    expect(help.out).to.match(/Usage: npm run rerate -- COMMAND[^]*preview[^]*resume/);
    const missing = await rerate('post', '--from', '2026-11-01');
    expect(missing).to.include({ code: 2 });
    expect(missing.err).to.match(/--to is missing/);
    const when = await rerate('post', '--from', 'monday', '--to', '2026-11-01');
    expect(when.err).to.match(/--from: found 'monday'/);
    const nobody = await rerate('post', ...PERIOD, '--account', 'nobody');
    expect(nobody).to.include({ code: 1 });
    expect(nobody.err).to.match(/There is no account 'nobody'/);
    const late = await rerate('stop', '00000000-0000-7000-8000-000000000000');
    expect(late.err).to.match(/There is no re-rating/);
  });
});
