import type { FrozenRate } from '../../rating/deck/types.js';
import type { LcrDecision } from '../../rating/lcr/types.js';
import type { FrozenPayer } from '../../rating/settlement/types.js';
import type { PlanRow } from '../../db/repositories/snapshot.js';
import type { DecisionStep } from './decision.js';
import type { ExpectedLength } from './expected-length.js';

/** Which carriers, in which order and at what cost, and why every other one is not among them. */
export function lcrStep(
  plan: PlanRow,
  expected: ExpectedLength,
  top: FrozenPayer,
  decision: LcrDecision,
): DecisionStep {
  return {
    kind: 'lcr',
    plan: plan.name,
    strategy: plan.strategy,
    expectedSeconds: expected.seconds,
    expectedFrom: expected.from,
    expectedPrice: decision.expectedPrice,
    currency: top.currency,
    routes: decision.routes.map(({ gatewayName, carrierId, rate, ...priced }) => ({
      gateway: gatewayName,
      carrierId,
      ...rowFacts(rate),
      ...priceFacts(priced),
    })),
    refused: decision.refused.map(
      ({ gatewayName, carrierId, reason, detail, rate, ...priced }) => ({
        gateway: gatewayName,
        carrierId,
        reason,
        ...(detail === undefined ? {} : { detail }),
        ...(rate === undefined ? {} : rowFacts(rate)),
        ...priceFacts(priced),
      }),
    ),
  };
}

function rowFacts({ row, terms, jurisdiction }: FrozenRate) {
  return {
    sheet: terms.sheetName,
    releaseId: row.releaseId,
    rowId: row.id,
    prefix: row.prefix,
    destination: row.destination,
    ratePerMinute: row.ratePerMinute,
    costCurrency: terms.currency,
    ...(jurisdiction === undefined ? {} : { column: jurisdiction.column }),
  };
}

type Priced = Pick<
  Partial<LcrDecision['routes'][number]>,
  'expectedCost' | 'costInClientCurrency' | 'margin' | 'exchangeRate' | 'quality' | 'isTrial'
>;

/** Only what is there: a route refused before it was priced has none of it. */
function priceFacts(priced: Priced) {
  const { expectedCost, costInClientCurrency, margin, exchangeRate, quality, isTrial } = priced;
  const all = { expectedCost, costInClientCurrency, margin, exchangeRate, quality, isTrial };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
