import { formatAmount } from '../../rating/money.js';
import { payerKey } from '../../rating/settlement/payer-key.js';
import type { Database, Queryable } from '../../db/client.js';
import { holdAllowances } from '../../db/repositories/allowances.js';
import type { NewAllowanceHold } from '../../db/repositories/allowances.js';
import { applyBalanceChanges, BalanceChanges } from '../../db/repositories/balances.js';
import { findDecisions, insertCalls, insertHolds } from '../../db/repositories/calls.js';
import type { CallRow, NewCall, NewHold } from '../../db/repositories/calls.js';
import { insertClaims } from '../../db/repositories/channel-claims.js';
import type { NewClaim } from '../../db/repositories/channel-claims.js';
import { inTransaction, isDuplicateKey } from '../../db/transaction.js';
import { distinct, limitProblem, routesWithRoom } from './claim-channels.js';
import type { Decision, DecisionStep, RefusalReason } from './decision.js';
import { grantHold } from './grant-hold.js';
import type { HoldGrant } from './grant-hold.js';
import { openBooks } from './hold-books.js';
import type { HoldBooks } from './hold-books.js';
import type { HoldOutcome, HoldRequest } from './hold-request.js';

/**
 * Decides a batch of paid calls in one transaction: locks every balance they touch and
 * everything that takes a limited number of calls, grants each in turn what is left after the ones before it, and
 * stores decisions, holds and claims together. So no two calls, on this node or another, ever see the
 * same money or the same free channel.
 */
export async function decideHolds(
  database: Database,
  requests: readonly HoldRequest[],
): Promise<readonly HoldOutcome[]> {
  const decide = () => inTransaction(database, (tx) => decideInTransaction(tx, database, requests));
  try {
    return await decide();
  } catch (error) {
    // Another node was asked the same and was quicker: now its decision is there to be found.
    if (isDuplicateKey(error)) return decide();
    throw error;
  }
}

async function decideInTransaction(
  tx: Queryable,
  database: Database,
  requests: readonly HoldRequest[],
): Promise<readonly HoldOutcome[]> {
  const earlier = await findDecisions(
    tx,
    requests.map((request) => request.decisionKey),
  );
  const fresh = requests.filter((request) => !earlier.has(request.decisionKey));
  const books = await openBooks(tx, database, fresh);
  const outcomes = new Map<string, HoldOutcome>();
  const work: Work = {
    calls: [],
    holds: [],
    claims: [],
    allowances: [],
    changes: new BalanceChanges(),
  };
  for (const request of fresh) {
    if (outcomes.has(request.decisionKey)) continue;
    outcomes.set(request.decisionKey, decideOne(request, books, work));
  }
  await insertCalls(tx, work.calls);
  await insertHolds(tx, work.holds);
  await insertClaims(tx, work.claims);
  await applyBalanceChanges(tx, work.changes.all);
  await holdAllowances(tx, work.allowances);
  return requests.map((request) => {
    const found = earlier.get(request.decisionKey);
    const outcome = found === undefined ? outcomes.get(request.decisionKey) : outcomeOfRow(found);
    if (outcome === undefined) throw new Error(`decision ${request.decisionKey}: none was made`);
    return outcome;
  });
}

interface Work {
  readonly calls: NewCall[];
  readonly holds: NewHold[];
  readonly claims: NewClaim[];
  readonly allowances: NewAllowanceHold[];
  readonly changes: BalanceChanges;
}

function decideOne(request: HoldRequest, books: HoldBooks, work: Work): HoldOutcome {
  const full = limitProblem(request.limits, books.channels);
  if (full !== null) return storeRefusal(request, full.reason, [full.step], work);
  const room = routesWithRoom(request.decision.routes, request.maxRoutes, books.channels);
  const isOutbound = request.decision.metered === undefined;
  if (isOutbound && room.routes.length === 0) {
    return storeRefusal(request, 'no_carrier', room.steps, work);
  }
  const held = grantHold(request, books);
  const steps = [...room.steps, ...held.steps];
  if (held.refusal !== null) {
    const refused = storeRefusal(request, held.refusal, steps, work);
    return held.reached === null ? refused : { ...refused, dailyReached: held.reached };
  }
  takeMoney(request, held, books, work);
  takeSeconds(request, held, work);
  for (const resource of distinct([...request.limits, ...room.claims])) {
    books.channels.claim(resource);
    work.claims.push({ callId: request.callId, ...resource, createdUs: request.nowUs });
  }
  return storeGrant(request, { ...held, routes: room.routes, steps }, work);
}

function storeGrant(
  request: HoldRequest,
  held: HoldGrant & { readonly routes: Decision['routes'] },
  work: Work,
): HoldOutcome {
  const { grant, buckets, routes, steps } = held;
  const allowances = buckets.map(({ bucket, incrementS }) => ({ bucketId: bucket.id, incrementS }));
  const planned: Decision = {
    ...request.decision,
    routes,
    ...(grant.limitedBy === null ? {} : { limitedByMoney: true }),
    ...(allowances.length === 0 ? {} : { allowances }),
  };
  const decision = withSteps(planned, steps);
  const { callId, nowUs, newsGraceUs } = request;
  work.calls.push({
    ...request.call,
    state: 'authorized',
    grantedS: grant.seconds,
    expiresUs: nowUs + grant.seconds * 1_000_000 + newsGraceUs,
    decision,
  });
  return { callId, decision, grantedS: grant.seconds, refusal: null, isNew: true };
}

function takeMoney(
  { callId, payers, nowUs }: HoldRequest,
  { grant }: HoldGrant,
  { purses }: HoldBooks,
  work: Work,
): void {
  for (const { payerKey: key, amount } of grant.holds) {
    const payer = payers.find((candidate) => payerKey(candidate) === key);
    if (payer === undefined) throw new Error(`${key}: granted, but not among the payers`);
    const purse = purses.of(key);
    purse.available = purse.available.minus(amount);
    purse.held = purse.held.plus(amount);
    work.changes.add(purse.ledgerId, { held: amount });
    work.holds.push({
      callId,
      accountId: payer.accountId,
      extensionId: payer.extensionId ?? 0,
      currency: payer.currency,
      amount: formatAmount(amount),
      createdUs: nowUs,
    });
  }
}

function takeSeconds({ callId, nowUs }: HoldRequest, held: HoldGrant, work: Work): void {
  const seconds = held.grant.holds[0]?.included ?? [];
  held.buckets.forEach(({ bucket }, index) => {
    const taken = seconds[index] ?? 0;
    bucket.freeS -= taken;
    work.allowances.push({ callId, bucketId: bucket.id, seconds: taken, createdUs: nowUs });
  });
}

function storeRefusal(
  request: HoldRequest,
  reason: RefusalReason,
  steps: readonly DecisionStep[],
  work: Work,
): HoldOutcome {
  const routes = request.decision.routes.slice(0, request.maxRoutes);
  const told = [...steps, { kind: 'refused', reason }];
  const decision = withSteps({ ...request.decision, routes }, told);
  work.calls.push({
    ...request.call,
    state: 'refused',
    reason,
    endedUs: request.nowUs,
    expiresUs: request.nowUs,
    decision,
  });
  return { callId: request.callId, decision, grantedS: null, refusal: reason, isNew: true };
}

function withSteps(decision: Decision, steps: readonly DecisionStep[]): Decision {
  return { ...decision, steps: [...decision.steps, ...steps] };
}

/** The stored decision was written by this file and nothing else writes that column. */
export function decisionOf(row: CallRow): Decision {
  return row.decision as Decision;
}

function outcomeOfRow(row: CallRow): HoldOutcome {
  return {
    callId: row.id,
    decision: decisionOf(row),
    grantedS: row.grantedS,
    refusal: refusalOfRow(row),
    isNew: false,
  };
}

/** A call that ended gave its hold back: whoever asks for it now may not dial on it. */
function refusalOfRow(row: CallRow): RefusalReason | null {
  switch (row.state) {
    case 'authorized':
    case 'answered':
      return null;
    case 'refused':
      // The column holds only words of this type in this state.
      return row.reason as RefusalReason;
    case 'released':
    case 'settled':
      return 'call_over';
  }
}
