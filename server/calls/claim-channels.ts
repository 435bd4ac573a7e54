import type { Queryable } from '../../db/client.js';
import { countClaims, lockResources } from '../../db/repositories/channel-claims.js';
import type { ChannelResource } from '../../db/repositories/channel-claims.js';
import { limitedResources } from './channel-claims.js';
import type { CapacityLimit, DecidedRoute, DecisionStep, ResourceLimit } from './decision.js';

/** What is in use of the limited resources a batch may want, counted up as the batch is decided. */
export class ChannelBooks {
  readonly #uses: Map<string, { open: number; recent: number }>;

  constructor(
    uses: Iterable<ChannelResource & { readonly open: number; readonly recent: number }>,
  ) {
    this.#uses = new Map(
      [...uses].map((use) => [keyOf(use), { open: use.open, recent: use.recent }]),
    );
  }

  /** The limit that one more call would exceed; null where it fits. */
  excessOf(resource: ChannelResource, limit: CapacityLimit): Excess | null {
    const { open, recent } = this.#useOf(resource);
    const { channels, perSecond } = limit;
    if (channels !== null && open >= channels) {
      return { of: 'channels', inUse: open, limit: channels };
    }
    if (perSecond !== null && recent >= perSecond) {
      return { of: 'perSecond', inUse: recent, limit: perSecond };
    }
    return null;
  }

  claim(resource: ChannelResource): void {
    const use = this.#useOf(resource);
    use.open += 1;
    use.recent += 1;
  }

  #useOf(resource: ChannelResource): { open: number; recent: number } {
    const use = this.#uses.get(keyOf(resource));
    if (use === undefined) throw new Error(`${keyOf(resource)}: claimed without its lock`);
    return use;
  }
}

/** A limit that is used up, and how many calls use it. */
export interface Excess {
  readonly of: 'channels' | 'perSecond';
  readonly inUse: number;
  readonly limit: number;
}

function keyOf({ resource, resourceId }: ChannelResource): string {
  return `${resource}:${String(resourceId)}`;
}

const SECOND_US = 1_000_000;

/**
 * Locks and counts what a batch may claim. Calls without a limit cost nothing here, not even a
 * question to the database.
 */
export async function openChannels(
  tx: Queryable,
  wanted: readonly ChannelResource[],
  nowUs: number,
): Promise<ChannelBooks> {
  const resources = distinct(wanted);
  await lockResources(tx, resources);
  return new ChannelBooks(await countClaims(tx, resources, nowUs - SECOND_US));
}

/** Each resource once, whoever limits it. */
export function distinct(resources: readonly ChannelResource[]): readonly ChannelResource[] {
  const byKey = new Map(
    resources.map(({ resource, resourceId }) => {
      const one = { resource, resourceId };
      return [keyOf(one), one];
    }),
  );
  return [...byKey.values()];
}

/** Why a call is refused that one of its own limits has no room for. */
export interface LimitProblem {
  readonly reason: 'over_call_limit' | 'over_call_rate';
  readonly step: DecisionStep;
}

/** The first of a call's limits without room for one more; null where all have room. */
export function limitProblem(
  limits: readonly ResourceLimit[],
  books: ChannelBooks,
): LimitProblem | null {
  for (const limit of limits) {
    const excess = books.excessOf(limit, limit);
    if (excess === null) continue;
    const isRate = excess.of === 'perSecond';
    const { resource, resourceId } = limit;
    const facts = { resource, resourceId, inUse: excess.inUse, limit: excess.limit };
    return {
      reason: isRate ? 'over_call_rate' : 'over_call_limit',
      step: { kind: isRate ? 'call_rate' : 'call_limit', ...facts },
    };
  }
  return null;
}

export interface RoutesWithRoom {
  /** At most as many as the plan allows, in order. */
  readonly routes: readonly DecidedRoute[];
  /** What is to be claimed: by the first of them. */
  readonly claims: readonly ChannelResource[];
  /** Which routes had no room, and which were not needed. */
  readonly steps: readonly DecisionStep[];
}

/** The first routes that have room for one more call. Nothing is claimed yet. */
export function routesWithRoom(
  routes: readonly DecidedRoute[],
  maxRoutes: number,
  books: ChannelBooks,
): RoutesWithRoom {
  const full: DecisionStep[] = [];
  const free: DecidedRoute[] = [];
  for (const route of routes) {
    const problem = problemOf(route, books);
    if (problem === null) free.push(route);
    else full.push({ kind: 'route_full', ...nameOf(route), ...problem });
  }
  const used = free.slice(0, maxRoutes);
  const [first] = used;
  const spare = free.slice(maxRoutes).map(nameOf);
  const cut: DecisionStep = { kind: 'beyond_max_routes', maxRoutes, routes: spare };
  return {
    routes: used,
    claims: first === undefined ? [] : limitedResources(first),
    steps: spare.length === 0 ? full : [...full, cut],
  };
}

interface CapacityProblem {
  readonly reason: 'at_capacity' | 'over_cps';
  readonly detail: string;
}

function problemOf(route: DecidedRoute, books: ChannelBooks): CapacityProblem | null {
  for (const resource of limitedResources(route)) {
    const limit = route.limits?.[resource.resource];
    const excess = limit === undefined ? null : books.excessOf(resource, limit);
    if (excess === null) continue;
    const used = `${resource.resource}: ${String(excess.inUse)} of ${String(excess.limit)}`;
    return excess.of === 'channels'
      ? { reason: 'at_capacity', detail: `${used} channels` }
      : { reason: 'over_cps', detail: `${used} calls a second` };
  }
  return null;
}

function nameOf({ gatewayName, carrierId }: DecidedRoute) {
  return { gateway: gatewayName, carrierId };
}
