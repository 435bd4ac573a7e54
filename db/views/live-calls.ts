import { and, desc, eq, inArray, lt, or, sql } from 'drizzle-orm';
import type { Queryable } from '../client.js';
import { accounts, allowanceHolds, calls, extensions, holds, legs } from '../schema/index.js';
import type { CallDirection, TimeCursor } from './calls.js';

export interface LiveCallFilters {
  readonly accountId?: number;
  readonly extensionId?: number;
  readonly didId?: number;
  readonly switchId?: number;
  readonly direction?: CallDirection;
  /** Only those that talk, or only those that do not yet. */
  readonly state?: 'authorized' | 'answered';
}

/** Calls that ring or talk, the latest first, with who makes them. */
export async function listLiveCalls(
  db: Queryable,
  filters: LiveCallFilters,
  page: { readonly after?: TimeCursor; readonly limit: number },
) {
  const { accountId, extensionId, didId, switchId, direction, state } = filters;
  const { after } = page;
  // Of millions of calls a few are live: the index of states, and not the one of their times.
  return db
    .select({
      id: calls.id,
      state: calls.state,
      direction: calls.direction,
      accountId: calls.accountId,
      accountCode: accounts.code,
      extensionId: calls.extensionId,
      extensionNumber: extensions.number,
      didId: calls.didId,
      switchId: calls.switchId,
      callerNumber: calls.callerNumber,
      destination: calls.destination,
      aLegUuid: calls.aLegUuid,
      createdUs: calls.createdUs,
      grantedS: calls.grantedS,
    })
    .from(calls, { forceIndex: 'calls_open_index' })
    .leftJoin(accounts, eq(accounts.id, calls.accountId))
    .leftJoin(extensions, eq(extensions.id, calls.extensionId))
    .where(
      and(
        state === undefined
          ? inArray(calls.state, ['authorized', 'answered'])
          : eq(calls.state, state),
        accountId === undefined ? undefined : eq(calls.accountId, accountId),
        extensionId === undefined ? undefined : eq(calls.extensionId, extensionId),
        didId === undefined ? undefined : eq(calls.didId, didId),
        switchId === undefined ? undefined : eq(calls.switchId, switchId),
        direction === undefined ? undefined : eq(calls.direction, direction),
        after &&
          or(
            lt(calls.createdUs, after.atUs),
            and(eq(calls.createdUs, after.atUs), lt(calls.id, after.id)),
          ),
      ),
    )
    .orderBy(desc(calls.createdUs), desc(calls.id))
    .limit(page.limit);
}

/** What calls in progress have set aside, and since when they talk. */
export interface LiveFacts {
  readonly answeredUs: number | null;
  readonly holds: readonly LiveHold[];
  /** Inclusive seconds. */
  readonly includedS: number;
}

export interface LiveHold {
  readonly accountId: number;
  readonly extensionId: number;
  readonly currency: string;
  readonly amount: string;
}

export async function readLiveFacts(
  db: Queryable,
  callIds: readonly string[],
): Promise<ReadonlyMap<string, LiveFacts>> {
  if (callIds.length === 0) return new Map();
  const ids = [...callIds];
  const held = await db
    .select()
    .from(holds)
    .where(and(inArray(holds.callId, ids), eq(holds.state, 'held')))
    .orderBy(holds.id);
  const answered = await db
    .select({ callId: legs.callId, us: sql<number>`min(${legs.answerUs})` })
    .from(legs)
    .where(and(inArray(legs.callId, ids), eq(legs.state, 'answered')))
    .groupBy(legs.callId);
  const included = await db
    .select({ callId: allowanceHolds.callId, s: sql<string>`sum(${allowanceHolds.seconds})` })
    .from(allowanceHolds)
    .where(and(inArray(allowanceHolds.callId, ids), eq(allowanceHolds.state, 'held')))
    .groupBy(allowanceHolds.callId);
  const answeredBy = new Map(answered.map((row) => [row.callId, row.us]));
  const includedBy = new Map(included.map((row) => [row.callId, row.s]));
  return new Map(
    ids.map((id) => [
      id,
      {
        // Not money: microseconds, and whole seconds.
        answeredUs: answeredBy.has(id) ? Number(answeredBy.get(id)) : null,
        includedS: Number(includedBy.get(id) ?? 0),
        holds: held.filter((hold) => hold.callId === id),
      },
    ]),
  );
}
