import { roundRatio } from '../money.js';
import { billedBlocks } from './billed-blocks.js';
import type { BilledBlock } from './billed-blocks.js';
import { NOT_CHARGED, chargeableSeconds } from './chargeable-seconds.js';
import type { CompiledRate } from './compiled-rate.js';
import { limitCost } from './cost-limits.js';
import { splitBlocks } from './split-blocks.js';
import type { SlotBlock } from './split-blocks.js';
import { UnsupportedRateError, findUnsupported } from './unsupported.js';

/**
 * The exact price of a call before rounding, as a numerator over `compiled.denominator`. Everything
 * is whole numbers: seconds × price per minute adds up in sixtieths, so that nothing is divided.
 * This is the short way, without an explanation, that limits and route ordering walk many times.
 */
export function costNumerator(compiled: CompiledRate, seconds: number): bigint {
  const chargeable = chargeableSeconds(compiled.row, seconds, null);
  if (chargeable === NOT_CHARGED) return 0n;
  const metered = meteredCost(pricedBlocks(compiled, chargeable));
  const limited = limitCost(compiled, metered + compiled.connectFee * 60n, null);
  return limited * compiled.taxFactor;
}

/** The charged price as an integer of `10^-roundingDecimals` units: exact, then rounded once. */
export function roundedCost(compiled: CompiledRate, seconds: number): bigint {
  const { roundingDecimals, roundingMode } = compiled.rate.terms;
  const numerator = costNumerator(compiled, seconds);
  return roundRatio(numerator, compiled.denominator, roundingDecimals, roundingMode);
}

/** The billed blocks with their prices, cut at time slots where the sheet says so. */
export function pricedBlocks(
  compiled: CompiledRate,
  chargeable: number,
): readonly (BilledBlock | SlotBlock)[] {
  const blocks = billedBlocks(compiled, chargeable);
  if (compiled.rate.terms.timeOfDayPolicy === 'start') return blocks;
  const unsupported = findUnsupported(compiled.rate, 0);
  if (unsupported !== null) throw new UnsupportedRateError(unsupported);
  if (compiled.slots === null) return blocks;
  return splitBlocks(blocks, compiled.slots, compiled.row.freeS ?? 0);
}

/** Σ billed seconds × price per minute, in sixtieths of 10^-8 money units. */
export function meteredCost(blocks: readonly BilledBlock[]): bigint {
  let cost = 0n;
  for (const block of blocks) cost += BigInt(block.seconds) * block.ratePerMinute;
  return cost;
}
