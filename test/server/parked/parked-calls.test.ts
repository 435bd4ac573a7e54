import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Authorization } from '../../../server/calls/authorize-call.js';
import { callIdOf } from '../../../server/calls/call-request.js';
import type { CallRequest } from '../../../server/calls/call-request.js';
import { refusalReply } from '../../../server/calls/reply-for-decision.js';
import { ParkedCalls } from '../../../server/parked/parked-calls.js';
import { parkedRequest } from '../../../server/parked/parked-request.js';
import type { Snapshot } from '../../../server/snapshot/snapshot.js';
import { quietLog } from '../../support/quiet-log.js';
import { FakePark, LEG, parkedLeg } from './fake-park.js';

const TIMINGS = { lookAgainMs: 60, turnMs: 30 };
const CALL = callIdOf(parkedRequest(parkedLeg(), 1));

/** Only the authorizer looks into it, and here that is a fake. */
const SNAPSHOT = {} as Snapshot;

function granted(request: CallRequest, isNew?: boolean): Authorization {
  const callId = callIdOf(request);
  const actions = [
    { application: 'set', data: `rl_call=${callId}` },
    { application: 'bridge', data: 'sofia/gateway/a/447700900123' },
  ] as const;
  const reply = { context: 'default', extension: `call-${callId}`, actions };
  return { callId, refusal: null, reply, ...(isNew === undefined ? {} : { isNew }) };
}

const SENT = `m:^:set:rl_call=${CALL}^bridge:sofia/gateway/a/447700900123`;

interface NodeOptions {
  readonly word?: string;
  readonly reach?: () => boolean;
  readonly deadlineMs?: number;
}

function makeNode(
  park: FakePark,
  authorize: (request: CallRequest) => Promise<Authorization>,
  options: NodeOptions = {},
) {
  const asked: CallRequest[] = [];
  const outcomes: string[] = [];
  const node = new ParkedCalls({
    authorizer: {
      authorize: (request) => {
        asked.push(request);
        return authorize(request);
      },
    },
    snapshot: () => SNAPSHOT,
    commandsOf: () => ((options.reach?.() ?? true) ? park : null),
    log: quietLog,
    nodeWord: options.word ?? 'a',
    deadlineMs: options.deadlineMs ?? 1000,
    onAnswer: (outcome) => outcomes.push(outcome),
    timings: TIMINGS,
  });
  return { node, asked, outcomes };
}

describe('a parked call', () => {
  it('is decided as a dialplan fetch of its extension, and sent on at once', async () => {
    const park = new FakePark([parkedLeg()]);
    const { node, asked, outcomes } = makeNode(park, async (request) => granted(request, true));
    await node.handle(parkedLeg(), 1);
    expect(park.ran).to.deep.equal([SENT]);
    expect(outcomes).to.deep.equal(['routed']);
    expect(asked[0]?.authenticated).to.include({ user: '1001', domain: 'acme.example' });
  });

  it('that is refused is told so, and nothing else', async () => {
    const park = new FakePark([parkedLeg()]);
    const { node } = makeNode(park, async (request) => ({
      callId: callIdOf(request),
      refusal: 'insufficient_funds',
      reply: refusalReply('default', 'insufficient_funds'),
      isNew: true,
    }));
    await node.handle(parkedLeg(), 1);
    expect(park.ran).to.deep.equal(['m:^:respond:402 Payment Required']);
  });

  it('is refused when the decision takes too long', async () => {
    const park = new FakePark([parkedLeg()]);
    const never = new Promise<Authorization>(() => undefined);
    const { node, outcomes } = makeNode(park, () => never, { deadlineMs: 20 });
    await node.handle(parkedLeg(), 1);
    expect(park.ran).to.deep.equal(['m:^:respond:503 Service Unavailable']);
    expect(outcomes).to.deep.equal(['database_unavailable']);
  });

  it('that another node decided is left to that node', async () => {
    const park = new FakePark([parkedLeg()]);
    const { node } = makeNode(park, async (request) => granted(request, false));
    await node.handle(parkedLeg(), 1);
    expect(park.ran).to.deep.equal([]);
    await park.runInline(LEG, SENT);
    await pause(200);
    expect(park.ran).to.have.length(1);
    expect(node.looking).to.equal(0);
  });

  it('whose node died before it was sent on is sent on by another', async () => {
    const park = new FakePark([parkedLeg()]);
    const { node } = makeNode(park, async (request) => granted(request, false));
    await node.handle(parkedLeg(), 1);
    await pause(200);
    expect(park.ran).to.deep.equal([SENT]);
  });

  it('is sent on once by many nodes that all decided it, free calls included', async () => {
    for (let run = 0; run < 20; run += 1) {
      const park = new FakePark([parkedLeg()], 5);
      const nodes = ['a', 'b', 'c', 'd'].map((word) => {
        const { node } = makeNode(park, async (request) => granted(request), { word });
        return node;
      });
      await Promise.all(
        nodes.map(async (node) => {
          await pause(Math.random() * 60);
          await node.handle(parkedLeg(), 1);
        }),
      );
      await pause(120);
      expect(park.ran, `run ${String(run)}`).to.deep.equal([SENT]);
      for (const node of nodes) node.stop();
    }
  }).timeout(20_000);

  it('that nobody may send while its switch is away is found at the next login', async () => {
    const park = new FakePark([parkedLeg()]);
    let isThere = false;
    const { node } = makeNode(park, async (request) => granted(request, !isThere), {
      reach: () => isThere,
    });
    await node.handle(parkedLeg(), 1);
    expect(park.ran).to.deep.equal([]);
    isThere = true;
    await node.sweep(1, park);
    await pause(150);
    expect(park.ran).to.deep.equal([SENT]);
  });

  it('is not looked for among calls that are elsewhere, or that were sent on already', async () => {
    const elsewhere = '0198b1f0-0000-4000-8000-000000000002';
    const park = new FakePark([parkedLeg({ callId: CALL }), parkedLeg({ legUuid: elsewhere })]);
    park.inApplication(elsewhere, 'bridge');
    const { node, asked } = makeNode(park, async (request) => granted(request, true));
    await node.sweep(1, park);
    expect(asked).to.deep.equal([]);
    expect(park.ran).to.deep.equal([]);
  });

  it('that an extension forwards is parked again, as a call of that extension', async () => {
    const park = new FakePark([parkedLeg()]);
    const { node } = makeNode(park, async (request) => ({
      ...granted(request, true),
      reply: {
        context: 'default',
        extension: 'call',
        actions: [
          { application: 'set', data: 'rl_ext=7' },
          { application: 'set', data: 'rl_hops=1' },
          { application: 'transfer', data: '447700900456 XML default' },
        ],
      },
    }));
    await node.handle(parkedLeg(), 1);
    expect(park.ran).to.deep.equal([
      'm:^:set:rl_ext=7^set:rl_hops=1^set:rl_destination=447700900456^park',
    ]);
    const again = parkedRequest(parkedLeg({ extension: '7', hops: '1' }), 1);
    expect(again).to.include({ hops: 1 });
    expect(again.authenticated).to.include({ extensionId: 7 });
  });

  it('that hangs up meanwhile is no error', async () => {
    const park = new FakePark([parkedLeg()]);
    const { node } = makeNode(park, async (request) => {
      park.hangUp(LEG);
      return granted(request, true);
    });
    await node.handle(parkedLeg(), 1);
    expect(park.ran).to.deep.equal([]);
  });
});

describe('the request of a parked call', () => {
  for (const authorize of ['', '1001', '@acme.example', '1001@', "1001@a'b", '${x}@a', 'a b@c']) {
    it(`names nobody by ${JSON.stringify(authorize)}`, () => {
      const { authenticated } = parkedRequest(parkedLeg({ authorize }), 1);
      expect(authenticated).to.include({ user: null, domain: null });
    });
  }

  it('names nobody for a leg the switch made itself', () => {
    const { authenticated } = parkedRequest(parkedLeg({ direction: 'outbound' }), 1);
    expect(authenticated).to.include({ user: null, domain: null });
  });

  it('takes no time and no context that could be anything else', () => {
    const odd = parkedLeg({ profileCreatedUs: '1 OR 1', context: "x'^bridge:y" });
    expect(parkedRequest(odd, 1)).to.include({ profileCreatedUs: '0', context: 'default' });
  });
});
