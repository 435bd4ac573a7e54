import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { after, before, beforeEach, describe, it } from 'mocha';
import { expectCorrectBooks, purseOf } from '../support/books.js';
import { withTempDatabase } from '../support/temp-database.js';
import { fund, insertWorld } from '../support/use-world.js';
import { ACME, buildWorld } from '../support/world.js';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

describe('scripts/backup and scripts/restore', function () {
  this.timeout(90_000);
  const temp = withTempDatabase();
  let folder = '';
  let file = '';

  before(async () => {
    await insertWorld(temp().database, buildWorld());
    await fund(temp().database, ACME, '10');
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rl-backup-'));
    file = join(folder, 'backup.sql.gz');
  });
  after(async () => {
    if (folder !== '') await rm(folder, { recursive: true });
  });

  const run = (script: string, ...args: readonly string[]) =>
    new Promise<{ readonly code: number | null; readonly said: string }>((resolve, reject) => {
      const env = { ...process.env, DATABASE_URL: temp().url, SECRET_KEY: '0'.repeat(64) };
      const child = spawn(`./scripts/${script}`, args, { cwd: PROJECT, env });
      let said = '';
      child.stdout.on('data', (text: Buffer) => (said += text.toString()));
      child.stderr.on('data', (text: Buffer) => (said += text.toString()));
      child.on('error', reject);
      child.on('close', (code) => {
        resolve({ code, said });
      });
    });

  it('brings back the money as it was, and nothing that came later', async () => {
    const written = await run('backup', file);
    expect(written.code, written.said).to.equal(0);
    expect((await stat(file)).mode & 0o077).to.equal(0);
    await fund(temp().database, ACME, '5');
    const restored = await run('restore', file, '--replace-everything');
    expect(restored.code, restored.said).to.equal(0);
    expect(restored.said).to.include('ledger verified');
    expect((await purseOf(temp().database, ACME)).balance).to.equal('10.000000');
    await expectCorrectBooks(temp().database);
  });

  it('throws nothing away for half a backup, nor without being told to', async () => {
    expect((await run('backup', file)).code).to.equal(0);
    expect((await run('restore', file)).said).to.include('--replace-everything');
    const whole = await readFile(file);
    await writeFile(file, whole.subarray(0, whole.length - 100));
    const refused = await run('restore', file, '--replace-everything');
    expect(refused.code).to.equal(1);
    expect(refused.said).to.include('no complete backup');
    expect((await purseOf(temp().database, ACME)).balance).to.equal('10.000000');
  });

  it('leaves no file behind when the database cannot be read', async () => {
    const env = { ...process.env, DATABASE_URL: 'mysql://nobody@127.0.0.1:1/none' };
    const child = spawn('./scripts/backup', [file], { cwd: PROJECT, env });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).to.equal(1);
    expect(await stat(file).catch(() => null)).to.equal(null);
    expect(await stat(`${file}.new`).catch(() => null)).to.equal(null);
  });
});
