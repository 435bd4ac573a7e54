import { createHash } from 'node:crypto';
import { compileWindow } from '../../rating/deck/window.js';
import type { RateRow, RateTier } from '../../rating/deck/types.js';
import type { rateRows } from '../schema/index.js';

export type DbRateRow = typeof rateRows.$inferSelect;
export type NewDbRateRow = typeof rateRows.$inferInsert;

/** A stored row as the rating core knows it: members that are not used are absent. */
export function fromDbRateRow(row: DbRateRow): RateRow {
  const { initialRatePerMinute, minCost, maxCost, timeFrom, timeTo } = row;
  return {
    id: row.id,
    releaseId: row.releaseId,
    prefix: row.prefix,
    destination: row.destination,
    ratePerMinute: row.ratePerMinute,
    connectFee: row.connectFee,
    initialIncrementS: row.initialIncrementS,
    incrementS: row.incrementS,
    minDurationS: row.minDurationS,
    blocked: row.blocked,
    priority: row.priority,
    effectiveFrom: row.effectiveFrom?.getTime() ?? null,
    effectiveTo: row.effectiveTo?.getTime() ?? null,
    ...(row.graceS === null ? {} : { graceS: row.graceS }),
    ...(row.freeS === null ? {} : { freeS: row.freeS }),
    ...(initialRatePerMinute === null ? {} : { initialRatePerMinute }),
    ...(minCost === null ? {} : { minCost }),
    ...(maxCost === null ? {} : { maxCost }),
    // Both JSON columns were written by `toDbRateRow` from checked rows.
    ...(row.tiers === null ? {} : { tiers: row.tiers as readonly RateTier[] }),
    ...(row.days === null ? {} : { days: row.days.split(',').map(Number) }),
    ...(row.dates === null ? {} : { dates: row.dates as readonly string[] }),
    ...(timeFrom === null ? {} : { timeFrom }),
    ...(timeTo === null ? {} : { timeTo }),
    ...jurisdictionOf(row),
  };
}

function jurisdictionOf(row: DbRateRow): Pick<RateRow, 'jurisdictionPrices'> {
  const { intrastateRate, indeterminateRate } = row;
  if (intrastateRate === null || indeterminateRate === null) return {};
  return {
    jurisdictionPrices: {
      interstate: row.ratePerMinute,
      intrastate: intrastateRate,
      indeterminate: indeterminateRate,
    },
  };
}

/** A row as it is stored; its id is the database's to give. */
export function toDbRateRow(row: Omit<RateRow, 'id'>): NewDbRateRow {
  return {
    releaseId: row.releaseId,
    prefix: row.prefix,
    destination: row.destination,
    ratePerMinute: row.ratePerMinute,
    connectFee: row.connectFee,
    initialIncrementS: row.initialIncrementS,
    incrementS: row.incrementS,
    minDurationS: row.minDurationS,
    blocked: row.blocked,
    priority: row.priority,
    effectiveFrom: row.effectiveFrom === null ? null : new Date(row.effectiveFrom),
    effectiveTo: row.effectiveTo === null ? null : new Date(row.effectiveTo),
    graceS: row.graceS ?? null,
    freeS: row.freeS ?? null,
    initialRatePerMinute: row.initialRatePerMinute ?? null,
    minCost: row.minCost ?? null,
    maxCost: row.maxCost ?? null,
    tiers: row.tiers ?? null,
    days: daysText(row),
    dates: row.dates === undefined || row.dates.length === 0 ? null : [...row.dates].sort(),
    timeFrom: row.timeFrom ?? null,
    timeTo: row.timeTo ?? null,
    intrastateRate: row.jurisdictionPrices?.intrastate ?? null,
    indeterminateRate: row.jurisdictionPrices?.indeterminate ?? null,
    windowKey: windowKeyOf(row),
  };
}

function daysText({ days }: Pick<RateRow, 'days'>): string | null {
  if (days === undefined || days.length === 0) return null;
  return [...new Set(days)].sort((first, second) => first - second).join(',');
}

/**
 * What tells two rows of one prefix and priority apart: when they hold. Empty for a row that holds
 * always, so that the usual deck pays nothing for it; rows that hold at the same times get one key.
 */
export function windowKeyOf(row: Omit<RateRow, 'id'>): string {
  const window = compileWindow(row);
  if (window === null && row.effectiveFrom === null && row.effectiveTo === null) return '';
  const parts = [
    row.effectiveFrom ?? '',
    row.effectiveTo ?? '',
    window?.dayMask ?? '',
    window?.dates === null || window === null ? '' : [...window.dates].sort().join(','),
    window?.fromS ?? '',
    window?.toS ?? '',
  ];
  return createHash('sha256').update(parts.join('|')).digest('hex').slice(0, 32);
}
