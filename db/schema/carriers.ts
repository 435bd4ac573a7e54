import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  char,
  check,
  index,
  int,
  mysqlEnum,
  mysqlTable,
  primaryKey,
  uniqueIndex,
  varchar,
} from 'drizzle-orm/mysql-core';
import {
  amount,
  asciiColumn,
  editable,
  jsonColumn,
  microseconds,
  reference,
  serialId,
} from './columns.js';
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
    /** The most we may owe it before its routes are left out; null is no limit. */
    creditLimit: amount('credit_limit'),
    /** Calls at the same time over all of its gateways, and new ones a second; null is no limit. */
    maxChannels: int('max_channels'),
    maxCps: int('max_cps'),
    /** Causes this carrier means differently: `{"USER_BUSY": "next" | "stop"}`. */
    causes: jsonColumn('causes'),
    ...editable(),
  },
  (table) => [
    uniqueIndex('carriers_code_unique').on(table.code),
    check('carriers_credit_check', sql`\`credit_limit\` is null or \`credit_limit\` >= 0`),
    check(
      'carriers_capacity_check',
      sql`(\`max_channels\` is null or \`max_channels\` >= 0) and (\`max_cps\` is null or \`max_cps\` >= 0)`,
    ),
  ],
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
    maxChannels: int('max_channels'),
    maxCps: int('max_cps'),
    /** False where the switch cannot convert its codecs: callers without one of them are not sent. */
    allowTranscoding: boolean('allow_transcoding').notNull().default(true),
    /** Whether emergency calls may leave by it. */
    carriesEmergency: boolean('carries_emergency').notNull().default(true),
    status: mysqlEnum('status', ['active', 'disabled']).notNull().default('active'),
    ...editable(),
  },
  (table) => [
    uniqueIndex('gateways_name_unique').on(table.name),
    check(
      'gateways_capacity_check',
      sql`(\`max_channels\` is null or \`max_channels\` >= 0) and (\`max_cps\` is null or \`max_cps\` >= 0)`,
    ),
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
    /** Share of calls offered to it first (`percentage`). */
    sharePercent: int('share_percent').notNull().default(0),
    /** Which US calls it is used for; calls elsewhere are not asked. */
    jurisdiction: mysqlEnum('jurisdiction', ['any', 'interstate', 'intrastate'])
      .notNull()
      .default('any'),
  },
  (table) => [
    check('lcr_plan_carriers_share_check', sql`\`share_percent\` between 0 and 100`),
    primaryKey({ columns: [table.planId, table.carrierId] }),
    check('lcr_plan_carriers_weight_check', sql`\`weight\` >= 1`),
  ],
);

/**
 * What became of the attempts over a gateway towards the numbers that begin with `prefix`, in slices
 * of a quarter of an hour: what routes are judged by, kept across restarts.
 */
export const carrierQuality = mysqlTable(
  'carrier_quality',
  {
    carrierId: reference('carrier_id').notNull(),
    gatewayId: reference('gateway_id').notNull(),
    /** The first five digits of the number called. */
    prefix: asciiColumn('prefix', { length: 5 }).notNull(),
    /** Unix seconds at which the slice begins. */
    sliceS: int('slice_s').notNull(),
    attempts: int('attempts').notNull().default(0),
    answered: int('answered').notNull().default(0),
    talkUs: microseconds('talk_us').notNull().default(0),
    /** Sum of post-dial delays, and of how many attempts it is the sum. */
    pddUs: microseconds('pdd_us').notNull().default(0),
    pddCount: int('pdd_count').notNull().default(0),
  },
  (table) => [
    primaryKey({
      name: 'carrier_quality_pk',
      columns: [table.carrierId, table.gatewayId, table.prefix, table.sliceS],
    }),
    index('carrier_quality_slice_index').on(table.sliceS),
  ],
);

/** Rows to lock while the calls of a limited gateway, carrier, account, extension or DID are counted. */
export const channelLocks = mysqlTable(
  'channel_locks',
  {
    resource: mysqlEnum('resource', [
      'gateway',
      'carrier',
      'account',
      'extension',
      'did',
    ]).notNull(),
    resourceId: reference('resource_id').notNull(),
    /** Counts up with each claim: a cluster's certification sees changed rows and no locks. */
    claims: bigint('claims', { mode: 'number' }).notNull().default(0),
  },
  (table) => [
    primaryKey({ name: 'channel_locks_pk', columns: [table.resource, table.resourceId] }),
  ],
);
