import { grantCall } from '../../rating/call/quote-call.js';
import type { CallGrant } from '../../rating/call/quote-call.js';
import { Decimal, formatAmount, toMoney } from '../../rating/money.js';
import { payerKey } from '../../rating/settlement/payer-key.js';
import type { PayerIdentity } from '../../rating/settlement/payer-key.js';
import type { Database, Queryable } from '../../db/client.js';
import { readSpent } from '../../db/repositories/account-days.js';
import {
  extendAllowanceHolds,
  findAllowanceHolds,
  freeSeconds,
  lockBuckets,
} from '../../db/repositories/allowances.js';
import { applyBalanceChanges, BalanceChanges } from '../../db/repositories/balances.js';
import {
  extendGrant,
  findHolds,
  isOpenCall,
  lockCalls,
  setHoldAmount,
} from '../../db/repositories/calls.js';
import type { CallRow, HoldRow } from '../../db/repositories/calls.js';
import { inTransaction } from '../../db/transaction.js';
import type { Decision } from './decision.js';
import { decisionOf } from './hold-batch.js';
import { openPurses, Purses } from './hold-books.js';

export interface ExtendRequest {
  readonly callId: string;
  /** The granted seconds this node knows of; a larger figure in the database is simply adopted. */
  readonly knownGrantedS: number;
  readonly sliceS: number;
  readonly maxS: number;
  readonly answerUs: number;
  readonly newsGraceUs: number;
  /** Credit limits now, which may have changed since the call began. */
  readonly creditLimitOf: (payer: PayerIdentity) => string;
}

/** How long a running call may talk now. */
export interface ExtendResult {
  /** Granted seconds from the answer on. */
  readonly grantedS: number;
  /** Whether money, inclusive seconds or a daily limit end it there, and not only the slice. */
  readonly isLast: boolean;
}

/**
 * Sets more inclusive seconds and money aside for a running call, for every payer, in one transaction.
 * What cannot be paid for is not granted: the leg then ends at the limit FreeSWITCH already has. When
 * another node extended the same call first, its grant is what counts. Null when the call is over.
 */
export async function extendHold(
  database: Database,
  request: ExtendRequest,
): Promise<ExtendResult | null> {
  return inTransaction(database, async (tx) => {
    const [call] = await lockCalls(tx, [request.callId]);
    if (call === undefined || call.grantedS === null) return null;
    if (!isOpenCall(call)) return null;
    const isAhead = call.grantedS > request.knownGrantedS;
    const means = await openMeans(tx, database, call, request);
    // One second more than another node granted is asked for, to learn whether there is more.
    const wantedS = call.grantedS + (isAhead ? 1 : request.sliceS);
    const grant = grantWith(decisionOf(call), means, { wantedS, maxS: request.maxS });
    const isLast = grant.limitedBy !== null;
    if (isAhead || grant.seconds <= call.grantedS) return { grantedS: call.grantedS, isLast };
    await storeGrant(tx, call, grant, means, request);
    return { grantedS: grant.seconds, isLast };
  });
}

/** What each payer has for this call, with what the call holds already. */
interface Means {
  readonly holds: readonly HoldRow[];
  readonly ledgerIds: ReadonlyMap<string, number>;
  readonly available: ReadonlyMap<string, Decimal>;
  readonly buckets: readonly BucketMeans[];
}

interface BucketMeans {
  readonly bucketId: number;
  readonly incrementS: number;
  /** Free seconds and those the call holds. */
  readonly seconds: number;
  readonly heldS: number;
}

async function openMeans(
  tx: Queryable,
  database: Database,
  call: CallRow,
  request: ExtendRequest,
): Promise<Means> {
  const decision = decisionOf(call);
  const holds = await findHolds(tx, [call.id]);
  const purses = await openPurses(
    tx,
    database,
    holds.map((hold) => ({ ...hold, creditLimit: new Decimal(request.creditLimitOf(hold)) })),
  );
  const buckets = await openBucketsOf(tx, call.id, decision);
  const { dailyLimits = [] } = decision;
  const spent = await readSpent(tx, dailyLimits);
  const books = new Purses(purses, spent);
  const available = new Map<string, Decimal>();
  for (const hold of holds) {
    const key = payerKey(hold);
    const free = books.availableTo(key, dailyLimits);
    available.set(key, free.plus(toMoney(hold.amount)));
  }
  const ledgerIds = new Map([...purses].map(([key, { ledgerId }]) => [key, ledgerId]));
  return { holds, ledgerIds, available, buckets };
}

async function openBucketsOf(
  tx: Queryable,
  callId: string,
  { allowances = [] }: Decision,
): Promise<readonly BucketMeans[]> {
  if (allowances.length === 0) return [];
  const held = await findAllowanceHolds(tx, [callId]);
  const rows = await lockBuckets(
    tx,
    allowances.map(({ bucketId }) => bucketId),
  );
  return allowances.map(({ bucketId, incrementS }) => {
    const row = rows.get(bucketId);
    const heldS = held.find((hold) => hold.bucketId === bucketId)?.seconds ?? 0;
    const freeS = row === undefined ? 0 : freeSeconds(row);
    return { bucketId, incrementS, heldS, seconds: freeS + heldS };
  });
}

function grantWith(
  { payers }: Decision,
  { available, buckets }: Means,
  limits: { readonly wantedS: number; readonly maxS: number },
): CallGrant {
  return grantCall({
    payers: payers.map((payer, level) => ({
      payerKey: payerKey(payer),
      rate: payer.rate,
      available: available.get(payerKey(payer)) ?? new Decimal(0),
      ...(level === 0 && buckets.length > 0 ? { included: buckets } : {}),
    })),
    sliceSeconds: limits.wantedS,
    maxSeconds: limits.maxS,
  });
}

async function storeGrant(
  tx: Queryable,
  call: CallRow,
  grant: CallGrant,
  means: Means,
  { answerUs, newsGraceUs }: ExtendRequest,
): Promise<void> {
  const changes = new BalanceChanges();
  for (const { payerKey: key, amount } of grant.holds) {
    const hold = means.holds.find((row) => payerKey(row) === key);
    const ledgerId = means.ledgerIds.get(key);
    if (hold === undefined || ledgerId === undefined) {
      throw new Error(`call ${call.id}: payer ${key} has no hold to extend`);
    }
    changes.add(ledgerId, { held: amount.minus(toMoney(hold.amount)) });
    await setHoldAmount(tx, hold.id, formatAmount(amount));
  }
  const expiresUs = answerUs + grant.seconds * 1_000_000 + newsGraceUs;
  await extendGrant(tx, call.id, grant.seconds, expiresUs);
  await applyBalanceChanges(tx, changes.all);
  const included = grant.holds[0]?.included ?? [];
  await extendAllowanceHolds(
    tx,
    means.buckets.map(({ bucketId, heldS }, index) => ({
      callId: call.id,
      bucketId,
      seconds: included[index] ?? 0,
      secondsBefore: heldS,
      createdUs: call.createdUs,
    })),
  );
}
