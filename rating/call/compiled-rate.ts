import { PRICE_SCALE, parseScaled } from '../money.js';
import type { DeckTerms, FrozenRate, RateRow } from '../deck/types.js';
import { rowStep } from './row-step.js';
import type { RowStep } from './steps.js';

/** A tier with its price as a scaled integer; `endS` is where the next one starts, or infinity. */
export interface CompiledTier {
  readonly startS: number;
  readonly endS: number;
  readonly ratePerMinute: bigint;
  readonly incrementS: number;
}

/** A row's prices as integers of 10^-8 money units. */
export interface CompiledRow {
  readonly row: RateRow;
  readonly ratePerMinute: bigint;
  readonly initialRatePerMinute: bigint;
  readonly connectFee: bigint;
  readonly minCost: bigint | null;
  readonly maxCost: bigint | null;
  readonly tiers: readonly CompiledTier[] | null;
}

export interface CompiledSlot {
  readonly fromS: number;
  readonly endS: number;
  readonly compiled: CompiledRow;
}

/** A frozen rate ready for integer arithmetic. */
export interface CompiledRate extends CompiledRow {
  readonly rate: FrozenRate;
  /** (1 + tax) × `taxScale` where tax is added; 1 over 1 where it is not, or is contained. */
  readonly taxFactor: bigint;
  readonly taxScale: bigint;
  /** The tax contained in a price is `part / whole` of it; null where none is. */
  readonly includedTax: { readonly part: bigint; readonly whole: bigint } | null;
  /** What a cost numerator is divided by: sixtieths of 10^-8 units, times `taxScale`. */
  readonly denominator: bigint;
  readonly slots: readonly CompiledSlot[] | null;
  /** The same for every call at this rate. */
  readonly rowStep: RowStep;
}

const SIXTIETHS = 60n * PRICE_SCALE;
const HUNDRED_PERCENT = 100n * PRICE_SCALE;
const compiledRates = new WeakMap<FrozenRate, CompiledRate>();

/** Parses a frozen rate once; the result is remembered for as long as the rate object lives. */
export function compileRate(rate: FrozenRate): CompiledRate {
  const known = compiledRates.get(rate);
  if (known !== undefined) return known;
  const compiled = buildCompiledRate(rate);
  compiledRates.set(rate, compiled);
  return compiled;
}

/** Members are written out: spreading two objects into one costs more than all the parsing. */
function buildCompiledRate(rate: FrozenRate): CompiledRate {
  assertTerms(rate);
  const { taxFactor, taxScale, includedTax, denominator } = compileTax(rate.terms);
  const compiled = compileRow(rate.row);
  return {
    row: compiled.row,
    ratePerMinute: compiled.ratePerMinute,
    initialRatePerMinute: compiled.initialRatePerMinute,
    connectFee: compiled.connectFee,
    minCost: compiled.minCost,
    maxCost: compiled.maxCost,
    tiers: compiled.tiers,
    rate,
    taxFactor,
    taxScale,
    includedTax,
    denominator,
    slots: compileSlots(rate),
    rowStep: rowStep(rate),
  };
}

type CompiledTax = Pick<CompiledRate, 'taxFactor' | 'taxScale' | 'includedTax' | 'denominator'>;

/** One for each sheet in memory, and one for each stored decision that is read back. */
const compiledTaxes = new WeakMap<DeckTerms, CompiledTax>();

function compileTax(terms: DeckTerms): CompiledTax {
  const known = compiledTaxes.get(terms);
  if (known !== undefined) return known;
  const tax = parseScaled(terms.taxPercent);
  if (tax < 0n) throw new RangeError(`invalid_tax: ${terms.taxPercent} is negative`);
  const isIncluded = terms.taxMode === 'included';
  const isAdded = tax !== 0n && !isIncluded;
  const taxScale = isAdded ? HUNDRED_PERCENT : 1n;
  const compiled = {
    taxFactor: isAdded ? HUNDRED_PERCENT + tax : 1n,
    taxScale,
    includedTax: tax !== 0n && isIncluded ? { part: tax, whole: HUNDRED_PERCENT + tax } : null,
    denominator: SIXTIETHS * taxScale,
  };
  compiledTaxes.set(terms, compiled);
  return compiled;
}

function assertTerms(rate: FrozenRate): void {
  const { initialIncrementS, incrementS } = rate.row;
  if (!(initialIncrementS >= 1) || !(incrementS >= 1)) {
    throw new RangeError(`invalid_increment: row ${String(rate.row.id)} has one below 1 s`);
  }
  const { roundingDecimals } = rate.terms;
  if (!Number.isInteger(roundingDecimals) || roundingDecimals < 0 || roundingDecimals > 8) {
    throw new RangeError(`invalid_decimals: ${String(roundingDecimals)} is not 0 to 8`);
  }
}

/** A row's decimal strings as scaled integers. */
function compileRow(row: RateRow): CompiledRow {
  const ratePerMinute = parseScaled(row.ratePerMinute);
  const { initialRatePerMinute, minCost, maxCost } = row;
  return {
    row,
    ratePerMinute,
    initialRatePerMinute:
      initialRatePerMinute === undefined ? ratePerMinute : parseScaled(initialRatePerMinute),
    connectFee: parseScaled(row.connectFee),
    minCost: minCost === undefined ? null : parseScaled(minCost),
    maxCost: maxCost === undefined ? null : parseScaled(maxCost),
    tiers: compileTiers(row),
  };
}

function compileTiers(row: RateRow): readonly CompiledTier[] | null {
  const { tiers } = row;
  if (tiers === undefined || tiers.length === 0) return null;
  return tiers.map((tier, index) => ({
    startS: tier.startS,
    endS: tiers[index + 1]?.startS ?? Number.POSITIVE_INFINITY,
    ratePerMinute: parseScaled(tier.ratePerMinute),
    incrementS: tier.incrementS,
  }));
}

function compileSlots(rate: FrozenRate): readonly CompiledSlot[] | null {
  const { slots, slotsEndS } = rate;
  if (slots === undefined) return null;
  return slots.map((slot, index) => ({
    fromS: slot.fromS,
    endS: slots[index + 1]?.fromS ?? slotsEndS ?? Number.POSITIVE_INFINITY,
    compiled: compileRow(slot.row),
  }));
}
