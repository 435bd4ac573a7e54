import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import express from 'express';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { bodyDeadline, liftBodyDeadline } from '../../../server/http/body-deadline.js';

describe('the deadline of a body', () => {
  let server: Server;
  let port = 0;

  beforeEach(async () => {
    const app = express();
    app.use(bodyDeadline(150));
    app.post('/slow', (req, res) => {
      liftBodyDeadline(req);
      read(req, res);
    });
    app.use((req, res) => {
      read(req, res);
    });
    server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  function read(req: express.Request, res: express.Response): void {
    req.resume();
    req.on('end', () => {
      res.end('done');
    });
  }

  /** Sends a body of ten bytes in two halves and gives what came back until the connection ended. */
  function post(path: string, pauseMs: number): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      let text = '';
      socket.on('data', (part: Buffer) => {
        text += part.toString('utf8');
      });
      socket.on('error', () => undefined);
      socket.on('close', () => {
        resolve(text);
      });
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nConnection: close\r\n\r\nhalf.`,
      );
      setTimeout(() => socket.write('whole'), pauseMs);
    });
  }

  it('lets a body through that arrives in time', async () => {
    expect(await post('/usual', 20)).to.match(/200 OK[^]*done/);
  });

  it('cuts the connection of one that does not', async () => {
    expect(await post('/usual', 400)).to.equal('');
  });

  it('can be lifted for those that take longer', async () => {
    expect(await post('/slow', 400)).to.match(/200 OK[^]*done/);
  });
});
