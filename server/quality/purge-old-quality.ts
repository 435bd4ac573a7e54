import type { Database } from '../../db/client.js';
import { purgeQuality } from '../../db/repositories/quality.js';
import type { Clock } from '../clock.js';

/** A day longer than the longest window a plan can have. */
const KEEP_S = 8 * 86_400;
/** Rows deleted in one statement, so that it holds its locks for a moment only. */
const BATCH_ROWS = 2000;
/** What is left after so many batches is deleted at the next tick. */
const MAX_BATCHES = 50;

/**
 * Deletes attempts that no plan looks back to any more. A job for every node: a second one finds
 * nothing to do. Resolves with the number of rows deleted.
 */
export async function purgeOldQuality(deps: {
  readonly database: Database;
  readonly clock: Clock;
}): Promise<number> {
  const beforeS = Math.floor(deps.clock.nowMs() / 1000) - KEEP_S;
  let deleted = 0;
  for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
    const gone = await purgeQuality(deps.database.orm, beforeS, BATCH_ROWS);
    deleted += gone;
    if (gone < BATCH_ROWS) break;
  }
  return deleted;
}
