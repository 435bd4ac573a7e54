import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Database, Queryable } from '../client.js';
import { ALLOWANCE_QUESTIONS } from './allowance-questions.js';
import { CHARGE_QUESTIONS } from './charge-questions.js';
import { LEDGER_QUESTIONS } from './ledger-questions.js';
import type { LedgerQuestion } from './ledger-questions.js';

const QUESTIONS = [...LEDGER_QUESTIONS, ...CHARGE_QUESTIONS, ...ALLOWANCE_QUESTIONS];

/** One place where the books disagree with themselves. */
export interface LedgerDifference {
  /** The transaction, account, leg or call it is about. */
  readonly subject: string;
  readonly found: string;
  readonly expected: string;
}

export interface LedgerCheck {
  /** Stable snake_case word. */
  readonly name: string;
  /** What is true of correct books, as a sentence. */
  readonly statement: string;
  /** Rows the statement was checked on. */
  readonly checked: number;
  readonly differences: readonly LedgerDifference[];
  /** There are more differences than were asked for. */
  readonly truncated: boolean;
}

export interface LedgerReport {
  readonly verified: boolean;
  readonly checks: readonly LedgerCheck[];
}

export interface LedgerCheckOptions {
  /** Differences listed per check; 100 unless told. */
  readonly maxDifferences?: number;
}

/**
 * Recomputes the books from what cannot be edited: sums from entries, holds from their rows, prices
 * from the legs. All questions are asked of one snapshot, so it may run beside a working engine. The
 * server groups and compares exact decimals, and only differences leave it, whatever the size.
 */
export async function checkLedger(
  database: Database,
  options: LedgerCheckOptions = {},
): Promise<LedgerReport> {
  const limit = options.maxDifferences ?? 100;
  const checks = await database.orm.transaction(
    async (tx) => {
      const done: LedgerCheck[] = [];
      for (const question of QUESTIONS) {
        done.push(await ask(tx, question, limit));
      }
      return done;
    },
    { isolationLevel: 'repeatable read', withConsistentSnapshot: true },
  );
  return { verified: checks.every((check) => check.differences.length === 0), checks };
}

async function ask(tx: Queryable, question: LedgerQuestion, limit: number): Promise<LedgerCheck> {
  const [count] = await rowsOf<{ checked: number }>(tx, question.count);
  const found = await rowsOf<Record<keyof LedgerDifference, string | null>>(
    tx,
    sql`${question.differences} limit ${limit + 1}`,
  );
  return {
    name: question.name,
    statement: question.statement,
    checked: count?.checked ?? 0,
    differences: found.slice(0, limit).map((row) => ({
      subject: row.subject ?? 'unknown',
      found: row.found ?? 'nothing',
      expected: row.expected ?? 'nothing',
    })),
    truncated: found.length > limit,
  };
}

/** The driver answers with rows and their column descriptions; the statement says what the rows are. */
async function rowsOf<Row>(tx: Queryable, statement: SQL): Promise<readonly Row[]> {
  const [rows] = await tx.execute(statement);
  return rows as unknown as readonly Row[];
}
