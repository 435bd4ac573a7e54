import { claimNextPreview } from '../../../db/repositories/previews.js';
import type { JobDeps } from '../../jobs/types.js';
import { workOnPreview } from './run-preview.js';

/** Works on the preview that has waited longest; false when none waits. A job of the background worker. */
export async function runNextPreview(deps: JobDeps): Promise<boolean> {
  if (deps.signal.aborted) return false;
  const releaseId = await claimNextPreview(deps.database, deps.nodeId);
  if (releaseId === null) return false;
  try {
    await workOnPreview(deps, { releaseId, owner: deps.nodeId });
  } catch (error) {
    // It is kept with the preview, for those who asked for it.
    deps.log.error({ releaseId, error }, 'preview of a release failed');
  }
  return true;
}
