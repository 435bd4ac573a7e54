import type { Queryable } from '../../db/client.js';
import { releaseStore, sheetStore } from '../../db/repositories/admin/stores.js';
import { invalid, notFound } from '../admin/refusal.js';

/** A release taken to be in force for its sheet. */
export interface Supposition {
  readonly releaseId: number;
  readonly release: number;
  readonly status: string;
  readonly sheetId: number;
  readonly sheet: string;
  /** From when on it is meant to price calls. */
  readonly effectiveFromMs: number;
}

/** @throws Refusal for a release that is not there, not complete or thrown away. */
export async function findSupposition(db: Queryable, releaseId: number): Promise<Supposition> {
  const release = await releaseStore.find(db, releaseId);
  if (release === undefined) throw notFound('release', releaseId);
  const { status, sheetId } = release;
  if (status === 'importing') throw invalid('release', 'is still being imported');
  if (status === 'discarded') throw invalid('release', 'was discarded');
  const sheet = await sheetStore.find(db, sheetId);
  if (sheet === undefined) throw notFound('rate_sheet', sheetId);
  return {
    releaseId,
    release: release.number,
    status,
    sheetId,
    sheet: sheet.name,
    effectiveFromMs: release.effectiveFrom.getTime(),
  };
}
