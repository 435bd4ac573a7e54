import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { freePort, startNode } from '../../support/test-engine.js';
import { openTempDatabase } from '../../support/temp-database.js';
import { insertWorld } from '../../support/use-world.js';
import { buildWorld } from '../../support/world.js';

interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly { readonly name: string; readonly problem?: string }[];
}

describe('a node that starts', function () {
  this.timeout(30_000);

  it('listens at once, says what it lacks, and is ready when its rates are there', async () => {
    const temp = await openTempDatabase();
    await insertWorld(temp.database, buildWorld());
    const uploads = mkdtempSync(join(tmpdir(), 'ringledger-'));
    const port = String(await freePort());
    const ask = () => fetch(`http://127.0.0.1:${port}/readyz`);
    let starting: ReturnType<typeof startNode> | undefined;
    await temp.database.orm.transaction(async (tx) => {
      // Whoever reads rates waits until this is over.
      await tx.execute('lock tables rate_sheets write');
      starting = startNode(temp, {
        env: { HTTP_PORT: port, ESL_ENABLED: 'false', UPLOAD_DIR: uploads },
      });
      let answer: Response | undefined;
      while (answer === undefined) {
        answer = await ask().catch(() => undefined);
        await pause(20);
      }
      await pause(300);
      answer = await ask();
      expect(answer.status).to.equal(503);
      const { ready, checks } = (await answer.json()) as Readiness;
      expect(ready).to.equal(false);
      const { problem } = checks.find(({ name }) => name === 'configuration') ?? {};
      expect(problem).to.equal('not loaded yet: rates: 0 of 0 sheets loaded');
      await tx.execute('unlock tables');
    });
    const node = await starting;
    const answer = await ask();
    expect(answer.status, await answer.text()).to.equal(200);
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).to.match(/^ringledger_deck_rows\{sheet="1"\} 4$/m);
    expect(metrics).to.match(/^ringledger_deck_bytes [1-9]/m);
    expect(metrics).to.match(/^ringledger_deck_load_seconds\{sheet="1"\} 0\.\d+/m);
    await node?.engine.stop();
    await temp.close();
    rmSync(uploads, { recursive: true });
  });
});
