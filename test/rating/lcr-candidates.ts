import { buildDeck } from '../../rating/deck/deck.js';
import type { DeckTerms, RateRow } from '../../rating/deck/types.js';
import { orderRoutes } from '../../rating/lcr/order-routes.js';
import type {
  LcrDecision,
  LcrInput,
  RouteCandidate,
  RouteQuality,
} from '../../rating/lcr/types.js';
import { NOON_MS, rate, row, terms } from './builders.js';

/** A gateway of a carrier of its own whose sheet has one row. */
export function candidate(
  gatewayId: number,
  rowOver: Partial<RateRow>,
  over: Partial<RouteCandidate> = {},
  termsOver: Partial<DeckTerms> = {},
): RouteCandidate {
  const currency = over.currency ?? 'EUR';
  return {
    gatewayId,
    gatewayName: `gw${String(gatewayId)}`,
    carrierId: gatewayId * 10,
    carrierName: `carrier${String(gatewayId)}`,
    priority: 1,
    weight: 1,
    currency,
    deck: buildDeck(terms({ currency, ...termsOver }), [row(rowOver)]),
    unavailable: null,
    ...over,
  };
}

/** Orders for a client who pays 1.00 a minute and talks for one. */
export function order(
  candidates: readonly RouteCandidate[],
  over: Partial<LcrInput> = {},
): LcrDecision {
  return orderRoutes({
    number: '447700900123',
    atMs: NOON_MS,
    strategy: 'cheapest',
    expectedSeconds: 60,
    clientRate: rate({ ratePerMinute: '1' }),
    margin: { percent: '0', absolute: '0', allowLoss: false },
    maxRoutes: 10,
    candidates,
    seed: 1,
    ...over,
  });
}

export function quality(asr: number, over: Partial<RouteQuality> = {}): RouteQuality {
  return { attempts: 100, asr, acdS: 120, pddMs: 2000, prefix: '44770', ...over };
}

export const ids = (decision: LcrDecision): readonly number[] =>
  decision.routes.map(({ gatewayId }) => gatewayId);
