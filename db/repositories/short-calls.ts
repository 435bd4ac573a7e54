import { and, desc, eq, gt, gte, isNotNull, lt, sql } from 'drizzle-orm';
import type { Queryable } from '../client.js';
import { accountBlocks, accountGuards, accounts, legCharges, legs } from '../schema/index.js';

/** More than `count` answered calls shorter than `shortCallS` within `windowS`: a burst. */
export interface ShortCallRule {
  readonly accountId: number;
  readonly accountName: string;
  readonly recipient: string | null;
  readonly shortCallS: number;
  readonly count: number;
  readonly windowS: number;
}

export type NewBlock = typeof accountBlocks.$inferInsert;

/** Longer than a call may ring and be put through: how much earlier than its end it may have begun. */
const BEFORE_ANSWER_US = 900_000_000;

export async function findShortCallRules(db: Queryable): Promise<readonly ShortCallRule[]> {
  const rows = await db
    .select({
      accountId: accountGuards.accountId,
      accountName: accounts.name,
      recipient: accounts.noticeEmail,
      shortCallS: accountGuards.shortCallS,
      count: accountGuards.shortCallCount,
      windowS: accountGuards.shortCallWindowS,
    })
    .from(accountGuards)
    .innerJoin(accounts, eq(accounts.id, accountGuards.accountId))
    .where(isNotNull(accountGuards.shortCallS));
  // The three are null together: a constraint of the table.
  return rows.map((row) => ({
    ...row,
    shortCallS: row.shortCallS ?? 0,
    count: row.count ?? 0,
    windowS: row.windowS ?? 0,
  }));
}

/** Answered and settled legs to carriers that an account paid for, ended since, and shorter. */
export async function countShortLegs(
  db: Queryable,
  accountId: number,
  ask: { readonly sinceUs: number; readonly shortCallS: number },
): Promise<number> {
  const shortUs = ask.shortCallS * 1_000_000;
  const [row] = await db
    .select({ count: sql<number>`count(*)` })
    .from(legCharges)
    .innerJoin(legs, eq(legs.legUuid, legCharges.legUuid))
    .where(
      and(
        eq(legCharges.role, 'payer'),
        eq(legCharges.partyId, accountId),
        gte(legCharges.startUs, ask.sinceUs - shortUs - BEFORE_ANSWER_US),
        eq(legs.kind, 'carrier'),
        eq(legs.state, 'settled'),
        gte(legs.endUs, ask.sinceUs),
        gt(legs.billUs, 0),
        lt(legs.billUs, shortUs),
      ),
    );
  return Number(row?.count ?? 0);
}

/** The latest block of an account by a rule, in force or not. */
export async function findLatestBlock(
  db: Queryable,
  accountId: number,
  rule: string,
): Promise<typeof accountBlocks.$inferSelect | undefined> {
  const rows = await db
    .select()
    .from(accountBlocks)
    .where(and(eq(accountBlocks.accountId, accountId), eq(accountBlocks.rule, rule)))
    .orderBy(desc(accountBlocks.id))
    .limit(1);
  return rows[0];
}

/** Blocks an account; null when it is blocked by that rule already. Answers with the block's id. */
export async function insertBlockOnce(tx: Queryable, block: NewBlock): Promise<number | null> {
  const [result] = await tx.insert(accountBlocks).ignore().values(block);
  return result.affectedRows === 1 ? result.insertId : null;
}
