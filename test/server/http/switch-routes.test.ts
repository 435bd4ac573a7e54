import { request as httpRequest } from 'node:http';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { calls, cdrInbox } from '../../../db/schema/index.js';
import { lintDocument } from '../../../xml/lint.js';
import { notFoundDocument } from '../../../xml/documents/not-found.js';
import { legOf, openHolds } from '../../support/books.js';
import { openDatabaseProxy } from '../../support/database-proxy.js';
import type { DatabaseProxy } from '../../support/database-proxy.js';
import { recordedRequests } from '../../support/recordings.js';
import { nextUuid } from '../../support/requests.js';
import { openTempDatabase } from '../../support/temp-database.js';
import type { TempDatabase } from '../../support/temp-database.js';
import { startNode } from '../../support/test-engine.js';
import type { TestNode } from '../../support/test-engine.js';
import { fund, insertWorld } from '../../support/use-world.js';
import { ACME, buildWorld, SECRET_KEY, SWITCH_PASSWORD, SWITCH_USER } from '../../support/world.js';
import { bodyOf, dialplanFields } from '../xml-curl/forms.js';

const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

const KNOWN = basic(SWITCH_USER, SWITCH_PASSWORD);

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

describe('the addresses FreeSWITCH talks to', () => {
  let temp: TempDatabase;
  let proxy: DatabaseProxy;
  let node: TestNode;

  before(async function () {
    this.timeout(60_000);
    temp = await openTempDatabase({ poolSize: 4 });
    const world = buildWorld();
    const elsewhere = { ...world.switches[0], allowedCidrs: ['192.0.2.0/24'] };
    world.switches.push({
      ...world.switches[0],
      ...elsewhere,
      id: 2,
      name: 'fs2',
      httpUsername: 'elsewhere',
    } as (typeof world.switches)[number]);
    await insertWorld(temp.database, world);
    await fund(temp.database, ACME, '100');
    proxy = await openDatabaseProxy(temp.url);
    node = await startNode(
      { ...temp, url: proxy.url },
      {
        env: {
          SECRET_KEY,
          ESL_ENABLED: 'false',
          XML_DEADLINE_MS: '1000',
          XML_MAX_BODY_BYTES: '1048576',
          CDR_SPOOL_MAX_BYTES: '1048576',
          REAPER_INTERVAL_SECONDS: '3600',
        },
      },
    );
  });

  after(async function () {
    this.timeout(30_000);
    await node.engine.stop();
    await proxy.close();
    await temp.close();
  });

  const post = async (path: string, body: string, authorization = KNOWN): Promise<Answer> => {
    const answer = await fetch(`${node.url}/freeswitch/${path}`, {
      method: 'POST',
      body,
      headers: { Authorization: authorization, Connection: 'close' },
    });
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  };

  const fetchXml = async (fields: Readonly<Record<string, string>>): Promise<string> => {
    const answer = await post('xml', bodyOf(fields));
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('content-type')).to.match(/^text\/xml/);
    expect(lintDocument(answer.text)).to.deep.equal([]);
    return answer.text;
  };

  const dial = (over: Readonly<Record<string, string>> = {}) =>
    fetchXml(dialplanFields({ 'Unique-ID': nextUuid(), ...over }));

  const DIRECTORY = { section: 'directory', user: '1001', domain: 'acme.example' };

  describe('know a switch', () => {
    for (const [what, authorization, status] of [
      ['without credentials', '', 401],
      ['with a wrong password', basic(SWITCH_USER, 'wrong'), 401],
      ['with an unknown name', basic('nobody', SWITCH_PASSWORD), 401],
      ['with a name every object has', basic('__proto__', SWITCH_PASSWORD), 401],
      ['with credentials without a colon', 'Basic YWJj', 401],
      ['with another scheme', 'Bearer abc', 401],
      ['with far too much', `Basic ${'QUFB'.repeat(2000)}`, 401],
      ['from an address that is not its own', basic('elsewhere', SWITCH_PASSWORD), 403],
    ] as const) {
      it(`and refuse one ${what} with ${String(status)}`, async () => {
        for (const path of ['xml', 'cdr']) {
          const answer = await post(path, bodyOf(DIRECTORY), authorization);
          expect(answer.status).to.equal(status);
          expect(answer.text).to.equal('');
          expect(answer.headers.has('www-authenticate')).to.equal(status === 401);
        }
      });
    }

    it('by its password, with a colon in it or not, and by nothing it posts', async () => {
      const forged = bodyOf({ ...DIRECTORY, hostname: 'fs2', 'FreeSWITCH-Hostname': 'fs2' });
      expect((await post('xml', forged)).status).to.equal(200);
    });
  });

  describe('refuse', () => {
    it('every method but POST', async () => {
      for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
        const answer = await fetch(`${node.url}/freeswitch/xml`, { method });
        expect(answer.status).to.equal(405);
        expect(answer.headers.get('allow')).to.equal('POST');
      }
    });

    it('a body over the limit, announced or not', async () => {
      const body = `section=dialplan&a=${'x'.repeat(1_048_576)}`;
      expect((await post('xml', body)).status).to.equal(413);
      const status = await new Promise<number>((resolve, reject) => {
        const request = httpRequest(
          `${node.url}/freeswitch/xml`,
          { method: 'POST', headers: { Authorization: KNOWN, 'Transfer-Encoding': 'chunked' } },
          (answer) => {
            answer.resume();
            resolve(answer.statusCode ?? 0);
          },
        );
        request.on('error', reject);
        request.write(body);
      });
      expect(status).to.equal(413);
    });

    it('no body of a mebibyte', async () => {
      const head = 'section=configuration&key_value=';
      const body = head + 'x'.repeat(1_048_576 - head.length);
      const answer = await post('xml', body);
      expect(answer.text).to.equal(notFoundDocument());
    });

    it('more than five thousand fields', async () => {
      const fields = (count: number) => `section=x${'&a=1'.repeat(count - 1)}`;
      expect((await post('xml', fields(5001))).status).to.equal(400);
      expect((await post('xml', fields(5000))).status).to.equal(200);
    });

    for (const [what, body] of [
      ['nothing', ''],
      ['words', 'hello'],
      ['JSON', '{"section":"dialplan"}'],
      ['bytes', '\u0000\uffff'.repeat(100)],
    ] as const) {
      it(`${what} instead of a form`, async () => {
        expect((await post('xml', body)).status).to.equal(400);
      });
    }

    it('an empty CDR', async () => {
      expect((await post('cdr', ' \n')).status).to.equal(400);
    });
  });

  describe('answer', () => {
    it('a phone that registers', async () => {
      const text = await fetchXml({ ...DIRECTORY, action: 'sip_auth' });
      expect(text).to.contain('a1-hash');
    });

    it('a call with its routes, and hold its price', async () => {
      const before = (await openHolds(temp.database)).length;
      expect(await dial()).to.contain('sofia/gateway/carrierA/77#447700900123');
      expect(await openHolds(temp.database)).to.have.lengthOf(before + 1);
    });

    it('a refused call with a reject that names the context asked for', async () => {
      const text = await dial({ 'Hunt-Destination-Number': '900123456' });
      expect(text).to.contain('<context name="default">');
      expect(text).to.contain('application="respond" data="403 Destination Blocked"');
    });

    it('what they do not know with the not-found document', async () => {
      for (const fields of [
        { section: 'languages' },
        { section: 'toString' },
        { section: 'dialplan' },
        { ...dialplanFields(), 'Hunt-Context': '"><x/>' },
        { section: 'configuration', key_value: 'switch.conf' },
      ]) {
        expect(await fetchXml(fields)).to.equal(notFoundDocument());
      }
    });

    it('no call to a realm that a phone made up', async () => {
      const before = await temp.database.orm.select().from(calls);
      const inner = bodyOf(dialplanFields({ 'Unique-ID': nextUuid() }));
      const body = `hostname=fs1&section=directory&tag_name=domain&key_name=name&key_value=x&${inner}`;
      const answer = await post('xml', `${body}&user=1001&domain=x`);
      expect(answer.text).to.equal(notFoundDocument());
      await node.engine.parts.decisionLog.flush();
      expect(await temp.database.orm.select().from(calls)).to.have.lengthOf(before.length);
    });

    it('every recorded request, in a form FreeSWITCH can read', async () => {
      for (const { url, body } of recordedRequests()) {
        if (!url.startsWith('/fs')) continue;
        const answer = await post('xml', body);
        expect(answer.status).to.equal(200);
        expect(lintDocument(answer.text)).to.deep.equal([]);
      }
    });

    it('a CDR after it is committed, whatever is in it', async () => {
      const [recorded] = recordedRequests().filter(({ url }) => url.startsWith('/cdr'));
      const legUuid = /=(?:a_)?([0-9a-f-]{36})/.exec(recorded?.url ?? '')?.[1] ?? '';
      expect((await post(`cdr?uuid=${legUuid}`, recorded?.body ?? '')).status).to.equal(200);
      await node.engine.parts.writer.drain();
      await node.engine.parts.settler.drain();
      expect((await legOf(temp.database, legUuid))?.state).to.equal('settled');
      const broken = nextUuid();
      expect((await post(`cdr?uuid=a_${broken}`, 'rubbish')).status).to.equal(200);
      expect((await post("cdr?uuid=x'--&uuid=2", 'rubbish too')).status).to.equal(200);
      const rows = await temp.database.orm.select().from(cdrInbox);
      expect(rows.map((row) => [row.legUuid, row.rawBody])).to.have.deep.members([
        [broken, 'rubbish'],
        ['unknown', 'rubbish too'],
      ]);
    });
  });

  it('refuse a call whose decision takes too long, and keep the answer for the next question', async () => {
    const legUuid = nextUuid();
    let blocked = '';
    await temp.database.orm.transaction(async (tx) => {
      await tx.execute('select * from ledger_balances for update');
      const started = Date.now();
      blocked = await dial({ 'Unique-ID': legUuid });
      expect(Date.now() - started).to.be.within(900, 3000);
    });
    expect(blocked).to.contain('data="503 Service Unavailable"');
    await node.engine.parts.authorizer.drain();
    expect(await dial({ 'Unique-ID': legUuid })).to.contain('sofia/gateway/carrierA');
  });

  describe('while the database is away', () => {
    before(async () => {
      await proxy.cut();
    });

    after(async () => {
      await proxy.mend();
    });

    it('answer the directory, internal and inbound calls from memory', async () => {
      expect(await fetchXml({ ...DIRECTORY, action: 'sip_auth' })).to.contain('a1-hash');
      expect(await dial({ 'Hunt-Destination-Number': '1002' })).to.contain('1002%acme.example');
      const inbound = {
        variable_sip_authorized: 'false',
        variable_sofia_profile_name: 'external',
        'Caller-Network-Addr': '203.0.113.5',
        'Hunt-Destination-Number': '972365987456',
        'Hunt-Context': 'public',
      };
      expect(await dial(inbound)).to.contain('1002%acme.example');
    });

    it('refuse a paid call with a proper reject', async () => {
      expect(await dial()).to.contain('application="respond" data="503 Service Unavailable"');
    });

    it('accept a CDR that is on disk, and none that the disk does not take', async () => {
      expect((await post('cdr', '{"variables":{"later":"1"}}')).status).to.equal(200);
      const { spool } = node.engine.parts;
      expect(spool.records).to.be.above(0);
      // The limit of this node's spool is a megabyte.
      const large = `{"variables":{"filler":"${'x'.repeat(1_100_000)}"}}`;
      expect((await post('cdr', large)).status).to.equal(503);
      const metrics = await (await fetch(`${node.url}/metrics`)).text();
      expect(metrics).to.match(/^ringledger_spool_records [1-9]/m);
      expect(metrics).to.match(/^ringledger_spool_bytes [1-9]/m);
    });

    it('say so when asked whether they are ready, and stay ready', async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      const answer = await fetch(`${node.url}/readyz`);
      expect(answer.status).to.equal(200);
      const text = await answer.text();
      expect(JSON.parse(text)).to.deep.include({ ready: true });
      expect(text).to.match(/"problem":"[1-9]\d* reports wait on disk/);
      expect((await fetch(`${node.url}/healthz`)).status).to.equal(200);
    });
  });

  describe('when it is back', () => {
    it('take paid calls again, and store what was decided meanwhile, when it is back', async () => {
      await new Promise((resolve) => setTimeout(resolve, 700));
      expect(await dial()).to.contain('sofia/gateway/carrierA');
      await node.engine.parts.decisionLog.flush();
      expect(node.engine.parts.decisionLog.waiting).to.equal(0);
      const rows = await temp.database.orm.select().from(calls);
      expect(rows.filter(({ direction }) => direction === 'inbound')).to.have.length.above(0);
    });

    it('have emptied the disk in a moment', async () => {
      for (let tries = 0; !node.engine.parts.spool.isEmpty && tries < 50; tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      const rows = await temp.database.orm.select().from(cdrInbox);
      expect(rows.map(({ rawBody }) => rawBody)).to.include('{"variables":{"later":"1"}}');
    });

    it('show numbers to Prometheus and nothing of customers', async () => {
      const text = await (await fetch(`${node.url}/metrics`)).text();
      expect(text).to.contain('ringledger_xml_answers_total{section="dialplan",outcome="routed"}');
      expect(text).not.to.match(/acme|447700900123|toString/);
    });
  });
});
