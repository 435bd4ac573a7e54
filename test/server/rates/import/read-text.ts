import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  DeckFileOptions,
  DeckFormat,
  FileRow,
  RememberedFormat,
} from '../../../../rating/deck-file/types.js';
import type { EndedRow } from '../../../../rating/deck-file/line-register.js';
import { DeckFileFault } from '../../../../rating/deck-file/types.js';
import { Zone } from '../../../../rating/time/zone.js';
import { inspectFile } from '../../../../server/rates/import/file-facts.js';
import type { FileEncoding, FileFacts } from '../../../../server/rates/import/file-facts.js';
import { detectDeck, readDeck } from '../../../../server/rates/import/read-deck.js';
import type { RejectedLine } from '../../../../server/rates/import/read-deck.js';

export interface ReadText {
  readonly facts: FileFacts;
  readonly format: DeckFormat;
  readonly rows: readonly FileRow[];
  readonly rejected: readonly RejectedLine[];
  readonly ended: readonly EndedRow[];
}

export interface ReadTextOptions extends DeckFileOptions {
  readonly encoding?: FileEncoding;
  readonly zone?: string;
  readonly remembered?: RememberedFormat;
  readonly maxRows?: number;
}

/** Reads a file with these bytes as an import would, but for the database. */
export async function readText(
  content: string | Uint8Array,
  given: ReadTextOptions = {},
): Promise<ReadText> {
  const { encoding, zone, remembered, maxRows, ...options } = given;
  const folder = await mkdtemp(join(tmpdir(), 'ringledger-deck-'));
  try {
    const path = join(folder, 'deck.csv');
    await writeFile(path, content);
    const facts = await inspectFile(path, encoding === undefined ? {} : { encoding });
    const source = {
      path,
      facts,
      options,
      remembered: remembered ?? null,
      zone: new Zone(zone ?? 'UTC'),
      signal: new AbortController().signal,
      ...(maxRows === undefined ? {} : { maxRows }),
    };
    const format = await detectDeck(source);
    const rows: FileRow[] = [];
    const rejected: RejectedLine[] = [];
    const { register } = await readDeck(source, format, {
      take: async (some, lines) => {
        rows.push(...some);
        rejected.push(...lines);
        return Promise.resolve();
      },
    });
    return { facts, format, rows, rejected, ended: [...register.endedRows()] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The fault a file is refused for; fails when it is read after all. */
export async function faultOf(
  content: string | Uint8Array,
  given: ReadTextOptions = {},
): Promise<DeckFileFault> {
  try {
    await readText(content, given);
  } catch (error) {
    if (error instanceof DeckFileFault) return error;
    throw error;
  }
  throw new Error('the file was read, expected it to be refused');
}
