import { sql } from 'drizzle-orm';
import {
  boolean,
  char,
  check,
  int,
  mysqlEnum,
  mysqlTable,
  primaryKey,
  uniqueIndex,
  varchar,
} from 'drizzle-orm/mysql-core';
import { asciiColumn, editable, jsonColumn, reference, serialId } from './columns.js';
import { lcrPlans, rateSheets } from './rates.js';

/** A company we send calls to and owe money to. */
export const carriers = mysqlTable(
  'carriers',
  {
    id: serialId(),
    code: asciiColumn('code', { length: 32 }).notNull(),
    name: varchar('name', { length: 160 }).notNull(),
    currency: char('currency', { length: 3 }).notNull(),
    status: mysqlEnum('status', ['active', 'disabled']).notNull().default('active'),
    rateSheetId: reference('rate_sheet_id').references(() => rateSheets.id),
    ...editable(),
  },
  (table) => [uniqueIndex('carriers_code_unique').on(table.code)],
);

/** One SIP peer of a carrier; its name is the gateway name every FreeSWITCH knows. */
export const gateways = mysqlTable(
  'gateways',
  {
    id: serialId(),
    carrierId: reference('carrier_id')
      .notNull()
      .references(() => carriers.id),
    name: asciiColumn('name', { length: 64 }).notNull(),
    /** `host` or `host:port`. */
    proxy: asciiColumn('proxy', { length: 190 }).notNull(),
    realm: asciiColumn('realm', { length: 190 }),
    username: asciiColumn('username', { length: 120 }),
    /** Sealed with the installation's secret key; never returned by the API. */
    passwordSealed: asciiColumn('password_sealed', { length: 512 }),
    register: boolean('register').notNull().default(false),
    /** Digits put before the number on this gateway. */
    techPrefix: asciiColumn('tech_prefix', { length: 16 }).notNull().default(''),
    codecs: asciiColumn('codecs', { length: 120 }).notNull().default('PCMU,PCMA'),
    /** Addresses this carrier may call us from, as an array of CIDR strings. */
    inboundCidrs: jsonColumn('inbound_cidrs').notNull(),
    priority: int('priority').notNull().default(0),
    weight: int('weight').notNull().default(1),
    progressTimeoutS: int('progress_timeout_s').notNull().default(8),
    status: mysqlEnum('status', ['active', 'disabled']).notNull().default('active'),
    ...editable(),
  },
  (table) => [
    uniqueIndex('gateways_name_unique').on(table.name),
    check('gateways_weight_check', sql`\`weight\` >= 1`),
    check('gateways_progress_check', sql`\`progress_timeout_s\` between 1 and 120`),
  ],
);

/** The carriers a plan may use, with their rank in it. */
export const lcrPlanCarriers = mysqlTable(
  'lcr_plan_carriers',
  {
    planId: reference('plan_id')
      .notNull()
      .references(() => lcrPlans.id),
    carrierId: reference('carrier_id')
      .notNull()
      .references(() => carriers.id),
    priority: int('priority').notNull().default(0),
    weight: int('weight').notNull().default(1),
  },
  (table) => [
    primaryKey({ columns: [table.planId, table.carrierId] }),
    check('lcr_plan_carriers_weight_check', sql`\`weight\` >= 1`),
  ],
);
