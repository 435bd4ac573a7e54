import { sql } from 'drizzle-orm';
import {
  char,
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
import { accounts } from './accounts.js';
import {
  amount,
  asciiColumn,
  editable,
  jsonColumn,
  microseconds,
  price,
  reference,
  serialId,
} from './columns.js';

/** What keeps fraud on an account small; every rule that is null is off. */
export const accountGuards = mysqlTable(
  'account_guards',
  {
    accountId: reference('account_id')
      .primaryKey()
      .references(() => accounts.id),
    /** Most that may be spent in one local day. */
    dailySpend: amount('daily_spend'),
    maxPricePerMinute: price('max_price_per_minute'),
    /** Local times `HH:MM` between which dearer calls than the night's price are refused. */
    nightFrom: char('night_from', { length: 5 }),
    nightTo: char('night_to', { length: 5 }),
    nightMaxPricePerMinute: price('night_max_price_per_minute'),
    /** What happens on the first call to a country. */
    newCountry: mysqlEnum('new_country', ['off', 'alert', 'block']).notNull().default('off'),
    /** More than `count` answered calls shorter than `shortCallS` within `windowS` block the account. */
    shortCallS: int('short_call_s'),
    shortCallCount: int('short_call_count'),
    shortCallWindowS: int('short_call_window_s'),
    ...editable(),
  },
  () => [
    check(
      'account_guards_night_check',
      sql`(\`night_from\` is null) = (\`night_to\` is null) and (\`night_from\` is null) = (\`night_max_price_per_minute\` is null)`,
    ),
    check(
      'account_guards_short_check',
      sql`(\`short_call_s\` is null) = (\`short_call_count\` is null) and (\`short_call_s\` is null) = (\`short_call_window_s\` is null)`,
    ),
    check(
      'account_guards_amounts_check',
      sql`(\`daily_spend\` is null or \`daily_spend\` >= 0) and (\`max_price_per_minute\` is null or \`max_price_per_minute\` >= 0)`,
    ),
  ],
);

/** Countries an account has called, or may call whatever its guard says of new ones. */
export const accountCountries = mysqlTable(
  'account_countries',
  {
    accountId: reference('account_id')
      .notNull()
      .references(() => accounts.id),
    /** ISO 3166-1 alpha-2. */
    country: char('country', { length: 2 }).notNull(),
    source: mysqlEnum('source', ['called', 'allowed']).notNull(),
    createdUs: microseconds('created_us').notNull(),
  },
  (table) => [
    primaryKey({ name: 'account_countries_pk', columns: [table.accountId, table.country] }),
  ],
);

/** What accounts with a daily limit spent on a local day. */
export const accountDays = mysqlTable(
  'account_days',
  {
    accountId: reference('account_id')
      .notNull()
      .references(() => accounts.id),
    day: date('day', { mode: 'string' }).notNull(),
    spent: amount('spent').notNull().default('0'),
  },
  (table) => [primaryKey({ name: 'account_days_pk', columns: [table.accountId, table.day] })],
);

/** Accounts whose paid calls are refused until somebody looks. */
export const accountBlocks = mysqlTable(
  'account_blocks',
  {
    id: serialId(),
    accountId: reference('account_id')
      .notNull()
      .references(() => accounts.id),
    rule: asciiColumn('rule', { length: 32 }).notNull(),
    /** `account:rule` while it is in force, null afterwards: one of a kind at a time. */
    openKey: asciiColumn('open_key', { length: 80 }),
    sinceUs: microseconds('since_us').notNull(),
    detail: jsonColumn('detail').notNull(),
    releasedUs: microseconds('released_us'),
    releasedBy: varchar('released_by', { length: 160 }),
  },
  (table) => [
    uniqueIndex('account_blocks_open_unique').on(table.openKey),
    index('account_blocks_account_index').on(table.accountId, table.sinceUs),
  ],
);

/** Whether the next crossing of a low-balance threshold is to be told. */
export const lowBalanceStates = mysqlTable('low_balance_states', {
  ledgerAccountId: reference('ledger_account_id').primaryKey(),
  state: mysqlEnum('state', ['armed', 'fired']).notNull().default('armed'),
  /** Counts up with each crossing, so that each is told once. */
  crossings: int('crossings').notNull().default(0),
});

/** What somebody is to be told: written with what caused it, sent afterwards. */
export const notices = mysqlTable(
  'notices',
  {
    id: serialId(),
    kind: asciiColumn('kind', { length: 32 }).notNull(),
    accountId: reference('account_id').references(() => accounts.id),
    extensionId: reference('extension_id'),
    /** What happened, once: telling it again finds it told. */
    occasion: asciiColumn('occasion', { length: 190 }).notNull(),
    recipient: varchar('recipient', { length: 190 }),
    payload: jsonColumn('payload').notNull(),
    state: mysqlEnum('state', ['pending', 'sent', 'failed', 'kept']).notNull().default('pending'),
    attempts: int('attempts').notNull().default(0),
    notBeforeUs: microseconds('not_before_us').notNull().default(0),
    createdUs: microseconds('created_us').notNull(),
    sentUs: microseconds('sent_us'),
    error: varchar('error', { length: 255 }),
  },
  (table) => [
    uniqueIndex('notices_occasion_unique').on(table.occasion),
    index('notices_state_index').on(table.state, table.notBeforeUs),
    index('notices_account_index').on(table.accountId, table.createdUs),
  ],
);
