import { afterEach, before, beforeEach } from 'mocha';
import { openDatabase } from '../../../db/client.js';
import type { Database } from '../../../db/client.js';
import type { Authorization } from '../../../server/calls/authorize-call.js';
import type { CallRequest } from '../../../server/calls/call-request.js';
import type { Snapshot } from '../../../server/snapshot/snapshot.js';
import { FakeClock } from '../../support/fake-clock.js';
import { makeNode } from '../../support/node.js';
import type { CallNode, CallNodeOptions } from '../../support/node.js';
import { emptyTraffic, withTempDatabase } from '../../support/temp-database.js';
import { fund, insertWorld, snapshotOf } from '../../support/use-world.js';
import { ACME, BETA, buildWorld, RESELLER } from '../../support/world.js';

/** A company with money, and nodes that share its database. */
export interface Company {
  readonly database: Database;
  /** Another node's own connections to the same database. */
  readonly second: Database;
  readonly url: string;
  readonly clock: FakeClock;
  readonly snapshot: Snapshot;
  node(over?: Partial<CallNodeOptions>): CallNode;
  ask(node: CallNode, request: CallRequest): Promise<Authorization & { readonly callId: string }>;
}

/** A company for every test of the surrounding `describe`, each account with 100, nothing called yet. */
export function withCompany(): () => Company {
  const temp = withTempDatabase({ poolSize: 1 });
  let company: Company | undefined;
  before(async () => {
    await insertWorld(temp().database, buildWorld());
  });
  beforeEach(async function () {
    this.timeout(30_000);
    const { url } = temp();
    await emptyTraffic(url);
    const database = openDatabase({ url, poolSize: 6 });
    const second = openDatabase({ url, poolSize: 6 });
    for (const id of [ACME, RESELLER, BETA]) await fund(database, id, '100');
    const clock = new FakeClock();
    const snapshot = snapshotOf(buildWorld());
    company = {
      database,
      second,
      url,
      clock,
      snapshot,
      node: (over) => makeNode({ database, clock, snapshot, ...over }),
      ask: async (node, request) => {
        const answer = await node.authorizer.authorize(request, snapshot);
        if (answer.callId === null) throw new Error(`refused: ${String(answer.refusal)}`);
        return { ...answer, callId: answer.callId };
      },
    };
  });
  afterEach(async () => {
    await company?.second.close();
    await company?.database.close();
    company = undefined;
  });
  return () => {
    if (company === undefined) throw new Error('the company is open inside tests only');
    return company;
  };
}
