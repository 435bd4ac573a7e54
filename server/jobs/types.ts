import type { Logger } from 'pino';
import type { Database } from '../../db/client.js';
import type { Clock } from '../clock.js';

/** What a background job works with, in the worker thread of a node or in a script. */
export interface JobDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  /** Who holds the lease of a piece of work. */
  readonly nodeId: string;
  /** Where uploaded files wait. */
  readonly uploadFolder: string;
  /** Most rows a release may have. */
  readonly maxRows?: number;
  /** Aborted when the node stops: leave what is begun so that another node can go on with it. */
  readonly signal: AbortSignal;
}

/**
 * Does one piece of waiting work, if there is one that no other node is at. Resolves with whether
 * there was: then it is asked again at once, else a second later or when something was queued.
 */
export type Job = (deps: JobDeps) => Promise<boolean>;
