import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import express from 'express';
import { describe, it } from 'mocha';
import { openDatabase } from '../../../db/client.js';
import { apiRouter } from '../../../server/api/router.js';
import { systemClock } from '../../../server/clock.js';
import { createSecrets } from '../../../server/secrets.js';

describe('the API while the database is away', () => {
  it('answers 503 without details, and still shows its document', async () => {
    const database = openDatabase({
      url: 'mysql://nobody@localhost/none?socketPath=/nonexistent/ringledger.sock',
      poolSize: 1,
    });
    const errors: object[] = [];
    const app = express();
    app.use(
      '/api/v1',
      apiRouter({
        database,
        clock: systemClock,
        secrets: createSecrets('0c'.repeat(32)),
        log: { info: () => undefined, error: (fields) => void errors.push(fields) },
        liveState: { nodeId: 'node-1', switchStatus: () => undefined },
      }),
    );
    const server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`;
    try {
      const headers = { Authorization: 'Bearer rlk_any-key-will-do' };
      const answers = await Promise.all(
        Array.from({ length: 3 }, () => fetch(`${base}/accounts`, { headers })),
      );
      for (const answer of answers) {
        expect(answer.status).to.equal(503);
        expect(answer.headers.get('Retry-After')).to.equal('5');
        const text = await answer.text();
        expect(text).to.include('database_unavailable');
        expect(text).to.not.include('nonexistent');
      }
      expect(errors).to.have.length(3);
      expect((await fetch(`${base}/openapi.json`)).status).to.equal(200);
    } finally {
      server.closeAllConnections();
      server.close();
      await database.close();
    }
  });
});
