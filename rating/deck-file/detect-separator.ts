import { fieldOfHeader } from './header-words.js';
import { sampleRecords } from './sample-records.js';
import type { Separator } from './types.js';

export const SEPARATORS: readonly Separator[] = [',', ';', '\t', '|'];
const RECORDS = 200;

/**
 * The character between the cells of a sample, or null where none makes more than one column. The
 * one under which most header words are recognised wins, then the one that most often gives the same
 * number of columns, then the one that gives more of them.
 */
export function detectSeparator(sample: string): Separator | null {
  let best: { readonly separator: Separator; readonly score: readonly number[] } | null = null;
  for (const separator of SEPARATORS) {
    const score = scoreOf(sample, separator);
    if (score !== null && (best === null || isHigher(score, best.score))) {
      best = { separator, score };
    }
  }
  return best?.separator ?? null;
}

function scoreOf(sample: string, separator: Separator): readonly number[] | null {
  const records = sampleRecords(sample, separator, RECORDS);
  const counts = new Map<number, number>();
  for (const { cells } of records) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
  counts.delete(1);
  const [columns = 0, times = 0] =
    [...counts].sort((first, second) => second[1] - first[1] || second[0] - first[0])[0] ?? [];
  if (columns < 2) return null;
  const words = Math.max(
    ...records.map(({ cells }) => cells.filter((cell) => fieldOfHeader(cell) !== null).length),
  );
  return [words >= 2 ? words : 0, times / records.length, columns];
}

function isHigher(score: readonly number[], than: readonly number[]): boolean {
  for (const [index, value] of score.entries()) {
    const other = than[index] ?? 0;
    if (value !== other) return value > other;
  }
  return false;
}
