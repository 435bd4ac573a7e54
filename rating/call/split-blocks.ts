import type { BilledBlock } from './billed-blocks.js';
import type { CompiledRow, CompiledSlot } from './compiled-rate.js';
import { UnsupportedRateError } from './unsupported.js';

/** A billed block or the part of one that lies in one time slot. */
export interface SlotBlock extends BilledBlock {
  readonly slotRowId: number;
  /** Second of the call at which the part begins. */
  readonly slotFromS: number;
}

/**
 * Cuts billed blocks at the borders of time slots, so that every billed second takes the price of
 * the slot it falls into. How many seconds are billed stays with the row at the start of the call;
 * a slot only brings its price for the same part (first block, later seconds, or the tier there).
 * `offsetS` is the second of the call on which the first billed second falls.
 */
export function splitBlocks(
  blocks: readonly BilledBlock[],
  slots: readonly CompiledSlot[],
  offsetS: number,
): readonly SlotBlock[] {
  const parts: SlotBlock[] = [];
  let fromS = offsetS;
  for (const block of blocks) {
    const endS = fromS + block.seconds;
    for (const slot of slots) {
      const slotFromS = Math.max(fromS, slot.fromS);
      const seconds = Math.min(endS, slot.endS) - slotFromS;
      if (seconds <= 0) continue;
      parts.push({
        ...block,
        seconds,
        ratePerMinute: priceInSlot(block, slot.compiled),
        slotRowId: slot.compiled.row.id,
        slotFromS,
      });
    }
    fromS = endS;
  }
  const knownUntilS = slots.at(-1)?.endS ?? 0;
  if (fromS > knownUntilS) throw new UnsupportedRateError('call_beyond_known_slots');
  return parts;
}

function priceInSlot(block: BilledBlock, slot: CompiledRow): bigint {
  if (block.part === 'initial') return slot.initialRatePerMinute;
  const { tierStartS } = block;
  if (tierStartS === null || slot.tiers === null) return slot.ratePerMinute;
  const tier = slot.tiers.findLast((candidate) => candidate.startS <= tierStartS);
  return tier?.ratePerMinute ?? slot.ratePerMinute;
}
