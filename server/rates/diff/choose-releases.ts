import type { Queryable } from '../../../db/client.js';
import { loadActivations } from '../../../db/repositories/activations.js';
import { releaseStore, sheetStore } from '../../../db/repositories/admin/stores.js';
import type { ReleaseRow, SheetRow } from '../../../db/repositories/admin/stores.js';
import { periodsOf, releaseAt } from '../../../rating/deck/timeline.js';
import { conflict, notFound } from '../../admin/refusal.js';
import { releaseBefore } from '../activation/roll-back-target.js';

/** Two releases that can be compared. */
export interface ChosenReleases {
  readonly release: ReleaseRow;
  readonly sheet: SheetRow;
  /** Null where the sheet has no prices to compare with. */
  readonly against: ReleaseRow | null;
}

/**
 * Finds what a release is compared with: the one that is named, or what it takes the place of. For a
 * draft that is the release in force when it would begin, for an active one the release before it.
 * @throws Refusal `not_found`, `release_importing`, `other_currency`.
 */
export async function chooseReleases(
  db: Queryable,
  releaseId: number,
  againstId: number | undefined,
  nowMs: number,
): Promise<ChosenReleases> {
  const release = await readyRelease(db, releaseId);
  const sheet = await sheetOf(db, release);
  const otherId = againstId ?? (await replacedBy(db, release, nowMs));
  const against = otherId === null ? null : await readyRelease(db, otherId);
  const otherSheet =
    against === null || against.sheetId === sheet.id ? sheet : await sheetOf(db, against);
  if (otherSheet.currency !== sheet.currency) {
    throw conflict(
      'other_currency',
      `Prices in ${otherSheet.currency} cannot be compared with prices in ${sheet.currency}.`,
    );
  }
  return { release, sheet, against };
}

async function readyRelease(db: Queryable, id: number): Promise<ReleaseRow> {
  const release = await releaseStore.find(db, id);
  if (release === undefined) throw notFound('release', id);
  if (release.status === 'importing') {
    throw conflict('release_importing', `Release ${release.number} is still being imported.`);
  }
  return release;
}

async function sheetOf(db: Queryable, release: ReleaseRow): Promise<SheetRow> {
  const sheet = await sheetStore.find(db, release.sheetId);
  if (sheet === undefined) throw notFound('rate_sheet', release.sheetId);
  return sheet;
}

async function replacedBy(
  db: Queryable,
  release: ReleaseRow,
  nowMs: number,
): Promise<number | null> {
  const entries = await loadActivations(db, [release.sheetId]);
  if (release.status === 'active') return releaseBefore(entries, release.id);
  // A draft whose instant is past begins when it is activated.
  return releaseAt(periodsOf(entries), Math.max(nowMs, release.effectiveFrom.getTime()));
}
