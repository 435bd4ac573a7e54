import type { FrozenRate, RateTier, RoundingMode } from '../../rating/deck/types.js';

/** A fraction of whole numbers; nothing is ever lost. */
interface Fraction {
  readonly top: bigint;
  readonly bottom: bigint;
}

/**
 * The price rules written down a second time, as plainly as possible: one second at a time, exact
 * fractions, and no code shared with the engine. Returns cost in units of 10^-decimals.
 */
export function naivePrice(rate: FrozenRate, seconds: number): { cost: bigint; billed: number } {
  const { row, terms } = rate;
  if (seconds === 0 || seconds <= (row.graceS ?? 0)) return { cost: 0n, billed: 0 };
  const counted = Math.max(seconds, row.minDurationS) - (row.freeS ?? 0);
  const blocks = row.tiers === undefined ? untiered(rate, counted) : tiered(row.tiers, counted);
  let total = fraction(row.connectFee);
  let billed = 0;
  for (const [length, ratePerMinute] of blocks) {
    billed += length;
    const { top, bottom } = fraction(ratePerMinute);
    total = add(total, { top: top * BigInt(length), bottom: bottom * 60n });
  }
  if (row.minCost !== undefined && less(total, fraction(row.minCost)))
    total = fraction(row.minCost);
  if (row.maxCost !== undefined && less(fraction(row.maxCost), total))
    total = fraction(row.maxCost);
  const tax = fraction(terms.taxPercent);
  const gross = {
    top: total.top * (100n * tax.bottom + tax.top),
    bottom: total.bottom * 100n * tax.bottom,
  };
  return { cost: round(gross, terms.roundingDecimals, terms.roundingMode), billed };
}

/** Blocks bought one after the other until the call is covered. */
function untiered({ row }: FrozenRate, counted: number): [number, string][] {
  const blocks: [number, string][] = [];
  let bought = 0;
  while (bought < counted) {
    const isFirst = bought === 0;
    const length = isFirst ? row.initialIncrementS : row.incrementS;
    blocks.push([
      length,
      isFirst ? (row.initialRatePerMinute ?? row.ratePerMinute) : row.ratePerMinute,
    ]);
    bought += length;
  }
  return blocks;
}

function tiered(tiers: readonly RateTier[], counted: number): [number, string][] {
  const blocks: [number, string][] = [];
  tiers.forEach((tier, index) => {
    const endS = Math.min(counted, tiers[index + 1]?.startS ?? counted);
    for (let at = tier.startS; at < endS; at += tier.incrementS) {
      blocks.push([tier.incrementS, tier.ratePerMinute]);
    }
  });
  return blocks;
}

function fraction(text: string): Fraction {
  const [whole = '0', digits = ''] = text.split('.');
  return { top: BigInt(whole + digits), bottom: 10n ** BigInt(digits.length) };
}

function add(first: Fraction, second: Fraction): Fraction {
  return {
    top: first.top * second.bottom + second.top * first.bottom,
    bottom: first.bottom * second.bottom,
  };
}

function less(first: Fraction, second: Fraction): boolean {
  return first.top * second.bottom < second.top * first.bottom;
}

function round({ top, bottom }: Fraction, decimals: number, mode: RoundingMode): bigint {
  const scaled = top * 10n ** BigInt(decimals);
  const low = scaled / bottom;
  const twice = (scaled % bottom) * 2n;
  const isUp = {
    up: twice > 0n,
    down: false,
    half_up: twice >= bottom,
    half_even: twice > bottom || (twice === bottom && low % 2n === 1n),
  }[mode];
  return isUp ? low + 1n : low;
}
