import type { Database } from '../../../db/client.js';
import type { Clock } from '../../clock.js';

/** What an import works with, in a worker or in a command. */
export interface ImportDeps {
  readonly database: Database;
  readonly clock: Clock;
  /** Names this process; see `processName`. */
  readonly owner: string;
  readonly signal: AbortSignal;
  readonly maxRows?: number;
}
