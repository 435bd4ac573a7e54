import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readSegment, SEGMENT_MAGIC } from './frames.js';
import type { ReadSegment } from './frames.js';

const SUFFIX = '.spool';
const NAME = /^(\d{16})\.spool$/;

/** A segment that is open for appending. */
export interface OpenSegment {
  readonly name: string;
  readonly file: FileHandle;
  /** Bytes that are on disk for certain. */
  bytes: number;
}

/** Makes the folder with its parents, durably, and answers its real path. */
export async function makeFolder(folder: string): Promise<string> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = await realpath(folder);
  // Each new name has to be on disk in the folder that holds it.
  if (first !== undefined) await syncUpTo(path, dirname(await realpath(first)));
  return path;
}

async function syncUpTo(path: string, top: string): Promise<void> {
  for (let current = path; ; current = dirname(current)) {
    await syncFolder(current);
    if (current === top || current === dirname(current)) return;
  }
}

export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Names of the folder's segments, oldest first. */
export async function listSegments(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder);
  return names.filter((name) => NAME.test(name)).sort();
}

/** The name that comes after the given one; the first one's is 1. */
export function nextSegmentName(last: string | undefined): string {
  const number = Number(NAME.exec(last ?? '')?.[1] ?? '0');
  return String(number + 1).padStart(16, '0') + SUFFIX;
}

/** Makes an empty segment whose name survives a loss of power. Leaves nothing when it fails. */
export async function createSegment(folder: string, name: string): Promise<OpenSegment> {
  const path = join(folder, name);
  const file = await open(path, 'wx', 0o600);
  try {
    await file.write(SEGMENT_MAGIC);
    await file.sync();
    await syncFolder(folder);
    return { name, file, bytes: SEGMENT_MAGIC.length };
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
}

/** Appends bytes and returns when they are on disk. */
export async function appendDurably(segment: OpenSegment, bytes: Buffer): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await segment.file.write(
      bytes,
      written,
      bytes.length - written,
      segment.bytes + written,
    );
    written += bytesWritten;
  }
  await segment.file.datasync();
  segment.bytes += bytes.length;
}

/**
 * Ends a segment. After a failure what may have been written behind its good bytes is cut off; where
 * even that fails, the rest is recognised when it is read.
 */
export async function closeSegment(segment: OpenSegment, hasFailed: boolean): Promise<void> {
  if (hasFailed) await segment.file.truncate(segment.bytes).catch(() => undefined);
  await segment.file.close().catch(() => undefined);
}

export interface LoadedSegment extends ReadSegment {
  /** Size of the file. */
  readonly bytes: number;
}

export async function loadSegment(folder: string, name: string): Promise<LoadedSegment> {
  const bytes = await readFile(join(folder, name));
  return { ...readSegment(bytes), bytes: bytes.length };
}

export async function removeSegment(folder: string, name: string): Promise<void> {
  await rm(join(folder, name), { force: true });
}

/** Keeps a segment for a person, under a name that nobody drains. */
export async function setAside(folder: string, name: string): Promise<void> {
  await rename(join(folder, name), join(folder, `${name}.damaged`));
}

/** The same record makes the same file. */
export async function writeRefused(folder: string, payload: Buffer, reason: string): Promise<void> {
  const name = createHash('sha256').update(payload).digest('hex').slice(0, 32);
  const text = JSON.stringify({ reason, record: payload.toString('utf8') });
  await writeFile(join(folder, `${name}.refused.json`), text, { mode: 0o600, flush: true });
}
