import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { sheetStore } from '../../db/repositories/admin/stores.js';
import { listImports } from '../../db/repositories/imports.js';
import { readRatePages } from '../../db/repositories/rate-row-pages.js';
import { withWorkshop } from '../server/rates/import/workshop.js';

const COMMAND = fileURLToPath(new URL('../../scripts/rates.js', import.meta.url));

function bigDeck(rows: number): string {
  const lines = Array.from(
    { length: rows },
    (_, at) => `${1_000_000 + at},Place ${at % 50},0.0${at % 9}1`,
  );
  return `prefix,destination,rate\n${lines.join('\n')}\n`;
}

describe('npm run rates', function () {
  this.timeout(60_000);
  const workshop = withWorkshop();

  function environment(): NodeJS.ProcessEnv {
    return { ...process.env, DATABASE_URL: workshop().temp.url };
  }

  function rates(...args: readonly string[]) {
    return ratesWith({}, ...args);
  }

  function ratesWith(settings: NodeJS.ProcessEnv, ...args: readonly string[]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
      env: { ...environment(), ...settings },
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  }

  function file(name: string, content: string): string {
    const path = join(workshop().folder, name);
    writeFileSync(path, content);
    return path;
  }

  async function sheet(): Promise<{ readonly id: number; readonly name: string }> {
    const id = await workshop().sheet();
    const row = await sheetStore.find(workshop().temp.database.orm, id);
    return { id, name: row?.name ?? '' };
  }

  /** Waits for the first rows of the sheet's first release; returns its id. */
  async function firstRows(sheetId: number): Promise<number> {
    const { orm } = workshop().temp.database;
    for (let wait = 0; wait < 1000; wait += 1) {
      const [release] = await workshop().releases(sheetId);
      const { done } = await readRatePages(orm, release?.id ?? 0, 1).next();
      if (release !== undefined && done !== true) return release.id;
      await pause(20);
    }
    throw new Error('no row was written within 20 s');
  }

  it('shows its commands, and fails without one', () => {
    expect(rates('--help').status).to.equal(0);
    expect(rates('--help').stdout).to.match(/import .*\n.*export /);
    expect(rates().status).to.equal(2);
    expect(rates('nonsense').status).to.equal(2);
    expect(rates('import', '--help').stdout).to.include('--date-format');
  });

  it('imports a file, says what it did and what to do next, and answers the same file again', async () => {
    const { id, name } = await sheet();
    const path = file('deck.csv', 'prefix,rate\n44,0.01\n45,0.02\nx,1\n');
    const first = rates('import', path, '--sheet', name);
    expect(first.status, first.stderr).to.equal(0);
    expect(first.stdout).to.match(/Draft 1 of Sheet \d+: 2 rows, 1 line left out/);
    expect(first.stdout).to.match(/line 4: prefix: 'x' is not digits \(invalid_prefix\)/);
    expect(first.stdout).to.match(/Next: npm run rates -- preview \d+/);
    expect(first.stderr).to.equal('');
    const again = rates('import', path, '--sheet', String(id), '--json');
    expect(again.status).to.equal(0);
    expect(JSON.parse(again.stdout)).to.include({
      already_imported: true,
      status: 'done',
      rows: 2,
    });
    expect(await workshop().releases(id)).to.have.length(1);
    const listed = rates('list', '--sheet', name);
    expect(listed.stdout).to.match(/release 1 \(id \d+\) {2}draft, .* 2 rows/);
  });

  it('stores nothing on a dry run, and finds the same', async () => {
    const { id, name } = await sheet();
    const path = file('dry.csv', 'prefix;rate\n44;0,01\nx;1\n');
    const dry = rates('import', path, '--sheet', name, '--dry-run', '--json');
    expect(dry.status, dry.stderr).to.equal(0);
    expect(JSON.parse(dry.stdout)).to.deep.include({
      dry_run: true,
      lines: 2,
      rows: 1,
      rejected: 1,
      columns: { prefix: 'prefix', rate: 'rate' },
    });
    expect(await workshop().releases(id)).to.deep.equal([]);
    const imports = await listImports(workshop().temp.database.orm, {
      offset: 0,
      limit: 1,
      sheetId: id,
    });
    expect(imports.total).to.equal(0);
  });

  it('refuses with 1 what the file or the names are to blame for, with 2 what is not', async () => {
    const { name } = await sheet();
    const path = file('mixed.csv', 'prefix;rate\n44;0.01\n45;0,02\n');
    const mixed = rates('import', path, '--sheet', name);
    expect(mixed.status).to.equal(1);
    expect(mixed.stdout).to.match(/line 3: .*\(mixed_decimals\)/);
    expect(rates('import', path, '--sheet', 'nobody').status).to.equal(1);
    expect(rates('import', path).status).to.equal(2);
    expect(rates('import', path, '--sheet', name, '--mode', 'x').status).to.equal(2);
    expect(rates('import', path, '--sheet', name, '--map', 'x').status).to.equal(2);
    expect(rates('import', path, '--sheet', name, '--date-format', 'x').status).to.equal(2);
    const small = { RATES_MAX_ROWS: '1' };
    const many = file('many.csv', 'prefix,rate\n44,0.01\n45,0.02\n');
    for (const more of [[], ['--dry-run']]) {
      const refused = ratesWith(small, 'import', many, '--sheet', name, ...more);
      expect(refused.status, refused.stderr).to.equal(1);
      expect(refused.stdout).to.match(/line 3: .*\(too_many_rows\)/);
    }
    const absent = rates('import', `${path}.gone`, '--sheet', name);
    expect(absent.status).to.equal(2);
    expect(absent.stderr).to.match(/^error: .*no such file/);
  });

  it('takes every option of a file', async () => {
    const { id, name } = await sheet();
    const path = file('odd.csv', 'A|B|C\n44|1.234|03/04/2026\n');
    const { status, stderr, stdout } = rates(
      ...['import', path, '--sheet', name, '--map', 'prefix=A,rate=2', '--map', 'effective date=C'],
      ...['--separator', '|', '--decimal', ',', '--date-format', 'm/d/y', '--encoding', 'latin1'],
      ...[
        '--default-increment',
        '60/30',
        '--effective',
        '2026-12-01',
        '--note',
        'Odd',
        '--mode',
        'merge',
      ],
    );
    expect(status, stderr + stdout).to.equal(0);
    const [release] = await workshop().releases(id);
    expect(release?.note).to.equal('Odd');
    expect(release?.effectiveFrom.toISOString()).to.equal('2026-12-01T00:00:00.000Z');
    const [row] = await workshop().rows(release?.id ?? 0);
    expect(row).to.include({
      ratePerMinute: '1234.00000000',
      initialIncrementS: 60,
      incrementS: 30,
      effectiveFrom: Date.UTC(2026, 2, 4),
    });
  });

  it('writes a release to a file or to its output, and the template', async () => {
    const { id, name } = await sheet();
    rates('import', file('out.csv', 'prefix,rate\n44,0.01\n'), '--sheet', name);
    const [release] = await workshop().releases(id);
    const out = join(workshop().folder, 'exported.csv');
    expect(rates('export', String(release?.id), '--out', out).status).to.equal(0);
    const text = readFileSync(out, 'utf8');
    expect(text).to.match(/^prefix,destination,rate_per_minute,.*\r\n44,,0.01,0,1,1,/);
    expect(rates('export', String(release?.id)).stdout).to.equal(text);
    expect(rates('export', '--sheet', name).status).to.equal(1);
    expect(rates('export', '99999999').status).to.equal(1);
    expect(rates('template').stdout).to.match(/^prefix,country,destination,rate/);
  });

  it('leaves nothing of an import that was killed, once the next one begins', async () => {
    const { id, name } = await sheet();
    const path = file('killed.csv', bigDeck(200_000));
    const child = spawn(process.execPath, [COMMAND, 'import', path, '--sheet', name], {
      env: environment(),
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const { orm } = workshop().temp.database;
    const partial = await firstRows(id);
    child.kill('SIGKILL');
    await ended;
    expect((await workshop().releases(id))[0]?.status).to.equal('importing');
    const next = rates(
      'import',
      file('next.csv', 'prefix,rate\n44,0.01\n'),
      '--sheet',
      name,
      '--json',
    );
    expect(next.status, next.stderr).to.equal(0);
    expect(
      (await workshop().releases(id)).map(({ status, rowCount }) => [status, rowCount]),
    ).to.deep.equal([['draft', 1]]);
    expect(await workshop().rows(partial)).to.deep.equal([]);
    const { rows } = await listImports(orm, {
      offset: 0,
      limit: 10,
      sheetId: id,
      status: 'failed',
    });
    expect(rows.map(({ errorCode }) => errorCode)).to.deep.equal(['interrupted']);
    const again = rates('import', path, '--sheet', name, '--json');
    expect(JSON.parse(again.stdout)).to.include({ status: 'done', rows: 200_000 });
  });

  it('stops cleanly when it is told to', async () => {
    const { id, name } = await sheet();
    const path = file('stopped.csv', bigDeck(200_000));
    const child = spawn(process.execPath, [COMMAND, 'import', path, '--sheet', name], {
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (piece: Buffer) => (output += piece.toString()));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await firstRows(id);
    child.kill('SIGINT');
    expect(await ended).to.equal(1);
    expect(output).to.include('Cancelled; nothing was stored.');
    expect(await workshop().releases(id)).to.deep.equal([]);
  });

  it('keeps its memory small however long the file is', async () => {
    const { name } = await sheet();
    const path = file('long.csv', bigDeck(100_000));
    const script = `process.on('exit', () => process.stderr.write(String(process.resourceUsage().maxRSS)));
      process.argv.splice(1, 0, 'rates'); await import(${JSON.stringify(`file://${COMMAND}`)});`;
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', script, 'import', path, '--sheet', name],
      { env: environment(), encoding: 'utf8' },
    );
    expect(status, stderr).to.equal(0);
    expect(Number(stderr)).to.be.within(30_000, 350_000);
  });
});
