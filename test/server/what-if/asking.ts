import { expect } from 'chai';
import { before } from 'mocha';
import { openDatabase } from '../../../db/client.js';
import type { Database } from '../../../db/client.js';
import { rateReleases, rateRows } from '../../../db/schema/index.js';
import { Refusal } from '../../../server/admin/refusal.js';
import { parseInput } from '../../../server/admin/records.js';
import type { Authorization } from '../../../server/calls/authorize-call.js';
import { callIdOf } from '../../../server/calls/call-request.js';
import type { CallRequest } from '../../../server/calls/call-request.js';
import type { Decision } from '../../../server/calls/decision.js';
import { noLiveFacts } from '../../../server/calls/live-facts.js';
import { RoutingNumbers } from '../../../server/calls/routing-numbers.js';
import { SnapshotStore } from '../../../server/snapshot/snapshot-store.js';
import { routeQuestionInput } from '../../../server/what-if/question.js';
import type { RouteQuestionInput } from '../../../server/what-if/question.js';
import { PLACEHOLDER_UUID } from '../../../server/what-if/request-of-question.js';
import { testRoute } from '../../../server/what-if/test-route.js';
import type { RouteTestDeps } from '../../../server/what-if/test-route.js';
import type { RouteTest } from '../../../server/what-if/types.js';
import { callOf } from '../../support/books.js';
import { FakeClock } from '../../support/fake-clock.js';
import { makeNode } from '../../support/node.js';
import { quietLog } from '../../support/quiet-log.js';
import { authorizeSettings, phoneRequest } from '../../support/requests.js';
import { emptyTraffic, withTempDatabase } from '../../support/temp-database.js';
import { fund, insertWorld } from '../../support/use-world.js';
import {
  ACME,
  BETA,
  buildWorld,
  rateRow,
  release,
  RESELLER,
  SHEET_ACME,
} from '../../support/world.js';

/** The shared world with a second, dearer release for ACME. */
function worldToAsk() {
  const world = buildWorld();
  world.releases.push(release(50, SHEET_ACME, new Date('2027-01-01T00:00:00Z')));
  world.rows.push(rateRow(101, 50, '44', '0.72'), rateRow(102, 50, '447700', '0.9'));
  return world;
}

/** A draft for ACME that is far too cheap. */
async function insertDraft({ orm }: Database): Promise<void> {
  const effectiveFrom = new Date('2027-06-01T00:00:00Z');
  const draft = { status: 'draft', activatedAt: null } as const;
  await orm.insert(rateReleases).values({ ...release(51, SHEET_ACME, effectiveFrom), ...draft });
  await orm.insert(rateRows).values(rateRow(103, 51, '44', '0.03'));
}

export interface Questions {
  readonly database: Database;
  readonly url: string;
  readonly clock: FakeClock;
  /** Asks about a call of phone 1001 of acme to Britain, unless told otherwise. */
  ask(over?: Partial<RouteQuestionInput>, deps?: Partial<RouteTestDeps>): Promise<RouteTest>;
  /** Makes a call like the one asked about; the traffic it leaves is taken back. */
  decide(over?: Parameters<typeof phoneRequest>[0]): Promise<Decided>;
  /** Takes back all traffic, and gives every account 100 again. */
  restoreMoney(): Promise<void>;
}

export interface Decided {
  readonly answer: Authorization;
  readonly decision: Decision;
}

/** A seeded schema of its own for the surrounding `describe`. */
export function withQuestions(): () => Questions {
  const temp = withTempDatabase({ poolSize: 6 });
  const clock = new FakeClock();
  before(async () => {
    await insertWorld(temp().database, worldToAsk());
    await insertDraft(temp().database);
    await fundAll(temp().database);
  });
  return () => {
    const { database, url } = temp();
    const restoreMoney = () => refund(url);
    return {
      database,
      url,
      clock,
      restoreMoney,
      ask: (over, deps) => ask(database, clock, over, deps),
      decide: async (over) => {
        const request = phoneRequest({
          legUuid: PLACEHOLDER_UUID,
          profileCreatedUs: String(clock.nowUs()),
          dialled: '+447700900123',
          ...over,
        });
        const decided = await decide(url, clock, request);
        await restoreMoney();
        return decided;
      },
    };
  };
}

function ask(
  database: Database,
  clock: FakeClock,
  over: Partial<RouteQuestionInput> = {},
  deps: Partial<RouteTestDeps> = {},
): Promise<RouteTest> {
  const input = { from: '1001@acme.example', to: '+44 7700 900123', ...over };
  const usual = { snapshot: null, live: noLiveFacts, gatewayState: () => null };
  return testRoute(
    { database, clock, settings: authorizeSettings, ...usual, ...deps },
    parseInput(routeQuestionInput, input),
  );
}

async function decide(url: string, clock: FakeClock, request: CallRequest): Promise<Decided> {
  const database = openDatabase({ url, poolSize: 2 });
  try {
    const store = new SnapshotStore({ database, log: quietLog, pollMs: 60_000 });
    await store.refresh();
    const snapshot = store.current;
    if (snapshot === null) throw new Error('no configuration was loaded');
    const routingNumbers = new RoutingNumbers({ database, clock });
    const node = makeNode({ database, clock, snapshot, routingNumbers });
    const answer = await node.authorizer.authorize(request, snapshot);
    await node.drain();
    const call = await callOf(database, callIdOf(request));
    // The column holds what the authoriser stored.
    return { answer, decision: call.decision as Decision };
  } finally {
    await database.close();
  }
}

async function refund(url: string): Promise<void> {
  await emptyTraffic(url);
  const database = openDatabase({ url, poolSize: 1 });
  await fundAll(database);
  await database.close();
}

async function fundAll(database: Database): Promise<void> {
  for (const id of [ACME, RESELLER, BETA]) await fund(database, id, '100');
}

export async function expectRefusal(
  asked: Promise<RouteTest>,
  kind: Refusal['kind'],
  path?: string,
): Promise<void> {
  const error = await asked.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(Refusal);
  if (!(error instanceof Refusal)) return;
  expect(error.kind).to.equal(kind);
  if (path !== undefined) expect(error.issues.map((issue) => issue.path)).to.deep.equal([path]);
}
