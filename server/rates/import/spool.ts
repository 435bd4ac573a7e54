import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import type { Database } from '../../../db/client.js';
import { findImport } from '../../../db/repositories/imports.js';
import type { Clock } from '../../clock.js';
import { FileInspector } from './file-facts.js';
import type { FileEncoding, FileFacts } from './file-facts.js';

const SUFFIX = '.deck';
const PART_SUFFIX = '.deck.part';
/** An upload still under way is younger than this. */
const STRAY_MS = 24 * 3_600_000;
const LOOK_EVERY_MS = 60_000;

/** Where the file of an import waits on the node that received it. */
export function spoolPath(folder: string, importId: string): string {
  return join(folder, importId + SUFFIX);
}

/**
 * Writes a body into the upload folder while it arrives. It gets its final name only when all of it
 * is on the disk; whatever fails before then leaves nothing.
 *
 * @throws DeckFileFault `binary_file`, without reading the rest
 */
export async function spoolFile(
  body: Readable,
  target: { readonly folder: string; readonly importId: string; readonly encoding?: FileEncoding },
): Promise<FileFacts> {
  await mkdir(target.folder, { recursive: true, mode: 0o750 });
  const part = join(target.folder, target.importId + PART_SUFFIX);
  const inspector = new FileInspector(target.encoding);
  const file = createWriteStream(part, { flags: 'wx', mode: 0o640, flush: true });
  try {
    for await (const chunk of body) {
      // Bodies are read without an encoding, so they come as buffers.
      const bytes = chunk as Buffer;
      inspector.push(bytes);
      if (!file.write(bytes)) await drained(file);
    }
    file.end();
    await finished(file);
    const facts = inspector.finish();
    await rename(part, spoolPath(target.folder, target.importId));
    return facts;
  } catch (error) {
    file.destroy();
    await rm(part, { force: true });
    throw error;
  }
}

async function drained(file: ReturnType<typeof createWriteStream>): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const settle = (error?: Error): void => {
      file.off('drain', settle);
      file.off('error', settle);
      if (error === undefined) resolve();
      else reject(error);
    };
    file.once('drain', settle);
    file.once('error', settle);
  });
}

export async function removeSpooled(folder: string, importId: string): Promise<void> {
  await rm(spoolPath(folder, importId), { force: true });
}

const lookedAtMs = new Map<string, number>();

/** Removes files whose import ended or never came to be, once a minute. */
export async function removeStraySpooled(deps: {
  readonly database: Database;
  readonly clock: Clock;
  readonly uploadFolder: string;
}): Promise<void> {
  const { database, clock, uploadFolder } = deps;
  const nowMs = clock.nowMs();
  if (nowMs - (lookedAtMs.get(uploadFolder) ?? -Infinity) < LOOK_EVERY_MS) return;
  lookedAtMs.set(uploadFolder, nowMs);
  for (const name of await readdir(uploadFolder).catch(() => [])) {
    if (!name.endsWith(SUFFIX) && !name.endsWith(PART_SUFFIX)) continue;
    const path = join(uploadFolder, name);
    const id = name.slice(0, name.indexOf('.'));
    const row = await findImport(database.orm, id);
    const isWaiting = row?.status === 'queued' || row?.status === 'running';
    const age = nowMs - ((await stat(path).catch(() => null))?.mtimeMs ?? nowMs);
    if (!isWaiting && (row !== undefined || age > STRAY_MS)) await rm(path, { force: true });
  }
}
