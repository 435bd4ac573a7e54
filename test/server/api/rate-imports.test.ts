import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import express from 'express';
import { after, before, describe, it } from 'mocha';
import { apiRouter } from '../../../server/api/router.js';
import type { JobDeps } from '../../../server/jobs/types.js';
import { runNextImport } from '../../../server/rates/import/run-next-import.js';
import { quietLog } from '../../support/quiet-log.js';
import { withApi } from './api-client.js';
import type { Json } from './api-client.js';
import { sheet } from './sample-data.js';

const DECK = 'prefix,destination,rate\n44,UK,0.01\nx,"=Bad, one",1\n45,DK,0.02\n';

describe('rate imports over the API', function () {
  this.timeout(30_000);
  const api = withApi();
  let folder = '';
  let server: Server;
  let baseUrl = '';
  let pokes = 0;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ringledger-uploads-'));
    const app = express();
    const log = { info: () => undefined, error: () => undefined };
    const liveState = { nodeId: 'node-1', switchStatus: () => undefined };
    const pokeJobs = () => {
      pokes += 1;
    };
    const deps = { ...api().deps, log, liveState, uploadFolder: folder, pokeJobs };
    app.use('/api/v1', apiRouter(deps));
    server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`;
  });
  after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });

  async function call(method: string, path: string, body?: string | Uint8Array, type = 'text/csv') {
    const answer = await fetch(`${baseUrl}${path}`, {
      method,
      headers: { Authorization: `Bearer ${api().adminKey}`, 'Content-Type': type },
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('Content-Type')?.includes('json') === true;
    // What the API answers as JSON is an object.
    const json = isJson ? (JSON.parse(text) as Json) : {};
    return { status: answer.status, headers: answer.headers, text, json };
  }

  async function work(): Promise<void> {
    const { database, clock } = api().deps;
    const signal = new AbortController().signal;
    const deps: JobDeps = {
      ...{ database, clock, signal, log: quietLog },
      ...{ nodeId: 'node-1', uploadFolder: folder },
    };
    while (await runNextImport(deps));
  }

  it('takes a file, brings it in behind the answer, and shows how far it is', async () => {
    const { id } = await sheet(api());
    const before = pokes;
    const sent = await call('POST', `/rate-sheets/${String(id)}/imports?file_name=acme.csv`, DECK);
    expect(sent.status, sent.text).to.equal(202);
    expect(sent.json).to.include({
      status: 'queued',
      file_name: 'acme.csv',
      already_imported: false,
    });
    expect(sent.headers.get('Location')).to.equal(`/api/v1/imports/${String(sent.json['id'])}`);
    expect(pokes).to.equal(before + 1);
    await work();
    const path = `/imports/${String(sent.json['id'])}`;
    const { json } = await call('GET', path);
    expect(json).to.include({
      status: 'done',
      progress_percent: 100,
      rows_read: 3,
      rows_accepted: 2,
      rows_rejected: 1,
      error_code: null,
    });
    expect(json['detected']).to.deep.include({ separator: ',', decimal: '.' });
    const release = await call('GET', `/releases/${String(json['release_id'])}`);
    expect(release.json).to.include({ status: 'draft', row_count: 2, rejected_count: 1 });
    expect(await readdir(folder)).to.deep.equal([]);
    const listed = await call('GET', `/rate-sheets/${String(id)}/imports?status=done`);
    expect(listed.json).to.include({ total: 1 });
    expect((await call('GET', `/imports?sheet_id=${String(id)}`)).json).to.include({ total: 1 });

    const errors = await call('GET', `${path}/errors`);
    expect(errors.json['items']).to.deep.equal([
      {
        number: 1,
        line: 3,
        code: 'invalid_prefix',
        field: 'prefix',
        detail: "'x' is not digits",
        raw: 'x,"=Bad, one",1',
      },
    ]);
    const file = await call('GET', `${path}/errors.csv`);
    expect(file.text).to.equal(
      'line,code,field,detail,raw\r\n3,invalid_prefix,prefix,\'x\' is not digits,"x,""=Bad, one"",1"\r\n',
    );
    const exported = await call('GET', `/releases/${String(json['release_id'])}/export.csv`);
    expect(exported.headers.get('Content-Disposition')).to.include('.csv');
    expect(exported.text).to.match(/^prefix,.*\r\n44,UK,0\.01,.*\r\n45,DK,0\.02,.*\r\n$/);
  });

  it('answers a file that was sent before with its import', async () => {
    const { id } = await sheet(api());
    const path = `/rate-sheets/${String(id)}/imports`;
    const first = await call('POST', path, DECK);
    const again = await call('POST', path, DECK, 'application/octet-stream');
    expect(again.status).to.equal(200);
    expect(again.json).to.include({ id: first.json['id'], already_imported: true });
    expect(await readdir(folder)).to.have.length(1);
    const otherwise = await call('POST', `${path}?mode=merge`, DECK);
    expect(otherwise.status).to.equal(202);
    await work();
  });

  it('takes the options of the query', async () => {
    const { id } = await sheet(api());
    const query = new URLSearchParams({
      map: 'prefix=A,rate=2,effective date=C',
      separator: 'tab',
      decimal: ',',
      date_format: 'd/m/y',
      encoding: 'latin1',
      default_increment: '60/60',
      effective_from: '2027-01-01T00:00:00Z',
      note: 'New year',
    });
    const deck = 'A\tB\tC\n44\t1.234\t03/04/2027\n';
    const sent = await call('POST', `/rate-sheets/${String(id)}/imports?${query.toString()}`, deck);
    expect(sent.status, sent.text).to.equal(202);
    await work();
    const { json } = await call('GET', `/imports/${String(sent.json['id'])}`);
    expect(json, JSON.stringify(json)).to.include({ status: 'done' });
    const release = await call('GET', `/releases/${String(json['release_id'])}`);
    expect(release.json).to.include({
      note: 'New year',
      effective_from: '2027-01-01T00:00:00.000Z',
    });
    const exported = await call('GET', `/releases/${String(json['release_id'])}/export.csv`);
    expect(exported.text).to.match(/\r\n44,,1234,0,60,60,0,.*2027-04-03T00:00:00\.000Z/);
  });

  const refusals: readonly (readonly [
    string,
    string,
    string | Uint8Array,
    string,
    number,
    string,
  ])[] = [
    ['a workbook', '', Buffer.from([0x50, 0x4b, 3, 4, 0]), 'text/csv', 422, 'binary_file'],
    ['a body of JSON', '', '{}', 'application/json', 415, 'unsupported_content_type'],
    ['a separator that is none', '?separator=x', DECK, 'text/csv', 400, 'bad_request'],
    ['a mapping that is none', '?map=prefix', DECK, 'text/csv', 400, 'bad_request'],
    ['an option nobody knows', '?colour=red', DECK, 'text/csv', 400, 'bad_request'],
  ];
  for (const [name, query, body, type, status, code] of refusals) {
    it(`refuses ${name} and keeps no file`, async () => {
      const { id } = await sheet(api());
      const answer = await call('POST', `/rate-sheets/${String(id)}/imports${query}`, body, type);
      expect(answer.status, answer.text).to.equal(status);
      expect(answer.json['code']).to.equal(code);
      expect(await readdir(folder)).to.deep.equal([]);
    });
  }

  it('says what is wrong with a file as a whole', async () => {
    const { id } = await sheet(api());
    const deck = 'prefix;rate\n44;0.01\n45;0,02\n';
    const sent = await call('POST', `/rate-sheets/${String(id)}/imports`, deck);
    await work();
    const { json } = await call('GET', `/imports/${String(sent.json['id'])}`);
    expect(json).to.include({ status: 'failed', error_code: 'mixed_decimals', error_line: 3 });
    expect(json['release_id']).to.equal(null);
  });

  it('gives an import up while it waits, and not once it ended', async () => {
    const { id } = await sheet(api());
    const sent = await call('POST', `/rate-sheets/${String(id)}/imports`, DECK);
    const path = `/imports/${String(sent.json['id'])}`;
    const cancelled = await call('POST', `${path}/cancel`);
    expect(cancelled.status, cancelled.text).to.equal(200);
    expect(cancelled.json).to.include({ status: 'cancelled' });
    expect(await readdir(folder)).to.deep.equal([]);
    await work();
    expect((await call('GET', path)).json).to.include({ status: 'cancelled' });
    const anew = await call('POST', `/rate-sheets/${String(id)}/imports`, DECK);
    await work();
    const late = await call('POST', `/imports/${String(anew.json['id'])}/cancel`);
    expect(late.status).to.equal(409);
    expect(late.json['code']).to.equal('import_finished');
  });

  it('knows no import, sheet or release that is not there', async () => {
    const nobody = '00000000-0000-7000-8000-000000000000';
    expect((await call('POST', '/rate-sheets/999999/imports', DECK)).status).to.equal(404);
    expect((await call('GET', `/imports/${nobody}`)).status).to.equal(404);
    expect((await call('POST', `/imports/${nobody}/cancel`)).status).to.equal(404);
    expect((await call('GET', `/imports/${nobody}/errors.csv`)).status).to.equal(404);
    expect((await call('GET', '/releases/999999/export.csv')).status).to.equal(404);
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it('gives the template away', async () => {
    const { status, text, headers } = await call('GET', '/rate-sheets/import-template.csv');
    expect(status).to.equal(200);
    expect(headers.get('Content-Type')).to.include('text/csv');
    expect(text).to.match(/^prefix,country,destination,rate/);
  });
});
