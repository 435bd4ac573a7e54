import { createServer, request } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import express from 'express';
import { after, before, describe, it } from 'mocha';
import { z } from 'zod';
import { attachment } from '../../../server/api/download.js';
import { defineOperation } from '../../../server/api/operation.js';
import { apiRouter } from '../../../server/api/router.js';
import { Refusal } from '../../../server/admin/refusal.js';
import { withApi } from './api-client.js';

const LIMIT = 1_000_000;

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

describe('files in and out of the API', function () {
  this.timeout(20_000);
  const api = withApi();
  let server: Server;
  let port = 0;
  /** What the operations below were seen to do. */
  const seen = { received: 0, failures: [] as string[], ended: 0, open: 0, mostBuffered: 0 };

  const take = defineOperation({
    id: 'takeFile',
    method: 'post',
    path: '/files',
    tag: 'Test',
    summary: 'Take a file',
    scope: 'config:write',
    upload: true,
    query: z.strictObject({ refuse: z.enum(['before', 'after']).optional() }),
    response: z.object({ bytes: z.int(), type: z.string() }),
    async handle({ query, takeUpload }) {
      const { stream, contentType } = takeUpload();
      if (query.refuse === 'before') throw new Refusal('conflict', 'not_now', 'Not now.');
      let bytes = 0;
      seen.open += 1;
      try {
        for await (const chunk of stream as AsyncIterable<Buffer>) {
          bytes += chunk.length;
          seen.received = bytes;
          seen.mostBuffered = Math.max(seen.mostBuffered, stream.readableLength);
          if (query.refuse === 'after') throw new Refusal('invalid', 'bad_line', 'Line 1.');
        }
      } catch (error) {
        seen.failures.push(error instanceof Error ? error.message : 'unknown');
        throw error;
      } finally {
        seen.open -= 1;
      }
      return { body: { bytes, type: contentType } };
    },
  });

  const give = defineOperation({
    id: 'giveFile',
    method: 'get',
    path: '/files',
    tag: 'Test',
    summary: 'Give a file',
    scope: 'config:read',
    download: ['text/csv'],
    query: z.strictObject({ fails: z.enum(['at_once', 'later']).optional() }),
    handle({ query }) {
      async function* content(): AsyncGenerator<string, void> {
        try {
          await pause(1);
          if (query.fails === 'at_once') throw new Refusal('not_found', 'not_found', 'No file.');
          for (let line = 0; line < 20_000; line += 1) {
            if (query.fails === 'later' && line === 10_000) throw new Error('the disk is gone');
            yield `${line};${'x'.repeat(100)}\n`;
          }
        } finally {
          seen.ended += 1;
        }
      }
      const fileName = 'prices "A/B" März.csv';
      return { download: { content: content(), contentType: 'text/csv; charset=utf-8', fileName } };
    },
  });

  before(async () => {
    const app = express();
    const log = { info: () => undefined, error: () => undefined };
    const liveState = { nodeId: 'node-1', switchStatus: () => undefined };
    const deps = { ...api().deps, log, liveState, maxUploadBytes: LIMIT };
    app.use('/api/v1', apiRouter(deps, [take, give]));
    server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });

  after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  /** Sends chunks one after the other, each when the one before has left. */
  function upload(
    chunks: Iterable<Buffer>,
    headers: Record<string, string>,
    query = '',
  ): Promise<Answer> {
    const path = `/api/v1/files${query}`;
    const auth = { Authorization: `Bearer ${api().adminKey}` };
    return new Promise((resolve, reject) => {
      const req = request({ port, path, method: 'POST', headers: { ...auth, ...headers } });
      req.on('response', (res) => {
        const parts: Buffer[] = [];
        res.on('data', (part: Buffer) => parts.push(part));
        res.on('end', () => {
          const text = Buffer.concat(parts).toString('utf8');
          resolve({ status: res.statusCode ?? 0, headers: res.headers, text });
        });
        res.on('error', reject);
      });
      req.on('error', reject);
      void (async () => {
        for (const chunk of chunks) {
          if (req.destroyed || req.writableEnded) return;
          if (!req.write(chunk)) {
            await Promise.race([new Promise((drained) => req.once('drain', drained)), pause(200)]);
          }
        }
        req.end();
      })();
    });
  }

  function* pieces(count: number, bytes: number): Generator<Buffer> {
    for (let index = 0; index < count; index += 1) yield Buffer.alloc(bytes, 120);
  }

  const code = (answer: Answer): unknown => (JSON.parse(answer.text) as { code: unknown }).code;
  const csv = { 'Content-Type': 'Text/CSV; charset="ISO-8859-1"' };

  it('hands a body over as it arrives', async () => {
    seen.mostBuffered = 0;
    const answer = await upload(pieces(90, 10_000), csv);
    expect(answer.status, answer.text).to.equal(200);
    expect(JSON.parse(answer.text)).to.deep.equal({ bytes: 900_000, type: 'text/csv' });
    expect(seen.mostBuffered).to.be.below(300_000);
  });

  it('takes a file of nothing', async () => {
    const answer = await upload([], { ...csv, 'Content-Length': '0' });
    expect(JSON.parse(answer.text)).to.deep.equal({ bytes: 0, type: 'text/csv' });
  });

  it('refuses other content types, encodings and requests without a body', async () => {
    const json = await upload(pieces(1, 10), { 'Content-Type': 'application/json' });
    expect([json.status, code(json)]).to.deep.equal([415, 'unsupported_content_type']);
    const packed = await upload(pieces(1, 10), { ...csv, 'Content-Encoding': 'gzip' });
    expect([packed.status, code(packed)]).to.deep.equal([415, 'unsupported_encoding']);
    const bare = await sendRaw(
      `POST /api/v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api().adminKey}\r\n` +
        'Content-Type: text/csv\r\nConnection: close\r\n\r\n',
    );
    expect(bare).to.match(/^HTTP\/1\.1 411 /);
    expect(bare).to.include('body_missing');
  });

  it('asks for the key before it reads', async () => {
    seen.received = 0;
    const answer = await upload(pieces(5, 10_000), {
      ...csv,
      Authorization: 'Bearer nobody-knows',
    });
    expect(answer.status).to.equal(401);
    expect(seen.received).to.equal(0);
  });

  it('refuses what is announced as too large without reading any of it', async () => {
    seen.received = 0;
    const answer = await sendRaw(
      `POST /api/v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api().adminKey}\r\n` +
        'Content-Type: text/csv\r\nContent-Length: 2000000\r\nConnection: close\r\n\r\nprefix',
    );
    expect(answer).to.match(/^HTTP\/1\.1 413 /);
    expect(answer).to.include('body_too_large');
    expect(seen.received).to.equal(0);
  });

  it('stops at the limit when the length was not announced', async () => {
    const answer = await upload(pieces(500, 10_000), csv);
    expect([answer.status, code(answer)]).to.deep.equal([413, 'body_too_large']);
    expect(seen.failures.at(-1)).to.match(/body_too_large/);
    expect(seen.open).to.equal(0);
  });

  it('answers a refusal before or amid a large body, and the next request as ever', async () => {
    const early = await upload(pieces(90, 10_000), csv, '?refuse=before');
    expect([early.status, code(early)]).to.deep.equal([409, 'not_now']);
    const amid = await upload(pieces(90, 10_000), csv, '?refuse=after');
    expect([amid.status, code(amid)]).to.deep.equal([422, 'bad_line']);
    const next = await upload(pieces(1, 10), csv);
    expect(next.status).to.equal(200);
  });

  it('tells the reader when the sender goes away', async () => {
    seen.failures.length = 0;
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `POST /api/v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api().adminKey}\r\n` +
        'Content-Type: text/csv\r\nContent-Length: 500000\r\n\r\nprefix;rate\n',
    );
    for (let wait = 0; wait < 200 && seen.open === 0; wait += 1) await pause(10);
    socket.destroy();
    for (let wait = 0; wait < 200 && seen.failures.length === 0; wait += 1) await pause(10);
    expect(seen.failures[0]).to.match(/request_aborted/);
    expect(seen.open).to.equal(0);
  });

  function sendRaw(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      const parts: Buffer[] = [];
      socket.on('data', (part: Buffer) => parts.push(part));
      socket.on('end', () => {
        resolve(Buffer.concat(parts).toString('utf8'));
      });
      socket.on('error', reject);
      socket.write(text);
    });
  }

  function fetchFile(query = '', init: RequestInit = {}): Promise<Response> {
    const headers = { Authorization: `Bearer ${api().adminKey}` };
    return fetch(`http://127.0.0.1:${port}/api/v1/files${query}`, { headers, ...init });
  }

  it('sends a file piece by piece under its name', async () => {
    const answer = await fetchFile();
    expect(answer.headers.get('Content-Type')).to.equal('text/csv; charset=utf-8');
    expect(answer.headers.get('Content-Disposition')).to.equal(
      `attachment; filename="prices _A_B_ M_rz.csv"; ` +
        `filename*=UTF-8''prices%20%22A_B%22%20M%C3%A4rz.csv`,
    );
    expect((await answer.text()).split('\n')).to.have.length(20_001);
  });

  it('answers what fails before the first piece with a problem', async () => {
    const answer = await fetchFile('?fails=at_once');
    expect(answer.status).to.equal(404);
    expect(answer.headers.get('Content-Type')).to.match(/^application\/problem\+json/);
    expect(answer.headers.get('Content-Disposition')).to.equal(null);
  });

  it('cuts the connection when a file breaks off, so that it never looks whole', async () => {
    const answer = await fetchFile('?fails=later');
    expect(answer.status).to.equal(200);
    const failure = await answer.text().then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).to.be.an('error');
  });

  it('ends the source when the reader goes away', async () => {
    const before = seen.ended;
    const leave = new AbortController();
    const answer = await fetchFile('', { signal: leave.signal });
    await answer.body?.getReader().read();
    leave.abort();
    for (let wait = 0; wait < 200 && seen.ended === before; wait += 1) await pause(10);
    expect(seen.ended).to.equal(before + 1);
  });

  it('answers HEAD with the head of the file only', async () => {
    const answer = await fetchFile('', { method: 'HEAD' });
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('Content-Disposition')).to.match(/^attachment/);
    expect(await answer.text()).to.equal('');
  });

  it('leaves a plain name as it is', () => {
    expect(attachment('rates-7.csv')).to.equal('attachment; filename="rates-7.csv"');
  });
});
