import type { Database } from '../../db/client.js';
import { isUnavailable } from '../../db/transaction.js';
import { DeckLoadError } from './deck-loader.js';
import type { ReleaseLoader } from './deck-loader.js';
import { loadReleaseIndex } from './load-release.js';

/** Reads releases on the thread that asks, for scripts and tests with small decks. */
export function inProcessLoader(database: Database): ReleaseLoader {
  return {
    async load(releaseId, { signal, onProgress }) {
      try {
        return await loadReleaseIndex(database, releaseId, (progress) => {
          signal.throwIfAborted();
          onProgress(progress);
        });
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        throw new DeckLoadError(message, signal.aborted || isUnavailable(error));
      }
    },
    stop: () => Promise.resolve(),
  };
}
