import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'mocha';
import { releaseStore, sheetStore } from '../../../../db/repositories/admin/stores.js';
import type { ImportRow } from '../../../../db/repositories/imports.js';
import { readRatePages } from '../../../../db/repositories/rate-row-pages.js';
import type { RateRow } from '../../../../rating/deck/types.js';
import { scriptActor } from '../../../../server/admin/context.js';
import type { AdminDeps } from '../../../../server/admin/context.js';
import { activateRelease } from '../../../../server/admin/releases.js';
import { inspectFile } from '../../../../server/rates/import/file-facts.js';
import type { FileFacts } from '../../../../server/rates/import/file-facts.js';
import { LEASE_MS } from '../../../../server/rates/import/import-writer.js';
import type { ReadOptions } from '../../../../server/rates/import/options.js';
import { processName } from '../../../../server/rates/import/owner.js';
import { queueImport } from '../../../../server/rates/import/queue-import.js';
import type { QueuedImport } from '../../../../server/rates/import/queue-import.js';
import { runImport } from '../../../../server/rates/import/run-import.js';
import { createSecrets } from '../../../../server/secrets.js';
import { FakeClock } from '../../../support/fake-clock.js';
import { openTempDatabase } from '../../../support/temp-database.js';
import type { TempDatabase } from '../../../support/temp-database.js';

export interface Wanted {
  readonly mode?: 'replace' | 'merge';
  readonly effectiveFrom?: Date;
  readonly read?: ReadOptions;
  readonly maxRows?: number;
  readonly signal?: AbortSignal;
}

export interface Imported {
  readonly row: ImportRow;
  readonly isNew: boolean;
}

/** A schema, a folder and the few steps every story of an import begins with. */
export class Workshop {
  readonly clock = new FakeClock();
  private files = 0;
  private sheets = 0;

  constructor(
    readonly temp: TempDatabase,
    readonly folder: string,
  ) {}

  get admin(): AdminDeps {
    return {
      database: this.temp.database,
      clock: this.clock,
      secrets: createSecrets('0'.repeat(64)),
    };
  }

  async sheet(timeZone = 'UTC'): Promise<number> {
    this.sheets += 1;
    const name = `Sheet ${this.sheets}`;
    return sheetStore.insert(this.temp.database.orm, { name, currency: 'EUR', timeZone });
  }

  async file(content: string | Uint8Array): Promise<{ readonly path: string; facts: FileFacts }> {
    this.files += 1;
    const path = join(this.folder, `deck-${this.files}.csv`);
    await writeFile(path, content);
    return { path, facts: await inspectFile(path) };
  }

  async queue(sheetId: number, facts: FileFacts, wanted: Wanted = {}): Promise<QueuedImport> {
    return queueImport(this.admin, {
      sheetId,
      fileName: 'deck.csv',
      facts,
      mode: wanted.mode ?? 'replace',
      read: wanted.read ?? {},
      spoolNode: null,
      owner: { name: processName(), leaseUntil: new Date(this.clock.nowMs() + LEASE_MS) },
      actor: 'test',
      ...(wanted.effectiveFrom === undefined ? {} : { effectiveFrom: wanted.effectiveFrom }),
    });
  }

  async import(
    sheetId: number,
    content: string | Uint8Array,
    wanted: Wanted = {},
  ): Promise<Imported> {
    const { path, facts } = await this.file(content);
    const { row, isNew } = await this.queue(sheetId, facts, wanted);
    if (!isNew) return { row, isNew };
    const { maxRows, signal } = wanted;
    const ended = await runImport(
      {
        database: this.temp.database,
        clock: this.clock,
        owner: processName(),
        signal: signal ?? new AbortController().signal,
        ...(maxRows === undefined ? {} : { maxRows }),
      },
      { importId: row.id, path },
    );
    return { row: ended, isNew };
  }

  async activate(releaseId: number | null, effectiveFrom?: Date): Promise<void> {
    const given =
      effectiveFrom === undefined ? {} : { effective_from: effectiveFrom.toISOString() };
    await activateRelease(this.admin, scriptActor('test'), { id: releaseId ?? 0 }, given);
  }

  /** Rows of a release without what only the database knows. */
  async rows(releaseId: number | null): Promise<readonly Omit<RateRow, 'id' | 'releaseId'>[]> {
    const rows: RateRow[] = [];
    const pages = readRatePages(this.temp.database.orm, releaseId ?? 0, 5000);
    for await (const page of pages) rows.push(...page);
    return rows.map(({ id: _id, releaseId: _releaseId, ...row }) => row);
  }

  /** Everything that an import may leave in the database. */
  async releases(sheetId: number) {
    const { rows } = await releaseStore.list(this.temp.database.orm, {
      offset: 0,
      limit: 100,
      sort: { field: 'number', descending: false },
      filters: { sheetId },
    });
    return rows;
  }
}

/** One workshop for the surrounding `describe`. */
export function withWorkshop(): () => Workshop {
  let current: Workshop | undefined;
  before(async function () {
    this.timeout(60_000);
    const folder = await mkdtemp(join(tmpdir(), 'ringledger-import-'));
    current = new Workshop(await openTempDatabase({ poolSize: 6 }), folder);
  });
  after(async function () {
    this.timeout(30_000);
    await current?.temp.close();
    if (current !== undefined) await rm(current.folder, { recursive: true, force: true });
    current = undefined;
  });
  return () => {
    if (current === undefined) throw new Error('the workshop is open inside tests only');
    return current;
  };
}
