import type { FrozenRate, RateSlot } from '../deck/types.js';

/**
 * The rate of what is left of a call when its first seconds need no money: the same row with the same
 * fees and increments, but seconds that each take the price of their own time slot take it as much
 * later as they come. The same object where nothing is split over slots.
 */
export function rateAfter(rate: FrozenRate, seconds: number): FrozenRate {
  const { slots, slotsEndS } = rate;
  if (slots === undefined || seconds === 0) return rate;
  const current = Math.max(
    0,
    slots.findLastIndex((slot) => slot.fromS <= seconds),
  );
  const later = slots
    .slice(current)
    .map((slot): RateSlot => ({ ...slot, fromS: Math.max(0, slot.fromS - seconds) }));
  return {
    ...rate,
    slots: later,
    ...(slotsEndS === undefined ? {} : { slotsEndS: Math.max(0, slotsEndS - seconds) }),
  };
}
