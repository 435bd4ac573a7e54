import type { RateRow } from '../../../rating/deck/types.js';
import { addedRow, compareRows, haveSameTerms, removedRow, windowText } from './compare-rows.js';
import type { DiffItem } from './types.js';

export interface PrefixDiff {
  readonly items: readonly DiffItem[];
  readonly unchanged: number;
}

/**
 * Compares the rows of one prefix that are not the same on both sides. A row of a new release often
 * holds from a later date on while the old price is carried over until then, so rows are not paired
 * one by one: each new row is compared with the old one that would hold when it begins.
 */
export function comparePrefix(old: readonly RateRow[], now: readonly RateRow[]): PrefixDiff {
  const untouched = new Set(old);
  const fresh: RateRow[] = [];
  const items: DiffItem[] = [];
  let unchanged = 0;
  for (const [row, successors] of successorsOf(old, now, fresh)) {
    untouched.delete(row);
    const other = successors.filter((successor) => !haveSameTerms(row, successor));
    if (other.length === 0) {
      const gap = gapItem(row, successors);
      if (gap === null) unchanged += successors.length;
      else items.push(gap);
      continue;
    }
    unchanged += successors.length - other.length;
    for (const successor of other) items.push(...itemOf(compareRows(row, successor)));
  }
  return { items: [...items, ...unpaired([...untouched], fresh)], unchanged };
}

/** Each old row with the new ones that begin while it would hold; the rest go to `fresh`. */
function successorsOf(
  old: readonly RateRow[],
  now: readonly RateRow[],
  fresh: RateRow[],
): ReadonlyMap<RateRow, readonly RateRow[]> {
  const found = new Map<RateRow, RateRow[]>();
  for (const row of now) {
    const rivals = old.filter((rival) => isSameLine(rival, row) && doOverlap(rival, row));
    const before =
      rivals.find((rival) => startOf(rival) <= startOf(row)) ??
      rivals.sort((first, second) => startOf(first) - startOf(second))[0];
    if (before === undefined) fresh.push(row);
    else found.set(before, [...(found.get(before) ?? []), row]);
  }
  return found;
}

/** Rows of one line follow each other in time; others hold beside each other. */
function isSameLine(first: RateRow, second: RateRow): boolean {
  return first.priority === second.priority && windowText(first) === windowText(second);
}

function doOverlap(first: RateRow, second: RateRow): boolean {
  return startOf(first) < endOf(second) && startOf(second) < endOf(first);
}

function startOf({ effectiveFrom }: RateRow): number {
  return effectiveFrom ?? Number.NEGATIVE_INFINITY;
}

function endOf({ effectiveTo }: RateRow): number {
  return effectiveTo ?? Number.POSITIVE_INFINITY;
}

/** The difference where successors with the same price do not hold exactly as long as the old row. */
function gapItem(row: RateRow, successors: readonly RateRow[]): DiffItem | null {
  const ordered = [...successors].sort((first, second) => startOf(first) - startOf(second));
  const isWhole =
    ordered.every((successor, index) => {
      const before = ordered[index - 1];
      return startOf(successor) === (before === undefined ? startOf(row) : endOf(before));
    }) && endOf(ordered.at(-1) ?? row) === endOf(row);
  const last = ordered.at(-1);
  return isWhole || last === undefined ? null : compareRows(row, last);
}

/** One row against one row is a change of when it holds; among more nobody can tell which is which. */
function unpaired(old: readonly RateRow[], now: readonly RateRow[]): readonly DiffItem[] {
  const [gone, come] = [old[0], now[0]];
  if (old.length === 1 && now.length === 1 && gone !== undefined && come !== undefined) {
    return itemOf(compareRows(gone, come));
  }
  return [...old.map(removedRow), ...now.map(addedRow)];
}

function itemOf(item: DiffItem | null): readonly DiffItem[] {
  return item === null ? [] : [item];
}
