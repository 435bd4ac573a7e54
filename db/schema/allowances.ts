import { sql } from 'drizzle-orm';
import {
  check,
  date,
  index,
  int,
  mysqlEnum,
  mysqlTable,
  primaryKey,
  uniqueIndex,
  varchar,
} from 'drizzle-orm/mysql-core';
import { accounts, extensions } from './accounts.js';
import { calls } from './calls.js';
import { asciiColumn, editable, microseconds, reference, serialId, uuidColumn } from './columns.js';

/** Talk time that is paid for ahead: so many seconds a month, or once, to a group of destinations. */
export const packages = mysqlTable(
  'packages',
  {
    id: serialId(),
    /** The account that grants it to accounts below. */
    accountId: reference('account_id')
      .notNull()
      .references(() => accounts.id),
    name: varchar('name', { length: 160 }).notNull(),
    period: mysqlEnum('period', ['monthly', 'once']).notNull().default('monthly'),
    /** Seconds of each period. */
    includedS: int('included_s').notNull(),
    /** A started increment is used up whole. */
    incrementS: int('increment_s').notNull().default(1),
    status: mysqlEnum('status', ['active', 'disabled']).notNull().default('active'),
    ...editable(),
  },
  (table) => [
    uniqueIndex('packages_name_unique').on(table.accountId, table.name),
    check(
      'packages_seconds_check',
      sql`\`included_s\` >= 1 and \`increment_s\` between 1 and 3600`,
    ),
  ],
);

/** Numbers a package is good for: those that begin with one of its prefixes; the empty one is all. */
export const packagePrefixes = mysqlTable(
  'package_prefixes',
  {
    packageId: reference('package_id')
      .notNull()
      .references(() => packages.id),
    prefix: asciiColumn('prefix', { length: 15 }).notNull(),
  },
  (table) => [
    primaryKey({ name: 'package_prefixes_pk', columns: [table.packageId, table.prefix] }),
    check('package_prefixes_check', sql`\`prefix\` regexp '^[0-9]{0,15}$'`),
  ],
);

/** Who may use a package, from which local day on; the day of the month is when it is filled again. */
export const packageAssignments = mysqlTable(
  'package_assignments',
  {
    id: serialId(),
    packageId: reference('package_id')
      .notNull()
      .references(() => packages.id),
    accountId: reference('account_id')
      .notNull()
      .references(() => accounts.id),
    /** Set: for the calls of this extension only. */
    extensionId: reference('extension_id').references(() => extensions.id),
    /** Local days of the account's zone; the end is the first day without it. */
    startsOn: date('starts_on', { mode: 'string' }).notNull(),
    endsOn: date('ends_on', { mode: 'string' }),
    /** How often it was filled by hand: each time is a bucket of its own. */
    generation: int('generation').notNull().default(0),
    ...editable(),
  },
  (table) => [
    index('package_assignments_account_index').on(table.accountId),
    check(
      'package_assignments_days_check',
      sql`\`ends_on\` is null or \`ends_on\` > \`starts_on\``,
    ),
  ],
);

/** The seconds of one period: what there was, what is used, and what running calls may yet use. */
export const allowanceBuckets = mysqlTable(
  'allowance_buckets',
  {
    id: serialId(),
    /** A package assignment, or the free minutes of a DID. */
    ownerType: mysqlEnum('owner_type', ['package', 'did']).notNull(),
    ownerId: reference('owner_id').notNull(),
    periodStartUs: microseconds('period_start_us').notNull(),
    /** First instant without it. */
    periodEndUs: microseconds('period_end_us').notNull(),
    generation: int('generation').notNull().default(0),
    totalS: int('total_s').notNull(),
    usedS: int('used_s').notNull().default(0),
    heldS: int('held_s').notNull().default(0),
  },
  (table) => [
    uniqueIndex('allowance_buckets_period_unique').on(
      table.ownerType,
      table.ownerId,
      table.periodStartUs,
      table.generation,
    ),
    check(
      'allowance_buckets_seconds_check',
      sql`\`used_s\` >= 0 and \`held_s\` >= 0 and \`used_s\` + \`held_s\` <= \`total_s\``,
    ),
  ],
);

/** What a call set aside of a bucket, and in the end used of it. */
export const allowanceHolds = mysqlTable(
  'allowance_holds',
  {
    callId: uuidColumn('call_id')
      .notNull()
      .references(() => calls.id),
    bucketId: reference('bucket_id')
      .notNull()
      .references(() => allowanceBuckets.id),
    seconds: int('seconds').notNull(),
    usedS: int('used_s').notNull().default(0),
    state: mysqlEnum('state', ['held', 'released']).notNull().default('held'),
    createdUs: microseconds('created_us').notNull(),
    releasedUs: microseconds('released_us'),
  },
  (table) => [
    primaryKey({ name: 'allowance_holds_pk', columns: [table.callId, table.bucketId] }),
    index('allowance_holds_bucket_index').on(table.bucketId, table.state),
    check(
      'allowance_holds_seconds_check',
      sql`\`seconds\` >= 0 and \`used_s\` between 0 and \`seconds\``,
    ),
  ],
);
