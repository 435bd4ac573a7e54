import { appendRateRows, endRateRows } from '../../../db/repositories/append-rate-rows.js';
import { insertImportErrors, renewImport } from '../../../db/repositories/imports.js';
import type { NewImportErrorRow } from '../../../db/repositories/imports.js';
import { inTransaction } from '../../../db/transaction.js';
import type { EndedRow } from '../../../rating/deck-file/line-register.js';
import type { FileRow } from '../../../rating/deck-file/types.js';
import type { DeckProgress, DeckSink, RejectedLine } from './read-deck.js';
import type { ImportDeps } from './types.js';

/** Rows of one transaction: large enough to be quick, small enough to be short. */
const BATCH_ROWS = 5000;
/** Faulty lines, or changed rows, of one. */
const BATCH_ERRORS = 1000;
/** Faulty lines that are kept to be looked at; all are counted. */
export const MOST_STORED_ERRORS = 100_000;
const PROGRESS_MS = 1000;
/** How long a worker may be silent before another takes its import over. */
export const LEASE_MS = 60_000;

/** The import is no longer this worker's: it was cancelled, or another took it over. */
export class ImportLost extends Error {
  constructor(importId: string) {
    super(`import ${importId}: found another owner or state, expected this worker's`);
  }
}

/** Writes what is read into the release, in short transactions that prove whose import it is. */
export class ImportWriter implements DeckSink {
  private rows: FileRow[] = [];
  private errors: NewImportErrorRow[] = [];
  private errorCount = 0;
  private shownAtMs = 0;
  private written = 0;
  private progress: DeckProgress = { bytesRead: 0, rowsRead: 0, rowsAccepted: 0, rowsRejected: 0 };

  constructor(
    private readonly deps: ImportDeps,
    private readonly target: { readonly importId: string; readonly releaseId: number },
    private readonly onProgress: (progress: DeckProgress) => void,
  ) {}

  /** Rows that are in the release. */
  get rowCount(): number {
    return this.written + this.rows.length;
  }

  async take(
    rows: readonly FileRow[],
    rejected: readonly RejectedLine[],
    progress: DeckProgress,
  ): Promise<void> {
    this.progress = progress;
    this.onProgress(progress);
    this.rows = this.rows.length === 0 ? [...rows] : this.rows.concat(rows);
    for (const line of rejected) this.keepError(line);
    while (this.rows.length >= BATCH_ROWS) await this.flush(this.rows.splice(0, BATCH_ROWS));
    if (this.errors.length >= BATCH_ERRORS || this.isProgressDue()) await this.flush([]);
  }

  /** Adds rows that are not the file's. */
  async add(rows: readonly FileRow[]): Promise<void> {
    this.rows = this.rows.concat(rows);
    while (this.rows.length >= BATCH_ROWS) await this.flush(this.rows.splice(0, BATCH_ROWS));
  }

  /** Gives rows of the file the ends that later lines gave them; returns how many there were. */
  async endRows(ended: Iterable<EndedRow>): Promise<number> {
    await this.finish();
    let count = 0;
    let batch: EndedRow[] = [];
    for (const row of ended) {
      count += 1;
      if (batch.push(row) < BATCH_ERRORS) continue;
      await this.flush([], batch);
      batch = [];
    }
    await this.flush([], batch);
    return count;
  }

  /** Writes what is left. */
  async finish(): Promise<void> {
    await this.flush(this.rows.splice(0));
  }

  /** Writes the faulty lines alone, of a file that does not become a release. */
  async finishErrors(): Promise<void> {
    this.rows = [];
    this.shownAtMs = 0;
    await this.flush([]);
  }

  private keepError({ line, code, field, detail, raw }: RejectedLine): void {
    if (this.errorCount >= MOST_STORED_ERRORS) return;
    this.errorCount += 1;
    const { importId } = this.target;
    const shown = { field: field.slice(0, 64), detail: detail.slice(0, 500), raw };
    this.errors.push({ importId, number: this.errorCount, line, code, ...shown });
  }

  private isProgressDue(): boolean {
    return this.deps.clock.nowMs() - this.shownAtMs >= PROGRESS_MS;
  }

  private async flush(rows: readonly FileRow[], ended: readonly EndedRow[] = []): Promise<void> {
    const { database, clock, owner } = this.deps;
    const { importId, releaseId } = this.target;
    const errors = this.errors.splice(0);
    const nowMs = clock.nowMs();
    const shown = this.isProgressDue() ? this.progress : null;
    const lease = { importId, owner, leaseUntil: new Date(nowMs + LEASE_MS) };
    await inTransaction(database, async (tx) => {
      if (!(await renewImport(tx, lease, shown))) throw new ImportLost(importId);
      await appendRateRows(
        tx,
        releaseId,
        rows.map((row) => ({ ...row, releaseId })),
      );
      await endRateRows(tx, releaseId, ended);
      for (let at = 0; at < errors.length; at += BATCH_ERRORS) {
        await insertImportErrors(tx, errors.slice(at, at + BATCH_ERRORS));
      }
    });
    if (shown !== null) this.shownAtMs = nowMs;
    this.written += rows.length;
  }
}
