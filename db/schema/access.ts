import { sql } from 'drizzle-orm';
import {
  char,
  index,
  int,
  mysqlEnum,
  mysqlTable,
  primaryKey,
  uniqueIndex,
  varchar,
} from 'drizzle-orm/mysql-core';
import { asciiColumn, editable, instant, jsonColumn, reference, serialId } from './columns.js';

export const apiKeys = mysqlTable(
  'api_keys',
  {
    id: serialId(),
    name: varchar('name', { length: 120 }).notNull(),
    /** sha-256 of the key; the key itself is shown once, when it is made. */
    keyHash: char('key_hash', { length: 64 }).notNull(),
    /** Its first characters, so that people can tell keys apart. */
    keyPrefix: asciiColumn('key_prefix', { length: 16 }).notNull(),
    scopes: jsonColumn('scopes').notNull(),
    status: mysqlEnum('status', ['active', 'revoked']).notNull().default('active'),
    ...editable(),
  },
  (table) => [uniqueIndex('api_keys_hash_unique').on(table.keyHash)],
);

/** The answer a money write gave, so that repeating the request repeats the answer and nothing else. */
export const idempotencyKeys = mysqlTable(
  'idempotency_keys',
  {
    apiKeyId: reference('api_key_id')
      .notNull()
      .references(() => apiKeys.id),
    key: asciiColumn('idempotency_key', { length: 128 }).notNull(),
    requestHash: char('request_hash', { length: 64 }).notNull(),
    statusCode: int('status_code').notNull(),
    response: jsonColumn('response').notNull(),
    createdAt: instant('created_at')
      .notNull()
      .default(sql`CURRENT_TIMESTAMP(3)`),
  },
  (table) => [primaryKey({ columns: [table.apiKeyId, table.key] })],
);

/** Who did what. Appended, never edited: triggers refuse UPDATE and DELETE. */
export const auditEntries = mysqlTable(
  'audit_entries',
  {
    id: serialId(),
    at: instant('at')
      .notNull()
      .default(sql`CURRENT_TIMESTAMP(3)`),
    actor: asciiColumn('actor', { length: 120 }).notNull(),
    action: asciiColumn('action', { length: 64 }).notNull(),
    entity: asciiColumn('entity', { length: 64 }).notNull(),
    entityId: asciiColumn('entity_id', { length: 64 }).notNull(),
    before: jsonColumn('before_state'),
    after: jsonColumn('after_state'),
    requestId: asciiColumn('request_id', { length: 64 }),
    ip: asciiColumn('ip', { length: 64 }),
  },
  (table) => [index('audit_entries_entity_index').on(table.entity, table.entityId, table.id)],
);
