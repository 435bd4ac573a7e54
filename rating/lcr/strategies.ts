import { parseScaled, powerOfTen } from '../money.js';
import { isProven, qualityRank } from './quality-rank.js';
import type { LcrInput, LcrStrategy, RouteCandidate } from './types.js';
import { seedFor, uniformOf, weightedPlace } from './weighted-order.js';

/** A route that may be used, with all that its place can depend on. */
export interface RankableRoute {
  readonly candidate: RouteCandidate;
  /** In the client's currency; any scale, the same for all. */
  readonly cost: bigint;
}

type StrategyInput = Pick<LcrInput, 'strategy' | 'seed' | 'tolerancePercent' | 'candidates'>;

export interface RankedRoutes<Route> {
  readonly routes: readonly Route[];
  /** The gateway put ahead of better known ones to learn how good it is, or null. */
  readonly trialGatewayId: number | null;
}

interface Place<Route> {
  readonly route: Route;
  /** The strategy's own grade, the lower the better; 0 where it has none. */
  readonly grade: number;
  readonly lot: number;
}

type Comparison = (first: Place<RankableRoute>, second: Place<RankableRoute>) => number;

/** Of a hundred calls, how many offer a route without figures first. */
export const TRIAL_PERCENT = 10;

const DRAW_SHARE = 1;
const DRAW_TRIAL = 2;

/**
 * Puts routes in the order a strategy says. The order is total: every chain of comparisons ends with
 * the gateway's id. It depends on the routes and the seed, never on how the routes were listed.
 */
export function rankRoutes<Route extends RankableRoute>(
  routes: readonly Route[],
  input: StrategyInput,
): RankedRoutes<Route> {
  const judged = judgedByQuality(routes, input);
  const trialGatewayId = findTrial(judged, input);
  const gradeOf = graderOf(routes, input, { judged: new Set(judged), trialGatewayId });
  const places = routes.map((route) => ({
    route,
    grade: gradeOf(route),
    lot: weightedPlace(input.seed, route.candidate.gatewayId, route.candidate.weight),
  }));
  places.sort(COMPARISONS[input.strategy]);
  return { routes: places.map(({ route }) => route), trialGatewayId };
}

const byGrade: Comparison = (first, second) => first.grade - second.grade;

const byCost: Comparison = (first, second) => {
  if (first.route.cost === second.route.cost) return 0;
  return first.route.cost < second.route.cost ? -1 : 1;
};

const byPriority: Comparison = (first, second) =>
  first.route.candidate.priority - second.route.candidate.priority;

const byLotAndId: Comparison = (first, second) => {
  if (first.lot !== second.lot) return first.lot < second.lot ? -1 : 1;
  return first.route.candidate.gatewayId - second.route.candidate.gatewayId;
};

const costThenPriority: Comparison = (first, second) =>
  byCost(first, second) || byPriority(first, second) || byLotAndId(first, second);

/** Grade, then cost: by it `cheapest` (all grades 0), `quality` and `percentage` are ordered. */
const gradeThenCost: Comparison = (first, second) =>
  byGrade(first, second) || costThenPriority(first, second);

/** The grade of a route within the tolerance is finite; cost decides among the others only. */
const gradeWithinTolerance: Comparison = (first, second) => {
  if (first.grade !== second.grade) return first.grade < second.grade ? -1 : 1;
  if (first.grade === BEYOND_TOLERANCE) return costThenPriority(first, second);
  return byPriority(first, second) || byLotAndId(first, second);
};

const COMPARISONS: Readonly<Record<LcrStrategy, Comparison>> = {
  cheapest: costThenPriority,
  priority: (first, second) =>
    byPriority(first, second) || byCost(first, second) || byLotAndId(first, second),
  tolerance: gradeWithinTolerance,
  quality: gradeThenCost,
  percentage: gradeThenCost,
  fixed: (first, second) => byPriority(first, second) || byLotAndId(first, second),
};

const BEYOND_TOLERANCE = Number.POSITIVE_INFINITY;
const TRIAL_GRADE = -1;

interface Judgement {
  readonly judged: ReadonlySet<RankableRoute>;
  readonly trialGatewayId: number | null;
}

function graderOf(
  routes: readonly RankableRoute[],
  input: StrategyInput,
  { judged, trialGatewayId }: Judgement,
): (route: RankableRoute) => number {
  switch (input.strategy) {
    case 'quality':
    case 'tolerance':
      return (route) => {
        if (!judged.has(route)) return BEYOND_TOLERANCE;
        const { gatewayId, quality } = route.candidate;
        return gatewayId === trialGatewayId ? TRIAL_GRADE : qualityRank(quality ?? null);
      };
    case 'percentage': {
      const drawn = drawByShare(routes, input);
      return ({ candidate }) => (candidate.gatewayId === drawn ? 0 : 1);
    }
    case 'cheapest':
    case 'priority':
    case 'fixed':
      return () => 0;
  }
}

/** The routes that are ordered by quality: all, those near the cheapest, or none. */
function judgedByQuality(
  routes: readonly RankableRoute[],
  { strategy, tolerancePercent }: StrategyInput,
): readonly RankableRoute[] {
  if (strategy === 'quality') return routes;
  if (strategy !== 'tolerance') return [];
  const isClose = toleranceOf(routes, tolerancePercent ?? '0');
  return routes.filter(({ cost }) => isClose(cost));
}

const PERCENT_DECIMALS = 8;
const HUNDRED_PERCENT = 100n * powerOfTen(PERCENT_DECIMALS);

/** Tells whether a cost is at most the cheapest × (1 + tolerance / 100), exactly. */
function toleranceOf(
  routes: readonly RankableRoute[],
  tolerancePercent: string,
): (cost: bigint) => boolean {
  const factor = HUNDRED_PERCENT + parseScaled(tolerancePercent, PERCENT_DECIMALS);
  let cheapest: bigint | null = null;
  for (const { cost } of routes) if (cheapest === null || cost < cheapest) cheapest = cost;
  const limit = (cheapest ?? 0n) * factor;
  return (cost) => cost * HUNDRED_PERCENT <= limit;
}

/**
 * The gateway to offer a call first so that carriers get calls in proportion to their shares, or null
 * where no route has one. The carrier is drawn, then its gateway goes by priority, weight and id: a
 * gateway kept in reserve stays in reserve, and one that is down leaves its share to its siblings.
 */
function drawByShare(routes: readonly RankableRoute[], input: StrategyInput): number | null {
  const shares = sharesByCarrier(input.candidates);
  const seed = seedFor(input.seed, DRAW_SHARE);
  let drawn: Place<RankableRoute> | null = null;
  for (const route of routes) {
    const { carrierId, gatewayId, weight, sharePercent } = route.candidate;
    if (!((sharePercent ?? 0) > 0)) continue;
    const grade = weightedPlace(seed, carrierId, shares.get(carrierId) ?? 0);
    const place = { route, grade, lot: weightedPlace(input.seed, gatewayId, weight) };
    if (drawn === null || compareDrawn(place, drawn) < 0) drawn = place;
  }
  return drawn?.route.candidate.gatewayId ?? null;
}

/** Added up in the order of ids, because a sum of fractions depends on its order. */
function sharesByCarrier(candidates: readonly RouteCandidate[]): ReadonlyMap<number, number> {
  const shares = new Map<number, number>();
  const ordered = [...candidates].sort((first, second) => first.gatewayId - second.gatewayId);
  for (const { carrierId, sharePercent } of ordered) {
    shares.set(carrierId, (shares.get(carrierId) ?? 0) + Math.max(0, sharePercent ?? 0));
  }
  return shares;
}

const compareDrawn: Comparison = (first, second) =>
  byGrade(first, second) || byPriority(first, second) || byLotAndId(first, second);

/**
 * A route without figures would never get any behind routes that have them. So a fixed part of calls
 * offers one of them first, drawn by the seed; the calls that fail on it go on to the next. Bounded by
 * share and not by number of attempts, because attempts count when they end: many calls would be
 * under way before the first is known to have failed.
 */
function findTrial(routes: readonly RankableRoute[], input: StrategyInput): number | null {
  const trialSeed = seedFor(input.seed, DRAW_TRIAL);
  if (uniformOf(trialSeed, 0) * 100 >= TRIAL_PERCENT) return null;
  let best: { readonly gatewayId: number; readonly lot: number } | null = null;
  let hasProven = false;
  for (const { candidate } of routes) {
    if (isProven(candidate.quality ?? null)) hasProven = true;
    else {
      const { gatewayId } = candidate;
      const lot = uniformOf(trialSeed, gatewayId + 1);
      if (best === null || lot < best.lot || (lot === best.lot && gatewayId < best.gatewayId)) {
        best = { gatewayId, lot };
      }
    }
  }
  return hasProven ? (best?.gatewayId ?? null) : null;
}
