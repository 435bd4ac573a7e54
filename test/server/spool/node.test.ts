import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { openDatabaseProxy } from '../../support/database-proxy.js';
import { legOf } from '../../support/books.js';
import { callerEnded, cdrBodyOf } from '../../support/leg-reports.js';
import { nextUuid } from '../../support/requests.js';
import { openTempDatabase } from '../../support/temp-database.js';
import { startNode } from '../../support/test-engine.js';
import { insertWorld } from '../../support/use-world.js';
import { buildWorld, SECRET_KEY, SWITCH_PASSWORD, SWITCH_USER } from '../../support/world.js';

const credentials = Buffer.from(`${SWITCH_USER}:${SWITCH_PASSWORD}`).toString('base64');

describe('a node whose database is away', function () {
  this.timeout(60_000);

  it('takes records, ends, and settles them when both are back', async () => {
    const temp = await openTempDatabase();
    await insertWorld(temp.database, buildWorld());
    const proxy = await openDatabaseProxy(temp.url);
    const folder = mkdtempSync(join(tmpdir(), 'ringledger-spool-'));
    const env = { SECRET_KEY, ESL_ENABLED: 'false', JOBS_ENABLED: 'false', NODE_ID: 'one' };
    const options = { env: { ...env, CDR_SPOOL_DIR: folder, DATABASE_TIMEOUT_MS: '2000' } };
    const first = await startNode({ ...temp, url: proxy.url }, options);
    await proxy.cut();
    const legs = Array.from({ length: 20 }, () => callerEnded(nextUuid()));
    const answers = await Promise.all(
      legs.map((leg) =>
        fetch(`${first.url}/freeswitch/cdr?uuid=a_${leg.legUuid}`, {
          method: 'POST',
          body: cdrBodyOf(leg),
          headers: { Authorization: `Basic ${credentials}` },
        }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200]));
    await first.engine.stop();
    expect(readdirSync(join(folder, 'node-one'))).to.have.lengthOf(1);
    await proxy.mend();
    const second = await startNode({ ...temp, url: proxy.url }, options);
    const [last] = legs.slice(-1);
    const untilMs = Date.now() + 15_000;
    while (
      Date.now() < untilMs &&
      (await legOf(temp.database, last?.legUuid ?? '')) === undefined
    ) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await second.engine.parts.settler.drain();
    for (const { legUuid } of legs) {
      expect((await legOf(temp.database, legUuid))?.state).to.equal('settled');
    }
    expect(readdirSync(join(folder, 'node-one'))).to.deep.equal([]);
    await second.engine.stop();
    await proxy.close();
    await temp.close();
    rmSync(folder, { recursive: true });
  });
});
