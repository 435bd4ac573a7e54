import type { CompiledRow } from './compiled-rate.js';

/** What the minimum or maximum charge did to a price, both sides in sixtieths of 10^-8 units. */
export interface AppliedLimit {
  readonly kind: 'min_cost' | 'max_cost';
  readonly before: bigint;
  readonly after: bigint;
}

/**
 * Raises a price to the minimum charge, then caps it at the maximum one: where a sheet contradicts
 * itself the client gets the lower figure. Values are sixtieths of 10^-8 money units.
 */
export function limitCost(row: CompiledRow, cost: bigint, applied: AppliedLimit[] | null): bigint {
  const least = row.minCost === null ? cost : row.minCost * 60n;
  const raised = cost < least ? least : cost;
  if (raised !== cost) applied?.push({ kind: 'min_cost', before: cost, after: raised });
  const most = row.maxCost === null ? raised : row.maxCost * 60n;
  const capped = raised > most ? most : raised;
  if (capped !== raised) applied?.push({ kind: 'max_cost', before: raised, after: capped });
  return capped;
}
