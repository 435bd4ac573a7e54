import { expect } from 'chai';
import { after, before } from 'mocha';
import type { Database } from '../../../db/client.js';
import { lintDocument } from '../../../xml/lint.js';
import { sha256 } from '../../../server/secrets.js';
import { nextUuid } from '../../support/requests.js';
import { openTempDatabase } from '../../support/temp-database.js';
import { startNode } from '../../support/test-engine.js';
import type { TestNode } from '../../support/test-engine.js';
import { fund, insertWorld } from '../../support/use-world.js';
import { ACME, buildWorld, SECRET_KEY, SWITCH_PASSWORD, SWITCH_USER } from '../../support/world.js';
import { bodyOf, dialplanFields } from '../xml-curl/forms.js';

const OTHER_SWITCH = { id: 2, user: 'fs2', password: 'password-of-the-other' } as const;

export const OWN = basic(SWITCH_USER, SWITCH_PASSWORD);
/** A switch of the same operator, with the right credentials of its own. */
export const OTHER = basic(OTHER_SWITCH.user, OTHER_SWITCH.password);

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface Besieged {
  readonly node: TestNode;
  readonly database: Database;
  post(path: string, body: string, authorization?: string): Promise<Answer>;
  /** A call of phone 1001; the answer has passed the linter. */
  dial(over?: Readonly<Record<string, string>>, authorization?: string): Promise<string>;
  /** Another call that was granted. */
  granted(): Promise<{ readonly legUuid: string; readonly callId: string }>;
  /** Everything that was accepted is settled, or put off. */
  drain(): Promise<void>;
}

/** One engine node, two switches, a customer with money. */
export function withBesiegedNode(): () => Besieged {
  let current: (Besieged & { close(): Promise<void> }) | undefined;
  before(async function () {
    this.timeout(60_000);
    current = await open();
  });
  after(async function () {
    this.timeout(30_000);
    await current?.close();
  });
  return () => {
    if (current === undefined) throw new Error('the node is there inside tests only');
    return current;
  };
}

async function open() {
  const temp = await openTempDatabase({ poolSize: 4 });
  const world = buildWorld();
  const [first] = world.switches;
  if (first === undefined) throw new Error('world: found no switch');
  world.switches.push({
    ...first,
    id: OTHER_SWITCH.id,
    name: 'fs2',
    httpUsername: OTHER_SWITCH.user,
    httpPasswordHash: sha256(OTHER_SWITCH.password),
  });
  await insertWorld(temp.database, world);
  // Holds of calls that nobody ends add up.
  await fund(temp.database, ACME, '1000000');
  const env = {
    SECRET_KEY,
    ESL_ENABLED: 'false',
    REAPER_INTERVAL_SECONDS: '3600',
    // Attackers, node and database share the machine: what is tested is that calls are decided.
    XML_DEADLINE_MS: '20000',
  };
  const node = await startNode(temp, { env });
  const { parts } = node.engine;

  const post = async (path: string, body: string, authorization = OWN): Promise<Answer> => {
    const answer = await fetch(`${node.url}/freeswitch/${path}`, {
      method: 'POST',
      body,
      headers: { Authorization: authorization, Connection: 'close' },
    });
    return { status: answer.status, text: await answer.text() };
  };
  const dial = async (over: Readonly<Record<string, string>> = {}, authorization = OWN) => {
    const fields = dialplanFields({ 'Unique-ID': nextUuid(), ...over });
    const answer = await post('xml', bodyOf(fields), authorization);
    expect(answer.status).to.equal(200);
    expect(lintDocument(answer.text)).to.deep.equal([]);
    return answer.text;
  };
  const granted = async () => {
    const legUuid = nextUuid();
    const callId = callIdIn(await dial({ 'Unique-ID': legUuid }));
    return { legUuid, callId };
  };
  const drain = async () => {
    await parts.writer.drain();
    await parts.settler.drain();
  };
  const close = async () => {
    await node.engine.stop();
    await temp.close();
  };
  return { node, database: temp.database, post, dial, granted, drain, close };
}

/** The id a reply gives its call. */
export function callIdIn(reply: string): string {
  const callId = /rl_call=([0-9a-f-]{36})/.exec(reply)?.[1];
  if (callId === undefined) throw new Error(`no call was granted:\n${reply}`);
  return callId;
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
