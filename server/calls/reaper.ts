import type { Logger } from 'pino';
import type { Database } from '../../db/client.js';
import { purgeClaims } from '../../db/repositories/channel-claims.js';
import { findCallsWithOpenLegs, findExpiredCalls } from '../../db/repositories/calls.js';
import { findSilentLegs } from '../../db/repositories/legs.js';
import type { Clock } from '../clock.js';
import { closeCalls } from './close-calls.js';
import { settleLegs } from './reconcile.js';
import type { Settler } from './settler.js';
import type { WatchTime } from './watch-time.js';

const LIMIT = 1000;

/** Closed claims count towards calls a second, so they are kept for longer than one. */
const CLAIMS_KEPT_US = 60_000_000;

interface Options {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settler: Settler;
  readonly maxCallS: number;
  readonly orphanGraceS: number;
  /** How long reports could be taken; without it, as if they always could. */
  readonly watch?: WatchTime;
}

/**
 * The last resort, for calls of switches that nobody can ask: a call whose granted time has passed,
 * with time for news on top, was cut by its switch and is ended at its last proof of life; one that
 * was never answered gives its hold back. Several nodes may reap at once: settlement is idempotent.
 */
export async function reapCalls(options: Options): Promise<number> {
  const { database, clock, log, settler } = options;
  const nowUs = clock.nowUs();
  const longestUs = (options.maxCallS + options.orphanGraceS) * 1_000_000;
  const expired = await findExpiredCalls(database.orm, nowUs, LIMIT);
  const graceUs = options.orphanGraceS * 1_000_000;
  // Reports that could not be taken while the database or the nodes were away come first.
  if (options.watch?.look({ nowUs, graceUs }) === false) return 0;
  const open = await findCallsWithOpenLegs(
    database.orm,
    expired.map((call) => call.id),
  );
  const silent = await findSilentLegs(database.orm, nowUs - graceUs, LIMIT);
  const overdue = new Set(expired.map((call) => call.id));
  // No leg outlasts the longest call, whether its call is known, or was given up before the answer.
  const legs = silent.filter(
    ({ callId, answerUs }) =>
      (callId !== null && overdue.has(callId)) || answerUs < nowUs - longestUs,
  );
  const settled = await settleLegs({ settler, database }, legs, 'reaper');
  const silentCalls = expired.filter((call) => !open.has(call.id)).map((call) => call.id);
  const released = await closeCalls(database, silentCalls, nowUs);
  await purgeClaims(database.orm, nowUs - CLAIMS_KEPT_US);
  if (settled + released > 0) log.warn({ settled, released }, 'calls without news were ended');
  return settled + released;
}
