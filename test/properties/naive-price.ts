import type { FrozenRate, RateRow, RateTier, RoundingMode } from '../../rating/deck/types.js';

/** A fraction of whole numbers; nothing is ever lost. */
interface Fraction {
  readonly top: bigint;
  readonly bottom: bigint;
}

/** Seconds billed, and at what price per minute. */
type Block = readonly [seconds: number, ratePerMinute: string];

/**
 * The price rules written down a second time, as plainly as possible: one block at a time, exact
 * fractions, and no code shared with the engine. Returns cost in units of 10^-decimals.
 */
export function naivePrice(rate: FrozenRate, seconds: number): { cost: bigint; billed: number } {
  return priceBlocks(rate, seconds, (counted) => {
    const { tiers } = rate.row;
    return (tiers === undefined ? untiered(rate.row, counted) : tiered(tiers, counted)).map(
      ({ length, ratePerMinute }) => [length, ratePerMinute],
    );
  });
}

/**
 * The same under the split policy: every billed second on its own, at the price that the row in force
 * at that second has for it. `rowAt` is asked for seconds of the call; where it knows no row, the one
 * before goes on.
 */
export function naiveSplitPrice(
  rate: FrozenRate,
  seconds: number,
  rowAt: (second: number) => RateRow | undefined,
): { cost: bigint; billed: number } {
  return priceBlocks(rate, seconds, (counted) => {
    const { row } = rate;
    const bought = row.tiers === undefined ? untiered(row, counted) : tiered(row.tiers, counted);
    const single: Block[] = [];
    let inForce = row;
    let known = 0;
    let second = row.freeS ?? 0;
    for (const block of bought) {
      for (let left = block.length; left > 0; left -= 1) {
        for (; known <= second; known += 1) inForce = rowAt(known) ?? inForce;
        single.push([1, priceInSlot(inForce, block)]);
        second += 1;
      }
    }
    return single;
  });
}

function priceInSlot(row: RateRow, block: Bought): string {
  if (block.isFirst) return row.initialRatePerMinute ?? row.ratePerMinute;
  if (block.tierStartS === null || row.tiers === undefined) return row.ratePerMinute;
  let price = row.ratePerMinute;
  for (const tier of row.tiers) if (tier.startS <= block.tierStartS) price = tier.ratePerMinute;
  return price;
}

function priceBlocks(
  { row, terms }: FrozenRate,
  seconds: number,
  blocksOf: (counted: number) => readonly Block[],
): { cost: bigint; billed: number } {
  if (seconds === 0 || seconds <= (row.graceS ?? 0)) return { cost: 0n, billed: 0 };
  let total = fraction(row.connectFee);
  let billed = 0;
  for (const [length, ratePerMinute] of blocksOf(
    Math.max(seconds, row.minDurationS) - (row.freeS ?? 0),
  )) {
    billed += length;
    const { top, bottom } = fraction(ratePerMinute);
    total = reduced(add(total, { top: top * BigInt(length), bottom: bottom * 60n }));
  }
  if (row.minCost !== undefined && less(total, fraction(row.minCost)))
    total = fraction(row.minCost);
  if (row.maxCost !== undefined && less(fraction(row.maxCost), total))
    total = fraction(row.maxCost);
  return { cost: round(withTax(total, terms), terms.roundingDecimals, terms.roundingMode), billed };
}

function withTax(net: Fraction, { taxPercent, taxMode }: FrozenRate['terms']): Fraction {
  if (taxMode === 'included') return net;
  const tax = fraction(taxPercent);
  return {
    top: net.top * (100n * tax.bottom + tax.top),
    bottom: net.bottom * 100n * tax.bottom,
  };
}

interface Bought {
  readonly length: number;
  readonly ratePerMinute: string;
  readonly isFirst: boolean;
  readonly tierStartS: number | null;
}

/** Blocks bought one after the other until the call is covered. */
function untiered(row: RateRow, counted: number): Bought[] {
  const blocks: Bought[] = [];
  let bought = 0;
  while (bought < counted) {
    const isFirst = bought === 0;
    const length = isFirst ? row.initialIncrementS : row.incrementS;
    const ratePerMinute = isFirst
      ? (row.initialRatePerMinute ?? row.ratePerMinute)
      : row.ratePerMinute;
    blocks.push({ length, ratePerMinute, isFirst, tierStartS: null });
    bought += length;
  }
  return blocks;
}

function tiered(tiers: readonly RateTier[], counted: number): Bought[] {
  const blocks: Bought[] = [];
  tiers.forEach((tier, index) => {
    const endS = Math.min(counted, tiers[index + 1]?.startS ?? counted);
    const { incrementS: length, ratePerMinute, startS: tierStartS } = tier;
    for (let at = tierStartS; at < endS; at += length) {
      blocks.push({ length, ratePerMinute, isFirst: false, tierStartS });
    }
  });
  return blocks;
}

function fraction(text: string): Fraction {
  const [whole = '0', digits = ''] = text.split('.');
  return { top: BigInt(whole + digits), bottom: 10n ** BigInt(digits.length) };
}

/** Keeps sums of hundreds of seconds short: all of them share their bottoms. */
function reduced({ top, bottom }: Fraction): Fraction {
  const common = 60n * 10n ** 8n;
  return common % bottom === 0n || bottom % common !== 0n || (top * common) % bottom !== 0n
    ? { top, bottom }
    : { top: (top * common) / bottom, bottom: common };
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
