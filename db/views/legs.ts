import { and, desc, eq, gte, lt, or } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Queryable } from '../client.js';
import { calls, legs } from '../schema/index.js';
import type { LegView, TimeCursor } from './calls.js';

export interface LegFilters {
  readonly callId?: string;
  readonly accountId?: number;
  readonly carrierId?: number;
  readonly gatewayId?: number;
  readonly switchId?: number;
  readonly kind?: LegView['kind'];
  readonly state?: LegView['state'];
  readonly hangupCause?: string;
  readonly destination?: string;
  /** Half-open period of the leg's start, in epoch microseconds. */
  readonly fromUs?: number;
  readonly toUs?: number;
}

/** The CDRs, newest start first. */
export async function listLegs(
  db: Queryable,
  filters: LegFilters,
  page: { readonly after?: TimeCursor; readonly limit: number },
): Promise<readonly LegView[]> {
  const rows = await db
    .select({ leg: legs })
    .from(legs)
    .leftJoin(calls, eq(calls.id, legs.callId))
    .where(and(legFilter(filters), page.after && before(page.after)))
    .orderBy(desc(legs.startUs), desc(legs.legUuid))
    .limit(page.limit);
  return rows.map((row) => row.leg);
}

export async function findLeg(db: Queryable, legUuid: string): Promise<LegView | undefined> {
  return (await db.select().from(legs).where(eq(legs.legUuid, legUuid)))[0];
}

function legFilter(filters: LegFilters): SQL | undefined {
  return and(
    filters.callId === undefined ? undefined : eq(legs.callId, filters.callId),
    filters.accountId === undefined ? undefined : eq(calls.accountId, filters.accountId),
    filters.carrierId === undefined ? undefined : eq(legs.carrierId, filters.carrierId),
    filters.gatewayId === undefined ? undefined : eq(legs.gatewayId, filters.gatewayId),
    filters.switchId === undefined ? undefined : eq(legs.switchId, filters.switchId),
    filters.kind === undefined ? undefined : eq(legs.kind, filters.kind),
    filters.state === undefined ? undefined : eq(legs.state, filters.state),
    filters.hangupCause === undefined ? undefined : eq(legs.hangupCause, filters.hangupCause),
    filters.destination === undefined ? undefined : eq(legs.destination, filters.destination),
    filters.fromUs === undefined ? undefined : gte(legs.startUs, filters.fromUs),
    filters.toUs === undefined ? undefined : lt(legs.startUs, filters.toUs),
  );
}

function before(cursor: TimeCursor): SQL | undefined {
  return or(
    lt(legs.startUs, cursor.atUs),
    and(eq(legs.startUs, cursor.atUs), lt(legs.legUuid, cursor.id)),
  );
}
