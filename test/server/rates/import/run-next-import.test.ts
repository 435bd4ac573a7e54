import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { v7 as uuidv7 } from 'uuid';
import { findImport, updateImport } from '../../../../db/repositories/imports.js';
import { DeckFileFault } from '../../../../rating/deck-file/types.js';
import type { JobDeps } from '../../../../server/jobs/types.js';
import { cancelImport, queueImport } from '../../../../server/rates/import/queue-import.js';
import { runNextImport } from '../../../../server/rates/import/run-next-import.js';
import { spoolFile, spoolPath } from '../../../../server/rates/import/spool.js';
import { quietLog } from '../../../support/quiet-log.js';
import { withWorkshop } from './workshop.js';

const DECK = 'prefix,rate\n44,0.01\n45,0.02\n';

describe('the background worker of imports', function () {
  this.timeout(30_000);
  const workshop = withWorkshop();
  let folder = '';

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ringledger-spool-'));
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  function jobs(nodeId = 'node-1'): JobDeps {
    const { temp, clock } = workshop();
    const signal = new AbortController().signal;
    return { database: temp.database, clock, log: quietLog, nodeId, uploadFolder: folder, signal };
  }

  async function upload(content: string, nodeId = 'node-1'): Promise<string> {
    const id = uuidv7();
    const body = Readable.from([Buffer.from(content)]);
    const facts = await spoolFile(body, { folder, importId: id });
    const sheetId = await workshop().sheet();
    await queueImport(workshop().admin, {
      id,
      sheetId,
      fileName: 'upload.csv',
      facts,
      mode: 'replace',
      read: {},
      spoolNode: nodeId,
      actor: 'test',
    });
    return id;
  }

  const find = async (id: string) => findImport(workshop().temp.database.orm, id);

  it('brings an uploaded file in and removes it, one at a time', async () => {
    const first = await upload(DECK);
    const second = await upload(DECK);
    expect(await runNextImport(jobs())).to.equal(true);
    expect((await find(first))?.status).to.equal('done');
    expect((await find(second))?.status).to.equal('queued');
    expect(await runNextImport(jobs())).to.equal(true);
    expect((await find(second))?.status).to.equal('done');
    expect(await runNextImport(jobs())).to.equal(false);
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it('leaves a file to the node that has it', async () => {
    const id = await upload(DECK, 'node-2');
    expect(await runNextImport(jobs())).to.equal(false);
    expect((await find(id))?.status).to.equal('queued');
    expect(await runNextImport(jobs('node-2'))).to.equal(true);
    expect((await find(id))?.status).to.equal('done');
  });

  it('removes the file of an import that failed', async () => {
    const id = await upload('prefix,rate\n');
    await runNextImport(jobs());
    expect(await find(id)).to.include({ status: 'failed', errorCode: 'no_rows' });
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it('fails an import whose file is gone', async () => {
    const id = await upload(DECK);
    await rm(spoolPath(folder, id));
    await runNextImport(jobs());
    expect(await find(id)).to.include({ status: 'failed', errorCode: 'file_gone' });
  });

  it('fails an import whose file is another by now', async () => {
    const id = await upload(DECK);
    await writeFile(spoolPath(folder, id), 'prefix,rate\n44,9\n');
    await runNextImport(jobs());
    expect(await find(id)).to.include({ status: 'failed', errorCode: 'file_changed' });
  });

  it('never begins an import that was cancelled while it waited', async () => {
    const id = await upload(DECK);
    await cancelImport(workshop().admin, id);
    expect(await runNextImport(jobs())).to.equal(false);
    expect(await find(id)).to.include({ status: 'cancelled', releaseId: null });
  });

  it('begins anew what a process of this node left behind, once its lease is over', async () => {
    const { temp, clock } = workshop();
    const id = await upload(DECK);
    const leaseUntil = new Date(clock.nowMs() + 60_000);
    await updateImport(temp.database.orm, id, { status: 'running', owner: 'else/1', leaseUntil });
    expect(await runNextImport(jobs())).to.equal(false);
    clock.advanceS(61);
    expect(await runNextImport(jobs())).to.equal(true);
    expect((await find(id))?.status).to.equal('done');
  });

  it('gives up what another node left, but only when it stays away', async () => {
    const { temp, clock } = workshop();
    const id = await upload(DECK, 'node-9');
    const leaseUntil = new Date(clock.nowMs());
    await updateImport(temp.database.orm, id, { status: 'running', owner: 'else/1', leaseUntil });
    clock.advanceS(300);
    expect(await runNextImport(jobs())).to.equal(false);
    clock.advanceS(400);
    expect(await runNextImport(jobs())).to.equal(true);
    expect(await find(id)).to.include({ status: 'failed', errorCode: 'interrupted' });
    await rm(spoolPath(folder, id));
  });

  it('takes nothing that is no text, and leaves nothing of it', async () => {
    const body = Readable.from([Buffer.from([0x50, 0x4b, 3, 4]), Buffer.alloc(1000)]);
    const refused = await spoolFile(body, { folder, importId: uuidv7() }).then(
      () => null,
      (error: unknown) => error,
    );
    expect(refused).to.be.instanceOf(DeckFileFault);
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it('writes what arrives in pieces byte by byte', async () => {
    const id = uuidv7();
    const text = `prefix,rate\n${'1234567,0.01\n'.repeat(50_000)}`;
    const bytes = Buffer.from(text);
    const pieces = Array.from({ length: Math.ceil(bytes.length / 1000) }, (_, at) =>
      bytes.subarray(at * 1000, at * 1000 + 1000),
    );
    const facts = await spoolFile(Readable.from(pieces), { folder, importId: id });
    expect(facts.bytes).to.equal(bytes.length);
    expect(await readFile(spoolPath(folder, id), 'utf8')).to.equal(text);
    await rm(spoolPath(folder, id));
  });
});
