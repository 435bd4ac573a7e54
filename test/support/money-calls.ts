import type { Database } from '../../db/client.js';
import { allowanceBuckets, allowanceHolds } from '../../db/schema/index.js';
import type { AllowanceOffer } from '../../server/calls/decision.js';
import { extendHold } from '../../server/calls/extend-hold.js';
import type { ExtendResult } from '../../server/calls/extend-hold.js';
import { decideHolds } from '../../server/calls/hold-batch.js';
import type { HoldOutcome, HoldRequest } from '../../server/calls/hold-request.js';
import type { LegEnded } from '../../server/calls/reports.js';
import { settleReports } from '../../server/calls/settle-batch.js';
import type { SettleOutcome } from '../../server/calls/settle-batch.js';
import { ANSWER_US } from './leg-reports.js';
import { SWITCH_ID } from './world.js';

/** Decides one call. */
export async function hold(database: Database, request: HoldRequest): Promise<HoldOutcome> {
  const [outcome] = await decideHolds(database, [request]);
  if (outcome === undefined) throw new Error('no outcome');
  return outcome;
}

/** Extends a call by a number of seconds, with nothing but its money. */
export async function extendBy(
  database: Database,
  callId: string,
  sliceS: number,
  knownGrantedS = 60,
): Promise<ExtendResult | null> {
  return extendHold(database, {
    callId,
    knownGrantedS,
    sliceS,
    maxS: 100_000,
    answerUs: ANSWER_US,
    newsGraceUs: 0,
    creditLimitOf: () => '0',
  });
}

export async function settle(
  database: Database,
  ...reports: readonly LegEnded[]
): Promise<readonly SettleOutcome[]> {
  const items = reports.map((report) => ({
    report,
    switchId: SWITCH_ID,
    inboxId: null,
    isLastTry: false,
  }));
  return settleReports(database, items, ANSWER_US);
}

/** Inclusive seconds of an assignment in a month that is long enough for every test. */
export function offer(totalS: number, over: Partial<AllowanceOffer> = {}): AllowanceOffer {
  return {
    ownerType: 'package',
    ownerId: 1,
    generation: 0,
    periodStartUs: 1_793_000_000_000_000,
    periodEndUs: 1_797_000_000_000_000,
    totalS,
    incrementS: 1,
    ...over,
  };
}

/** `owner used/held of total` of every bucket. */
export async function bucketsOf(database: Database): Promise<readonly string[]> {
  const rows = await database.orm.select().from(allowanceBuckets).orderBy(allowanceBuckets.id);
  return rows.map(({ ownerType, ownerId, usedS, heldS, totalS }) =>
    [`${ownerType} ${String(ownerId)}`, usedS, heldS, totalS].join(' '),
  );
}

/** `seconds used state` of every hold on inclusive seconds. */
export async function allowanceHoldsOf(database: Database): Promise<readonly string[]> {
  const rows = await database.orm
    .select()
    .from(allowanceHolds)
    .orderBy(allowanceHolds.createdUs, allowanceHolds.callId, allowanceHolds.bucketId);
  return rows.map(({ seconds, usedS, state }) => [seconds, usedS, state].join(' '));
}
