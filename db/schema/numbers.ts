import { sql } from 'drizzle-orm';
import { check, int, mysqlEnum, mysqlTable, uniqueIndex, varchar } from 'drizzle-orm/mysql-core';
import { accounts, extensions } from './accounts.js';
import { carriers } from './carriers.js';
import { asciiColumn, editable, reference, serialId } from './columns.js';
import { rateSheets } from './rates.js';

/** An interactive menu; its name is what FreeSWITCH asks `ivr.conf` for. */
export const ivrMenus = mysqlTable(
  'ivr_menus',
  {
    id: serialId(),
    accountId: reference('account_id')
      .notNull()
      .references(() => accounts.id),
    name: asciiColumn('name', { length: 64 }).notNull(),
    greetLong: asciiColumn('greet_long', { length: 255 }).notNull(),
    greetShort: asciiColumn('greet_short', { length: 255 }).notNull(),
    invalidSound: asciiColumn('invalid_sound', { length: 255 }).notNull(),
    exitSound: asciiColumn('exit_sound', { length: 255 }).notNull(),
    timeoutMs: int('timeout_ms').notNull().default(5000),
    interDigitTimeoutMs: int('inter_digit_timeout_ms').notNull().default(2000),
    maxFailures: int('max_failures').notNull().default(3),
    maxTimeouts: int('max_timeouts').notNull().default(3),
    digitLength: int('digit_length').notNull().default(4),
    ...editable(),
  },
  (table) => [uniqueIndex('ivr_menus_name_unique').on(table.name)],
);

/** A key of a menu and the number it transfers to, dialled inside the menu's own account. */
export const ivrEntries = mysqlTable(
  'ivr_entries',
  {
    id: serialId(),
    menuId: reference('menu_id')
      .notNull()
      .references(() => ivrMenus.id),
    digits: asciiColumn('digits', { length: 16 }).notNull(),
    transferTo: asciiColumn('transfer_to', { length: 32 }).notNull(),
  },
  (table) => [
    uniqueIndex('ivr_entries_digits_unique').on(table.menuId, table.digits),
    check('ivr_entries_digits_check', sql`\`digits\` regexp '^[0-9*#]{1,16}$'`),
  ],
);

/** A number the public can call. It leads to exactly one place. */
export const dids = mysqlTable(
  'dids',
  {
    id: serialId(),
    number: asciiColumn('number', { length: 15 }).notNull(),
    accountId: reference('account_id')
      .notNull()
      .references(() => accounts.id),
    carrierId: reference('carrier_id').references(() => carriers.id),
    status: mysqlEnum('status', ['active', 'paused']).notNull().default('active'),
    extensionId: reference('extension_id').references(() => extensions.id),
    ivrMenuId: reference('ivr_menu_id').references(() => ivrMenus.id),
    /** Calls to it at the same time and new ones a second; null is no limit. */
    maxChannels: int('max_channels'),
    maxCps: int('max_cps'),
    /** What its account is charged for calls to it, looked up by its own number; unset, the account's. */
    rateSheetId: reference('rate_sheet_id').references(() => rateSheets.id),
    /** Minutes of each calendar month that cost nothing. */
    freeMinutes: int('free_minutes').notNull().default(0),
    comment: varchar('comment', { length: 255 }).notNull().default(''),
    ...editable(),
  },
  (table) => [
    uniqueIndex('dids_number_unique').on(table.number),
    check(
      'dids_capacity_check',
      sql`(\`max_channels\` is null or \`max_channels\` >= 0) and (\`max_cps\` is null or \`max_cps\` >= 0)`,
    ),
    check('dids_free_minutes_check', sql`\`free_minutes\` >= 0`),
    check('dids_number_check', sql`\`number\` regexp '^[0-9]{3,15}$'`),
    check('dids_destination_check', sql`(\`extension_id\` is null) <> (\`ivr_menu_id\` is null)`),
  ],
);
