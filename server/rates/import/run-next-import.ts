import {
  claimImport,
  findClaimableImports,
  findRunningImports,
} from '../../../db/repositories/imports.js';
import type { ImportRow } from '../../../db/repositories/imports.js';
import { inTransaction } from '../../../db/transaction.js';
import type { Database } from '../../../db/client.js';
import type { Clock } from '../../clock.js';
import type { JobDeps } from '../../jobs/types.js';
import { endImport, removeAbandoned, removeUnfinished } from './clean-up.js';
import { LEASE_MS } from './import-writer.js';
import { storedOptions } from './options.js';
import { isGone, isUnderWay, processName } from './owner.js';
import { runImport } from './run-import.js';
import { removeSpooled, removeStraySpooled, spoolPath } from './spool.js';

const MOST_CANDIDATES = 100;
/** How long the node that has the file may be away before others give its import up. */
const ABSENCE_MS = 600_000;

/**
 * Does one piece of waiting import work, if there is one for this node: brings a file that was
 * uploaded here into a draft, or clears away what a killed import left. Resolves with whether there
 * was something.
 */
export async function runNextImport(deps: JobDeps): Promise<boolean> {
  await removeStraySpooled(deps);
  const cleared = await clearImports({ ...deps, nodeId: deps.nodeId });
  const next = await claimNext(deps);
  if (next === null) return cleared > 0;
  const { database, clock, uploadFolder, signal, maxRows } = deps;
  const owner = processName();
  const limits = maxRows === undefined ? {} : { maxRows };
  deps.log.info({ importId: next.id, sheetId: next.sheetId, file: next.fileName }, 'import begins');
  const path = spoolPath(uploadFolder, next.id);
  const done = await runImport(
    { database, clock, owner, signal, ...limits },
    { importId: next.id, path },
  );
  const { status, rowsAccepted, rowsRejected, errorCode } = done;
  deps.log.info(
    { importId: next.id, status, rowsAccepted, rowsRejected, errorCode },
    'import ended',
  );
  if (status !== 'running' && status !== 'queued') await removeSpooled(uploadFolder, next.id);
  return true;
}

/** Claims the oldest import whose file is on this node. */
async function claimNext({ database, clock, nodeId }: JobDeps): Promise<ImportRow | null> {
  const now = new Date(clock.nowMs());
  for (const row of await candidates(database, now)) {
    if (nodeOf(row) !== nodeId || !mayTake(row, now)) continue;
    const lease = { owner: processName(), leaseUntil: new Date(now.getTime() + LEASE_MS) };
    if (await inTransaction(database, (tx) => claimImport(tx, row, lease))) return row;
  }
  return null;
}

async function candidates(database: Database, now: Date): Promise<readonly ImportRow[]> {
  const claimable = await findClaimableImports(database.orm, now, MOST_CANDIDATES);
  const known = new Set(claimable.map((row) => row.id));
  const running = await findRunningImports(database.orm);
  return [...claimable, ...running.filter((row) => !known.has(row.id))];
}

function mayTake(row: ImportRow, now: Date): boolean {
  return !isUnderWay(row.id) && (row.status === 'queued' || isLeft(row, now));
}

/** True for a running import that nobody is at work on any more. */
function isLeft(row: ImportRow, now: Date): boolean {
  return row.leaseUntil === null || row.leaseUntil < now || isGone(row.owner, row.id);
}

function nodeOf(row: ImportRow): string | null {
  const parsed = storedOptions.safeParse(row.options);
  return parsed.success ? parsed.data.spoolNode : null;
}

/**
 * Ends imports that nobody will go on with and removes what they wrote: those of commands that were
 * killed, and those of nodes that stay away with the file. Returns how many there were.
 */
export async function clearImports(deps: {
  readonly database: Database;
  readonly clock: Clock;
  /** Its own imports are begun anew instead; null for a command. */
  readonly nodeId: string | null;
}): Promise<number> {
  const now = new Date(deps.clock.nowMs());
  let cleared = 0;
  for (const row of await findRunningImports(deps.database.orm)) {
    if (isUnderWay(row.id) || !isLeft(row, now)) continue;
    const node = nodeOf(row);
    if (node !== null && (node === deps.nodeId || !isAbsent(row, now))) continue;
    const detail = 'the process that ran the import ended; import the file again';
    await endImport(deps, row.id, 'failed', { code: 'interrupted', line: 0, detail });
    if (row.releaseId !== null) await removeUnfinished(deps.database, row.releaseId, row.id);
    cleared += 1;
  }
  return cleared + (await removeAbandoned(deps.database));
}

function isAbsent({ leaseUntil }: ImportRow, now: Date): boolean {
  return leaseUntil !== null && leaseUntil.getTime() + ABSENCE_MS < now.getTime();
}
