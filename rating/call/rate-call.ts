import type { FrozenRate } from '../deck/types.js';
import { billableSeconds } from '../duration.js';
import { Decimal, roundRatio, scaledToFixed, scaledToText } from '../money.js';
import type { BilledBlock } from './billed-blocks.js';
import { meteredCost, pricedBlocks } from './call-cost.js';
import { NOT_CHARGED, chargeableSeconds } from './chargeable-seconds.js';
import { compileRate } from './compiled-rate.js';
import type { CompiledRate } from './compiled-rate.js';
import { limitCost } from './cost-limits.js';
import type { AppliedLimit } from './cost-limits.js';
import { rateAfter } from './rate-after.js';
import type { SlotBlock } from './split-blocks.js';
import type { RatingStep } from './steps.js';

/** One call's price and how it came about. */
export interface RatedCall {
  /** What is charged: rounded once, by the sheet's mode and decimals. */
  readonly cost: Decimal;
  /** The same before rounding, tax included; exact, or to 60 digits where it never ends. */
  readonly exactCost: Decimal;
  /** Seconds charged for, after minimum, free seconds and increments. */
  readonly billedSeconds: number;
  /** Whole seconds of talk by the sheet's duration rule. */
  readonly talkSeconds: number;
  readonly steps: readonly RatingStep[];
}

/** Decimals of amounts in explanations. */
const SHOWN_DECIMALS = 12;
/** Sixtieths of 10^-8 money units in one unit. */
const SIXTIETHS = 6_000_000_000n;

/**
 * Prices a call from its talk time in microseconds; 0 is an unanswered call and costs nothing.
 * At 0.015 a minute, 60/30 and a 0.10 fee, 61 s of talk bill 90 s and cost 0.1225. Seconds covered by
 * inclusive time come off the front, and the rest is priced like a call of its own: nothing where
 * nothing is left.
 * @throws UnsupportedRateError where a figure would be a guess, see `findUnsupported`.
 */
export function rateCall(rate: FrozenRate, durationUs: number, coveredSeconds = 0): RatedCall {
  const rounding = rate.terms.durationRounding;
  const seconds = billableSeconds(durationUs, rounding);
  const steps: RatingStep[] = [{ kind: 'duration', durationUs, rounding, seconds }];
  return priceRest(rate, { seconds, coveredSeconds }, steps);
}

/** Prices a call that lasted a whole number of seconds, as {@link rateCall} does. */
export function rateSeconds(rate: FrozenRate, seconds: number, coveredSeconds = 0): RatedCall {
  assertSeconds(seconds);
  return priceRest(rate, { seconds, coveredSeconds }, []);
}

function priceRest(
  rate: FrozenRate,
  call: { readonly seconds: number; readonly coveredSeconds: number },
  steps: RatingStep[],
): RatedCall {
  const { seconds, coveredSeconds } = call;
  if (coveredSeconds === 0) return price(rate, { seconds, talkSeconds: seconds }, steps);
  assertSeconds(coveredSeconds);
  const rest = Math.max(0, seconds - coveredSeconds);
  steps.push({ kind: 'included', fromS: seconds, toS: rest });
  const later = rateAfter(rate, coveredSeconds);
  return price(later, { seconds: rest, talkSeconds: seconds }, steps);
}

function assertSeconds(seconds: number): void {
  if (!Number.isSafeInteger(seconds) || seconds < 0) {
    throw new RangeError(`invalid_duration: ${String(seconds)} is not a whole number of seconds`);
  }
}

function price(
  rate: FrozenRate,
  { seconds, talkSeconds }: { readonly seconds: number; readonly talkSeconds: number },
  steps: RatingStep[],
): RatedCall {
  const compiled = compileRate(rate);
  steps.push(compiled.rowStep);
  const chargeable = chargeableSeconds(rate.row, seconds, steps);
  if (chargeable === NOT_CHARGED) {
    const nothing = new Decimal(0);
    return { cost: nothing, exactCost: nothing, billedSeconds: 0, talkSeconds, steps };
  }
  const blocks = pricedBlocks(compiled, chargeable);
  const numerator = addAmounts(compiled, blocks, steps);
  const cost = new Decimal(roundCost(compiled, numerator, steps));
  return new ChargedCall(cost, billedSecondsOf(blocks), talkSeconds, steps, compiled, numerator);
}

/** A charged call keeps its exact price as a fraction: dividing it costs more than all the rest. */
class ChargedCall implements RatedCall {
  readonly cost: Decimal;
  readonly billedSeconds: number;
  readonly talkSeconds: number;
  readonly steps: readonly RatingStep[];
  readonly #compiled: CompiledRate;
  readonly #numerator: bigint;

  constructor(
    cost: Decimal,
    billedSeconds: number,
    talkSeconds: number,
    steps: readonly RatingStep[],
    compiled: CompiledRate,
    numerator: bigint,
  ) {
    this.cost = cost;
    this.billedSeconds = billedSeconds;
    this.talkSeconds = talkSeconds;
    this.steps = steps;
    this.#compiled = compiled;
    this.#numerator = numerator;
  }

  get exactCost(): Decimal {
    return new Decimal(this.#numerator.toString()).div(this.#compiled.denominator.toString());
  }
}

function billedSecondsOf(blocks: readonly BilledBlock[]): number {
  let seconds = 0;
  for (const block of blocks) seconds += block.seconds;
  return seconds;
}
/** Connect fee, blocks, limits and tax, each with its step; the numerator of the exact cost. */
function addAmounts(
  compiled: CompiledRate,
  blocks: readonly (BilledBlock | SlotBlock)[],
  steps: RatingStep[],
): bigint {
  const fee = compiled.connectFee;
  if (fee !== 0n) steps.push({ kind: 'connect_fee', amount: scaledToText(fee) });
  for (const block of blocks) steps.push(blockStep(block));
  const limits: AppliedLimit[] = [];
  const limited = limitCost(compiled, meteredCost(blocks) + fee * 60n, limits);
  for (const { kind, before, after } of limits) {
    steps.push({ kind, before: show(before, SIXTIETHS), amount: show(after, SIXTIETHS) });
  }
  return addTax(compiled, limited, steps);
}

function addTax(compiled: CompiledRate, limited: bigint, steps: RatingStep[]): bigint {
  const { includedTax, taxFactor, taxScale, denominator, rate } = compiled;
  const percent = rate.terms.taxPercent;
  if (includedTax !== null) {
    const amount = show(limited * includedTax.part, SIXTIETHS * includedTax.whole);
    steps.push({ kind: 'tax', mode: 'included', percent, amount });
  }
  if (taxScale !== 1n) {
    const amount = show(limited * (taxFactor - taxScale), denominator);
    steps.push({ kind: 'tax', mode: 'added', percent, amount });
  }
  return limited * taxFactor;
}

function blockStep(block: BilledBlock | SlotBlock): RatingStep {
  const step: RatingStep = {
    kind: 'block',
    part: block.part,
    seconds: block.seconds,
    incrementS: block.incrementS,
    ratePerMinute: scaledToText(block.ratePerMinute),
    amount: show(BigInt(block.seconds) * block.ratePerMinute, SIXTIETHS),
  };
  // The usual block has neither, and spreading nothing costs as much as spreading something.
  if (block.tierStartS === null && !('slotRowId' in block)) return step;
  return {
    ...step,
    ...(block.tierStartS === null ? {} : { tierStartS: block.tierStartS }),
    ...('slotRowId' in block ? { slotRowId: block.slotRowId, slotFromS: block.slotFromS } : {}),
  };
}

function roundCost(compiled: CompiledRate, numerator: bigint, steps: RatingStep[]): string {
  const { roundingDecimals: decimals, roundingMode: mode } = compiled.rate.terms;
  const scaled = roundRatio(numerator, compiled.denominator, decimals, mode);
  const amount = scaledToFixed(scaled, decimals);
  const before = show(numerator, compiled.denominator);
  steps.push({ kind: 'rounding', mode, decimals, before, amount });
  return amount;
}

/** An exact fraction as text, cut where it does not end within the decimals shown. */
function show(numerator: bigint, denominator: bigint): string {
  const scaled = roundRatio(numerator, denominator, SHOWN_DECIMALS, 'down');
  return scaledToText(scaled, SHOWN_DECIMALS);
}
