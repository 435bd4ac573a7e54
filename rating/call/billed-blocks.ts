import type { CompiledRate, CompiledRow, CompiledTier } from './compiled-rate.js';

/** Billed seconds of one price. */
export interface BilledBlock {
  readonly part: 'initial' | 'increments' | 'tier';
  readonly seconds: number;
  readonly incrementS: number;
  /** Integer of 10^-8 money units. */
  readonly ratePerMinute: bigint;
  readonly tierStartS: number | null;
}

/** Rounds seconds up to whole increments: `wholeIncrements(26, 8)` is 32. */
export function wholeIncrements(seconds: number, incrementS: number): number {
  return Math.ceil(seconds / incrementS) * incrementS;
}

/** How many seconds are billed for `seconds` chargeable ones, and at which prices. */
export function billedBlocks(compiled: CompiledRate, seconds: number): readonly BilledBlock[] {
  if (seconds <= 0) return [];
  if (compiled.tiers !== null) return tierBlocks(compiled.tiers, seconds);
  return incrementBlocks(compiled, seconds);
}

/** First block, then steps anchored at its end: 25/8 bills 33 seconds for a call of 26. */
function incrementBlocks(compiled: CompiledRow, seconds: number): readonly BilledBlock[] {
  const { initialIncrementS, incrementS } = compiled.row;
  const initial: BilledBlock = {
    part: 'initial',
    seconds: initialIncrementS,
    incrementS: initialIncrementS,
    ratePerMinute: compiled.initialRatePerMinute,
    tierStartS: null,
  };
  if (seconds <= initialIncrementS) return [initial];
  const rest: BilledBlock = {
    part: 'increments',
    seconds: wholeIncrements(seconds - initialIncrementS, incrementS),
    incrementS,
    ratePerMinute: compiled.ratePerMinute,
    tierStartS: null,
  };
  return [initial, rest];
}

/** Each tier's own part of the call, rounded up to the tier's own step. */
function tierBlocks(tiers: readonly CompiledTier[], seconds: number): readonly BilledBlock[] {
  const blocks: BilledBlock[] = [];
  for (const tier of tiers) {
    if (seconds <= tier.startS) break;
    blocks.push({
      part: 'tier',
      seconds: wholeIncrements(Math.min(seconds, tier.endS) - tier.startS, tier.incrementS),
      incrementS: tier.incrementS,
      ratePerMinute: tier.ratePerMinute,
      tierStartS: tier.startS,
    });
  }
  return blocks;
}
