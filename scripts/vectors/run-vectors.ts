import { affordableSeconds } from '../../rating/call/affordable-seconds.js';
import { rateCall } from '../../rating/call/rate-call.js';
import type { RatedCall } from '../../rating/call/rate-call.js';
import { UnsupportedRateError } from '../../rating/call/unsupported.js';
import { RateRowError } from '../../rating/deck/deck.js';
import type {
  FrozenRate,
  Jurisdiction,
  RoundingMode,
  TaxMode,
  TimeOfDayPolicy,
} from '../../rating/deck/types.js';
import { jurisdictionOf } from '../../rating/jurisdiction/jurisdiction.js';
import { parseMoney } from '../../rating/money.js';
import { parseInstant, toDeck } from './to-deck.js';
import { unknownMembers } from './vector-file.js';
import type { CallCase, MaxUsageCase, VectorFile, VectorRow } from './vector-file.js';

/** One figure that is not the expected one. */
export interface WrongFigure {
  readonly figure: 'cost' | 'billed_seconds' | 'prefix' | 'max_seconds';
  readonly expected: string | null;
  readonly actual: string | null;
}

/** What became of one case. */
export type CaseResult = { readonly id: string } & (
  | { readonly status: 'passed' }
  | { readonly status: 'failed'; readonly wrong: readonly WrongFigure[] }
  | { readonly status: 'unsupported'; readonly features: readonly string[] }
);

/** Rounding of cases that compare the exact cost: any will do, the figure is not looked at. */
const UNROUNDED = { mode: 'half_even', decimals: 8 } as const;
/** Longer than any limit a case can expect. */
const MAX_SECONDS = 1_000_000_000;

/** Runs every case of a file through the code that prices and limits real calls. */
export function runVectors(file: VectorFile): readonly CaseResult[] {
  return [
    ...file.cases.map((entry) => runCase(entry, runCallCase)),
    ...file.max_usage_cases.map((entry) => runCase(entry, runMaxUsageCase)),
  ];
}

function runCase<Case extends CallCase | MaxUsageCase>(
  entry: Case,
  run: (entry: Case) => readonly WrongFigure[],
): CaseResult {
  const { id } = entry;
  const features = unsupportedFeatures(entry);
  if (features.length > 0) return { id, status: 'unsupported', features };
  try {
    const wrong = run(entry);
    return wrong.length === 0 ? { id, status: 'passed' } : { id, status: 'failed', wrong };
  } catch (error) {
    if (error instanceof UnsupportedRateError) {
      return { id, status: 'unsupported', features: [error.feature] };
    }
    if (error instanceof RateRowError) {
      return { id, status: 'unsupported', features: [error.message] };
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`case ${id}: ${reason}`, { cause: error });
  }
}

/** What a case needs shows in its members; `requires` only names it for the reader. */
function unsupportedFeatures(entry: CallCase | MaxUsageCase): readonly string[] {
  const features = [...unknownMembers(entry)];
  if (toPolicy(entry.tod_policy) === null) features.push(`tod_policy=${entry.tod_policy}`);
  if ('rounding' in entry && toRounding(entry as CallCase) === null) {
    features.push(`rounding=${JSON.stringify(entry.rounding)}`);
  }
  if (toTaxMode(entry) === null) features.push(`tax_mode=${String(entry.tax_mode)}`);
  if (toJurisdiction(entry) === null) features.push(`jurisdiction=${String(entry.jurisdiction)}`);
  if (entry.rows.some(hasOneJurisdictionPrice)) features.push('rows with one price of a US deck');
  return features;
}

function runCallCase(entry: CallCase): readonly WrongFigure[] {
  const rounding = toRounding(entry) ?? UNROUNDED;
  const rate = findRate(entry, rounding, entry.duration_rounding ?? 'up');
  const rated = rate === null ? null : rateCall(rate, durationUs(entry));
  const figures: readonly WrongFigure[] = [
    { figure: 'prefix', expected: entry.expected_prefix, actual: rate?.row.prefix ?? null },
    {
      figure: 'billed_seconds',
      expected: textOrNull(entry.expected_billed_seconds),
      actual: textOrNull(rated?.billedSeconds ?? null),
    },
  ];
  const wrong = figures.filter(({ expected, actual }) => expected !== actual);
  const cost = findWrongCost(entry, rated);
  return cost === null ? wrong : [cost, ...wrong];
}

function findWrongCost(entry: CallCase, rated: RatedCall | null): WrongFigure | null {
  const expected = entry.expected_cost;
  const found = entry.rounding.mode === 'none' ? rated?.exactCost : rated?.cost;
  const actual = found?.toFixed() ?? null;
  if (expected === null || found === undefined) {
    return expected === actual ? null : { figure: 'cost', expected, actual };
  }
  return found.equals(parseMoney(expected)) ? null : { figure: 'cost', expected, actual };
}

/** The semantics of these cases compare the cost before rounding with the balance. */
function runMaxUsageCase(entry: MaxUsageCase): readonly WrongFigure[] {
  const rate = findRate(entry, UNROUNDED, 'up');
  const expected = String(entry.expected_max_seconds);
  if (rate === null) return [{ figure: 'max_seconds', expected, actual: null }];
  const cap = Math.min(rate.slotsEndS ?? MAX_SECONDS, MAX_SECONDS);
  const balance = parseMoney(entry.balance);
  const actual = String(affordableSeconds(rate, balance, cap, { basis: 'exact' }));
  return actual === expected ? [] : [{ figure: 'max_seconds', expected, actual }];
}

function findRate(
  entry: CallCase | MaxUsageCase,
  rounding: { readonly mode: RoundingMode; readonly decimals: number },
  durationRounding: 'up' | 'half_up' | 'down',
): FrozenRate | null {
  const deck = toDeck(entry.rows, {
    timeZone: entry.timezone,
    durationRounding,
    roundingMode: rounding.mode,
    roundingDecimals: rounding.decimals,
    timeOfDayPolicy: toPolicy(entry.tod_policy) ?? 'start',
    taxPercent: entry.vat_percent ?? '0',
    taxMode: toTaxMode(entry) ?? 'added',
  });
  const startMs = parseInstant(entry.start, entry.timezone);
  const number = entry.rating_number ?? entry.dialed;
  return deck.find(number, startMs, toJurisdiction(entry) ?? 'unknown');
}

function durationUs(entry: CallCase): number {
  if (entry.duration_ms !== undefined) return Math.round(entry.duration_ms * 1000);
  return Math.max(entry.billsec ?? 0, 0) * 1_000_000;
}

function toPolicy(text: string): TimeOfDayPolicy | null {
  return text === 'start' || text === 'split' ? text : null;
}

function toRounding(
  entry: CallCase,
): { readonly mode: RoundingMode; readonly decimals: number } | null {
  const { mode, decimals } = entry.rounding;
  if (mode === 'none') return UNROUNDED;
  if (decimals === null || decimals < 0 || decimals > 8) return null;
  switch (mode) {
    case 'up':
    case 'half_up':
    case 'half_even':
    case 'down':
      return { mode, decimals };
    default:
      return null;
  }
}

function toTaxMode({ tax_mode: mode }: CallCase | MaxUsageCase): TaxMode | null {
  if (mode === undefined) return 'added';
  return mode === 'added' || mode === 'included' ? mode : null;
}

function toJurisdiction(entry: CallCase | MaxUsageCase): Jurisdiction | null {
  const { jurisdiction, caller } = entry;
  switch (jurisdiction) {
    case undefined:
      if (caller === undefined) return 'unknown';
      return jurisdictionOf(caller, entry.rating_number ?? entry.dialed) ?? 'unknown';
    case 'interstate':
    case 'intrastate':
    case 'unknown':
      return jurisdiction;
    default:
      return null;
  }
}

/** A row needs both prices beside the interstate one, or neither. */
function hasOneJurisdictionPrice(row: VectorRow): boolean {
  const { intrastate_rate_per_minute: intrastate, indeterminate_rate_per_minute: other } = row;
  return (intrastate === undefined) !== (other === undefined);
}

function textOrNull(value: number | null): string | null {
  return value === null ? null : String(value);
}
