import type { Queryable } from '../../db/client.js';
import { countClaims } from '../../db/repositories/channel-claims.js';
import type { ChannelResource, ChannelUse } from '../../db/repositories/channel-claims.js';
import type { CallPlan } from '../calls/call-plan.js';
import { limitedResources } from '../calls/channel-claims.js';
import { ChannelBooks, distinct } from '../calls/claim-channels.js';
import type { CapacityLimit, DecidedRoute } from '../calls/decision.js';
import type { CapacityAnswer } from './types.js';

const SECOND_US = 1_000_000;

/** What the limited gateways and carriers of a plan have in use. */
export interface Capacity {
  readonly books: ChannelBooks;
  usesOf(gateway: string): readonly CapacityAnswer[];
  /** What of the caller, the called and those who pay takes a limited number of calls. */
  readonly limits: readonly CapacityAnswer[];
}

/**
 * Counts channels as a hold does, but without its locks. `nowUs` is null for another day, of which
 * what is in use now says nothing: every limited route then has room.
 */
export async function readCapacity(
  db: Queryable,
  plan: CallPlan,
  nowUs: number | null,
): Promise<Capacity> {
  const routes = plan.kind === 'paid' ? plan.routes : [];
  const limits = plan.kind === 'paid' ? plan.limits : [];
  const resources = distinct([...limits, ...routes.flatMap(limitedResources)]);
  const uses =
    nowUs === null
      ? resources.map((one): ChannelUse => ({ ...one, open: 0, recent: 0 }))
      : await countClaims(db, resources, nowUs - SECOND_US);
  const shown = new Map(
    routes.map((route) => [route.gatewayName, nowUs === null ? [] : usesOfRoute(route, uses)]),
  );
  return {
    books: new ChannelBooks(uses),
    usesOf: (gateway) => shown.get(gateway) ?? [],
    limits: limits.flatMap((limit) => capacityAnswer(limit, limit, uses)),
  };
}

function usesOfRoute(route: DecidedRoute, uses: readonly ChannelUse[]): readonly CapacityAnswer[] {
  return limitedResources(route).flatMap((one) => {
    const limit = route.limits?.[one.resource];
    return limit === undefined ? [] : capacityAnswer(one, limit, uses);
  });
}

function capacityAnswer(
  { resource, resourceId }: ChannelResource,
  { channels, perSecond }: CapacityLimit,
  uses: readonly ChannelUse[],
): readonly CapacityAnswer[] {
  const use = uses.find((one) => one.resource === resource && one.resourceId === resourceId);
  if (use === undefined) return [];
  const inUse = { open: use.open, lastSecond: use.recent };
  return [{ resource, resourceId, channels, perSecond, ...inUse }];
}
