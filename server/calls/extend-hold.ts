import { grantCall } from '../../rating/call/quote-call.js';
import type { CallGrant } from '../../rating/call/quote-call.js';
import { Decimal, formatAmount, toMoney } from '../../rating/money.js';
import { payerKey } from '../../rating/settlement/payer-key.js';
import type { Database, Queryable } from '../../db/client.js';
import {
  applyBalanceChanges,
  BalanceChanges,
  lockBalances,
  resolveClientCredit,
} from '../../db/repositories/balances.js';
import { extendGrant, findHolds, lockCalls, setHoldAmount } from '../../db/repositories/calls.js';
import type { CallRow, HoldRow } from '../../db/repositories/calls.js';
import { inTransaction } from '../../db/transaction.js';
import { decisionOf } from './hold-batch.js';

export interface ExtendRequest {
  readonly callId: string;
  /** The granted seconds this node knows of; a larger figure in the database is simply adopted. */
  readonly knownGrantedS: number;
  readonly sliceS: number;
  readonly maxS: number;
  readonly answerUs: number;
  readonly newsGraceUs: number;
  /** Credit limits now, which may have changed since the call began. */
  readonly creditLimitOf: (accountId: number) => string;
}

/** Granted seconds from the answer on; null when the call is over. */
export type ExtendResult = number | null;

/**
 * Sets more money aside for a running call, for every payer, in one transaction. What cannot be paid
 * for is not granted: the leg then ends at the limit FreeSWITCH already has. When another node
 * extended the same call first, its grant is what counts.
 */
export async function extendHold(
  database: Database,
  request: ExtendRequest,
): Promise<ExtendResult> {
  return inTransaction(database, async (tx) => {
    const [call] = await lockCalls(tx, [request.callId]);
    if (call === undefined || call.grantedS === null) return null;
    if (call.state !== 'authorized' && call.state !== 'answered') return null;
    if (call.grantedS > request.knownGrantedS) return call.grantedS;
    const holds = await findHolds(tx, [call.id]);
    const purse = await openPurse(tx, database, holds, request);
    const grant = grantMore(call, purse, request);
    if (grant.seconds <= call.grantedS) return call.grantedS;
    await storeGrant(tx, call, grant, { holds, purse, request });
    return grant.seconds;
  });
}

interface PurseEntry {
  readonly ledgerId: number;
  readonly available: Decimal;
}

/** What each payer has for this call: free money and what the call holds already. */
async function openPurse(
  tx: Queryable,
  database: Database,
  holds: readonly HoldRow[],
  request: ExtendRequest,
): Promise<ReadonlyMap<string, PurseEntry>> {
  const ids = await resolveClientCredit(tx, database, holds);
  const balances = await lockBalances(tx, [...ids.values()]);
  const purse = new Map<string, PurseEntry>();
  for (const hold of holds) {
    const id = ids.get(payerKey(hold));
    const row = id === undefined ? undefined : balances.get(id);
    if (id === undefined || row === undefined) continue;
    const free = row.balance.plus(request.creditLimitOf(hold.accountId)).minus(row.held);
    purse.set(payerKey(hold), { ledgerId: id, available: free.plus(toMoney(hold.amount)) });
  }
  return purse;
}

function grantMore(
  call: CallRow,
  purse: ReadonlyMap<string, PurseEntry>,
  request: ExtendRequest,
): CallGrant {
  return grantCall({
    payers: decisionOf(call).payers.map((payer) => ({
      payerKey: payerKey(payer),
      rate: payer.rate,
      available: purse.get(payerKey(payer))?.available ?? new Decimal(0),
    })),
    sliceSeconds: (call.grantedS ?? 0) + request.sliceS,
    maxSeconds: request.maxS,
  });
}

async function storeGrant(
  tx: Queryable,
  call: CallRow,
  grant: CallGrant,
  context: {
    readonly holds: readonly HoldRow[];
    readonly purse: ReadonlyMap<string, PurseEntry>;
    readonly request: ExtendRequest;
  },
): Promise<void> {
  const changes = new BalanceChanges();
  for (const { payerKey: key, amount } of grant.holds) {
    const hold = context.holds.find((row) => payerKey(row) === key);
    const entry = context.purse.get(key);
    if (hold === undefined || entry === undefined) {
      throw new Error(`call ${call.id}: payer ${key} has no hold to extend`);
    }
    changes.add(entry.ledgerId, { held: amount.minus(toMoney(hold.amount)) });
    await setHoldAmount(tx, hold.id, formatAmount(amount));
  }
  const { answerUs, newsGraceUs } = context.request;
  const expiresUs = answerUs + grant.seconds * 1_000_000 + newsGraceUs;
  await extendGrant(tx, call.id, grant.seconds, expiresUs);
  await applyBalanceChanges(tx, changes.all);
}
