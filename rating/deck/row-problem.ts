import { isMoneyText, parseScaled } from '../money.js';
import type { RateRow, RateTier } from './types.js';
import { parseTimeOfDay } from './window.js';

/** Why a row cannot be part of a deck. Stable codes, fit for import reports. */
export type RowProblemCode =
  | 'invalid_prefix'
  | 'invalid_price'
  | 'invalid_increment'
  | 'invalid_seconds'
  | 'invalid_tiers'
  | 'invalid_window'
  | 'invalid_period'
  | 'invalid_number';

export interface RowProblem {
  readonly code: RowProblemCode;
  readonly member: string;
  readonly detail: string;
}

const MAX_PRICE = 2n ** 63n - 1n;
const PREFIX = /^\d{0,15}$/;
const DATE = /^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

/**
 * The first thing wrong with a row, or null. An importer calls it to report a line; the deck builder
 * calls it too and refuses the row, so that a deck never holds a row that it could only misprice.
 */
export function findRowProblem(row: RateRow): RowProblem | null {
  if (!PREFIX.test(row.prefix)) {
    return problem('invalid_prefix', 'prefix', `'${row.prefix}' is not 0 to 15 digits`);
  }
  return (
    findNumberProblem(row) ??
    findPriceProblem(row) ??
    findSecondsProblem(row) ??
    findTierProblem(row.tiers) ??
    findWindowProblem(row)
  );
}

function problem(code: RowProblemCode, member: string, detail: string): RowProblem {
  return { code, member, detail };
}

function findNumberProblem(row: RateRow): RowProblem | null {
  for (const member of ['id', 'releaseId', 'priority'] as const) {
    if (!Number.isSafeInteger(row[member])) {
      return problem('invalid_number', member, `${String(row[member])} is not a whole number`);
    }
  }
  if (Math.abs(row.priority) > 2_000_000_000) {
    return problem('invalid_number', 'priority', `${String(row.priority)} is out of range`);
  }
  for (const member of ['effectiveFrom', 'effectiveTo'] as const) {
    const value = row[member];
    if (value !== null && !Number.isFinite(value)) {
      return problem('invalid_period', member, `${String(value)} is not an instant`);
    }
  }
  return null;
}

function findPriceProblem(row: RateRow): RowProblem | null {
  const members = [
    'ratePerMinute',
    'connectFee',
    'initialRatePerMinute',
    'minCost',
    'maxCost',
  ] as const;
  for (const member of members) {
    const text = row[member];
    if (text !== undefined && !isPrice(text)) {
      return problem('invalid_price', member, `'${text}' is not a price of at most 8 decimals`);
    }
  }
  return null;
}

function isPrice(text: string): boolean {
  if (!isMoneyText(text) || text.startsWith('-')) return false;
  try {
    return parseScaled(text) <= MAX_PRICE;
  } catch {
    return false;
  }
}

function findSecondsProblem(row: RateRow): RowProblem | null {
  for (const member of ['initialIncrementS', 'incrementS'] as const) {
    if (!isSeconds(row[member], 1)) {
      return problem('invalid_increment', member, `${String(row[member])} is not 1 s or more`);
    }
  }
  for (const member of ['minDurationS', 'graceS', 'freeS'] as const) {
    const value = row[member];
    if (value !== undefined && !isSeconds(value, 0)) {
      return problem('invalid_seconds', member, `${String(value)} is not 0 s or more`);
    }
  }
  return null;
}

function isSeconds(value: number, least: number): boolean {
  return Number.isInteger(value) && value >= least && value <= 1_000_000_000;
}

function findTierProblem(tiers: readonly RateTier[] | undefined): RowProblem | null {
  if (tiers === undefined || tiers.length === 0) return null;
  if (tiers[0]?.startS !== 0) return problem('invalid_tiers', 'tiers', 'the first starts at 0 s');
  let previousStartS = -1;
  for (const tier of tiers) {
    if (!isSeconds(tier.startS, previousStartS + 1)) {
      return problem('invalid_tiers', 'tiers', 'starts must ascend in whole seconds');
    }
    if (!isSeconds(tier.incrementS, 1) || !isPrice(tier.ratePerMinute)) {
      return problem('invalid_tiers', 'tiers', `tier from ${String(tier.startS)} s is not valid`);
    }
    previousStartS = tier.startS;
  }
  return null;
}

function findWindowProblem(row: RateRow): RowProblem | null {
  if (row.days?.some((day) => !Number.isInteger(day) || day < 1 || day > 7) === true) {
    return problem('invalid_window', 'days', 'weekdays are 1 (Monday) to 7');
  }
  if (row.dates?.some((date) => !DATE.test(date)) === true) {
    return problem('invalid_window', 'dates', 'dates are MM-DD');
  }
  for (const member of ['timeFrom', 'timeTo'] as const) {
    const text = row[member];
    if (text !== undefined && parseTimeOfDay(text) === null) {
      return problem('invalid_window', member, `'${text}' is not HH:MM:SS`);
    }
  }
  return null;
}
