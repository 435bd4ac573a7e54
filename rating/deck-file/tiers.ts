import type { RateTier } from '../deck/types.js';
import { readPrice } from './prices.js';
import type { DecimalMark } from './types.js';

const TIER = /^(\d{1,9})\s*:\s*(.+?)\s*\/\s*(\d{1,9})$/;

/** Tiers of `0:0.05/60; 60:0.03/30`: from which second, at which price, in which steps. Else null. */
export function readTiers(cell: string, decimal: DecimalMark): readonly RateTier[] | null {
  const tiers: RateTier[] = [];
  for (const part of cell.split(/[;|]/)) {
    const match = TIER.exec(part.trim());
    if (match === null) return null;
    const [, start = '', price = '', step = ''] = match;
    const reading = readPrice(price, decimal, true);
    if (reading.kind !== 'price') return null;
    tiers.push({ startS: Number(start), ratePerMinute: reading.text, incrementS: Number(step) });
  }
  return tiers;
}

/** The same text for tiers, their prices with a point. */
export function tiersText(tiers: readonly RateTier[]): string {
  return tiers
    .map((tier) => `${String(tier.startS)}:${tier.ratePerMinute}/${String(tier.incrementS)}`)
    .join(';');
}
