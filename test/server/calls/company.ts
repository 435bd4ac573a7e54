import { afterEach, beforeEach } from 'mocha';
import { openDatabase } from '../../../db/client.js';
import type { Database } from '../../../db/client.js';
import type { Authorization } from '../../../server/calls/authorize-call.js';
import type { CallRequest } from '../../../server/calls/call-request.js';
import type { Snapshot } from '../../../server/snapshot/snapshot.js';
import { FakeClock } from '../../support/fake-clock.js';
import { makeNode } from '../../support/node.js';
import type { CallNode, CallNodeOptions } from '../../support/node.js';
import { openTempDatabase } from '../../support/temp-database.js';
import type { TempDatabase } from '../../support/temp-database.js';
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

/** Opens a fresh company, each account with 100, before every test of the surrounding `describe`. */
export function withCompany(): () => Company {
  let temp: TempDatabase;
  let company: Company | undefined;
  beforeEach(async function () {
    this.timeout(30_000);
    temp = await openTempDatabase({ poolSize: 6 });
    const second = openDatabase({ url: temp.url, poolSize: 6 });
    const world = buildWorld();
    await insertWorld(temp.database, world);
    for (const id of [ACME, RESELLER, BETA]) await fund(temp.database, id, '100');
    const clock = new FakeClock();
    const snapshot = snapshotOf(world);
    company = {
      database: temp.database,
      second,
      url: temp.url,
      clock,
      snapshot,
      node: (over) => makeNode({ database: temp.database, clock, snapshot, ...over }),
      ask: async (node, request) => {
        const answer = await node.authorizer.authorize(request, snapshot);
        if (answer.callId === null) throw new Error(`refused: ${String(answer.refusal)}`);
        return { ...answer, callId: answer.callId };
      },
    };
  });
  afterEach(async () => {
    await company?.second.close();
    company = undefined;
    await temp.close();
  });
  return () => {
    if (company === undefined) throw new Error('the company is open inside tests only');
    return company;
  };
}
