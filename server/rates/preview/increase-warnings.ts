import { showDifference } from '../diff/diff-summary.js';
import type { ShownDifference } from '../diff/diff-summary.js';
import type { DiffBatch, DiffItem } from '../diff/types.js';
import type { PreviewWarning } from './types.js';

export const MAX_EXAMPLES = 10;
/** In units of 10^-2 percent. */
const LARGE_PERCENT = 5000n;
const DAY_MS = 86_400_000;

export interface NoticeRule {
  readonly isClientSheet: boolean;
  readonly noticeDays: number;
  /** When the draft would begin. */
  readonly beginMs: number;
  readonly nowMs: number;
}

/** Finds increases that come too soon or are very large, as differences go by. */
export class IncreaseWarnings {
  private readonly early = new Examples();
  private readonly large = new Examples();

  constructor(private readonly rule: NoticeRule) {}

  add(batch: DiffBatch): void {
    for (const item of batch.items) {
      if (item.kind !== 'raised') continue;
      if (this.isEarly(item)) this.early.add(item);
      const percent = item.change?.percent ?? null;
      if (percent === null || percent > LARGE_PERCENT) this.large.add(item);
    }
  }

  warnings(): readonly PreviewWarning[] {
    const { early, large } = this;
    const found: PreviewWarning[] = [];
    if (early.count > 0) {
      const { noticeDays } = this.rule;
      found.push({ code: 'early_increase', notice_days: noticeDays, ...early.shown() });
    }
    if (large.count > 0) found.push({ code: 'large_increase', ...large.shown() });
    return found;
  }

  private isEarly(item: DiffItem): boolean {
    const { isClientSheet, noticeDays, beginMs, nowMs } = this.rule;
    if (!isClientSheet) return false;
    const begins = Math.max(item.new?.effectiveFrom ?? beginMs, beginMs);
    return begins < nowMs + noticeDays * DAY_MS;
  }
}

class Examples {
  count = 0;
  private readonly items: DiffItem[] = [];

  add(item: DiffItem): void {
    this.count += 1;
    if (this.items.length < MAX_EXAMPLES) this.items.push(item);
  }

  shown(): { readonly count: number; readonly examples: readonly ShownDifference[] } {
    return { count: this.count, examples: this.items.map(showDifference) };
  }
}
