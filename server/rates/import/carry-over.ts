import { findRowsOfPrefixes, readRatePages } from '../../../db/repositories/rate-row-pages.js';
import type { LineRegister } from '../../../rating/deck-file/line-register.js';
import type { FileRow } from '../../../rating/deck-file/types.js';
import type { RateRow } from '../../../rating/deck/types.js';
import type { ImportWriter } from './import-writer.js';
import type { ImportMode } from './options.js';
import type { ImportDeps } from './types.js';

const PAGE = 2000;

export interface CarryOver {
  /** The release in force when the new one begins. */
  readonly baseReleaseId: number;
  readonly mode: ImportMode;
  /** When the new release begins. */
  readonly startMs: number;
  readonly register: LineRegister;
}

/**
 * Takes rows of the release in force over where the file leaves a gap: of a file of changes, every
 * prefix that it does not name; of any file, the price until then of a prefix whose new one begins
 * after the release does.
 */
export async function carryOver(
  deps: ImportDeps,
  writer: ImportWriter,
  what: CarryOver,
): Promise<void> {
  const pages =
    what.mode === 'merge'
      ? readRatePages(deps.database.orm, what.baseReleaseId, PAGE)
      : lateOnes(deps, what);
  for await (const rows of pages) {
    deps.signal.throwIfAborted();
    const carried = rows.flatMap((row) => carriedRow(row, what) ?? []);
    if (carried.length > 0) await writer.add(carried);
  }
}

async function* lateOnes(
  { database }: ImportDeps,
  { baseReleaseId, register, startMs }: CarryOver,
): AsyncGenerator<readonly RateRow[], void> {
  let prefixes: string[] = [];
  for (const prefix of register.prefixesFromAfter(startMs)) {
    prefixes.push(prefix);
    if (prefixes.length < PAGE) continue;
    yield await findRowsOfPrefixes(database.orm, baseReleaseId, prefixes);
    prefixes = [];
  }
  yield await findRowsOfPrefixes(database.orm, baseReleaseId, prefixes);
}

/** A row as it holds in the new release beside the file's rows, or null where they replace it. */
export function carriedRow(
  row: RateRow,
  { mode, startMs, register }: Pick<CarryOver, 'mode' | 'startMs' | 'register'>,
): FileRow | null {
  const { id: _id, releaseId: _releaseId, ...carried } = row;
  // It ended before the new release begins: nobody will ask for it there.
  if (row.effectiveTo !== null && row.effectiveTo <= startMs) return null;
  const pricedFrom = register.pricedFrom(row.prefix);
  if (pricedFrom === null) return mode === 'merge' ? carried : null;
  if (pricedFrom <= startMs || (row.effectiveFrom ?? -Infinity) >= pricedFrom) return null;
  return { ...carried, effectiveTo: Math.min(row.effectiveTo ?? Infinity, pricedFrom) };
}
