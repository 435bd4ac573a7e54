import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, rmSync, truncateSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Spool } from '../../../server/spool/spool.js';
import { quietLog } from '../../support/quiet-log.js';

const KILLED = fileURLToPath(new URL('killed-worker.js', import.meta.url));

describe('the spool', () => {
  let folder: string;
  let open: Spool[];

  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'ringledger-spool-')), 'deep', 'node');
    open = [];
  });

  afterEach(async () => {
    for (const spool of open) await spool.close();
    rmSync(join(folder, '..', '..'), { recursive: true, force: true });
  });

  const opened = async (maxBytes = 1_000_000): Promise<Spool> => {
    const spool = new Spool({ folder, maxBytes, log: quietLog });
    await spool.open();
    open.push(spool);
    return spool;
  };

  const closed = async (spool: Spool): Promise<void> => {
    await spool.close();
    open = open.filter((one) => one !== spool);
  };

  const put = (spool: Spool, ...texts: readonly string[]) =>
    Promise.all(texts.map((text) => spool.append(Buffer.from(text))));

  const takeAll = async (spool: Spool): Promise<readonly string[]> => {
    const taken: string[] = [];
    const store = (payloads: readonly Buffer[]): Promise<void> => {
      taken.push(...payloads.map((payload) => payload.toString()));
      return Promise.resolve();
    };
    while (await spool.takeOldest(store));
    return taken;
  };

  it('hands records out in the order in which they came, and is empty then', async () => {
    const spool = await opened();
    expect(spool.isEmpty).to.equal(true);
    await put(spool, 'a', 'b');
    await put(spool, 'c');
    expect(spool).to.include({ records: 3, isEmpty: false });
    expect(await takeAll(spool)).to.deep.equal(['a', 'b', 'c']);
    expect(spool).to.include({ records: 0, bytes: 0, isEmpty: true });
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('is found again by the next process', async () => {
    const first = await opened();
    await put(first, 'a', 'b');
    await closed(first);
    const second = await opened();
    expect(second).to.include({ records: 2, isEmpty: false });
    await put(second, 'c');
    expect(await takeAll(second)).to.deep.equal(['a', 'b', 'c']);
  });

  it('gives everything out again that could not be stored', async () => {
    const spool = await opened();
    await put(spool, 'a', 'b');
    const error = await spool
      .takeOldest(() => Promise.reject(new Error('away')))
      .catch((thrown: unknown) => thrown);
    expect(error).to.be.an('error').with.property('message', 'away');
    await put(spool, 'c');
    expect(await takeAll(spool)).to.deep.equal(['a', 'b', 'c']);
  });

  it('takes records while others are taken out', async () => {
    const spool = await opened();
    await put(spool, 'a');
    const taken: string[] = [];
    await spool.takeOldest(async (payloads) => {
      await put(spool, 'b');
      taken.push(...payloads.map(String));
    });
    expect(taken).to.deep.equal(['a']);
    expect(await takeAll(spool)).to.deep.equal(['b']);
  });

  it('leaves out a record whose end was never written', async () => {
    const first = await opened();
    await put(first, 'a');
    await put(first, 'never acknowledged');
    await closed(first);
    const [name = ''] = readdirSync(folder);
    truncateSync(join(folder, name), statSync(join(folder, name)).size - 3);
    const second = await opened();
    expect(second.records).to.equal(1);
    await put(second, 'b');
    expect(await takeAll(second)).to.deep.equal(['a', 'b']);
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('keeps a damaged segment for a person, and what can be read of it is stored', async () => {
    const first = await opened();
    await put(first, 'a');
    await closed(first);
    const [name = ''] = readdirSync(folder);
    appendFileSync(join(folder, name), Buffer.alloc(64, 7));
    const second = await opened();
    expect(await takeAll(second)).to.deep.equal(['a']);
    expect(readdirSync(folder)).to.deep.equal([`${name}.damaged`]);
  });

  it('refuses what would be more than its limit, and takes more when there is room again', async () => {
    const spool = await opened(1000);
    await put(spool, 'x'.repeat(900));
    const full = await put(spool, 'y'.repeat(100)).catch((error: unknown) => error);
    expect(full).to.be.an('error').with.property('code', 'spool_full');
    expect(await takeAll(spool)).to.have.lengthOf(1);
    await put(spool, 'y'.repeat(100));
    expect(await takeAll(spool)).to.deep.equal(['y'.repeat(100)]);
  });

  it('refuses a record that the disk does not take, and goes on when it does', async () => {
    const spool = await opened();
    await put(spool, 'a');
    await takeAll(spool);
    // A folder that is gone fails like a disk that is full: at the next file.
    rmSync(folder, { recursive: true });
    const error = await put(spool, 'b').catch((thrown: unknown) => thrown);
    expect(error).to.be.an('error').with.property('code', 'ENOENT');
    expect(spool.isEmpty).to.equal(true);
  });

  it('belongs to one process at a time', async () => {
    const first = await opened();
    const second = new Spool({ folder, maxBytes: 1000, log: quietLog });
    const error = await second.open().catch((thrown: unknown) => thrown);
    expect(error).to.be.an('error').with.property('code', 'spool_in_use');
    await closed(first);
    await opened();
  });

  it('has everything it acknowledged before its process was killed', async () => {
    const child = spawn(process.execPath, [KILLED, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.length > 4000) child.kill('SIGKILL');
    });
    await new Promise((resolve) => child.once('close', resolve));
    const acknowledged = said.split('\n').slice(0, -1);
    expect(acknowledged.length).to.be.above(100);
    const found = new Set(await takeAll(await opened()));
    expect(acknowledged.filter((text) => !found.has(text))).to.deep.equal([]);
  }).timeout(20_000);
});
