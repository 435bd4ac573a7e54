import type { Queryable } from '../../../db/client.js';
import { findPreview, previewFingerprint } from '../../../db/repositories/previews.js';

/** What a person who activates a draft could know of its effect. */
export type PreviewState = 'missing' | 'queued' | 'running' | 'failed' | 'stale' | 'current';

/** Of a draft. A preview of an active release is a thing of the past and never out of date. */
export async function previewStateOf(db: Queryable, releaseId: number): Promise<PreviewState> {
  const preview = await findPreview(db, releaseId);
  if (preview === undefined) return 'missing';
  if (preview.status === 'running') return preview.owner === null ? 'queued' : 'running';
  if (preview.status === 'failed') return 'failed';
  const now = await previewFingerprint(db, releaseId);
  return now === preview.fingerprint ? 'current' : 'stale';
}
