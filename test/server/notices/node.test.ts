import { expect } from 'chai';
import { eq } from 'drizzle-orm';
import { describe, it } from 'mocha';
import { accounts, notices } from '../../../db/schema/index.js';
import { openMailServer } from '../../support/mail-server.js';
import { openTempDatabase } from '../../support/temp-database.js';
import { startNode } from '../../support/test-engine.js';
import { fund, insertWorld } from '../../support/use-world.js';
import { ACME, buildWorld } from '../../support/world.js';

describe('a node with a mail server', function () {
  this.timeout(40_000);

  it('mails a notice of a low balance by itself', async () => {
    const server = await openMailServer();
    const temp = await openTempDatabase();
    const { orm } = temp.database;
    await insertWorld(temp.database, buildWorld());
    await fund(temp.database, ACME, '10');
    const watched = { lowBalance: '20', noticeEmail: 'boss@acme.example' };
    await orm.update(accounts).set(watched).where(eq(accounts.id, ACME));
    const env = { ESL_ENABLED: 'false', JOBS_ENABLED: 'false', SMTP_URL: server.url };
    const node = await startNode(temp, { env });
    const untilMs = Date.now() + 20_000;
    while (server.mails.length === 0 && Date.now() < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(server.mails.map(({ to }) => to)).to.deep.equal(['boss@acme.example']);
    const metrics = await (await fetch(`${node.url}/metrics`)).text();
    expect(metrics).to.match(/^ringledger_watchers\{outcome="low_balance"\} 1$/m);
    await node.engine.stop();
    expect((await orm.select().from(notices)).map(({ state }) => state)).to.deep.equal(['sent']);
    await server.close();
    await temp.close();
  });
});
