import { buildDeck } from '../../rating/deck/deck.js';
import type { Deck } from '../../rating/deck/deck.js';
import type { DeckTerms, RateRow } from '../../rating/deck/types.js';
import { Zone } from '../../rating/time/zone.js';
import type { VectorRow } from './vector-file.js';

const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?)?(Z|[+-]\d{2}:?\d{2})?$/;

/**
 * Epoch milliseconds of an ISO instant. Without an offset it is local time of the zone.
 * @throws RangeError `invalid_instant` when it is neither.
 */
export function parseInstant(text: string, timeZone: string): number {
  const match = INSTANT.exec(text);
  if (match === null) throw new RangeError(`invalid_instant: '${text}' is not ISO 8601`);
  const [, year, month, day, hour, minute, second, fraction, offset] = match;
  const local = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour ?? 0),
    minute: Number(minute ?? 0),
    second: Number(second ?? 0),
  };
  const thousandths = Number((fraction ?? '').padEnd(3, '0'));
  const zone = new Zone(offset === undefined ? timeZone : 'UTC');
  return zone.toInstant(local) + thousandths - offsetMs(offset);
}

function offsetMs(offset: string | undefined): number {
  if (offset === undefined || offset === 'Z') return 0;
  const digits = offset.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return (offset.startsWith('-') ? -minutes : minutes) * 60_000;
}

/** The deck of a case, built by the builder that real sheets go through. */
export function toDeck(
  rows: readonly VectorRow[],
  terms: Omit<DeckTerms, 'sheetId' | 'sheetName' | 'currency'>,
): Deck {
  const full = { sheetId: 1, sheetName: 'vectors', currency: 'XTS', ...terms };
  return buildDeck(
    full,
    rows.map((row, index) => toRateRow(row, index + 1, terms.timeZone)),
  );
}

function toRateRow(row: VectorRow, id: number, timeZone: string): RateRow {
  return {
    id,
    releaseId: row.release_id ?? 1,
    prefix: row.prefix,
    destination: row.destination ?? row.prefix,
    ratePerMinute: row.rate_per_minute,
    connectFee: row.connect_fee,
    initialIncrementS: row.initial_increment_s,
    incrementS: row.increment_s,
    minDurationS: row.min_duration_s ?? 0,
    blocked: false,
    priority: row.priority ?? 0,
    effectiveFrom: toInstantOrNull(row.effective_from, timeZone),
    effectiveTo: toInstantOrNull(row.effective_to, timeZone),
    ...rareMembers(row),
    ...jurisdictionPrices(row),
  };
}

function rareMembers(row: VectorRow): Partial<RateRow> {
  const tiers = row.tiers?.map((tier) => ({
    startS: tier.from_s,
    ratePerMinute: tier.rate_per_minute,
    incrementS: tier.increment_s,
  }));
  return {
    ...(row.grace_s === undefined ? {} : { graceS: row.grace_s }),
    ...(row.free_s === undefined ? {} : { freeS: row.free_s }),
    ...(row.initial_rate_per_minute === undefined
      ? {}
      : { initialRatePerMinute: row.initial_rate_per_minute }),
    ...(row.min_cost === undefined ? {} : { minCost: row.min_cost }),
    ...(row.max_cost === undefined ? {} : { maxCost: row.max_cost }),
    ...(tiers === undefined ? {} : { tiers }),
    ...(row.days === undefined ? {} : { days: row.days }),
    ...(row.dates === undefined ? {} : { dates: row.dates }),
    ...(row.time_from === undefined ? {} : { timeFrom: row.time_from }),
    ...(row.time_to === undefined ? {} : { timeTo: row.time_to }),
  };
}

function jurisdictionPrices(row: VectorRow): Pick<RateRow, 'jurisdictionPrices'> {
  const { intrastate_rate_per_minute: intrastate, indeterminate_rate_per_minute: other } = row;
  if (intrastate === undefined || other === undefined) return {};
  return {
    jurisdictionPrices: { interstate: row.rate_per_minute, intrastate, indeterminate: other },
  };
}

function toInstantOrNull(text: string | null | undefined, timeZone: string): number | null {
  return text === null || text === undefined ? null : parseInstant(text, timeZone);
}
