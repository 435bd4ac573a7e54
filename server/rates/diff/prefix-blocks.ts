import type { Queryable } from '../../../db/client.js';
import { readComparedRows } from '../../../db/repositories/compared-rows.js';
import type { ComparedRow } from '../../../db/repositories/compared-rows.js';

/**
 * A release's rows in order, in blocks that never end within a prefix. The next page is fetched while
 * the last one is worked on; more than two pages are never held, but for a prefix that fills one.
 */
export class PrefixBlocks {
  private kept: readonly ComparedRow[] = [];
  private page: Promise<readonly ComparedRow[]> | null;

  constructor(
    private readonly db: Queryable,
    private readonly releaseId: number,
    private readonly pageRows: number,
  ) {
    this.page = this.fetch(null);
  }

  /** Empty after the last one. */
  async next(): Promise<readonly ComparedRow[]> {
    while (this.page !== null) {
      const page = await this.page;
      const last = page.at(-1);
      const rows = this.kept.length === 0 ? page : [...this.kept, ...page];
      if (last === undefined || page.length < this.pageRows) {
        this.page = null;
        this.kept = [];
        return rows;
      }
      this.page = this.fetch(last);
      const cut = startOfPrefix(rows, last.prefix);
      this.kept = rows.slice(cut);
      if (cut > 0) return rows.slice(0, cut);
    }
    return [];
  }

  private fetch(after: ComparedRow | null): Promise<readonly ComparedRow[]> {
    const page = readComparedRows(this.db, this.releaseId, after, this.pageRows);
    // Whoever asks for the page gets the error; a page that nobody asks for may fail alone.
    page.catch(() => undefined);
    return page;
  }
}

/** Where the rows of the last prefix begin. */
function startOfPrefix(rows: readonly ComparedRow[], prefix: string): number {
  let at = rows.length;
  while (at > 0 && rows[at - 1]?.prefix === prefix) at -= 1;
  return at;
}
