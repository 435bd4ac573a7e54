import type { Queryable } from '../../../db/client.js';
import { differInNameOnly, toRateRow } from '../../../db/repositories/compared-rows.js';
import type { ComparedRow } from '../../../db/repositories/compared-rows.js';
import { comparePrefix } from './compare-prefix.js';
import { addedRow, compareRows, removedRow } from './compare-rows.js';
import { PrefixBlocks } from './prefix-blocks.js';
import type { DiffBatch, DiffItem } from './types.js';

/** Rows of one page: few enough that comparing them does not keep an event loop waiting. */
const PAGE_ROWS = 4000;

export interface ComparedReleases {
  /** Null where there is nothing to compare with: every row is then new. */
  readonly oldId: number | null;
  readonly newId: number;
  readonly pageRows?: number;
}

/**
 * The differences of two releases in order of prefix, in batches. Both are read side by side and in
 * pages, so that memory does not grow with them. Rows that change meanwhile (of a draft that is being
 * filled) may or may not be in it.
 */
export async function* diffReleases(
  db: Queryable,
  compared: ComparedReleases,
): AsyncGenerator<DiffBatch, void> {
  const { oldId, newId, pageRows = PAGE_ROWS } = compared;
  const oldSide = new Side(oldId === null ? null : new PrefixBlocks(db, oldId, pageRows));
  const newSide = new Side(new PrefixBlocks(db, newId, pageRows));
  for (;;) {
    await Promise.all([oldSide.fill(), newSide.fill()]);
    if (oldSide.isEmpty && newSide.isEmpty) return;
    const merge = new Merge(compared);
    while (!oldSide.isDry && !newSide.isDry && !(oldSide.isEmpty && newSide.isEmpty)) {
      merge.step(oldSide, newSide);
    }
    yield merge.batch();
  }
}

/** One release on its way through the comparison. */
class Side {
  private rows: readonly ComparedRow[] = [];
  private at = 0;
  private hasEnded: boolean;

  constructor(private readonly blocks: PrefixBlocks | null) {
    this.hasEnded = blocks === null;
  }

  /** Nothing is left, and nothing will come. */
  get isEmpty(): boolean {
    return this.hasEnded && this.at >= this.rows.length;
  }

  /** More may come: what the other side has cannot be compared before it is here. */
  get isDry(): boolean {
    return !this.hasEnded && this.at >= this.rows.length;
  }

  get prefix(): string | undefined {
    return this.rows[this.at]?.prefix;
  }

  async fill(): Promise<void> {
    if (!this.isDry) return;
    this.rows = (await this.blocks?.next()) ?? [];
    this.at = 0;
    this.hasEnded = this.rows.length === 0;
  }

  /** The rows of the prefix it stands at, and steps behind them. */
  take(): readonly ComparedRow[] {
    const start = this.at;
    const prefix = this.prefix;
    while (this.at < this.rows.length && this.prefix === prefix) this.at += 1;
    return this.rows.slice(start, this.at);
  }
}

class Merge {
  private readonly items: DiffItem[] = [];
  private unchanged = 0;
  private renamed = 0;
  private rows = 0;

  constructor(private readonly compared: ComparedReleases) {}

  step(oldSide: Side, newSide: Side): void {
    const [before, after] = [oldSide.prefix, newSide.prefix];
    const takesOld = before !== undefined && (after === undefined || before <= after);
    const takesNew = after !== undefined && (before === undefined || after <= before);
    this.add(takesOld ? oldSide.take() : [], takesNew ? newSide.take() : []);
  }

  batch(): DiffBatch {
    const { items, unchanged, renamed, rows } = this;
    return { items, unchanged, renamed, rows };
  }

  private add(old: readonly ComparedRow[], now: readonly ComparedRow[]): void {
    this.rows += old.length + now.length;
    const [was, is] = [old[0], now[0]];
    if (is === undefined) {
      for (const row of old) this.items.push(removedRow(this.oldRow(row)));
    } else if (was === undefined) {
      for (const row of now) this.items.push(addedRow(this.newRow(row)));
    } else if (old.length === 1 && now.length === 1 && haveSameKey(was, is)) {
      this.addPair(was, is);
    } else {
      this.addGroup(old, now);
    }
  }

  private addPair(was: ComparedRow, is: ComparedRow): void {
    if (this.isUnchanged(was, is)) return;
    const item = compareRows(this.oldRow(was), this.newRow(is));
    if (item === null) this.unchanged += 1;
    else this.items.push(item);
  }

  private addGroup(old: readonly ComparedRow[], now: readonly ComparedRow[]): void {
    const byKey = new Map(old.map((row) => [keyOf(row), row]));
    const others = now.filter((row) => {
      const same = byKey.get(keyOf(row));
      if (same === undefined) return true;
      byKey.delete(keyOf(row));
      this.addPair(same, row);
      return false;
    });
    const found = comparePrefix(
      [...byKey.values()].map((row) => this.oldRow(row)),
      others.map((row) => this.newRow(row)),
    );
    this.items.push(...found.items);
    this.unchanged += found.unchanged;
  }

  /** Counts the row where it did not change. */
  private isUnchanged(was: ComparedRow, is: ComparedRow): boolean {
    const isSame = was.body === is.body;
    if (!isSame && !differInNameOnly(was.body, is.body)) return false;
    this.unchanged += 1;
    if (!isSame) this.renamed += 1;
    return true;
  }

  private oldRow(row: ComparedRow) {
    return toRateRow(this.compared.oldId ?? 0, row);
  }

  private newRow(row: ComparedRow) {
    return toRateRow(this.compared.newId, row);
  }
}

function haveSameKey(first: ComparedRow, second: ComparedRow): boolean {
  return first.priority === second.priority && first.windowKey === second.windowKey;
}

function keyOf(row: ComparedRow): string {
  return `${row.priority}/${row.windowKey}`;
}
