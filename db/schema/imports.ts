import { sql } from 'drizzle-orm';
import {
  bigint,
  char,
  index,
  int,
  mysqlEnum,
  mysqlTable,
  primaryKey,
  uniqueIndex,
  varchar,
} from 'drizzle-orm/mysql-core';
import { asciiColumn, instant, jsonColumn, reference, uuidColumn } from './columns.js';
import { rateReleases, rateSheets } from './rates.js';

/** One file of rates on its way into a draft release. */
export const rateImports = mysqlTable(
  'rate_imports',
  {
    id: uuidColumn('id').primaryKey(),
    sheetId: reference('sheet_id')
      .notNull()
      .references(() => rateSheets.id),
    releaseId: reference('release_id').references(() => rateReleases.id),
    fileName: varchar('file_name', { length: 255 }).notNull(),
    fileHash: char('file_hash', { length: 64 }).notNull(),
    fileBytes: bigint('file_bytes', { mode: 'number' }).notNull(),
    /** Sheet, file and options of an import that is under way or done: the same again is the same. */
    dedupeKey: asciiColumn('dedupe_key', { length: 160 }),
    /** What was asked for, and what was found out about the file. */
    options: jsonColumn('options').notNull(),
    detected: jsonColumn('detected'),
    status: mysqlEnum('status', ['queued', 'running', 'done', 'failed', 'cancelled'])
      .notNull()
      .default('queued'),
    bytesRead: bigint('bytes_read', { mode: 'number' }).notNull().default(0),
    rowsRead: int('rows_read').notNull().default(0),
    rowsAccepted: int('rows_accepted').notNull().default(0),
    rowsRejected: int('rows_rejected').notNull().default(0),
    /** Why it failed as a whole. */
    errorCode: asciiColumn('error_code', { length: 64 }),
    errorLine: int('error_line'),
    errorDetail: varchar('error_detail', { length: 500 }),
    /** The node at work on it, and until when it is believed to be. */
    owner: asciiColumn('owner', { length: 64 }),
    leaseUntil: instant('lease_until'),
    actor: asciiColumn('actor', { length: 120 }).notNull(),
    createdAt: instant('created_at')
      .notNull()
      .default(sql`CURRENT_TIMESTAMP(3)`),
    finishedAt: instant('finished_at'),
  },
  (table) => [
    uniqueIndex('rate_imports_dedupe_unique').on(table.dedupeKey),
    index('rate_imports_sheet_index').on(table.sheetId, table.createdAt),
    index('rate_imports_status_index').on(table.status, table.leaseUntil),
  ],
);

/** A line of a file that is not in the release, and why. */
export const rateImportErrors = mysqlTable(
  'rate_import_errors',
  {
    importId: uuidColumn('import_id')
      .notNull()
      .references(() => rateImports.id),
    number: int('number').notNull(),
    line: int('line').notNull(),
    code: asciiColumn('code', { length: 64 }).notNull(),
    field: varchar('field', { length: 64 }).notNull().default(''),
    detail: varchar('detail', { length: 500 }).notNull(),
    raw: varchar('raw', { length: 1000 }).notNull().default(''),
  },
  (table) => [
    primaryKey({ name: 'rate_import_errors_pk', columns: [table.importId, table.number] }),
  ],
);

/** What a draft would change, computed against the release it would replace. */
export const releasePreviews = mysqlTable('release_previews', {
  releaseId: reference('release_id')
    .primaryKey()
    .references(() => rateReleases.id),
  /** The release it was compared with; null where the sheet had none. */
  againstReleaseId: reference('against_release_id'),
  /** Row count and version of the draft at the time: another one needs another preview. */
  fingerprint: asciiColumn('fingerprint', { length: 64 }).notNull(),
  status: mysqlEnum('status', ['running', 'done', 'failed']).notNull(),
  progress: int('progress').notNull().default(0),
  summary: jsonColumn('summary'),
  impact: jsonColumn('impact'),
  error: varchar('error', { length: 500 }),
  owner: asciiColumn('owner', { length: 64 }),
  leaseUntil: instant('lease_until'),
  startedAt: instant('started_at').notNull(),
  finishedAt: instant('finished_at'),
});
