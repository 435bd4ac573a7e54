import { parseRemembered, toDeckOptions } from './options.js';
import type { ReadOptions } from './options.js';
import type { SheetRow } from '../../../db/repositories/admin/stores.js';
import type { DeckFormat } from '../../../rating/deck-file/types.js';
import { Zone } from '../../../rating/time/zone.js';
import { inspectFile } from './file-facts.js';
import type { FileFacts } from './file-facts.js';
import { detectDeck, readDeck } from './read-deck.js';
import type { DeckProgress, RejectedLine } from './read-deck.js';

export interface CheckedFile {
  readonly facts: FileFacts;
  readonly format: DeckFormat;
  readonly progress: DeckProgress;
  /** The first of the lines that would be left out. */
  readonly rejected: readonly RejectedLine[];
}

export interface FileCheck {
  readonly path: string;
  readonly sheet: Pick<SheetRow, 'timeZone' | 'importMapping'>;
  readonly read: ReadOptions;
  readonly facts?: FileFacts;
  readonly maxRows?: number;
  readonly mostRejected: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: DeckProgress) => void;
}

/** Reads a file exactly as an import would, and stores nothing. @throws DeckFileFault */
export async function checkFile(check: FileCheck): Promise<CheckedFile> {
  const { encoding } = check.read;
  const facts =
    check.facts ??
    (await inspectFile(check.path, {
      signal: check.signal,
      ...(encoding === undefined ? {} : { encoding }),
    }));
  const source = {
    path: check.path,
    facts,
    options: toDeckOptions(check.read),
    remembered: parseRemembered(check.sheet.importMapping),
    zone: new Zone(check.sheet.timeZone),
    signal: check.signal,
    ...(check.maxRows === undefined ? {} : { maxRows: check.maxRows }),
  };
  const format = await detectDeck(source);
  const rejected: RejectedLine[] = [];
  const deck = await readDeck(source, format, {
    take: async (_rows, lines, progress) => {
      for (const line of lines) if (rejected.length < check.mostRejected) rejected.push(line);
      check.onProgress?.(progress);
      return Promise.resolve();
    },
  });
  return { facts, format, progress: deck.progress, rejected };
}
