import type { Queryable } from '../../../db/client.js';
import { loadActivations } from '../../../db/repositories/activations.js';
import type { ActivationEntry } from '../../../db/repositories/activations.js';
import { releaseNumbers } from '../../../db/repositories/admin/rates.js';
import { sheetStore } from '../../../db/repositories/admin/stores.js';
import { periodsOf, releaseAt } from '../../../rating/deck/timeline.js';
import { notFound } from '../../admin/refusal.js';

export interface ShownActivation extends ActivationEntry {
  /** The release's number within the sheet. */
  readonly releaseNumber: number | null;
}

export interface ShownPeriod {
  readonly fromMs: number;
  /** Null: until something else is activated. */
  readonly toMs: number | null;
  readonly releaseId: number | null;
  readonly releaseNumber: number | null;
}

export interface ActivationHistory {
  readonly sheetId: number;
  readonly inForce: { readonly releaseId: number; readonly releaseNumber: number } | null;
  readonly entries: readonly ShownActivation[];
  readonly periods: readonly ShownPeriod[];
}

/** Everything that was ever activated on a sheet, and what follows from it. @throws `not_found`. */
export async function activationHistory(
  db: Queryable,
  sheetId: number,
  nowMs: number,
): Promise<ActivationHistory> {
  if ((await sheetStore.find(db, sheetId)) === undefined) throw notFound('rate_sheet', sheetId);
  const entries = await loadActivations(db, [sheetId]);
  const numbers = await releaseNumbers(db, sheetId);
  const numberOf = (id: number | null): number | null =>
    id === null ? null : (numbers.get(id) ?? null);
  const periods = periodsOf(entries);
  const releaseId = releaseAt(periods, nowMs);
  return {
    sheetId,
    inForce: releaseId === null ? null : { releaseId, releaseNumber: numbers.get(releaseId) ?? 0 },
    entries: entries.map((entry) => ({ ...entry, releaseNumber: numberOf(entry.releaseId) })),
    periods: periods.map((period, index) => ({
      ...period,
      toMs: periods[index + 1]?.fromMs ?? null,
      releaseNumber: numberOf(period.releaseId),
    })),
  };
}

/** The release that prices the sheet's calls at an instant, or null. */
export async function releaseInForce(
  db: Queryable,
  sheetId: number,
  atMs: number,
): Promise<number | null> {
  return releaseAt(periodsOf(await loadActivations(db, [sheetId])), atMs);
}
