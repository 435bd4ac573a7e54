import { openTempDatabase } from '../support/temp-database.js';
import { callerEnded, carrierEnded } from '../support/leg-reports.js';
import { makeNode } from '../support/node.js';
import type { CallNode } from '../support/node.js';
import { phoneRequest } from '../support/requests.js';
import { fund, insertWorld, snapshotOf } from '../support/use-world.js';
import { ACME, buildWorld } from '../support/world.js';
import { checkLedger } from '../../db/views/ledger-check.js';
import { systemClock } from '../../server/clock.js';
import type { Snapshot } from '../../server/snapshot/snapshot.js';
import type { Figure } from './figures.js';

/** As many calls arrive at once as two busy switches have in their hands. */
const AT_ONCE = 512;
const POOL_SIZE = 16;

/**
 * The money core alone, in this process and without HTTP: all calls are of one account, so that they
 * meet in one balance, and every hold and every settlement is on disk before it counts.
 */
export async function benchHolds(calls: number): Promise<readonly Figure[]> {
  const temp = await openTempDatabase({ poolSize: POOL_SIZE });
  try {
    const world = buildWorld();
    await insertWorld(temp.database, world);
    await fund(temp.database, ACME, '100000000');
    const snapshot = snapshotOf(world);
    const node = makeNode({ database: temp.database, clock: systemClock, snapshot });
    await run(Math.min(calls, 1000), () => wholeCall(node, snapshot));
    const holds = await run(calls, async () => void (await authorize(node, snapshot)));
    const whole = await run(calls, () => wholeCall(node, snapshot));
    await node.drain();
    const { verified } = await checkLedger(temp.database);
    if (!verified) throw new Error('holds: the books are wrong after the benchmark');
    return [
      {
        name: 'durable holds on one account',
        value: holds,
        unit: 'holds/s',
        note: `${String(AT_ONCE)} at once, planned, held and committed; no HTTP`,
      },
      {
        name: 'authorised and settled in one process',
        value: whole,
        unit: 'calls/s',
        note: 'one account; two legs each, both settled and committed; no HTTP, no events',
      },
    ];
  } finally {
    await temp.close();
  }
}

/** Works done a second. */
async function run(count: number, work: () => Promise<void>): Promise<number> {
  let begun = 0;
  const worker = async (): Promise<void> => {
    while (begun < count) {
      begun += 1;
      await work();
    }
  };
  const started = process.hrtime.bigint();
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return count / (Number(process.hrtime.bigint() - started) / 1e9);
}

async function authorize(
  node: CallNode,
  snapshot: Snapshot,
): Promise<{ readonly callId: string; readonly legUuid: string }> {
  const request = phoneRequest();
  const { callId, refusal } = await node.authorizer.authorize(request, snapshot);
  if (callId === null || refusal !== null) throw new Error(`holds: refused, ${String(refusal)}`);
  return { callId, legUuid: request.legUuid };
}

async function wholeCall(node: CallNode, snapshot: Snapshot): Promise<void> {
  const { callId, legUuid } = await authorize(node, snapshot);
  const item = { switchId: 1, inboxId: null, isLastTry: false };
  const outcomes = await Promise.all([
    node.settler.settle({ ...item, report: carrierEnded(callId, 30) }),
    node.settler.settle({ ...item, report: callerEnded(legUuid, { billUs: 30_000_000 }) }),
  ]);
  if (outcomes.some((outcome) => outcome !== 'settled')) {
    throw new Error(`holds: found ${outcomes.join()}, expected both legs settled`);
  }
}
