import { sql } from 'drizzle-orm';
import {
  boolean,
  char,
  check,
  foreignKey,
  int,
  mysqlEnum,
  mysqlTable,
  uniqueIndex,
  varchar,
} from 'drizzle-orm/mysql-core';
import { amount, asciiColumn, editable, reference, serialId } from './columns.js';
import { lcrPlans, rateSheets } from './rates.js';

/**
 * Who pays and who is paid: one operator at the root, resellers below it, customers at the leaves.
 * The balance is not here: it is a projection of the ledger.
 */
export const accounts = mysqlTable(
  'accounts',
  {
    id: serialId(),
    parentId: reference('parent_id'),
    kind: mysqlEnum('kind', ['operator', 'reseller', 'customer']).notNull(),
    code: asciiColumn('code', { length: 32 }).notNull(),
    name: varchar('name', { length: 160 }).notNull(),
    billingMode: mysqlEnum('billing_mode', ['prepaid', 'postpaid']).notNull(),
    currency: char('currency', { length: 3 }).notNull(),
    timeZone: varchar('time_zone', { length: 64 }).notNull(),
    creditLimit: amount('credit_limit').notNull().default('0'),
    status: mysqlEnum('status', ['active', 'suspended', 'closed']).notNull().default('active'),
    /** What this account is charged for calls; the sheet belongs to its parent. */
    rateSheetId: reference('rate_sheet_id').references(() => rateSheets.id),
    /** What it is charged for calls to its mobile extensions; unset, as any other call. */
    mobileRateSheetId: reference('mobile_rate_sheet_id').references(() => rateSheets.id),
    lcrPlanId: reference('lcr_plan_id').references(() => lcrPlans.id),
    /** Believes the routing number (`rn`) that this account's own switch sends with a call. */
    trustsLrn: boolean('trusts_lrn').notNull().default(false),
    /** What it is charged a minute for calls to its numbers, where the number has no sheet itself. */
    inboundRateSheetId: reference('inbound_rate_sheet_id').references(() => rateSheets.id),
    /** The head office that pays for this branch, from its own money; one level. */
    paidById: reference('paid_by_id'),
    /** Calls at the same time and new ones a second, out and in; null is no limit. */
    maxCalls: int('max_calls'),
    maxCps: int('max_cps'),
    /** Balance below which somebody is told, once for each time it is crossed; null for never. */
    lowBalance: amount('low_balance'),
    /** Where notices about the account are mailed to. */
    noticeEmail: varchar('notice_email', { length: 190 }),
    ...editable(),
  },
  (table) => [
    uniqueIndex('accounts_code_unique').on(table.code),
    foreignKey({
      name: 'accounts_parent_fk',
      columns: [table.parentId],
      foreignColumns: [table.id],
    }),
    foreignKey({
      name: 'accounts_paid_by_fk',
      columns: [table.paidById],
      foreignColumns: [table.id],
    }),
    check('accounts_max_cps_check', sql`\`max_cps\` is null or \`max_cps\` >= 0`),
    check('accounts_credit_limit_check', sql`\`credit_limit\` >= 0`),
    check('accounts_max_calls_check', sql`\`max_calls\` is null or \`max_calls\` >= 0`),
    check('accounts_tree_check', sql`(\`kind\` = 'operator') = (\`parent_id\` is null)`),
  ],
);

/** A SIP domain belongs to exactly one account, so no two tenants are ever confused. */
export const domains = mysqlTable(
  'domains',
  {
    id: serialId(),
    accountId: reference('account_id')
      .notNull()
      .references(() => accounts.id),
    name: asciiColumn('name', { length: 190 }).notNull(),
    ...editable(),
  },
  (table) => [uniqueIndex('domains_name_unique').on(table.name)],
);

export const extensions = mysqlTable(
  'extensions',
  {
    id: serialId(),
    accountId: reference('account_id')
      .notNull()
      .references(() => accounts.id),
    domainId: reference('domain_id')
      .notNull()
      .references(() => domains.id),
    number: asciiColumn('number', { length: 32 }).notNull(),
    name: varchar('name', { length: 160 }).notNull(),
    /** A mobile extension has no phone of ours: calls to it leave by a carrier, and its account pays. */
    kind: mysqlEnum('kind', ['sip', 'mobile']).notNull().default('sip'),
    /** E.164 digits of a mobile extension. */
    mobileNumber: asciiColumn('mobile_number', { length: 15 }),
    /** md5(number:domain:password): the only form in which a SIP password is kept. */
    a1Hash: char('a1_hash', { length: 32 }).notNull(),
    status: mysqlEnum('status', ['active', 'paused']).notNull().default('active'),
    callerIdNumber: asciiColumn('caller_id_number', { length: 32 }),
    callerIdName: varchar('caller_id_name', { length: 80 }),
    ringTimeoutS: int('ring_timeout_s').notNull().default(60),
    rateSheetId: reference('rate_sheet_id').references(() => rateSheets.id),
    lcrPlanId: reference('lcr_plan_id').references(() => lcrPlans.id),
    /** Whether its calls draw on money of its own besides the account's, or on another extension's. */
    funds: mysqlEnum('funds', ['account', 'own', 'shared']).notNull().default('account'),
    /** The extension of the same account on whose own money it draws (`shared`). */
    fundsExtensionId: reference('funds_extension_id'),
    /** How far its own money may go below zero. */
    creditLimit: amount('credit_limit').notNull().default('0'),
    /** Calls through carriers at the same time and new ones a second, out and in; null is no limit. */
    maxCalls: int('max_calls'),
    maxCps: int('max_cps'),
    /** Where all calls to it are sent on to: another extension, or a number outside that it pays for. */
    forwardTo: asciiColumn('forward_to', { length: 32 }),
    lowBalance: amount('low_balance'),
    noticeEmail: varchar('notice_email', { length: 190 }),
    ...editable(),
  },
  (table) => [
    foreignKey({
      name: 'extensions_funds_fk',
      columns: [table.fundsExtensionId],
      foreignColumns: [table.id],
    }),
    check(
      'extensions_funds_check',
      sql`(\`funds\` = 'shared') = (\`funds_extension_id\` is not null)`,
    ),
    check('extensions_credit_limit_check', sql`\`credit_limit\` >= 0`),
    check(
      'extensions_capacity_check',
      sql`(\`max_calls\` is null or \`max_calls\` >= 0) and (\`max_cps\` is null or \`max_cps\` >= 0)`,
    ),
    uniqueIndex('extensions_domain_number_unique').on(table.domainId, table.number),
    check('extensions_mobile_check', sql`(\`kind\` = 'mobile') = (\`mobile_number\` is not null)`),
    check('extensions_ring_timeout_check', sql`\`ring_timeout_s\` between 5 and 600`),
  ],
);
