import { claimRun, workOn } from './run-rerating.js';
import type { RerateDeps } from './types.js';

/** Works on the run that has waited longest; false when none waits. A job of the background worker. */
export async function runNextRerating(deps: RerateDeps): Promise<boolean> {
  if (deps.signal.aborted) return false;
  const claimed = await claimRun(deps);
  if (claimed === undefined) return false;
  await workOn(deps, claimed);
  return true;
}
