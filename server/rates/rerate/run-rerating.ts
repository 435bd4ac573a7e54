import { v4 as uuidv4 } from 'uuid';
import {
  claimRerating,
  lockRerating,
  setReratingStatus,
} from '../../../db/repositories/reratings.js';
import type { Lease, ReratingRow } from '../../../db/repositories/reratings.js';
import { inTransaction, isRetryable, isUnavailable } from '../../../db/transaction.js';
import { rerateBatch } from './rerate-batch.js';
import type { BatchResult } from './rerate-batch.js';
import type { RerateDeps, RerateOutcome, RerateProgress } from './types.js';

/** Legs per transaction: a commit is shared by many, and a stop is noticed soon. */
const BATCH_LEGS = 200;

/**
 * How long a silent worker keeps its run. Every step renews it, and a step that has to wait for locks
 * as long as it may still ends well before.
 */
const LEASE_SECONDS = 120;

export type OnProgress = (progress: RerateProgress) => void;

/**
 * Works on a run until it is over, stopped, or the process is to end. Nothing is done twice, whoever
 * worked on it before and however that ended. A run that cannot go on is marked as failed, with the
 * reason; trouble that passes by itself (the database away, locks) is thrown, and the run is taken up
 * again when its lease is over.
 */
export async function runRerating(
  deps: RerateDeps,
  id: string,
  onProgress?: OnProgress,
): Promise<RerateOutcome> {
  const claimed = await claimRun(deps, id);
  return claimed === undefined ? 'lost' : workOn(deps, claimed, onProgress);
}

/** A run, and under which name it is worked on. */
export interface ClaimedRun {
  readonly run: ReratingRow;
  readonly lease: Lease;
}

/** Takes the named run, or the one that has waited longest; undefined when there is none to take. */
export async function claimRun(deps: RerateDeps, id?: string): Promise<ClaimedRun | undefined> {
  const lease = newLease(deps);
  const run = await inTransaction(deps.database, (tx) => claimRerating(tx, lease, id));
  return run === undefined ? undefined : { run, lease };
}

/** A worker is known by a name of its own, so that a node that restarted is not taken for itself. */
function newLease({ nodeId }: RerateDeps): Lease {
  return { owner: `${nodeId.slice(0, 27)}:${uuidv4()}`, seconds: LEASE_SECONDS };
}

export async function workOn(
  deps: RerateDeps,
  { run, lease }: ClaimedRun,
  onProgress?: OnProgress,
): Promise<RerateOutcome> {
  const { id, mode, scope } = run;
  deps.log.info({ reratingId: id, mode, scope, legsSeen: run.legsSeen }, 're-rating begins');
  const outcome = await steps(deps, id, lease, onProgress);
  deps.log.info({ reratingId: id, outcome }, 're-rating ends');
  return outcome;
}

async function steps(
  deps: RerateDeps,
  id: string,
  lease: Lease,
  onProgress?: OnProgress,
): Promise<RerateOutcome> {
  for (;;) {
    if (deps.signal.aborted) return giveUp(deps, id, lease, 'queued');
    const result = await step(deps, id, lease);
    if (!('progress' in result)) return result.kind;
    onProgress?.(result.progress);
    if (result.kind === 'done') return 'done';
  }
}

async function step(
  deps: RerateDeps,
  id: string,
  lease: Lease,
): Promise<BatchResult | { readonly kind: 'failed' }> {
  try {
    return await rerateBatch(deps.database, id, {
      lease,
      batchLegs: deps.batchLegs ?? BATCH_LEGS,
    });
  } catch (error) {
    if (isUnavailable(error) || isRetryable(error)) throw error;
    deps.log.error({ reratingId: id, err: error }, 're-rating failed');
    await giveUp(deps, id, lease, 'failed', error);
    return { kind: 'failed' };
  }
}

/** Lets go of a run that is still this worker's. */
async function giveUp(
  { database }: RerateDeps,
  id: string,
  { owner }: Lease,
  status: 'queued' | 'failed',
  error?: unknown,
): Promise<RerateOutcome> {
  return inTransaction(database, async (tx) => {
    const run = await lockRerating(tx, id);
    if (run?.status === 'stopped') return 'stopped';
    if (run?.owner !== owner) return 'lost';
    await setReratingStatus(tx, id, status, error === undefined ? null : reasonOf(error));
    return status;
  });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}
