import { sql } from 'drizzle-orm';
import {
  boolean,
  char,
  check,
  decimal,
  index,
  int,
  mysqlEnum,
  mysqlTable,
  tinyint,
  uniqueIndex,
  varchar,
} from 'drizzle-orm/mysql-core';
import {
  asciiColumn,
  editable,
  instant,
  jsonColumn,
  price,
  reference,
  serialId,
  uuidColumn,
} from './columns.js';

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
    /** Whether the tax comes on top of the sheet's prices or is contained in them. */
    taxMode: mysqlEnum('tax_mode', ['added', 'included']).notNull().default('added'),
    timeOfDayPolicy: mysqlEnum('time_of_day_policy', ['start', 'split']).notNull().default('start'),
    /** Which number is looked up: the one called, or its routing number where it is ported. */
    ratedOn: mysqlEnum('rated_on', ['number', 'lrn']).notNull().default('number'),
    /** Days ahead that clients are promised to hear of an increase; earlier ones are warned about. */
    noticeDays: int('notice_days').notNull().default(7),
    /** The column mapping and formats of the last import, offered to the next. */
    importMapping: jsonColumn('import_mapping'),
    ...editable(),
  },
  (table) => [
    uniqueIndex('rate_sheets_name_unique').on(table.name),
    check('rate_sheets_notice_check', sql`\`notice_days\` between 0 and 365`),
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
    /** `importing` until its last row is in; a draft can be changed; an active one never again. */
    status: mysqlEnum('status', ['importing', 'draft', 'active', 'discarded'])
      .notNull()
      .default('draft'),
    /** When it is meant to begin to price calls; what does begin is in `rate_activations`. */
    effectiveFrom: instant('effective_from').notNull(),
    activatedAt: instant('activated_at'),
    rowCount: int('row_count').notNull().default(0),
    /** Lines of the imported file that are not in it. */
    rejectedCount: int('rejected_count').notNull().default(0),
    /** The release whose rows were taken over where the file said nothing. */
    baseReleaseId: reference('base_release_id'),
    importId: uuidColumn('import_id'),
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

/**
 * Which release of a sheet prices calls from which instant on: appended, never edited. The entry with
 * the latest `effective_from` not after a call's start counts, among equals the highest `number`.
 */
export const rateActivations = mysqlTable(
  'rate_activations',
  {
    id: serialId(),
    sheetId: reference('sheet_id')
      .notNull()
      .references(() => rateSheets.id),
    /** Counts within the sheet; given out while the sheet is locked. */
    number: int('number').notNull(),
    /** Null where a roll-back leaves the sheet without prices. */
    releaseId: reference('release_id').references(() => rateReleases.id),
    kind: mysqlEnum('kind', ['activation', 'rollback']).notNull(),
    effectiveFrom: instant('effective_from').notNull(),
    actor: asciiColumn('actor', { length: 120 }).notNull().default(''),
    createdAt: instant('created_at')
      .notNull()
      .default(sql`CURRENT_TIMESTAMP(3)`),
  },
  (table) => [
    uniqueIndex('rate_activations_number_unique').on(table.sheetId, table.number),
    index('rate_activations_release_index').on(table.releaseId),
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
    graceS: int('grace_s'),
    freeS: int('free_s'),
    initialRatePerMinute: price('initial_rate_per_minute'),
    minCost: price('min_cost'),
    maxCost: price('max_cost'),
    /** `[{startS, ratePerMinute, incrementS}]`, ascending from 0. */
    tiers: jsonColumn('tiers'),
    /** ISO weekdays joined by commas, `1,2,3,4,5`. */
    days: asciiColumn('days', { length: 13 }),
    /** Array of `MM-DD`. */
    dates: jsonColumn('dates'),
    timeFrom: asciiColumn('time_from', { length: 8 }),
    timeTo: asciiColumn('time_to', { length: 8 }),
    /** Of US decks; `rate_per_minute` is then the interstate price. */
    intrastateRate: price('intrastate_rate'),
    indeterminateRate: price('indeterminate_rate'),
    /** Tells rows of one prefix apart that hold at different times; empty where a row always holds. */
    windowKey: asciiColumn('window_key', { length: 32 }).notNull().default(''),
  },
  (table) => [
    uniqueIndex('rate_rows_window_unique').on(
      table.releaseId,
      table.prefix,
      table.priority,
      table.windowKey,
    ),
    check(
      'rate_rows_seconds_check',
      sql`(\`grace_s\` is null or \`grace_s\` >= 0) and (\`free_s\` is null or \`free_s\` >= 0)`,
    ),
    check(
      'rate_rows_jurisdiction_check',
      sql`(\`intrastate_rate\` is null) = (\`indeterminate_rate\` is null)`,
    ),
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
    strategy: mysqlEnum('strategy', [
      'cheapest',
      'priority',
      'tolerance',
      'quality',
      'percentage',
      'fixed',
    ])
      .notNull()
      .default('cheapest'),
    /** The length for which routes are compared where the destination has no history of calls. */
    expectedCallS: int('expected_call_s').notNull().default(180),
    /** Whether a destination's own average call takes the place of `expected_call_s`. */
    useAcd: boolean('use_acd').notNull().default(true),
    /** Routes at most this much dearer than the cheapest are ordered by quality (`tolerance`). */
    tolerancePercent: decimal('tolerance_percent', { precision: 9, scale: 4 })
      .notNull()
      .default('0'),
    /** Hours of attempts that quality is judged by. */
    qualityWindowH: int('quality_window_h').notNull().default(24),
    /** Fewer attempts than this say nothing about a destination. */
    qualityMinAttempts: int('quality_min_attempts').notNull().default(20),
    marginPercent: decimal('margin_percent', { precision: 9, scale: 4 }).notNull().default('0'),
    marginAbsolute: price('margin_absolute').notNull().default('0'),
    allowLoss: boolean('allow_loss').notNull().default(false),
    maxRoutes: int('max_routes').notNull().default(5),
    ...editable(),
  },
  (table) => [
    uniqueIndex('lcr_plans_name_unique').on(table.name),
    check('lcr_plans_quality_check', sql`\`quality_window_h\` between 1 and 168`),
    check('lcr_plans_tolerance_check', sql`\`tolerance_percent\` >= 0`),
    check('lcr_plans_expected_check', sql`\`expected_call_s\` between 1 and 86400`),
    check('lcr_plans_routes_check', sql`\`max_routes\` between 1 and 20`),
    check('lcr_plans_margin_check', sql`\`margin_percent\` >= 0 and \`margin_absolute\` >= 0`),
  ],
);

/** What one unit of a currency is worth in another from an instant on. Appended, never edited. */
export const exchangeRates = mysqlTable(
  'exchange_rates',
  {
    id: serialId(),
    fromCurrency: char('from_currency', { length: 3 }).notNull(),
    toCurrency: char('to_currency', { length: 3 }).notNull(),
    rate: decimal('rate', { precision: 20, scale: 10 }).notNull(),
    effectiveFrom: instant('effective_from').notNull(),
    actor: asciiColumn('actor', { length: 120 }).notNull().default(''),
    createdAt: instant('created_at')
      .notNull()
      .default(sql`CURRENT_TIMESTAMP(3)`),
  },
  (table) => [
    uniqueIndex('exchange_rates_date_unique').on(
      table.fromCurrency,
      table.toCurrency,
      table.effectiveFrom,
    ),
    check('exchange_rates_rate_check', sql`\`rate\` > 0`),
    check('exchange_rates_pair_check', sql`\`from_currency\` <> \`to_currency\``),
  ],
);

/** Numbers that moved to another network, with the number by which calls to them are rated. */
export const portedNumbers = mysqlTable('ported_numbers', {
  number: asciiColumn('number', { length: 15 }).primaryKey(),
  routingNumber: asciiColumn('routing_number', { length: 15 }).notNull(),
  updatedAt: instant('updated_at')
    .notNull()
    .default(sql`CURRENT_TIMESTAMP(3)`),
});
