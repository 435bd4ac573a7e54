import { sql } from 'drizzle-orm';
import {
  char,
  check,
  index,
  int,
  mediumtext,
  mysqlEnum,
  mysqlTable,
  primaryKey,
  tinyint,
  uniqueIndex,
  varchar,
} from 'drizzle-orm/mysql-core';
import { accounts } from './accounts.js';
import {
  amount,
  asciiColumn,
  jsonColumn,
  microseconds,
  reference,
  serialId,
  uuidColumn,
} from './columns.js';

/**
 * One decision: a dialplan fetch and everything it fixed. The key makes a repeated fetch find the
 * first answer. `decision` holds the frozen rates, the routes and the steps that explain them.
 */
export const calls = mysqlTable(
  'calls',
  {
    id: uuidColumn('id').primaryKey(),
    decisionKey: asciiColumn('decision_key', { length: 190 }).notNull(),
    switchId: reference('switch_id').notNull(),
    coreUuid: asciiColumn('core_uuid', { length: 36 }).notNull(),
    aLegUuid: uuidColumn('a_leg_uuid').notNull(),
    direction: mysqlEnum('direction', ['outbound', 'internal', 'inbound', 'service']).notNull(),
    accountId: reference('account_id').references(() => accounts.id),
    extensionId: reference('extension_id'),
    didId: reference('did_id'),
    callerNumber: asciiColumn('caller_number', { length: 64 }).notNull(),
    dialled: asciiColumn('dialled', { length: 64 }).notNull(),
    destination: asciiColumn('destination', { length: 64 }).notNull(),
    state: mysqlEnum('state', [
      'authorized',
      'answered',
      'settled',
      'released',
      'refused',
    ]).notNull(),
    /** Why it was refused or how it ended; a stable snake_case word. */
    reason: asciiColumn('reason', { length: 64 }),
    /** The number it was rated by, where that is not the one called. */
    routingNumber: asciiColumn('routing_number', { length: 15 }),
    /** Of US calls; null elsewhere. */
    jurisdiction: mysqlEnum('jurisdiction', ['interstate', 'intrastate', 'unknown']),
    currency: char('currency', { length: 3 }),
    /** Seconds of talk the holds of this call cover; null where nothing is paid. */
    grantedS: int('granted_s'),
    createdUs: microseconds('created_us').notNull(),
    endedUs: microseconds('ended_us'),
    /** When an unfinished call is looked at again by the reaper. */
    expiresUs: microseconds('expires_us').notNull(),
    decision: jsonColumn('decision').notNull(),
  },
  (table) => [
    uniqueIndex('calls_decision_key_unique').on(table.decisionKey),
    index('calls_a_leg_index').on(table.aLegUuid),
    index('calls_account_index').on(table.accountId, table.createdUs),
    index('calls_open_index').on(table.state, table.expiresUs),
    index('calls_created_index').on(table.createdUs),
    index('calls_switch_index').on(table.switchId, table.state),
    check('calls_refused_check', sql`\`state\` <> 'refused' or \`reason\` is not null`),
  ],
);

/** One leg of a call as FreeSWITCH reported it, with what it cost: the CDR. */
export const legs = mysqlTable(
  'legs',
  {
    legUuid: uuidColumn('leg_uuid').primaryKey(),
    callId: uuidColumn('call_id').references(() => calls.id),
    switchId: reference('switch_id').notNull(),
    coreUuid: asciiColumn('core_uuid', { length: 36 }).notNull(),
    /** `caller` started the call, `carrier` left through a gateway, `extension` rang a phone. */
    kind: mysqlEnum('kind', ['caller', 'carrier', 'extension', 'unknown']).notNull(),
    routeIndex: int('route_index'),
    carrierId: reference('carrier_id'),
    gatewayId: reference('gateway_id'),
    gatewayName: asciiColumn('gateway_name', { length: 64 }),
    destination: varchar('destination', { length: 64 }).notNull(),
    callerNumber: varchar('caller_number', { length: 64 }).notNull(),
    state: mysqlEnum('state', ['answered', 'settled']).notNull(),
    startUs: microseconds('start_us').notNull().default(0),
    progressUs: microseconds('progress_us').notNull().default(0),
    answerUs: microseconds('answer_us').notNull().default(0),
    endUs: microseconds('end_us').notNull().default(0),
    billUs: microseconds('bill_us').notNull().default(0),
    /** The last proof of life of an answered leg: what it is settled at when nobody reports its end. */
    lastSeenUs: microseconds('last_seen_us').notNull().default(0),
    billedS: int('billed_s').notNull().default(0),
    price: amount('price').notNull().default('0'),
    currency: char('currency', { length: 3 }),
    cost: amount('cost').notNull().default('0'),
    costCurrency: char('cost_currency', { length: 3 }),
    /** What it is after re-rating; null where it was never changed. `leg_corrections` has the story. */
    reratedPrice: amount('rerated_price'),
    reratedCost: amount('rerated_cost'),
    hangupCause: asciiColumn('hangup_cause', { length: 64 }),
    protocolCause: asciiColumn('protocol_cause', { length: 32 }),
    disposition: asciiColumn('disposition', { length: 64 }),
    source: mysqlEnum('source', ['esl', 'cdr', 'reconcile', 'reaper']),
    transactionId: uuidColumn('transaction_id'),
    explanation: jsonColumn('explanation'),
  },
  (table) => [
    index('legs_call_index').on(table.callId),
    index('legs_open_index').on(table.state, table.lastSeenUs),
    index('legs_carrier_index').on(table.carrierId, table.endUs),
    index('legs_start_index').on(table.startUs, table.legUuid),
    check('legs_price_check', sql`\`price\` >= 0 and \`cost\` >= 0`),
    check('legs_settled_check', sql`\`state\` <> 'settled' or \`source\` is not null`),
  ],
);

/**
 * What one party was charged for a leg, and by which release of which sheet: every payer of the chain
 * and the carrier. `amount` stays what it was; `rerated_amount` is what corrections made of it.
 */
export const legCharges = mysqlTable(
  'leg_charges',
  {
    legUuid: uuidColumn('leg_uuid').notNull(),
    role: mysqlEnum('role', ['payer', 'carrier', 'extension']).notNull(),
    /** An account for a payer, a carrier for a carrier, an extension that paid from its own money. */
    partyId: reference('party_id').notNull(),
    /** The account that sold to the payer, or that owes the carrier. */
    counterpartId: reference('counterpart_id').notNull(),
    /** 0 is the customer, 1 its reseller, and so on; 0 for a carrier. */
    level: tinyint('level').notNull(),
    sheetId: reference('sheet_id').notNull(),
    releaseId: reference('release_id').notNull(),
    rowId: reference('row_id').notNull(),
    currency: char('currency', { length: 3 }).notNull(),
    amount: amount('amount').notNull(),
    reratedAmount: amount('rerated_amount'),
    /** Seconds of the leg that inclusive minutes paid for. */
    coveredS: int('covered_s').notNull().default(0),
    /** When the call was decided: the instant its rates were looked up for. */
    startUs: microseconds('start_us').notNull(),
  },
  (table) => [
    primaryKey({
      name: 'leg_charges_pk',
      columns: [table.legUuid, table.role, table.partyId],
    }),
    index('leg_charges_sheet_index').on(table.sheetId, table.startUs),
    index('leg_charges_party_index').on(table.role, table.partyId, table.startUs),
    index('leg_charges_start_index').on(table.startUs),
    check('leg_charges_amount_check', sql`\`amount\` >= 0`),
  ],
);

/** A call's place among those of something that has a limit, while it rings and while it talks. */
export const channelClaims = mysqlTable(
  'channel_claims',
  {
    callId: uuidColumn('call_id').notNull(),
    resource: mysqlEnum('resource', [
      'gateway',
      'carrier',
      'account',
      'extension',
      'did',
    ]).notNull(),
    resourceId: reference('resource_id').notNull(),
    state: mysqlEnum('state', ['open', 'closed']).notNull().default('open'),
    createdUs: microseconds('created_us').notNull(),
  },
  (table) => [
    primaryKey({
      name: 'channel_claims_pk',
      columns: [table.callId, table.resource, table.resourceId],
    }),
    index('channel_claims_open_index').on(table.resource, table.resourceId, table.state),
    index('channel_claims_rate_index').on(table.resource, table.resourceId, table.createdUs),
  ],
);

/** Money set aside for a call in progress, one row per payer. */
export const holds = mysqlTable(
  'holds',
  {
    id: serialId(),
    callId: uuidColumn('call_id')
      .notNull()
      .references(() => calls.id),
    accountId: reference('account_id')
      .notNull()
      .references(() => accounts.id),
    /** The extension whose own money is held; 0 for the account's. */
    extensionId: reference('extension_id').notNull().default(0),
    currency: char('currency', { length: 3 }).notNull(),
    amount: amount('amount').notNull(),
    state: mysqlEnum('state', ['held', 'released']).notNull().default('held'),
    createdUs: microseconds('created_us').notNull(),
    releasedUs: microseconds('released_us'),
  },
  (table) => [
    uniqueIndex('holds_call_payer_unique').on(table.callId, table.accountId, table.extensionId),
    index('holds_account_state_index').on(table.accountId, table.state),
    check('holds_amount_check', sql`\`amount\` >= 0`),
  ],
);

/**
 * Final reports waiting to be settled. A row is deleted in the transaction that settles it; one that
 * cannot be read stays, with its body and the reason, until a person looks.
 */
export const cdrInbox = mysqlTable(
  'cdr_inbox',
  {
    id: uuidColumn('id').primaryKey(),
    switchId: reference('switch_id').notNull(),
    legUuid: asciiColumn('leg_uuid', { length: 64 }).notNull(),
    state: mysqlEnum('state', ['pending', 'failed']).notNull().default('pending'),
    receivedUs: microseconds('received_us').notNull(),
    notBeforeUs: microseconds('not_before_us').notNull().default(0),
    attempts: int('attempts').notNull().default(0),
    report: jsonColumn('report'),
    rawBody: mediumtext('raw_body'),
    error: varchar('error', { length: 255 }),
  },
  (table) => [index('cdr_inbox_state_index').on(table.state, table.notBeforeUs, table.id)],
);
