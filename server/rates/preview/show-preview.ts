import type { Queryable } from '../../../db/client.js';
import { findPreview } from '../../../db/repositories/previews.js';
import type { PreviewRow } from '../../../db/repositories/previews.js';
import { releaseStore } from '../../../db/repositories/admin/stores.js';
import { notFound } from '../../admin/refusal.js';
import { previewStateOf } from '../activation/preview-state.js';

export interface ShownPreview {
  readonly releaseId: number;
  readonly status: 'queued' | 'running' | 'done' | 'failed';
  /** The draft, its sheet's terms or what is activated have changed since. */
  readonly isStale: boolean;
  readonly progress: number;
  readonly summary: unknown;
  readonly impact: unknown;
  readonly error: string | null;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
}

/** The preview of a release as it stands. @throws Refusal `not_found`: no release, or no preview. */
export async function showPreview(db: Queryable, releaseId: number): Promise<ShownPreview> {
  const release = await releaseStore.find(db, releaseId);
  if (release === undefined) throw notFound('release', releaseId);
  const preview = await findPreview(db, releaseId);
  if (preview === undefined) throw notFound('preview of release', releaseId);
  // Activating is itself such a change; what was looked at before it is still what was looked at.
  const isStale = release.status === 'draft' && (await previewStateOf(db, releaseId)) === 'stale';
  const { progress, summary, impact, error, startedAt, finishedAt } = preview;
  const status = statusOf(preview);
  return { releaseId, status, isStale, progress, summary, impact, error, startedAt, finishedAt };
}

function statusOf({ status, owner }: PreviewRow): ShownPreview['status'] {
  return status === 'running' && owner === null ? 'queued' : status;
}
