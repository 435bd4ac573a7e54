import type { Queryable } from '../../db/client.js';
import { countClaims, lockResources } from '../../db/repositories/channel-claims.js';
import type { ChannelResource } from '../../db/repositories/channel-claims.js';
import { limitedResources } from './channel-claims.js';
import type { CapacityLimit, DecidedRoute, DecisionStep } from './decision.js';

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

  /** Why one more call does not fit; null where it does. */
  problemOf(resource: ChannelResource, limit: CapacityLimit): CapacityProblem | null {
    const { open, recent } = this.#useOf(resource);
    const { channels, perSecond } = limit;
    if (channels !== null && open >= channels) {
      const detail = `${resource.resource}: ${String(open)} of ${String(channels)} channels`;
      return { reason: 'at_capacity', detail };
    }
    if (perSecond !== null && recent >= perSecond) {
      const rate = `${String(recent)} of ${String(perSecond)} calls a second`;
      return { reason: 'over_cps', detail: `${resource.resource}: ${rate}` };
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

export interface CapacityProblem {
  readonly reason: 'at_capacity' | 'over_cps';
  readonly detail: string;
}

function keyOf({ resource, resourceId }: ChannelResource): string {
  return `${resource}:${String(resourceId)}`;
}

const SECOND_US = 1_000_000;

/**
 * Locks and counts what the routes of a batch may claim. Calls without a limited route cost nothing
 * here, not even a question to the database.
 */
export async function openChannels(
  tx: Queryable,
  routes: readonly DecidedRoute[],
  nowUs: number,
): Promise<ChannelBooks> {
  const wanted = new Map(routes.flatMap(limitedResources).map((one) => [keyOf(one), one]));
  const resources = [...wanted.values()];
  await lockResources(tx, resources);
  return new ChannelBooks(await countClaims(tx, resources, nowUs - SECOND_US));
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

function problemOf(route: DecidedRoute, books: ChannelBooks): CapacityProblem | null {
  for (const resource of limitedResources(route)) {
    const limit = route.limits?.[resource.resource];
    const problem = limit === undefined ? null : books.problemOf(resource, limit);
    if (problem !== null) return problem;
  }
  return null;
}

function nameOf({ gatewayName, carrierId }: DecidedRoute) {
  return { gateway: gatewayName, carrierId };
}
