import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { releaseStore, sheetStore } from '../../../db/repositories/admin/stores.js';
import {
  findImport,
  findImportByKey,
  insertImport,
  lockImport,
  updateImport,
} from '../../../db/repositories/imports.js';
import type { ImportRow } from '../../../db/repositories/imports.js';
import { inTransaction, isDuplicateKey } from '../../../db/transaction.js';
import type { Database, Queryable } from '../../../db/client.js';
import type { Clock } from '../../clock.js';
import { conflict, notFound } from '../../admin/refusal.js';
import { releaseInForce } from '../activation/history.js';
import type { FileFacts } from './file-facts.js';
import type { ImportMode, ReadOptions, StoredOptions } from './options.js';

export interface ImportRequest {
  readonly sheetId: number;
  /** As the sender calls it; shown and never opened. */
  readonly fileName: string;
  readonly facts: FileFacts;
  readonly mode: ImportMode;
  /** When the release is meant to begin; unset, now. */
  readonly effectiveFrom?: Date;
  readonly note?: string;
  readonly read: ReadOptions;
  /** Node whose upload folder has the file; null for a command that reads it itself. */
  readonly spoolNode: string | null;
  /** Of an import that the caller works on at once. */
  readonly owner?: { readonly name: string; readonly leaseUntil: Date };
  readonly actor: string;
  /** Given by whoever stored the file under this name already. */
  readonly id?: string;
}

export interface QueuedImport {
  readonly row: ImportRow;
  /** False where the same file was imported before: `row` is that import. */
  readonly isNew: boolean;
}

/**
 * Takes an import up. The same file for the same sheet with the same options is the same import, as
 * long as its release was not discarded; a failed or cancelled one does not count.
 *
 * @throws Refusal `not_found` without such a sheet
 */
export async function queueImport(
  deps: { readonly database: Database; readonly clock: Clock },
  request: ImportRequest,
): Promise<QueuedImport> {
  const { database, clock } = deps;
  if ((await sheetStore.find(database.orm, request.sheetId)) === undefined) {
    throw notFound('rate_sheet', request.sheetId);
  }
  const effectiveFrom = request.effectiveFrom ?? new Date(clock.nowMs());
  const dedupeKey = await keyOf(database.orm, request, effectiveFrom);
  const known = await findCounting(database, dedupeKey);
  if (known !== undefined) return { row: known, isNew: false };
  const id = request.id ?? uuidv7();
  try {
    await insertImport(database.orm, newRow(id, request, { effectiveFrom, dedupeKey, clock }));
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    const rival = await findImportByKey(database.orm, dedupeKey);
    if (rival === undefined) throw error;
    return { row: rival, isNew: false };
  }
  return { row: await mustFind(database.orm, id), isNew: true };
}

function newRow(
  id: string,
  request: ImportRequest,
  more: { readonly effectiveFrom: Date; readonly dedupeKey: string; readonly clock: Clock },
) {
  const options: StoredOptions = {
    mode: request.mode,
    effectiveFrom: more.effectiveFrom.toISOString(),
    note: request.note ?? '',
    read: request.read,
    spoolNode: request.spoolNode,
  };
  const { owner } = request;
  return {
    id,
    sheetId: request.sheetId,
    fileName: request.fileName.slice(0, 255),
    fileHash: request.facts.sha256,
    fileBytes: request.facts.bytes,
    dedupeKey: more.dedupeKey,
    options,
    detected: { encoding: request.facts.encoding, endsWithNewline: request.facts.endsWithNewline },
    actor: request.actor.replace(/[^\x20-\x7e]/g, '?').slice(0, 120),
    createdAt: new Date(more.clock.nowMs()),
    ...(owner === undefined
      ? {}
      : { status: 'running' as const, owner: owner.name, leaseUntil: owner.leaseUntil }),
  };
}

/** Changes build on the release in force, so they are other changes when that is another one. */
async function keyOf(
  db: Queryable,
  { sheetId, facts, mode, read, effectiveFrom, note }: ImportRequest,
  from: Date,
): Promise<string> {
  const base = mode === 'merge' ? await releaseInForce(db, sheetId, from.getTime()) : null;
  const sorted = Object.fromEntries(
    Object.entries({ ...read, mapping: sortedMembers(read.mapping) }).sort(byName),
  );
  const said = JSON.stringify([
    mode,
    effectiveFrom?.toISOString() ?? null,
    note ?? '',
    base,
    sorted,
  ]);
  const hash = createHash('sha256').update(said).digest('hex').slice(0, 32);
  return `${String(sheetId)}:${facts.sha256}:${hash}`;
}

function sortedMembers(mapping: Readonly<Record<string, string>> | undefined) {
  return mapping === undefined
    ? undefined
    : Object.fromEntries(Object.entries(mapping).sort(byName));
}

function byName([first]: [string, unknown], [second]: [string, unknown]): number {
  return first < second ? -1 : 1;
}

/** The earlier import of that key; one whose release was discarded gives the key up. */
async function findCounting(database: Database, dedupeKey: string): Promise<ImportRow | undefined> {
  const known = await findImportByKey(database.orm, dedupeKey);
  if (known?.status !== 'done') return known;
  const release =
    known.releaseId === null ? undefined : await releaseStore.find(database.orm, known.releaseId);
  if (release !== undefined && release.status !== 'discarded') return known;
  await inTransaction(database, (tx) => updateImport(tx, known.id, { dedupeKey: null }));
  return undefined;
}

/**
 * Gives an import up. One that runs stops within a second or so, and what it wrote is removed.
 *
 * @throws Refusal `not_found`; `import_finished` for one that has ended otherwise
 */
export async function cancelImport(
  deps: { readonly database: Database; readonly clock: Clock },
  id: string,
): Promise<ImportRow> {
  await inTransaction(deps.database, async (tx) => {
    const row = await lockImport(tx, id);
    if (row === undefined) throw notFound('import', id);
    if (row.status === 'cancelled') return;
    if (row.status !== 'queued' && row.status !== 'running') {
      throw conflict('import_finished', `The import is ${row.status}; it cannot be cancelled.`);
    }
    const finishedAt = new Date(deps.clock.nowMs());
    await updateImport(tx, id, { status: 'cancelled', dedupeKey: null, finishedAt });
  });
  return mustFind(deps.database.orm, id);
}

async function mustFind(db: Queryable, id: string): Promise<ImportRow> {
  const row = await findImport(db, id);
  if (row === undefined) throw notFound('import', id);
  return row;
}
