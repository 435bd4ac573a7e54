import { sql } from 'drizzle-orm';
import {
  char,
  check,
  index,
  mysqlEnum,
  mysqlTable,
  uniqueIndex,
  varchar,
} from 'drizzle-orm/mysql-core';
import { amount, asciiColumn, instant, reference, serialId, uuidColumn } from './columns.js';

/** The books. Kinds and sign convention are defined in rating/ledger. */
export const ledgerAccounts = mysqlTable(
  'ledger_accounts',
  {
    id: serialId(),
    kind: mysqlEnum('kind', [
      'client_credit',
      'call_revenue',
      'carrier_cost',
      'carrier_payable',
      'payment_clearing',
      'adjustment',
    ]).notNull(),
    ownerType: mysqlEnum('owner_type', ['account', 'carrier', 'extension']).notNull(),
    ownerId: reference('owner_id').notNull(),
    currency: char('currency', { length: 3 }).notNull(),
  },
  (table) => [
    uniqueIndex('ledger_accounts_owner_unique').on(
      table.kind,
      table.ownerType,
      table.ownerId,
      table.currency,
    ),
  ],
);

/** A balanced posting. The key is what makes repeating it impossible. */
export const ledgerTransactions = mysqlTable(
  'ledger_transactions',
  {
    id: uuidColumn('id').primaryKey(),
    idempotencyKey: asciiColumn('idempotency_key', { length: 190 }).notNull(),
    kind: mysqlEnum('kind', ['call', 'payment', 'adjustment', 'rerating', 'transfer']).notNull(),
    /** The transaction whose amounts this one puts right. */
    correctsId: uuidColumn('corrects_id'),
    reference: asciiColumn('reference', { length: 190 }).notNull(),
    memo: varchar('memo', { length: 255 }).notNull().default(''),
    createdAt: instant('created_at')
      .notNull()
      .default(sql`CURRENT_TIMESTAMP(3)`),
  },
  (table) => [
    uniqueIndex('ledger_transactions_key_unique').on(table.idempotencyKey),
    index('ledger_transactions_corrects_index').on(table.correctsId),
  ],
);

/** Appended, never edited: triggers refuse UPDATE and DELETE. */
export const ledgerEntries = mysqlTable(
  'ledger_entries',
  {
    id: serialId(),
    transactionId: uuidColumn('transaction_id')
      .notNull()
      .references(() => ledgerTransactions.id),
    ledgerAccountId: reference('ledger_account_id')
      .notNull()
      .references(() => ledgerAccounts.id),
    amount: amount('amount').notNull(),
    currency: char('currency', { length: 3 }).notNull(),
  },
  (table) => [
    index('ledger_entries_account_index').on(table.ledgerAccountId, table.id),
    index('ledger_entries_transaction_index').on(table.transactionId),
    check('ledger_entries_amount_check', sql`\`amount\` <> 0`),
  ],
);

/**
 * What the entries add up to, and what is set aside from it. Written only together with the entries
 * and holds it projects; `verify-ledger` recomputes it from them.
 */
export const ledgerBalances = mysqlTable(
  'ledger_balances',
  {
    ledgerAccountId: reference('ledger_account_id')
      .primaryKey()
      .references(() => ledgerAccounts.id),
    balance: amount('balance').notNull().default('0'),
    held: amount('held').notNull().default('0'),
  },
  () => [check('ledger_balances_held_check', sql`\`held\` >= 0`)],
);
