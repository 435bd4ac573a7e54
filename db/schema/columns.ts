import { sql } from 'drizzle-orm';
import { bigint, customType, datetime, decimal, int } from 'drizzle-orm/mysql-core';

/** Engine-made identifiers (UUIDs) and FreeSWITCH leg uuids: ASCII, compared byte by byte. */
export const uuidColumn = customType<{ data: string; driverData: string }>({
  dataType: () => 'char(36) character set ascii collate ascii_bin',
});

/** Opaque ASCII keys with a length; kept out of utf8mb4 so that unique indexes stay small. */
export const asciiColumn = customType<{
  data: string;
  driverData: string;
  config: { length: number };
}>({
  dataType: (config) => `varchar(${config?.length ?? 190}) character set ascii collate ascii_bin`,
});

/**
 * JSON that reads the same on both servers: MySQL returns parsed values, MariaDB (where JSON is text
 * with a validity check) returns the text.
 */
export const jsonColumn = customType<{ data: unknown; driverData: unknown }>({
  dataType: () => 'json',
  toDriver: (value) => JSON.stringify(value),
  fromDriver: (value): unknown => (typeof value === 'string' ? JSON.parse(value) : value),
});

/** Money: exact to the millionth, read and written as a string. */
export const amount = (name: string) => decimal(name, { precision: 20, scale: 6 });

/** Prices per minute and per call: exact to eight decimals. */
export const price = (name: string) => decimal(name, { precision: 18, scale: 8 });

/** UTC epoch microseconds, the resolution in which FreeSWITCH reports time. */
export const microseconds = (name: string) => bigint(name, { mode: 'number' });

export const instant = (name: string) => datetime(name, { mode: 'date', fsp: 3 });

export const serialId = () => bigint('id', { mode: 'number' }).autoincrement().primaryKey();

export const reference = (name: string) => bigint(name, { mode: 'number' });

/** Every record an administrator edits: optimistic version and the two clocks. */
export const editable = () => ({
  version: int('version').notNull().default(1),
  createdAt: instant('created_at')
    .notNull()
    .default(sql`CURRENT_TIMESTAMP(3)`),
  updatedAt: instant('updated_at')
    .notNull()
    .default(sql`CURRENT_TIMESTAMP(3)`),
});
