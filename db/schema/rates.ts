import { sql } from 'drizzle-orm';
import {
  boolean,
  char,
  check,
  decimal,
  int,
  mysqlEnum,
  mysqlTable,
  tinyint,
  uniqueIndex,
  varchar,
} from 'drizzle-orm/mysql-core';
import { asciiColumn, editable, instant, price, reference, serialId } from './columns.js';

/** A carrier's or a client's price list: a sequence of dated, immutable releases. */
export const rateSheets = mysqlTable(
  'rate_sheets',
  {
    id: serialId(),
    name: varchar('name', { length: 120 }).notNull(),
    currency: char('currency', { length: 3 }).notNull(),
    timeZone: varchar('time_zone', { length: 64 }).notNull(),
    durationRounding: mysqlEnum('duration_rounding', ['up', 'half_up', 'down'])
      .notNull()
      .default('up'),
    roundingMode: mysqlEnum('rounding_mode', ['up', 'half_up', 'half_even', 'down'])
      .notNull()
      .default('half_up'),
    roundingDecimals: tinyint('rounding_decimals').notNull().default(6),
    taxPercent: decimal('tax_percent', { precision: 9, scale: 4 }).notNull().default('0'),
    ...editable(),
  },
  (table) => [
    uniqueIndex('rate_sheets_name_unique').on(table.name),
    // The ledger keeps six decimals, so a charge never needs a second rounding to be posted.
    check('rate_sheets_decimals_check', sql`\`rounding_decimals\` between 0 and 6`),
    check('rate_sheets_tax_check', sql`\`tax_percent\` between 0 and 100`),
  ],
);

export const rateReleases = mysqlTable(
  'rate_releases',
  {
    id: serialId(),
    sheetId: reference('sheet_id')
      .notNull()
      .references(() => rateSheets.id),
    number: int('number').notNull(),
    status: mysqlEnum('status', ['draft', 'active', 'discarded']).notNull().default('draft'),
    /** From when the release prices calls; the next active release ends it. */
    effectiveFrom: instant('effective_from').notNull(),
    activatedAt: instant('activated_at'),
    rowCount: int('row_count').notNull().default(0),
    note: varchar('note', { length: 255 }).notNull().default(''),
    ...editable(),
  },
  (table) => [
    uniqueIndex('rate_releases_sheet_number_unique').on(table.sheetId, table.number),
    check(
      'rate_releases_active_check',
      sql`\`status\` <> 'active' or \`activated_at\` is not null`,
    ),
  ],
);

export const rateRows = mysqlTable(
  'rate_rows',
  {
    id: serialId(),
    releaseId: reference('release_id')
      .notNull()
      .references(() => rateReleases.id),
    prefix: asciiColumn('prefix', { length: 15 }).notNull(),
    destination: varchar('destination', { length: 120 }).notNull().default(''),
    ratePerMinute: price('rate_per_minute').notNull(),
    connectFee: price('connect_fee').notNull().default('0'),
    initialIncrementS: int('initial_increment_s').notNull().default(1),
    incrementS: int('increment_s').notNull().default(1),
    minDurationS: int('min_duration_s').notNull().default(0),
    blocked: boolean('blocked').notNull().default(false),
    priority: int('priority').notNull().default(0),
    effectiveFrom: instant('effective_from'),
    effectiveTo: instant('effective_to'),
  },
  (table) => [
    uniqueIndex('rate_rows_prefix_unique').on(table.releaseId, table.prefix, table.priority),
    check('rate_rows_prefix_check', sql`\`prefix\` regexp '^[0-9]{0,15}$'`),
    check('rate_rows_price_check', sql`\`rate_per_minute\` >= 0 and \`connect_fee\` >= 0`),
    check(
      'rate_rows_increment_check',
      sql`\`initial_increment_s\` >= 1 and \`increment_s\` >= 1 and \`min_duration_s\` >= 0`,
    ),
    check(
      'rate_rows_period_check',
      sql`\`effective_from\` is null or \`effective_to\` is null or \`effective_from\` < \`effective_to\``,
    ),
  ],
);

/** How a call's carriers are chosen. */
export const lcrPlans = mysqlTable(
  'lcr_plans',
  {
    id: serialId(),
    name: varchar('name', { length: 120 }).notNull(),
    strategy: mysqlEnum('strategy', ['cheapest', 'priority']).notNull().default('cheapest'),
    /** The length for which routes are compared and the no-loss check is made. */
    expectedCallS: int('expected_call_s').notNull().default(180),
    marginPercent: decimal('margin_percent', { precision: 9, scale: 4 }).notNull().default('0'),
    marginAbsolute: price('margin_absolute').notNull().default('0'),
    allowLoss: boolean('allow_loss').notNull().default(false),
    maxRoutes: int('max_routes').notNull().default(5),
    ...editable(),
  },
  (table) => [
    uniqueIndex('lcr_plans_name_unique').on(table.name),
    check('lcr_plans_expected_check', sql`\`expected_call_s\` between 1 and 86400`),
    check('lcr_plans_routes_check', sql`\`max_routes\` between 1 and 20`),
    check('lcr_plans_margin_check', sql`\`margin_percent\` >= 0 and \`margin_absolute\` >= 0`),
  ],
);
