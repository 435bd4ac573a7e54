import { and, eq, or, sql } from 'drizzle-orm';
import { Decimal, formatAmount } from '../../rating/money.js';
import type { Queryable } from '../client.js';
import { accountDays } from '../schema/index.js';

/** A local day of an account, such as `2026-11-22`. */
export interface AccountDay {
  readonly accountId: number;
  readonly day: string;
}

export interface DaySpending extends AccountDay {
  /** Negative where money is given back. */
  readonly amount: Decimal;
}

export function accountDayKey({ accountId, day }: AccountDay): string {
  return `${String(accountId)}:${day}`;
}

/**
 * What accounts spent on these days, by `accountDayKey`; nothing spent is not in it. Exact while the
 * accounts' balances are locked, as whoever adds to it writes them too.
 */
export async function readSpent(
  db: Queryable,
  days: readonly AccountDay[],
): Promise<ReadonlyMap<string, Decimal>> {
  if (days.length === 0) return new Map();
  const rows = await db
    .select()
    .from(accountDays)
    .where(
      or(
        ...days.map(({ accountId, day }) =>
          and(eq(accountDays.accountId, accountId), eq(accountDays.day, day)),
        ),
      ),
    );
  return new Map(rows.map((row) => [accountDayKey(row), new Decimal(row.spent)]));
}

/** Adds to what was spent, one row for each account and day, in one order in every transaction. */
export async function addSpent(tx: Queryable, spending: readonly DaySpending[]): Promise<void> {
  const sums = new Map<string, DaySpending>();
  for (const { accountId, day, amount } of spending) {
    const key = accountDayKey({ accountId, day });
    const sum = amount.plus(sums.get(key)?.amount ?? 0);
    sums.set(key, { accountId, day, amount: sum });
  }
  const rows = [...sums.values()]
    .filter(({ amount }) => !amount.isZero())
    .sort((a, b) => a.accountId - b.accountId || (a.day < b.day ? -1 : 1));
  if (rows.length === 0) return;
  await tx
    .insert(accountDays)
    .values(
      rows.map(({ accountId, day, amount }) => ({ accountId, day, spent: formatAmount(amount) })),
    )
    .onDuplicateKeyUpdate({ set: { spent: sql`${accountDays.spent} + values(spent)` } });
}
