import { expect } from 'chai';
import { sql } from 'drizzle-orm';
import { bigint, datetime, int, mysqlTable, text, varchar } from 'drizzle-orm/mysql-core';
import { before, beforeEach, describe, it } from 'mocha';
import { insertRows } from '../../db/insert-rows.js';
import { jsonColumn } from '../../db/schema/columns.js';
import { withTempDatabase } from '../support/temp-database.js';

const things = mysqlTable('things', {
  id: int('id').primaryKey(),
  body: text('body'),
  word: varchar('word', { length: 20 }).notNull().default('unset'),
  json: jsonColumn('json'),
  count: bigint('count_of', { mode: 'number' }),
  at: datetime('at', { mode: 'date', fsp: 3 }),
});

const HOSTILE = [
  `it's`,
  `\\`,
  `\\'`,
  `'); drop table things; -- `,
  `"double" and \`back\` quotes`,
  `question? :name ?? $1 \${x}`,
  'line\nfeed\r\ttab',
  'nul\0and\x1aend',
  '%_',
  'ünï — 漢字 😀',
  '',
  `\\\\''\\`,
];

describe('inserted rows', () => {
  const temp = withTempDatabase({ migrated: false });

  before(async () => {
    await temp().database.orm.execute(
      sql`create table things (id int primary key, body text, word varchar(20) not null default 'unset',
        json longtext, count_of bigint, at datetime(3)) character set utf8mb4`,
    );
  });

  beforeEach(async () => {
    await temp().database.orm.delete(things);
  });

  const all = () => temp().database.orm.select().from(things).orderBy(things.id);

  it('are read back as they were written, whatever is in them', async () => {
    const rows = HOSTILE.map((body, id) => ({ id, body, json: { [body]: [body] } }));
    await insertRows(temp().database.orm, things, rows);
    const found = await all();
    expect(found.map(({ id, body, json }) => ({ id, body, json }))).to.deep.equal(rows);
  });

  it('keep numbers, instants and what is not there', async () => {
    const at = new Date('2026-11-22T12:00:00.123Z');
    await insertRows(temp().database.orm, things, [
      { id: 1, count: Number.MAX_SAFE_INTEGER, at, json: null },
      { id: 2, word: 'set', count: -1 },
    ]);
    const rest = { body: null, json: null };
    expect(await all()).to.deep.equal([
      { id: 1, ...rest, word: 'unset', count: Number.MAX_SAFE_INTEGER, at },
      { id: 2, ...rest, word: 'set', count: -1, at: null },
    ]);
  });

  it('leave rows alone that are there, or change the columns they are told to', async () => {
    const { orm } = temp().database;
    await insertRows(orm, things, [{ id: 1, body: 'old', count: 1 }]);
    await insertRows(orm, things, [{ id: 1, body: 'new', count: 2 }], { ignore: true });
    expect(await all()).to.deep.include.members([
      { id: 1, body: 'old', count: 1, word: 'unset', json: null, at: null },
    ]);
    const both = [
      { id: 1, body: 'newest', count: 3 },
      { id: 2, body: 'other', count: 4 },
    ];
    await insertRows(orm, things, both, { update: ['body'] });
    expect((await all()).map(({ id, body, count }) => [id, body, count])).to.deep.equal([
      [1, 'newest', 1],
      [2, 'other', 4],
    ]);
  });

  it('refuse what is no plain value', async () => {
    const { orm } = temp().database;
    for (const count of [Number.NaN, Infinity]) {
      const error = await insertRows(orm, things, [{ id: 1, count }]).catch((e: unknown) => e);
      expect(error).to.be.instanceOf(TypeError);
    }
    expect(await all()).to.deep.equal([]);
  });
});
