import { z } from 'zod';
import type { listAllowancesOfCall } from '../../../db/views/allowances.js';
import type { HoldView } from '../../../db/views/calls.js';
import type { ChargeView, ClaimView } from '../../../db/views/charges.js';
import { instantOfUs, present } from '../present.js';
import { shownAmount, shownCurrency } from '../shown.js';

/** What one party was charged for a leg. */
export const charge = z
  .object({
    role: z.enum(['payer', 'extension', 'carrier']).meta({
      description: '`extension`: it paid from money of its own, which its account sold to.',
    }),
    party_id: z.int().meta({ description: 'An account, an extension or a carrier, by its role.' }),
    counterpart_id: z.int().meta({ description: 'Who sold to it, or owes the carrier.' }),
    level: z.int().meta({ description: '0 pays first, 1 stands above it, and so on.' }),
    sheet_id: z.int(),
    release_id: z.int(),
    row_id: z.int(),
    currency: shownCurrency(),
    amount: shownAmount(),
    rerated_amount: shownAmount().nullable(),
    covered_s: z.int().meta({ description: 'Seconds that inclusive minutes paid for.' }),
  })
  .meta({ id: 'LegCharge' });

export const hold = z.object({
  account_id: z.int(),
  extension_id: z.int().nullable().meta({ description: 'Whose own money it is, if it is.' }),
  currency: shownCurrency(),
  amount: shownAmount(),
  state: z.enum(['held', 'released']),
  created_at: z.iso.datetime().nullable(),
  released_at: z.iso.datetime().nullable(),
});

export const allowance = z.object({
  bucket_id: z.int(),
  owner_type: z.enum(['package', 'did']),
  owner_id: z.int().meta({ description: 'A package assignment, or a DID.' }),
  seconds: z.int().meta({ description: 'Set aside for the call.' }),
  used_s: z.int(),
  state: z.enum(['held', 'released']),
});

export const claim = z.object({
  resource: z.enum(['gateway', 'carrier', 'account', 'extension', 'did']),
  resource_id: z.int(),
  state: z.enum(['open', 'closed']),
  created_at: z.iso.datetime().nullable(),
});

export function showCharge(row: ChargeView): Record<string, unknown> {
  return present(charge, row);
}

/** The most that any party of a leg did not pay for; only the one that pays first has such seconds. */
export function coveredSeconds(charges: readonly ChargeView[]): number {
  return charges.reduce((most, { coveredS }) => Math.max(most, coveredS), 0);
}

export function showHold(row: HoldView): Record<string, unknown> {
  return present(hold, {
    ...row,
    extensionId: row.extensionId === 0 ? null : row.extensionId,
    createdAt: instantOfUs(row.createdUs),
    releasedAt: instantOfUs(row.releasedUs),
  });
}

type AllowanceOfCall = Awaited<ReturnType<typeof listAllowancesOfCall>>[number];

export function showAllowance(row: AllowanceOfCall): Record<string, unknown> {
  return present(allowance, row);
}

export function showClaim(row: ClaimView): Record<string, unknown> {
  return present(claim, { ...row, createdAt: instantOfUs(row.createdUs) });
}

const metered = z.object({ metered: z.literal('caller') });

/** Whether a stored decision charges the caller's own leg. */
export function meteredLeg(decision: unknown): 'caller' | null {
  return metered.safeParse(decision).data?.metered ?? null;
}
