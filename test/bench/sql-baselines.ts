import mysql from 'mysql2/promise';
import { connectionOptions } from '../../db/client.js';
import { randomNumbers } from './random-deck.js';

/** Look-ups at the same time, as of a busy switch. */
const CONNECTIONS = 8;
const MEASURED_MS = 3000;
const NUMBERS = 5000;
const CHECKED = 200;

export interface SqlBaselines {
  readonly ratePerSecond: number;
  readonly lcrPerSecond: number;
}

/**
 * Other engines' look-ups on the same decks: tables and statements of the shape theirs have, with the
 * indexes they need, on the same server. The statements are ours; what they have in common with
 * theirs is which rows are asked for, by which conditions and in which order.
 */
export async function measureSqlBaselines(
  url: string,
  retailReleaseId: number,
  prefixes: readonly string[],
): Promise<SqlBaselines> {
  const pool = mysql.createPool({ ...connectionOptions(url), connectionLimit: CONNECTIONS });
  try {
    await makeRateTable(pool, retailReleaseId);
    await makeLcrTables(pool);
    await checkRates(pool, prefixes);
    const numbers = randomNumbers(prefixes, NUMBERS, 'popular', 5);
    return {
      ratePerSecond: await lookUpsPerSecond(pool, numbers.map(rateStatement)),
      lcrPerSecond: await lookUpsPerSecond(pool, numbers.map(lcrStatement)),
    };
  } finally {
    await pool.end();
  }
}

/** A client's rates, each with its prefix written as a pattern. */
async function makeRateTable(pool: mysql.Pool, releaseId: number): Promise<void> {
  await pool.query(`create table bench_routes (
    id int unsigned auto_increment primary key,
    pattern varchar(40) character set ascii not null,
    comment varchar(120) not null,
    connectcost decimal(20,6) not null default 0,
    includedseconds int not null default 0,
    cost decimal(20,6) not null,
    pricelist_id int not null default 1,
    accountid int not null default 0,
    init_inc int not null default 1,
    inc int not null default 1,
    status tinyint not null default 0,
    key bench_routes_pattern (pattern)
  )`);
  await pool.query(
    `insert into bench_routes (pattern, comment, cost)
     select concat('^', prefix, '.*'), destination, rate_per_minute
     from rate_rows where release_id = ?`,
    [releaseId],
  );
  await pool.query('analyze table bench_routes');
}

function rateStatement(number: string): string {
  const patterns = prefixesOf(number).map((prefix) => `pattern = '^${prefix}.*'`);
  return `select * from bench_routes
    where status = 0 and (pricelist_id = 1 or accountid = 1)
      and (${patterns.join(' or ')} or pattern = '--')
    order by accountid desc, length(pattern) desc, cost desc limit 1`;
}

/** All carriers' rates in one table, joined with the carriers and their gateways. */
async function makeLcrTables(pool: mysql.Pool): Promise<void> {
  await pool.query(`create table bench_lcr (
    id int unsigned auto_increment primary key,
    digits varchar(15) character set ascii not null,
    rate decimal(11,5) not null,
    carrier_id int unsigned not null,
    lead_strip int not null default 0,
    prefix varchar(16) not null default '',
    quality float not null default 0,
    reliability float not null default 0,
    date_start datetime not null default '1970-01-01 00:00:00',
    date_end datetime not null default '2037-12-31 00:00:00',
    enabled tinyint not null default 1,
    key bench_lcr_digits (digits)
  )`);
  await pool.query(
    `insert into bench_lcr (digits, rate, carrier_id)
     select r.prefix, r.rate_per_minute, c.id from carriers c
     join rate_releases e on e.sheet_id = c.rate_sheet_id
     join rate_rows r on r.release_id = e.id`,
  );
  await pool.query('analyze table bench_lcr');
}

function lcrStatement(number: string): string {
  const digits = prefixesOf(number).map((prefix) => `'${prefix}'`);
  return `select l.digits, c.name as carrier, l.rate, g.name as gateway, g.tech_prefix, g.codecs,
      l.lead_strip, l.prefix
    from bench_lcr l
    join carriers c on c.id = l.carrier_id
    join gateways g on g.carrier_id = c.id
    where c.status = 'active' and g.status = 'active' and l.enabled = 1
      and l.digits in (${digits.join(', ')})
      and current_timestamp between l.date_start and l.date_end
    order by length(l.digits) desc, l.rate, l.quality desc, l.reliability desc`;
}

function prefixesOf(number: string): readonly string[] {
  return Array.from({ length: number.length }, (_, index) =>
    number.slice(0, number.length - index),
  );
}

/** A baseline that finds something else would be no baseline. */
async function checkRates(pool: mysql.Pool, prefixes: readonly string[]): Promise<void> {
  const known = new Set(prefixes);
  for (const number of randomNumbers(prefixes, CHECKED, 'even', 6)) {
    const [rows] = await pool.query<mysql.RowDataPacket[]>(rateStatement(number));
    const found: unknown = rows[0]?.['pattern'];
    const longest = prefixesOf(number).find((prefix) => known.has(prefix));
    const expected = longest === undefined ? undefined : `^${longest}.*`;
    if (found !== expected) {
      throw new Error(
        `baseline: found ${String(found)} for ${number}, expected ${String(expected)}`,
      );
    }
  }
}

async function lookUpsPerSecond(pool: mysql.Pool, statements: readonly string[]): Promise<number> {
  let done = 0;
  const started = performance.now();
  const worker = async (): Promise<void> => {
    while (performance.now() - started < MEASURED_MS) {
      await pool.query(statements[done++ % statements.length] ?? '');
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  return (done / (performance.now() - started)) * 1000;
}
