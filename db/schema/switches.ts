import { sql } from 'drizzle-orm';
import { bigint, char, int, mysqlEnum, mysqlTable, uniqueIndex } from 'drizzle-orm/mysql-core';
import { asciiColumn, editable, instant, jsonColumn, serialId } from './columns.js';

/** A FreeSWITCH server: how it proves who it is, how we reach it, and where its profiles listen. */
export const switches = mysqlTable(
  'switches',
  {
    id: serialId(),
    name: asciiColumn('name', { length: 64 }).notNull(),
    httpUsername: asciiColumn('http_username', { length: 64 }).notNull(),
    /** sha-256 of a generated, high-entropy password: cheap to check on every request. */
    httpPasswordHash: char('http_password_hash', { length: 64 }).notNull(),
    /** Addresses its requests may come from, as an array of CIDR strings. */
    allowedCidrs: jsonColumn('allowed_cidrs').notNull(),
    eslHost: asciiColumn('esl_host', { length: 190 }).notNull(),
    eslPort: int('esl_port').notNull().default(8021),
    eslPasswordSealed: asciiColumn('esl_password_sealed', { length: 512 }).notNull(),
    sipIp: asciiColumn('sip_ip', { length: 64 }).notNull(),
    rtpIp: asciiColumn('rtp_ip', { length: 64 }).notNull(),
    internalPort: int('internal_port').notNull().default(5060),
    externalPort: int('external_port').notNull().default(5080),
    codecs: asciiColumn('codecs', { length: 120 }).notNull().default('PCMU,PCMA'),
    status: mysqlEnum('status', ['active', 'disabled']).notNull().default('active'),
    ...editable(),
  },
  (table) => [
    uniqueIndex('switches_name_unique').on(table.name),
    uniqueIndex('switches_http_username_unique').on(table.httpUsername),
  ],
);

/** One row per area of configuration; a node whose snapshot is older reloads that area. */
export const configVersions = mysqlTable('config_versions', {
  area: asciiColumn('area', { length: 32 }).primaryKey(),
  version: bigint('version', { mode: 'number' }).notNull().default(1),
  updatedAt: instant('updated_at')
    .notNull()
    .default(sql`CURRENT_TIMESTAMP(3)`),
});
