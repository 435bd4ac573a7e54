import { isMoneyText, parseScaled } from '../money.js';
import type { RateRow, RateTier } from './types.js';
import { parseTimeOfDay } from './window.js';

/** Why a row cannot be part of a deck. Stable codes, fit for import reports. */
export type RowProblemCode =
  | 'invalid_prefix'
  | 'invalid_destination'
  | 'invalid_price'
  | 'invalid_jurisdiction'
  | 'invalid_increment'
  | 'invalid_seconds'
  | 'invalid_tiers'
  | 'invalid_window'
  | 'invalid_period'
  | 'invalid_priority'
  | 'invalid_number';

export interface RowProblem {
  readonly code: RowProblemCode;
  /** Name of the member of the row that is wrong. */
  readonly member: string;
  readonly detail: string;
}

/** Ten digits before the point and eight behind it, as the database keeps prices. */
const MAX_PRICE = 10n ** 18n - 1n;
/** Texts up to here are plainly below the limit; longer ones are read to be sure. */
const SURELY_SMALL_LENGTH = 10;
const MAX_SECONDS = 86_400;
const MAX_PRIORITY = 1000;
const MAX_DESTINATION_LENGTH = 120;
const MAX_TIERS = 100;
const PREFIX = /^\d{0,15}$/;
const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const SHORT_PRICE = /^\d{1,10}(\.\d{1,8})?$/;
const DATE = /^(\d\d)-(\d\d)$/;

/**
 * The first thing wrong with a row, or null. An importer calls it to report a line; the deck builder
 * calls it too and refuses the row, so that a deck never holds a row that it could only misprice.
 *
 * A row that passes fits every column it is stored in: prices below 10^10 with at most 8 decimals,
 * seconds up to a day, priority within 1000 of 0, a destination of at most 120 characters.
 */
export function findRowProblem(row: RateRow): RowProblem | null {
  if (!PREFIX.test(row.prefix)) {
    return problem('invalid_prefix', 'prefix', `'${row.prefix}' is not 0 to 15 digits`);
  }
  return (
    findNumberProblem(row) ??
    findPriceProblem(row) ??
    findJurisdictionProblem(row) ??
    findSecondsProblem(row) ??
    findTierProblem(row.tiers) ??
    findWindowProblem(row)
  );
}

function problem(code: RowProblemCode, member: string, detail: string): RowProblem {
  return { code, member, detail };
}

function findNumberProblem(row: RateRow): RowProblem | null {
  const { id, releaseId, priority, destination, effectiveFrom, effectiveTo } = row;
  if (!Number.isSafeInteger(id)) return problem('invalid_number', 'id', notWhole(id));
  if (!Number.isSafeInteger(releaseId)) {
    return problem('invalid_number', 'releaseId', notWhole(releaseId));
  }
  if (!Number.isInteger(priority) || Math.abs(priority) > MAX_PRIORITY) {
    const limit = String(MAX_PRIORITY);
    return problem(
      'invalid_priority',
      'priority',
      `${String(priority)} is not -${limit} to ${limit}`,
    );
  }
  if (destination.length > MAX_DESTINATION_LENGTH) {
    const detail = `longer than ${String(MAX_DESTINATION_LENGTH)} characters`;
    return problem('invalid_destination', 'destination', detail);
  }
  if (effectiveFrom !== null && !Number.isFinite(effectiveFrom)) {
    return problem('invalid_period', 'effectiveFrom', `${String(effectiveFrom)} is not an instant`);
  }
  if (effectiveTo === null) return null;
  if (!Number.isFinite(effectiveTo)) {
    return problem('invalid_period', 'effectiveTo', `${String(effectiveTo)} is not an instant`);
  }
  return effectiveFrom !== null && effectiveTo <= effectiveFrom
    ? problem('invalid_period', 'effectiveTo', 'is not after effectiveFrom')
    : null;
}

function notWhole(value: number): string {
  return `${String(value)} is not a whole number`;
}

function findPriceProblem(row: RateRow): RowProblem | null {
  const { ratePerMinute, connectFee, initialRatePerMinute, minCost, maxCost } = row;
  if (!isPrice(ratePerMinute)) return priceProblem('ratePerMinute', ratePerMinute);
  if (!isPrice(connectFee)) return priceProblem('connectFee', connectFee);
  if (initialRatePerMinute !== undefined && !isPrice(initialRatePerMinute)) {
    return priceProblem('initialRatePerMinute', initialRatePerMinute);
  }
  if (minCost !== undefined && !isPrice(minCost)) return priceProblem('minCost', minCost);
  if (maxCost !== undefined && !isPrice(maxCost)) return priceProblem('maxCost', maxCost);
  return null;
}

function priceProblem(member: string, text: string): RowProblem {
  const detail = `'${text}' is not a price of at most 10 digits and 8 decimals`;
  return problem('invalid_price', member, detail);
}

function isPrice(text: string): boolean {
  if (text.length <= SURELY_SMALL_LENGTH && SHORT_PRICE.test(text)) return true;
  if (!isMoneyText(text) || text.startsWith('-')) return false;
  try {
    return parseScaled(text) <= MAX_PRICE;
  } catch {
    return false;
  }
}

/**
 * Prices by jurisdiction take the place of the price per minute. Beside tiers or an own price of the
 * first block they would have no say, so that such a row contradicts itself.
 */
function findJurisdictionProblem(row: RateRow): RowProblem | null {
  const { jurisdictionPrices: prices, ratePerMinute } = row;
  if (prices === undefined) return null;
  for (const column of ['interstate', 'intrastate', 'indeterminate'] as const) {
    if (!isPrice(prices[column])) return priceProblem(column, prices[column]);
  }
  if (parseScaled(prices.interstate) !== parseScaled(ratePerMinute)) {
    const detail = `${prices.interstate} is not the row's own price ${ratePerMinute}`;
    return problem('invalid_jurisdiction', 'interstate', detail);
  }
  for (const member of ['tiers', 'initialRatePerMinute'] as const) {
    if (row[member] !== undefined && row[member].length > 0) {
      return problem('invalid_jurisdiction', member, 'cannot go with prices by jurisdiction');
    }
  }
  return null;
}

function findSecondsProblem(row: RateRow): RowProblem | null {
  for (const member of ['initialIncrementS', 'incrementS'] as const) {
    if (!isSeconds(row[member], 1)) {
      return problem('invalid_increment', member, `${String(row[member])} is not 1 to 86400 s`);
    }
  }
  for (const member of ['minDurationS', 'graceS', 'freeS'] as const) {
    const value = row[member];
    if (value !== undefined && !isSeconds(value, 0)) {
      return problem('invalid_seconds', member, `${String(value)} is not 0 to 86400 s`);
    }
  }
  return null;
}

function isSeconds(value: number, least: number): boolean {
  return Number.isInteger(value) && value >= least && value <= MAX_SECONDS;
}

function findTierProblem(tiers: readonly RateTier[] | undefined): RowProblem | null {
  if (tiers === undefined || tiers.length === 0) return null;
  if (tiers.length > MAX_TIERS) {
    return problem('invalid_tiers', 'tiers', `more than ${String(MAX_TIERS)}`);
  }
  if (tiers[0]?.startS !== 0) return problem('invalid_tiers', 'tiers', 'the first starts at 0 s');
  let previousStartS = -1;
  for (const tier of tiers) {
    if (!isSeconds(tier.startS, previousStartS + 1)) {
      return problem('invalid_tiers', 'tiers', 'starts must ascend in whole seconds, to 86400');
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
  if (row.dates?.every(isDate) === false) {
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

/** Days that come round: 02-29 is one, 02-30 is not. */
function isDate(text: string): boolean {
  const match = DATE.exec(text);
  if (match === null) return false;
  const day = Number(match[2]);
  return day >= 1 && day <= (MONTH_DAYS[Number(match[1]) - 1] ?? 0);
}
