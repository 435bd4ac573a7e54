import { queuePreview } from '../../../db/repositories/previews.js';
import { access } from 'node:fs/promises';
import { setInterval } from 'node:timers';
import { insertAuditEntry } from '../../../db/repositories/admin/audit.js';
import { nextReleaseNumber } from '../../../db/repositories/admin/rates.js';
import { releaseStore, sheetStore } from '../../../db/repositories/admin/stores.js';
import type { SheetRow } from '../../../db/repositories/admin/stores.js';
import { bumpConfigVersions } from '../../../db/repositories/config-versions.js';
import {
  findImport,
  renewImport,
  setImportMapping,
  updateImport,
} from '../../../db/repositories/imports.js';
import type { ImportRow } from '../../../db/repositories/imports.js';
import { inTransaction, isUnavailable } from '../../../db/transaction.js';
import { rememberFormat } from '../../../rating/deck-file/detect-format.js';
import { DeckFileFault } from '../../../rating/deck-file/types.js';
import type { DeckFormat } from '../../../rating/deck-file/types.js';
import { Zone } from '../../../rating/time/zone.js';
import { notFound } from '../../admin/refusal.js';
import { releaseInForce } from '../activation/history.js';
import { carryOver } from './carry-over.js';
import { endImport, removeAttempt, removeUnfinished } from './clean-up.js';
import type { ImportFailure } from './clean-up.js';
import { inspectFile } from './file-facts.js';
import type { FileFacts } from './file-facts.js';
import { ImportLost, ImportWriter, LEASE_MS } from './import-writer.js';
import { parseRemembered, storedOptions, toDeckOptions } from './options.js';
import type { StoredOptions } from './options.js';
import { whileUnderWay } from './owner.js';
import { detectDeck, readDeck } from './read-deck.js';
import type { DeckProgress, DeckSource, ReadDeck } from './read-deck.js';
import type { ImportDeps } from './types.js';

const RENEW_MS = 5000;

export interface RunImport {
  readonly importId: string;
  /** Where the file lies. */
  readonly path: string;
  /** What is known of it already; unset, it is read once more for it. */
  readonly facts?: FileFacts;
  readonly onProgress?: (progress: DeckProgress) => void;
}

/**
 * Brings one file into a draft. The import must be `running` and this owner's. Whatever ends it early
 * leaves no release behind: a fault of the file makes it `failed`; a cancelled one stays that. Only
 * an aborted signal, or a database that went away, leaves the import to whoever asks next, by
 * throwing.
 */
export async function runImport(deps: ImportDeps, run: RunImport): Promise<ImportRow> {
  return whileUnderWay(run.importId, async () => {
    const lost = new AbortController();
    const signal = AbortSignal.any([deps.signal, lost.signal]);
    const renewal = keepLease(deps, run.importId, lost);
    try {
      await attempt({ ...deps, signal }, run);
    } catch (error) {
      await giveUp(deps, run.importId, error, lost.signal.aborted);
    } finally {
      clearInterval(renewal);
    }
    return mustFind(deps, run.importId);
  });
}

/** Renews the lease while nothing is written, and notices a cancelled import. */
function keepLease(deps: ImportDeps, importId: string, lost: AbortController) {
  return setInterval(() => {
    const leaseUntil = new Date(deps.clock.nowMs() + LEASE_MS);
    renewImport(deps.database.orm, { importId, owner: deps.owner, leaseUntil }, null).then(
      (isOurs) => {
        if (!isOurs) lost.abort(new ImportLost(importId));
      },
      // The work itself meets the same error and reports it.
      () => undefined,
    );
  }, RENEW_MS).unref();
}

async function attempt(deps: ImportDeps, run: RunImport): Promise<void> {
  const row = await mustFind(deps, run.importId);
  await removeAttempt(deps.database, row);
  const sheet = await sheetStore.find(deps.database.orm, row.sheetId);
  if (sheet === undefined) throw notFound('rate_sheet', row.sheetId);
  const options = storedOptions.parse(row.options);
  const source = await sourceOf(deps, run, sheet, options);
  if (source.facts.sha256 !== row.fileHash) {
    throw new DeckFileFault('file_changed', 0, 'the file is not the one the import was begun with');
  }
  const format = await detectDeck(source);
  const releaseId = await openRelease(deps, row, options, detectedOf(source.facts, format));
  const writer = new ImportWriter(deps, { importId: row.id, releaseId }, (progress) => {
    run.onProgress?.(progress);
  });
  const deck = await readDeck(source, format, writer).catch(async (error: unknown) => {
    if (error instanceof DeckFileFault) await writer.finishErrors();
    throw error;
  });
  await writer.endRows(deck.register.endedRows());
  const baseReleaseId = await takeOver(deps, writer, { sheet, options, deck });
  await writer.finish();
  await finish(deps, { row, releaseId, options, deck, baseReleaseId, rowCount: writer.rowCount });
}

async function sourceOf(
  deps: ImportDeps,
  run: RunImport,
  sheet: SheetRow,
  options: StoredOptions,
): Promise<DeckSource> {
  const { encoding } = options.read;
  await access(run.path).catch(() => {
    throw new DeckFileFault('file_gone', 0, 'the file is not there any more');
  });
  const facts =
    run.facts ??
    (await inspectFile(run.path, {
      signal: deps.signal,
      ...(encoding === undefined ? {} : { encoding }),
    }));
  return {
    path: run.path,
    facts,
    options: toDeckOptions(options.read),
    remembered: parseRemembered(sheet.importMapping),
    zone: new Zone(sheet.timeZone),
    signal: deps.signal,
    ...(deps.maxRows === undefined ? {} : { maxRows: deps.maxRows }),
  };
}

function detectedOf({ encoding, endsWithNewline }: FileFacts, format: DeckFormat): object {
  const { separator, headerLine, header, decimal, dateFormat, notes } = format;
  const columns = rememberFormat(format).mapping;
  return {
    encoding,
    endsWithNewline,
    separator,
    headerLine,
    header,
    columns,
    decimal,
    dateFormat,
    notes,
  };
}

/** Makes the release that the rows go into; nobody sees it as a draft before it is whole. */
async function openRelease(
  deps: ImportDeps,
  row: ImportRow,
  options: StoredOptions,
  detected: object,
): Promise<number> {
  return inTransaction(deps.database, async (tx) => {
    await proveOwnership(deps, tx, row.id);
    await sheetStore.lock(tx, row.sheetId);
    const releaseId = await releaseStore.insert(tx, {
      sheetId: row.sheetId,
      number: await nextReleaseNumber(tx, row.sheetId),
      status: 'importing',
      effectiveFrom: new Date(options.effectiveFrom),
      importId: row.id,
      note: options.note === '' ? row.fileName : options.note,
    });
    await updateImport(tx, row.id, { releaseId, detected });
    return releaseId;
  });
}

async function proveOwnership(
  { clock, owner }: ImportDeps,
  tx: Parameters<typeof renewImport>[0],
  importId: string,
): Promise<void> {
  const leaseUntil = new Date(clock.nowMs() + LEASE_MS);
  if (!(await renewImport(tx, { importId, owner, leaseUntil }, null))) {
    throw new ImportLost(importId);
  }
}

/** Returns the release that rows were taken over from, or null. */
async function takeOver(
  deps: ImportDeps,
  writer: ImportWriter,
  given: { readonly sheet: SheetRow; readonly options: StoredOptions; readonly deck: ReadDeck },
): Promise<number | null> {
  const { sheet, options, deck } = given;
  const startMs = Date.parse(options.effectiveFrom);
  const baseReleaseId = await releaseInForce(deps.database.orm, sheet.id, startMs);
  if (baseReleaseId === null) return null;
  const before = writer.rowCount;
  const { mode } = options;
  await carryOver(deps, writer, { baseReleaseId, mode, startMs, register: deck.register });
  return mode === 'merge' || writer.rowCount > before ? baseReleaseId : null;
}

interface Finished {
  readonly row: ImportRow;
  readonly releaseId: number;
  readonly options: StoredOptions;
  readonly deck: ReadDeck;
  readonly baseReleaseId: number | null;
  readonly rowCount: number;
}

/** Makes the release a draft and the import done, in one transaction. */
async function finish(deps: ImportDeps, done: Finished): Promise<void> {
  const { row, releaseId, deck, rowCount } = done;
  await inTransaction(deps.database, async (tx) => {
    await bumpConfigVersions(tx, ['rates']);
    await proveOwnership(deps, tx, row.id);
    await releaseStore.update(tx, releaseId, {
      status: 'draft',
      rowCount,
      rejectedCount: deck.progress.rowsRejected,
      baseReleaseId: done.baseReleaseId,
    });
    // Whoever is to activate it finds what it would change already worked out.
    await queuePreview(tx, releaseId);
    await setImportMapping(tx, row.sheetId, rememberFormat(deck.format));
    await updateImport(tx, row.id, {
      status: 'done',
      ...deck.progress,
      owner: null,
      leaseUntil: null,
      finishedAt: new Date(deps.clock.nowMs()),
    });
    await insertAuditEntry(tx, {
      actor: row.actor,
      action: 'release.import',
      entity: 'release',
      entityId: String(releaseId),
      before: null,
      after: { import_id: row.id, file_name: row.fileName, row_count: rowCount },
      requestId: null,
      ip: null,
    });
  });
}

/** Records why an attempt ended and removes what it wrote, or throws what others must deal with. */
async function giveUp(
  deps: ImportDeps,
  importId: string,
  error: unknown,
  isLost: boolean,
): Promise<void> {
  if (isUnavailable(error)) throw error;
  if (isLost || error instanceof ImportLost) {
    const row = await mustFind(deps, importId);
    if (row.status === 'cancelled') await removeAttempt(deps.database, row);
    return;
  }
  if (deps.signal.aborted) throw error;
  const row = await mustFind(deps, importId);
  await endImport(deps, importId, 'failed', failureOf(error));
  if (row.releaseId !== null) await removeUnfinished(deps.database, row.releaseId, row.id);
}

function failureOf(error: unknown): ImportFailure {
  if (error instanceof DeckFileFault) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return { code: 'internal_error', line: 0, detail };
}

async function mustFind({ database }: ImportDeps, id: string): Promise<ImportRow> {
  const row = await findImport(database.orm, id);
  if (row === undefined) throw notFound('import', id);
  return row;
}
