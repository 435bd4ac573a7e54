import { z } from 'zod';
import { AMOUNT_DECIMALS, Decimal } from '../../rating/money.js';
import type { CorrectionView } from '../../db/views/reratings.js';
import { present } from './present.js';
import { shownAmount, shownCurrency } from './shown.js';

/** One charge that was corrected, as answers show it. */
export const correction = z
  .object({
    id: z.int(),
    rerating_id: z.string(),
    leg_uuid: z.string(),
    role: z.enum(['payer', 'extension', 'carrier']),
    party_id: z.int().meta({
      description: 'An account for a payer, an extension that paid from its own money, a carrier.',
    }),
    currency: shownCurrency(),
    old_amount: shownAmount(),
    new_amount: shownAmount(),
    difference: shownAmount().meta({ description: 'new_amount - old_amount' }),
    old_release_id: z.int(),
    new_release_id: z.int(),
    transaction_id: z.string().nullable().meta({ description: 'Null in a preview.' }),
    created_at: z.iso.datetime(),
    explanation: z.unknown().meta({ description: 'The steps of the new price.' }),
  })
  .meta({ id: 'Correction' });

export function showCorrection(row: CorrectionView): Record<string, unknown> {
  return {
    ...present(correction, { ...row, ...showDifference(row) }),
    // As it was stored: its member names are the engine's own words.
    explanation: row.explanation ?? null,
  };
}

/** What an amount was changed by. */
export function showDifference(change: {
  readonly oldAmount: string;
  readonly newAmount: string;
}): { readonly difference: string } {
  const difference = new Decimal(change.newAmount).minus(change.oldAmount);
  return { difference: difference.toFixed(AMOUNT_DECIMALS) };
}
