import { Decimal } from 'decimal.js';
import { and, asc, desc, eq, gte, lt, lte, sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import { alias } from 'drizzle-orm/mysql-core';
import type { Queryable } from '../client.js';
import { creditOf as ledgerRefOf } from '../../rating/ledger/credit-of.js';
import type { PayerIdentity } from '../../rating/settlement/payer-key.js';
import {
  accounts,
  extensions,
  ledgerAccounts,
  ledgerBalances,
  ledgerEntries,
  ledgerTransactions,
} from '../schema/index.js';
import { AMOUNT_DECIMALS } from '../../rating/money.js';

export interface AccountBalance {
  readonly accountId: number;
  readonly currency: string;
  readonly balance: string;
  readonly held: string;
  readonly creditLimit: string;
  /** What a new call may still set aside: balance + credit limit - held. */
  readonly available: string;
}

/** Zero where nothing was posted yet; undefined when there is no such account. */
export async function findBalance(
  db: Queryable,
  accountId: number,
): Promise<AccountBalance | undefined> {
  const balance = sql<string>`coalesce(${ledgerBalances.balance}, cast(0 as decimal(20,6)))`;
  const held = sql<string>`coalesce(${ledgerBalances.held}, cast(0 as decimal(20,6)))`;
  const rows = await db
    .select({
      accountId: accounts.id,
      currency: accounts.currency,
      balance,
      held,
      creditLimit: accounts.creditLimit,
      available: sql<string>`${balance} + ${accounts.creditLimit} - ${held}`,
    })
    .from(accounts)
    .leftJoin(ledgerAccounts, creditOf(accounts.id, accounts.currency))
    .leftJoin(ledgerBalances, eq(ledgerBalances.ledgerAccountId, ledgerAccounts.id))
    .where(eq(accounts.id, accountId));
  return rows[0];
}

function creditOf(
  accountId: typeof accounts.id,
  currency: typeof accounts.currency,
): SQL | undefined {
  return and(
    eq(ledgerAccounts.kind, 'client_credit'),
    eq(ledgerAccounts.ownerType, 'account'),
    eq(ledgerAccounts.ownerId, accountId),
    eq(ledgerAccounts.currency, currency),
  );
}

/** Money of its own that an extension draws on: its own, or that of the one it shares with. */
export interface WalletBalance {
  readonly extensionId: number;
  readonly accountId: number;
  readonly funds: 'account' | 'own' | 'shared';
  /** The extension whose money the figures are. */
  readonly walletExtensionId: number;
  readonly currency: string;
  readonly balance: string;
  readonly held: string;
  readonly creditLimit: string;
  readonly available: string;
}

/** Zero where it has or had no money of its own; undefined when there is no such extension. */
export async function findWalletBalance(
  db: Queryable,
  extensionId: number,
): Promise<WalletBalance | undefined> {
  const wallet = alias(extensions, 'wallet');
  const balance = sql<string>`coalesce(${ledgerBalances.balance}, cast(0 as decimal(20,6)))`;
  const held = sql<string>`coalesce(${ledgerBalances.held}, cast(0 as decimal(20,6)))`;
  const rows = await db
    .select({
      extensionId: extensions.id,
      accountId: extensions.accountId,
      funds: extensions.funds,
      walletExtensionId: wallet.id,
      currency: accounts.currency,
      balance,
      held,
      creditLimit: wallet.creditLimit,
      available: sql<string>`${balance} + ${wallet.creditLimit} - ${held}`,
    })
    .from(extensions)
    .innerJoin(
      wallet,
      eq(wallet.id, sql`coalesce(${extensions.fundsExtensionId}, ${extensions.id})`),
    )
    .innerJoin(accounts, eq(accounts.id, extensions.accountId))
    .leftJoin(
      ledgerAccounts,
      and(
        eq(ledgerAccounts.kind, 'client_credit'),
        eq(ledgerAccounts.ownerType, 'extension'),
        eq(ledgerAccounts.ownerId, wallet.id),
        eq(ledgerAccounts.currency, accounts.currency),
      ),
    )
    .leftJoin(ledgerBalances, eq(ledgerBalances.ledgerAccountId, ledgerAccounts.id))
    .where(eq(extensions.id, extensionId));
  return rows[0];
}

export interface StatementEntry {
  readonly id: number;
  readonly transactionId: string;
  readonly kind: 'call' | 'payment' | 'adjustment' | 'rerating' | 'transfer';
  readonly reference: string;
  readonly memo: string;
  readonly at: Date;
  readonly amount: string;
  readonly currency: string;
  /** The balance after this entry. */
  readonly balance: string;
}

/** Whose statement it is: an account's, or an extension's of it. */
export interface StatementQuery extends PayerIdentity {
  /** Half-open period of the postings. */
  readonly from?: Date;
  readonly to?: Date;
  /** Entries older than this one; the balance is the one before it, carried from that page. */
  readonly after?: { readonly entryId: number; readonly balance: string };
  readonly limit: number;
}

/**
 * Entries of somebody's money, newest first, each with the balance after it. One statement reads
 * the entries and the projected balance, so both are of the same moment; the next page starts from
 * the balance the last one ended with and adds up nothing twice.
 */
export async function listStatement(
  db: Queryable,
  query: StatementQuery,
): Promise<readonly StatementEntry[]> {
  const book = await creditBook(db, query);
  if (book === undefined) return [];
  const rows = await db
    .select({
      id: ledgerEntries.id,
      transactionId: ledgerEntries.transactionId,
      kind: ledgerTransactions.kind,
      reference: ledgerTransactions.reference,
      memo: ledgerTransactions.memo,
      at: ledgerTransactions.createdAt,
      amount: ledgerEntries.amount,
      currency: ledgerEntries.currency,
      start: startingBalance(book, query),
    })
    .from(ledgerEntries)
    .innerJoin(ledgerTransactions, eq(ledgerTransactions.id, ledgerEntries.transactionId))
    .where(
      and(
        eq(ledgerEntries.ledgerAccountId, book),
        query.after && lt(ledgerEntries.id, query.after.entryId),
        query.to && lte(ledgerEntries.id, lastBefore(book, query.to)),
        query.from && gte(ledgerEntries.id, firstFrom(book, query.from)),
      ),
    )
    .orderBy(desc(ledgerEntries.id))
    .limit(query.limit);
  let running = new Decimal(rows[0]?.start ?? 0);
  return rows.map((row) => {
    const entry = { ...row, balance: running.toFixed(AMOUNT_DECIMALS) };
    running = running.minus(row.amount);
    return entry;
  });
}

/** The balance before an entry: where the next, older page starts. */
export function balanceBefore(entry: Pick<StatementEntry, 'balance' | 'amount'>): string {
  return new Decimal(entry.balance).minus(entry.amount).toFixed(AMOUNT_DECIMALS);
}

async function creditBook(db: Queryable, owner: PayerIdentity): Promise<number | undefined> {
  const { kind, ownerType, ownerId } = ledgerRefOf(owner);
  const rows = await db
    .select({ id: ledgerAccounts.id })
    .from(accounts)
    .innerJoin(
      ledgerAccounts,
      and(
        eq(ledgerAccounts.kind, kind),
        eq(ledgerAccounts.ownerType, ownerType),
        eq(ledgerAccounts.ownerId, ownerId),
        eq(ledgerAccounts.currency, accounts.currency),
      ),
    )
    .where(eq(accounts.id, owner.accountId));
  return rows[0]?.id;
}

/** The balance after the page's newest entry. */
function startingBalance(book: number, { after, to }: StatementQuery): SQL<string> {
  if (after !== undefined) return sql<string>`cast(${after.balance} as decimal(20,6))`;
  const now = sql<string>`(select b.balance from ledger_balances b
    where b.ledger_account_id = ${book})`;
  if (to === undefined) return now;
  return sql<string>`${now} - coalesce((select sum(n.amount) from ledger_entries n
    where n.ledger_account_id = ${book} and n.id > ${lastBefore(book, to)}), 0)`;
}

/*
 * Bounds of a period are put on ids, which are what the list is sorted by, so that no entry in the
 * middle is left out and the running balance stays true.
 */
function lastBefore(book: number, to: Date): SQL {
  return sql`(select max(m.id) from ledger_entries m
    join ledger_transactions t on t.id = m.transaction_id
    where m.ledger_account_id = ${book} and t.created_at < ${to})`;
}

function firstFrom(book: number, from: Date): SQL {
  return sql`(select min(m.id) from ledger_entries m
    join ledger_transactions t on t.id = m.transaction_id
    where m.ledger_account_id = ${book} and t.created_at >= ${from})`;
}

/** A posting with all its entries, and the postings that put it right. */
export async function findTransaction(db: Queryable, id: string) {
  const rows = await db.select().from(ledgerTransactions).where(eq(ledgerTransactions.id, id));
  const transaction = rows[0];
  if (transaction === undefined) return undefined;
  const entries = await db
    .select({
      id: ledgerEntries.id,
      kind: ledgerAccounts.kind,
      ownerType: ledgerAccounts.ownerType,
      ownerId: ledgerAccounts.ownerId,
      amount: ledgerEntries.amount,
      currency: ledgerEntries.currency,
    })
    .from(ledgerEntries)
    .innerJoin(ledgerAccounts, eq(ledgerAccounts.id, ledgerEntries.ledgerAccountId))
    .where(eq(ledgerEntries.transactionId, id))
    .orderBy(asc(ledgerEntries.id));
  const corrections = await db
    .select({ id: ledgerTransactions.id })
    .from(ledgerTransactions)
    .where(eq(ledgerTransactions.correctsId, id))
    .orderBy(asc(ledgerTransactions.createdAt), asc(ledgerTransactions.id));
  return { ...transaction, entries, correctedBy: corrections.map((correction) => correction.id) };
}
