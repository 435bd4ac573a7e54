import type { Database } from '../../../db/client.js';
import type { ChargeScope } from '../../../db/repositories/leg-charges.js';
import type { ReratingStatus } from '../../../db/repositories/reratings.js';

/** The lines that runs write. */
export interface RerateLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What a run works with; a background worker has more. */
export interface RerateDeps {
  readonly database: Database;
  readonly log: RerateLog;
  readonly nodeId: string;
  /** Aborted when the process is to end: the run then waits for another worker. */
  readonly signal: AbortSignal;
  /** Legs per transaction; 200 unless told. */
  readonly batchLegs?: number;
}

export interface RerateProgress {
  readonly legsTotal: number;
  readonly legsSeen: number;
  readonly legsChanged: number;
  readonly legsSkipped: number;
}

/** How working on a run ended here. `lost`: another worker has it, or nobody may have it now. */
export type RerateOutcome =
  Extract<ReratingStatus, 'done' | 'stopped' | 'failed' | 'queued'> | 'lost';

/** The scope of a run as it is stored: members that do not narrow are null. */
export interface StoredScope extends ChargeScope {
  readonly accountId: number | null;
  readonly sheetId: number | null;
  readonly carrierId: number | null;
}
