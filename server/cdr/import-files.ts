import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { v5 as uuidv5 } from 'uuid';
import type { Database } from '../../db/client.js';
import { insertInboxRows } from '../../db/repositories/inbox.js';
import type { NewInboxRow } from '../../db/repositories/inbox.js';
import { isBadData } from '../../db/transaction.js';
import type { Clock } from '../clock.js';
import { parseCdr } from './parse-cdr.js';

/** What mod_json_cdr, mod_xml_cdr and mod_format_cdr call the records they could not post. */
const RECORD_NAME = /^(a_)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.cdr(\.json|\.xml)?$/i;
/** Ids of rows are made in this name space from switch and content. */
const ROW_IDS = '0cde1f0a-8f0b-5b0e-9a43-2f6c0d1e7a55';
const BATCH = 100;
/** Where read files go that are to be kept. */
const ASIDE = 'imported';

export interface ImportFilesOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly folder: string;
  readonly switchId: number;
  /** Larger files are not read. */
  readonly maxBytes: number;
  /** Moves files into `imported` in the folder, instead of deleting them. */
  readonly isKept: boolean;
  readonly signal: AbortSignal;
  /** Called with the number of files looked at so far. */
  readonly onProgress: (done: number) => void;
}

export interface BadFile {
  readonly file: string;
  readonly reason: string;
}

export interface ImportedFiles {
  /** Ids of the inbox rows that the files became. */
  readonly rowIds: readonly string[];
  /** Files that were left where they are. */
  readonly bad: readonly BadFile[];
}

interface ReadRecord {
  readonly file: string;
  readonly row: NewInboxRow;
}

/** Names of the records in a folder that a switch writes its undelivered records to, in order. */
export async function listRecordFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && RECORD_NAME.test(entry.name))
    .map(({ name }) => name)
    .sort();
}

/**
 * Puts records that a switch could not post into the inbox, a batch in one statement; a file is deleted
 * after the commit that has its row, so that an import may be ended and repeated at any time. Doing it
 * twice changes nothing: the id of a row is made from what the file says, and a leg is settled once.
 */
export async function importFiles(
  names: readonly string[],
  options: ImportFilesOptions,
): Promise<ImportedFiles> {
  const rowIds: string[] = [];
  const bad: BadFile[] = [];
  for (let from = 0; from < names.length && !options.signal.aborted; from += BATCH) {
    const batch = names.slice(from, from + BATCH);
    const records: ReadRecord[] = [];
    for (const file of batch) {
      const read = await readRecord(file, options);
      if ('reason' in read) bad.push(read);
      else records.push(read);
    }
    const refused = await storeRecords(options.database, records);
    bad.push(...refused);
    const isRefused = new Set(refused.map(({ file }) => file));
    for (const { file, row } of records) {
      if (isRefused.has(file)) continue;
      rowIds.push(row.id);
      await putAway(file, options);
    }
    options.onProgress(from + batch.length);
  }
  return { rowIds, bad };
}

async function readRecord(
  file: string,
  { folder, switchId, maxBytes, clock }: ImportFilesOptions,
): Promise<ReadRecord | BadFile> {
  try {
    const path = join(folder, file);
    const { size } = await stat(path);
    if (size > maxBytes)
      return { file, reason: `${String(size)} bytes, more than CDR_MAX_BODY_BYTES` };
    const body = await readFile(path, 'utf8');
    const parsed = parseCdr(body);
    if (parsed.kind === 'unreadable') return { file, reason: parsed.reason };
    const { report } = parsed;
    const id = uuidv5(`${String(switchId)} ${body}`, ROW_IDS);
    return {
      file,
      row: { id, switchId, legUuid: report.legUuid, receivedUs: clock.nowUs(), report },
    };
  } catch (error) {
    return { file, reason: reasonOf(error) };
  }
}

/** Answers with those whose values the database refused; anything else it says ends the import. */
async function storeRecords(
  { orm }: Database,
  records: readonly ReadRecord[],
): Promise<readonly BadFile[]> {
  const rows = records.map(({ row }) => row);
  try {
    await insertInboxRows(orm, rows);
    return [];
  } catch (error) {
    if (!isBadData(error)) throw error;
  }
  const refused: BadFile[] = [];
  for (const { file, row } of records) {
    try {
      await insertInboxRows(orm, [row]);
    } catch (error) {
      if (!isBadData(error)) throw error;
      refused.push({ file, reason: reasonOf(error) });
    }
  }
  return refused;
}

async function putAway(file: string, { folder, isKept }: ImportFilesOptions): Promise<void> {
  if (!isKept) {
    await rm(join(folder, file), { force: true });
    return;
  }
  await mkdir(join(folder, ASIDE), { recursive: true });
  await rename(join(folder, file), join(folder, ASIDE, file));
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  return error.cause instanceof Error ? error.cause.message : error.message;
}
