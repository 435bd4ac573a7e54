import { scaledToText } from '../../../rating/money.js';
import type { RateRow } from '../../../rating/deck/types.js';
import type { DiffBatch, DiffField, DiffItem, DiffKind, PriceChange } from './types.js';

/** Increases and decreases that are shown of each kind. */
export const TOP_CHANGES = 20;

/** A difference as it is shown: prices as text, instants in RFC 3339. */
export interface ShownDifference {
  readonly kind: DiffKind;
  readonly prefix: string;
  readonly destination: string;
  readonly priority: number;
  /** Per minute of talk over the reference calls; null on the side without a row. */
  readonly old_price: string | null;
  readonly new_price: string | null;
  readonly difference: string | null;
  /** Null where it cost nothing before. */
  readonly percent: string | null;
  /** As it is in the row. */
  readonly old_rate: string | null;
  readonly new_rate: string | null;
  readonly fields: readonly DiffField[];
  /** When the new row begins by itself; null: with the release. */
  readonly begins: string | null;
}

export interface DiffSummary {
  readonly counts: Readonly<Record<DiffKind | 'unchanged' | 'renamed', number>>;
  /** In how many rows each term differs. */
  readonly fields: Readonly<Partial<Record<DiffField, number>>>;
  readonly increases_by_percent: readonly ShownDifference[];
  readonly increases_by_amount: readonly ShownDifference[];
  readonly decreases_by_percent: readonly ShownDifference[];
  readonly decreases_by_amount: readonly ShownDifference[];
}

/** Adds up differences as they come; holds a few of them, however many there are. */
export class DiffSummarizer {
  private readonly counts = {
    added: 0,
    removed: 0,
    raised: 0,
    lowered: 0,
    changed: 0,
    unchanged: 0,
    renamed: 0,
  };
  private readonly fields = new Map<DiffField, number>();
  private readonly upByPercent = new TopItems(({ percent }) => percent);
  private readonly upByAmount = new TopItems(({ difference }) => difference);
  private readonly downByPercent = new TopItems(({ percent }) => percent && -percent);
  private readonly downByAmount = new TopItems(({ difference }) => -difference);

  add(batch: DiffBatch): void {
    this.counts.unchanged += batch.unchanged;
    this.counts.renamed += batch.renamed;
    for (const item of batch.items) this.addItem(item);
  }

  summary(): DiffSummary {
    return {
      counts: { ...this.counts },
      fields: Object.fromEntries(this.fields),
      increases_by_percent: this.upByPercent.shown(),
      increases_by_amount: this.upByAmount.shown(),
      decreases_by_percent: this.downByPercent.shown(),
      decreases_by_amount: this.downByAmount.shown(),
    };
  }

  private addItem(item: DiffItem): void {
    this.counts[item.kind] += 1;
    for (const field of item.fields) this.fields.set(field, (this.fields.get(field) ?? 0) + 1);
    if (item.kind === 'raised') {
      this.upByPercent.offer(item);
      this.upByAmount.offer(item);
    } else if (item.kind === 'lowered') {
      this.downByPercent.offer(item);
      this.downByAmount.offer(item);
    }
  }
}

/** The differences with the greatest measure; among equal ones those that came first. */
class TopItems {
  private readonly ranked: { readonly measure: bigint; readonly item: DiffItem }[] = [];

  constructor(private readonly measureOf: (change: PriceChange) => bigint | null) {}

  offer(item: DiffItem): void {
    const measure = item.change === null ? null : this.measureOf(item.change);
    if (measure === null) return;
    const last = this.ranked.at(-1);
    const isFull = this.ranked.length >= TOP_CHANGES;
    if (isFull && last !== undefined && measure <= last.measure) return;
    const at = this.ranked.findIndex((rival) => measure > rival.measure);
    this.ranked.splice(at < 0 ? this.ranked.length : at, 0, { measure, item });
    if (isFull) this.ranked.pop();
  }

  shown(): readonly ShownDifference[] {
    return this.ranked.map(({ item }) => showDifference(item));
  }
}

export function showDifference(item: DiffItem): ShownDifference {
  const { change } = item;
  const row = rowOf(item);
  const begins = item.new?.effectiveFrom ?? null;
  return {
    kind: item.kind,
    prefix: row.prefix,
    destination: row.destination,
    priority: row.priority,
    old_price: change === null ? null : scaledToText(change.oldPrice),
    new_price: change === null ? null : scaledToText(change.newPrice),
    difference: change === null ? null : scaledToText(change.difference),
    percent: change?.percent === null || change === null ? null : scaledToText(change.percent, 2),
    old_rate: item.old?.ratePerMinute ?? null,
    new_rate: item.new?.ratePerMinute ?? null,
    fields: item.fields,
    begins: begins === null ? null : new Date(begins).toISOString(),
  };
}

/** The new row, or the old one where it has gone. */
export function rowOf(item: DiffItem): RateRow {
  const row = item.new ?? item.old;
  if (row === null) throw new Error('diff: found a difference without a row, expected one');
  return row;
}
