import { grantCall } from '../../rating/call/quote-call.js';
import { Decimal, formatAmount } from '../../rating/money.js';
import { payerKey } from '../../rating/settlement/payer-key.js';
import type { FrozenPayer } from '../../rating/settlement/types.js';
import type { Database, Queryable } from '../../db/client.js';
import {
  applyBalanceChanges,
  BalanceChanges,
  lockBalances,
  resolveClientCredit,
} from '../../db/repositories/balances.js';
import {
  countHeldCalls,
  findDecisions,
  insertCalls,
  insertHolds,
} from '../../db/repositories/calls.js';
import type { CallRow, NewCall, NewHold } from '../../db/repositories/calls.js';
import { insertClaims } from '../../db/repositories/channel-claims.js';
import type { NewClaim } from '../../db/repositories/channel-claims.js';
import { inTransaction, isDuplicateKey } from '../../db/transaction.js';
import { openChannels, routesWithRoom } from './claim-channels.js';
import type { ChannelBooks } from './claim-channels.js';
import type {
  AllowanceOffer,
  DailyLimit,
  Decision,
  DecisionStep,
  RefusalReason,
  ResourceLimit,
} from './decision.js';

/** A planned call that needs money, with the limits of those who pay it. */
export interface HoldRequest {
  readonly callId: string;
  readonly decisionKey: string;
  readonly payers: readonly HoldPayer[];
  readonly sliceS: number;
  readonly maxS: number;
  /** Unix microseconds of the fetch. */
  readonly nowUs: number;
  /** With all routes that may be used, in order; those that are used come out of it. */
  readonly decision: Decision;
  /** How many of the routes with room for the call are used. */
  readonly maxRoutes: number;
  /** Everything that has to have room for one more call. */
  readonly limits: readonly ResourceLimit[];
  /** Inclusive seconds the first payer may use before its money. */
  readonly allowances: readonly AllowanceOffer[];
  readonly dailyLimits: readonly DailyLimit[];
  readonly call: Omit<NewCall, 'state' | 'reason' | 'grantedS' | 'expiresUs' | 'decision'>;
  /** How long after the decision, beyond the granted time, the call may go without any news. */
  readonly newsGraceUs: number;
}

export interface HoldPayer extends FrozenPayer {
  readonly creditLimit: Decimal;
  readonly maxCalls: number | null;
}

/** What the fetch is answered from: this decision, or the one made before under the same key. */
export interface HoldOutcome {
  readonly callId: string;
  readonly decision: Decision;
  readonly grantedS: number | null;
  readonly refusal: RefusalReason | null;
  /** False when an earlier fetch had decided already. */
  readonly isNew: boolean;
}

/** Money of one payer while a batch is being decided. */
interface Purse {
  available: Decimal;
  openCalls: number;
}

/**
 * Decides a batch of paid calls in one transaction: locks every balance they touch and every limited
 * gateway and carrier they may use, grants each in turn what is left after the ones before it, and
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
  const work: Work = { calls: [], holds: [], claims: [], changes: new BalanceChanges() };
  for (const request of fresh) {
    if (outcomes.has(request.decisionKey)) continue;
    outcomes.set(request.decisionKey, decideOne(request, books, work));
  }
  await insertCalls(tx, work.calls);
  await insertHolds(tx, work.holds);
  await insertClaims(tx, work.claims);
  await applyBalanceChanges(tx, work.changes.all);
  return requests.map((request) => {
    const found = earlier.get(request.decisionKey);
    const outcome = found === undefined ? outcomes.get(request.decisionKey) : outcomeOfRow(found);
    if (outcome === undefined) throw new Error(`decision ${request.decisionKey}: none was made`);
    return outcome;
  });
}

interface Books {
  readonly purses: ReadonlyMap<string, Purse>;
  readonly ledgerIds: ReadonlyMap<string, number>;
  readonly channels: ChannelBooks;
}

async function openBooks(
  tx: Queryable,
  database: Database,
  requests: readonly HoldRequest[],
): Promise<Books> {
  const payers = new Map(
    requests.flatMap((request) => request.payers).map((payer) => [payerKey(payer), payer]),
  );
  const ids = await resolveClientCredit(tx, database, [...payers.values()]);
  const balances = await lockBalances(tx, [...ids.values()]);
  const limited = [...payers.values()].filter((payer) => payer.maxCalls !== null);
  const counts = await countHeldCalls(
    tx,
    limited.map((payer) => payer.accountId),
  );
  const purses = new Map<string, Purse>();
  for (const [key, payer] of payers) {
    const id = ids.get(key);
    const row = id === undefined ? undefined : balances.get(id);
    if (row === undefined) {
      throw new Error(`${key}: no balance row after making one`);
    }
    purses.set(key, {
      available: row.balance.plus(payer.creditLimit).minus(row.held),
      openCalls: counts.get(payer.accountId) ?? 0,
    });
  }
  // After the balances, in every transaction: so nobody waits for one while holding the other.
  const routes = requests.flatMap((request) => request.decision.routes);
  const nowUs = Math.max(0, ...requests.map((request) => request.nowUs));
  return { purses, ledgerIds: ids, channels: await openChannels(tx, routes, nowUs) };
}

interface Work {
  readonly calls: NewCall[];
  readonly holds: NewHold[];
  readonly claims: NewClaim[];
  readonly changes: BalanceChanges;
}

function decideOne(request: HoldRequest, books: Books, work: Work): HoldOutcome {
  const crowded = request.payers.find((payer) => isCrowded(payer, books));
  if (crowded !== undefined) {
    const step = { kind: 'call_limit', accountId: crowded.accountId, limit: crowded.maxCalls };
    return storeRefusal(request, 'over_call_limit', [step], work);
  }
  const room = routesWithRoom(request.decision.routes, request.maxRoutes, books.channels);
  if (room.routes.length === 0) return storeRefusal(request, 'no_carrier', room.steps, work);
  const grant = grantCall({
    payers: request.payers.map((payer) => ({
      payerKey: payerKey(payer),
      rate: payer.rate,
      available: books.purses.get(payerKey(payer))?.available ?? new Decimal(0),
    })),
    sliceSeconds: request.sliceS,
    maxSeconds: request.maxS,
  });
  const step: DecisionStep = {
    kind: 'grant',
    seconds: grant.seconds,
    limitedBy: grant.limitedBy,
    payers: grant.steps,
  };
  if (grant.seconds === 0) {
    return storeRefusal(request, 'insufficient_funds', [...room.steps, step], work);
  }
  for (const hold of grant.holds) {
    takeHold(request, hold.payerKey, hold.amount, books, work);
  }
  for (const resource of room.claims) {
    books.channels.claim(resource);
    work.claims.push({ callId: request.callId, ...resource, createdUs: request.nowUs });
  }
  const planned = { ...request.decision, routes: room.routes };
  const decision = withSteps(planned, [...room.steps, step]);
  work.calls.push({
    ...request.call,
    state: 'authorized',
    grantedS: grant.seconds,
    expiresUs: request.nowUs + grant.seconds * 1_000_000 + request.newsGraceUs,
    decision,
  });
  return {
    callId: request.callId,
    decision,
    grantedS: grant.seconds,
    refusal: null,
    isNew: true,
  };
}

function isCrowded(payer: HoldPayer, books: Books): boolean {
  const open = books.purses.get(payerKey(payer))?.openCalls ?? 0;
  return payer.maxCalls !== null && open >= payer.maxCalls;
}

function takeHold(
  request: HoldRequest,
  key: string,
  amount: Decimal,
  books: Books,
  work: Work,
): void {
  const purse = books.purses.get(key);
  const ledgerId = books.ledgerIds.get(key);
  const payer = request.payers.find((candidate) => payerKey(candidate) === key);
  if (purse === undefined || ledgerId === undefined || payer === undefined) {
    throw new Error(`${key}: granted, but not among the payers`);
  }
  purse.available = purse.available.minus(amount);
  purse.openCalls += 1;
  work.changes.add(ledgerId, { held: amount });
  work.holds.push({
    callId: request.callId,
    accountId: payer.accountId,
    extensionId: payer.extensionId ?? 0,
    currency: payer.currency,
    amount: formatAmount(amount),
    createdUs: request.nowUs,
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
