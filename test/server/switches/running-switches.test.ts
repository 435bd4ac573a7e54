import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { findRunningLegs } from '../../../db/repositories/legs.js';
import { withTempDatabase } from '../../support/temp-database.js';
import { freePort, seedDemo, startNode } from '../../support/test-engine.js';
import type { DemoAccess, TestNode } from '../../support/test-engine.js';
import { FakeSocket } from './event-socket.js';

const LEGS = 100;

/** A node that was there for so long knows that no report is on its way. */
const GRACE_S = 5;

/** Waits until something is so; fails after some seconds with what was waited for. */
async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
    await pause(10);
  }
}

describe('switches of a running node', function () {
  this.timeout(30_000);
  const temp = withTempDatabase();
  const first = new FakeSocket();
  let node: TestNode;
  let access: DemoAccess;
  let id = 0;
  let version = 0;

  const api = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${node.url}/api/v1${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${access.apiKey}`,
        'Content-Type': 'application/json',
        ...(method === 'POST' ? {} : { 'If-Match': `"${String(version)}"` }),
        'Idempotency-Key': randomUUID(),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${String(response.status)} ${text}`);
    const record = (text === '' ? {} : JSON.parse(text)) as { id?: number; version?: number };
    version = record.version ?? version;
    return record;
  };

  before(async () => {
    access = await seedDemo(temp(), await freePort());
    const env = { ORPHAN_GRACE_SECONDS: String(GRACE_S), REAPER_INTERVAL_SECONDS: '2' };
    node = await startNode(temp(), { env });
  });
  after(async () => {
    await node.engine.stop();
    await first.server.stop();
  });

  it('are listened to as soon as the API has added them', async () => {
    const port = await first.start();
    const created = await api('POST', '/switches', {
      name: 'added',
      http_username: 'added',
      allowed_cidrs: ['127.0.0.1/32'],
      esl_host: '127.0.0.1',
      esl_port: port,
      esl_password: 'first-password',
      sip_ip: '127.0.0.1',
      rtp_ip: '127.0.0.1',
    });
    id = created.id ?? 0;
    await until('the login', () => node.engine.parts.links.statusOf(id)?.connected === true);
    expect(first.passwords).to.deep.equal(['first-password']);
  });

  it('are adopted within 2 s of a reconnect, each with its own time of answer', async () => {
    const answers = new Map<string, number>();
    const links = node.engine.parts.links;
    // Answered while nobody listened, at moments of their own.
    first.refuse = true;
    first.cut();
    await until('the connection to be lost', () => links.statusOf(id)?.connected === false);
    const nowUs = Date.now() * 1000;
    for (let n = 0; n < LEGS; n += 1) answers.set(randomUUID(), nowUs - n * 1_234_567);
    for (const [legUuid, answerUs] of answers) first.legs.set(legUuid, answerUs);
    await pause(1500);
    first.refuse = false;
    await until('the reconnect', () => links.statusOf(id)?.connected === true);
    const connectedMs = performance.now();
    await until('the legs', () => node.engine.parts.supervisor.runningLegs === LEGS);
    expect(performance.now() - connectedMs).to.be.below(2000);
    const stored = await findRunningLegs(temp().database.orm, id, LEGS + 1);
    expect(stored).to.have.length(LEGS);
    for (const leg of stored) expect(leg.answerUs).to.equal(answers.get(leg.legUuid));
  });

  it('have the calls of an earlier run settled when a heartbeat tells of another', async () => {
    first.legs.clear();
    first.coreUuid = randomUUID();
    first.beat();
    await until('the news', () => {
      return node.engine.parts.links.statusOf(id)?.coreUuid === first.coreUuid;
    });
    await until('the legs to be settled', async () => {
      return (await findRunningLegs(temp().database.orm, id, 1)).length === 0;
    });
  });

  it('are logged in to anew when the API has changed their password', async () => {
    await api('PATCH', `/switches/${String(id)}`, { esl_password: 'second-password' });
    await until('the new login', () => first.passwords.at(-1) === 'second-password');
    await until('it to last', () => node.engine.parts.links.statusOf(id)?.connected === true);
  });

  it('are left when the API has disabled them, and found again when it has not', async () => {
    const { links } = node.engine.parts;
    await api('PATCH', `/switches/${String(id)}`, { status: 'disabled' });
    await until('the end of the connection', () => first.isDeserted);
    expect(links.statusOf(id)).to.equal(undefined);
    await api('PATCH', `/switches/${String(id)}`, { status: 'active' });
    await until('the connection', () => links.statusOf(id)?.connected === true);
  });
});
