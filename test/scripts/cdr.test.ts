import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { cdrInbox } from '../../db/schema/index.js';
import { cdrBodyOf, callerEnded, carrierEnded } from '../support/leg-reports.js';
import { expectCorrectBooks, legOf, openHolds, purseOf } from '../support/books.js';
import { nextUuid, phoneRequest } from '../support/requests.js';
import { ACME } from '../support/world.js';
import { withCompany } from '../server/calls/company.js';

const SCRIPT = fileURLToPath(new URL('../../scripts/cdr.js', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

describe('npm run cdr', function () {
  this.timeout(60_000);
  const company = withCompany();
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ringledger-cdr-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const cdr = (...args: readonly string[]): Promise<Ended> =>
    new Promise((resolve, reject) => {
      const env = { ...process.env, DATABASE_URL: company().url, CDR_MAX_BODY_BYTES: '65536' };
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

  /** The command, with a running node beside it that sweeps the inbox. */
  const cdrWithNode = async (...args: readonly string[]): Promise<Ended> => {
    const { node } = company();
    const { inbox } = node();
    let sweeping: Promise<unknown> = Promise.resolve();
    const timer = setInterval(() => {
      sweeping = inbox.sweep();
    }, 200);
    const ended = await cdr(...args);
    clearInterval(timer);
    await sweeping;
    return ended;
  };

  /** Both records of a call of half a minute, in the folder; answers with their names. */
  const leaveRecords = async (wrap: (body: string) => string = (body) => body) => {
    const { node, ask } = company();
    const request = phoneRequest();
    const { callId } = await ask(node(), request);
    const leg = carrierEnded(callId, 30);
    const files = [`${leg.legUuid}.cdr.json`, `a_${request.legUuid}.cdr.json`] as const;
    writeFileSync(join(folder, files[0]), wrap(cdrBodyOf(leg)));
    writeFileSync(join(folder, files[1]), wrap(cdrBodyOf(callerEnded(request.legUuid))));
    return { leg, files };
  };

  it('brings in what a switch could not post, and says what was settled', async () => {
    const { leg } = await leaveRecords();
    await leaveRecords((body) => `cdr=${encodeURIComponent(body)}`);
    const ended = await cdrWithNode('import', folder, '--switch', 'fs1');
    expect(ended.err).to.equal('');
    expect(ended.out).to.equal("4 files of 'fs1': 4 brought in.\n4 are settled.\n");
    expect(ended.code).to.equal(0);
    expect(readdirSync(folder)).to.deep.equal([]);
    const { database } = company();
    expect((await legOf(database, leg.legUuid))?.state).to.equal('settled');
    expect(await openHolds(database)).to.deep.equal([]);
    expect((await purseOf(database, ACME)).balance).to.equal('99.400000');
    await expectCorrectBooks(database);
  });

  it('charges nothing twice, however often the same files come', async () => {
    const { files } = await leaveRecords();
    for (let round = 0; round < 2; round += 1) {
      const ended = await cdrWithNode('import', folder, '--switch', '1', '--keep', '--json');
      expect(ended.code, ended.err).to.equal(0);
      const told = { switch: 'fs1', files: 2, imported: 2, settled: 2, waiting: 0, failed: 0 };
      expect(JSON.parse(ended.out)).to.deep.equal({ ...told, bad: [] });
      expect(readdirSync(join(folder, 'imported'))).to.have.members(files);
      for (const file of files) {
        writeFileSync(join(folder, file), readFileSync(join(folder, 'imported', file)));
      }
    }
    expect((await purseOf(company().database, ACME)).balance).to.equal('99.700000');
  });

  it('leaves what it cannot read where it is, with the reason', async () => {
    await leaveRecords();
    const bad = {
      cut: `${nextUuid()}.cdr.json`,
      empty: `a_${nextUuid()}.cdr.json`,
      large: `${nextUuid()}.cdr.xml`,
    };
    writeFileSync(join(folder, bad.cut), '{"variables":{"uuid":"');
    writeFileSync(join(folder, bad.empty), '');
    writeFileSync(join(folder, bad.large), `<cdr>${' '.repeat(70_000)}</cdr>`);
    writeFileSync(join(folder, 'notes.txt'), 'not a record');
    mkdirSync(join(folder, `${nextUuid()}.cdr.json`));
    const ended = await cdrWithNode('import', folder, '--switch', 'fs1', '--json');
    expect(ended.code).to.equal(1);
    const told = JSON.parse(ended.out) as {
      imported: number;
      bad: { file: string; reason: string }[];
    };
    expect(told.imported).to.equal(2);
    const reasons = new Map(told.bad.map(({ file, reason }) => [file, reason]));
    expect([...reasons.keys()]).to.have.members(Object.values(bad));
    expect(reasons.get(bad.cut)).to.match(/JSON/);
    expect(reasons.get(bad.empty)).to.equal('neither JSON nor XML');
    expect(reasons.get(bad.large)).to.match(/CDR_MAX_BODY_BYTES/);
    expect(readdirSync(folder)).to.have.lengthOf(5);
  });

  it('says that records wait where no engine runs, and has them committed', async () => {
    await leaveRecords();
    const ended = await cdr('import', folder, '--switch', 'fs1');
    expect(ended.out).to.contain('2 wait in the inbox for a running engine.');
    expect(ended.code).to.equal(0);
    expect(readdirSync(folder)).to.deep.equal([]);
    const rows = await company().database.orm.select().from(cdrInbox);
    expect(rows.map(({ state }) => state)).to.deep.equal(['pending', 'pending']);
  });

  for (const [what, args, code, message] of [
    ['an unknown switch', ['--switch', 'nobody'], 1, /no FreeSWITCH server 'nobody'/],
    ['no switch', [], 2, /--switch is missing/],
    ['an unknown option', ['--switch', 'fs1', '--force'], 2, /--force/],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const ended = await cdr('import', folder, ...args);
      expect(ended.code).to.equal(code);
      expect(ended.err).to.match(message);
    });
  }

  it('refuses a folder that is not there', async () => {
    const ended = await cdr('import', join(folder, 'none'), '--switch', 'fs1');
    expect(ended.code).to.equal(1);
    expect(ended.err).to.match(/no such file or directory/);
  });
});
