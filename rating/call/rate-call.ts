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

/**
 * Prices a call from its talk time in microseconds; 0 is an unanswered call and costs nothing.
 * At 0.015 a minute, 60/30 and a 0.10 fee, 61 s of talk bill 90 s and cost 0.1225.
 * @throws UnsupportedRateError where a figure would be a guess, see `findUnsupported`.
 */
export function rateCall(rate: FrozenRate, durationUs: number): RatedCall {
  const rounding = rate.terms.durationRounding;
  const seconds = billableSeconds(durationUs, rounding);
  const rated = rateSeconds(rate, seconds);
  return { ...rated, steps: [{ kind: 'duration', durationUs, rounding, seconds }, ...rated.steps] };
}

/** Prices a call that lasted a whole number of seconds, as {@link rateCall} does. */
export function rateSeconds(rate: FrozenRate, seconds: number): RatedCall {
  assertSeconds(seconds);
  const compiled = compileRate(rate);
  const steps: RatingStep[] = [rowStep(rate)];
  const chargeable = chargeableSeconds(rate.row, seconds, steps);
  if (chargeable === NOT_CHARGED) {
    const nothing = new Decimal(0);
    return { cost: nothing, exactCost: nothing, billedSeconds: 0, talkSeconds: seconds, steps };
  }
  const blocks = pricedBlocks(compiled, chargeable);
  const numerator = addAmounts(compiled, blocks, steps);
  const cost = roundCost(compiled, numerator, steps);
  return {
    cost: new Decimal(cost),
    exactCost: new Decimal(numerator.toString()).div(compiled.denominator.toString()),
    billedSeconds: blocks.reduce((sum, block) => sum + block.seconds, 0),
    talkSeconds: seconds,
    steps,
  };
}

function assertSeconds(seconds: number): void {
  if (!Number.isSafeInteger(seconds) || seconds < 0) {
    throw new RangeError(`invalid_duration: ${String(seconds)} is not a whole number of seconds`);
  }
}

function rowStep({ terms, row }: FrozenRate): RatingStep {
  return {
    kind: 'row',
    sheetName: terms.sheetName,
    currency: terms.currency,
    rowId: row.id,
    releaseId: row.releaseId,
    prefix: row.prefix,
    destination: row.destination,
  };
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
  const net = limitCost(compiled, meteredCost(blocks) + fee * 60n, limits);
  for (const { kind, before, after } of limits) {
    steps.push({ kind, before: showSixtieths(before), amount: showSixtieths(after) });
  }
  const gross = net * compiled.taxFactor;
  if (compiled.taxScale !== 1n) {
    const tax = gross - net * compiled.taxScale;
    const { taxPercent } = compiled.rate.terms;
    steps.push({ kind: 'tax', percent: taxPercent, amount: show(tax, compiled.denominator) });
  }
  return gross;
}

function blockStep(block: BilledBlock | SlotBlock): RatingStep {
  return {
    kind: 'block',
    part: block.part,
    seconds: block.seconds,
    incrementS: block.incrementS,
    ratePerMinute: scaledToText(block.ratePerMinute),
    amount: showSixtieths(meteredCost([block])),
    ...(block.tierStartS === null ? {} : { tierStartS: block.tierStartS }),
    ...('slotRowId' in block && block.slotRowId !== null ? { slotRowId: block.slotRowId } : {}),
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

function showSixtieths(value: bigint): string {
  return show(value, 6_000_000_000n);
}

function show(numerator: bigint, denominator: bigint): string {
  const scaled = roundRatio(numerator, denominator, SHOWN_DECIMALS, 'down');
  return scaledToText(scaled, SHOWN_DECIMALS);
}
