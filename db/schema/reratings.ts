import { sql } from 'drizzle-orm';
import {
  char,
  index,
  int,
  mysqlEnum,
  mysqlTable,
  uniqueIndex,
  varchar,
} from 'drizzle-orm/mysql-core';
import {
  amount,
  asciiColumn,
  instant,
  jsonColumn,
  microseconds,
  reference,
  serialId,
  uuidColumn,
} from './columns.js';

/** A run that prices settled calls again with the releases in force now for their time. */
export const reratings = mysqlTable(
  'reratings',
  {
    id: uuidColumn('id').primaryKey(),
    /** `{fromUs, toUs, accountId, sheetId, carrierId}`; null members do not narrow. */
    scope: jsonColumn('scope').notNull(),
    /** A preview posts nothing; the same scope is then posted by a run of its own. */
    mode: mysqlEnum('mode', ['preview', 'post']).notNull(),
    status: mysqlEnum('status', ['queued', 'running', 'stopped', 'done', 'failed'])
      .notNull()
      .default('queued'),
    /** How far it is: everything up to here is done. */
    cursorUs: microseconds('cursor_us').notNull().default(0),
    cursorLeg: uuidColumn('cursor_leg'),
    legsTotal: int('legs_total').notNull().default(0),
    legsSeen: int('legs_seen').notNull().default(0),
    legsChanged: int('legs_changed').notNull().default(0),
    legsSkipped: int('legs_skipped').notNull().default(0),
    /** Old and new totals per party and currency. */
    totals: jsonColumn('totals'),
    error: varchar('error', { length: 500 }),
    owner: asciiColumn('owner', { length: 64 }),
    leaseUntil: instant('lease_until'),
    actor: asciiColumn('actor', { length: 120 }).notNull(),
    note: varchar('note', { length: 255 }).notNull().default(''),
    createdAt: instant('created_at')
      .notNull()
      .default(sql`CURRENT_TIMESTAMP(3)`),
    finishedAt: instant('finished_at'),
  },
  (table) => [index('reratings_status_index').on(table.status, table.leaseUntil)],
);

/** One charge that a run changed (or, in a preview, would change). Appended, never edited. */
export const legCorrections = mysqlTable(
  'leg_corrections',
  {
    id: serialId(),
    reratingId: uuidColumn('rerating_id')
      .notNull()
      .references(() => reratings.id),
    legUuid: uuidColumn('leg_uuid').notNull(),
    role: mysqlEnum('role', ['payer', 'carrier', 'extension']).notNull(),
    partyId: reference('party_id').notNull(),
    currency: char('currency', { length: 3 }).notNull(),
    oldAmount: amount('old_amount').notNull(),
    newAmount: amount('new_amount').notNull(),
    oldReleaseId: reference('old_release_id').notNull(),
    newReleaseId: reference('new_release_id').notNull(),
    /** The posting; null in a preview. */
    transactionId: uuidColumn('transaction_id'),
    explanation: jsonColumn('explanation'),
    createdAt: instant('created_at')
      .notNull()
      .default(sql`CURRENT_TIMESTAMP(3)`),
  },
  (table) => [
    uniqueIndex('leg_corrections_once_unique').on(
      table.reratingId,
      table.legUuid,
      table.role,
      table.partyId,
    ),
    index('leg_corrections_leg_index').on(table.legUuid),
  ],
);
