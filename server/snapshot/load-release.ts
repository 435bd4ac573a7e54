import type { Database } from '../../db/client.js';
import { findRateRowExtent, scanRateRows } from '../../db/repositories/rate-scan.js';
import { ReleaseIndexBuilder } from '../../rating/deck/release-index.js';
import type { ReleaseIndex } from '../../rating/deck/release-index.js';

/** Rows between two reports of progress. */
const REPORT_ROWS = 10_000;

export interface LoadProgress {
  readonly rowsRead: number;
  readonly rowsTotal: number;
}

/**
 * Reads a release into an index on this thread, in small portions: other work goes on in between.
 * The engine itself loads its decks in a worker thread; this is for scripts and for looks at a draft.
 *
 * @throws RateRowError for a stored row that no deck may hold
 */
export async function loadReleaseIndex(
  database: Database,
  releaseId: number,
  onProgress?: (progress: LoadProgress) => void,
): Promise<ReleaseIndex> {
  const extent = await findRateRowExtent(database, releaseId);
  const builder = new ReleaseIndexBuilder(extent.rows);
  let rowsRead = 0;
  await scanRateRows(database, releaseId, extent, (row) => {
    builder.add(row);
    rowsRead += 1;
    if (rowsRead % REPORT_ROWS === 0) onProgress?.({ rowsRead, rowsTotal: extent.rows });
  });
  onProgress?.({ rowsRead, rowsTotal: extent.rows });
  return builder.build();
}
