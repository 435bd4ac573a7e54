import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import { connectionOptions, openDatabase } from '../../../db/client.js';
import { checkLedger } from '../../../db/views/ledger-check.js';
import type { Problem } from './evidence.js';

/** What must be over when everything is over: each with the ids of what is not. */
const OPEN: Readonly<Record<string, string>> = {
  'open calls': "SELECT id AS what FROM calls WHERE state IN ('authorized', 'answered')",
  holds: "SELECT call_id AS what FROM holds WHERE state = 'held'",
  'held money': 'SELECT ledger_account_id AS what FROM ledger_balances WHERE held <> 0',
  'open claims': "SELECT call_id AS what FROM channel_claims WHERE state = 'open'",
  'running legs': "SELECT leg_uuid AS what FROM legs WHERE state <> 'settled'",
  'records in the inbox': 'SELECT leg_uuid AS what FROM cdr_inbox',
};

const POLL_MS = 500;

export interface Leftover {
  readonly kind: string;
  readonly count: number;
  readonly first: string;
}

async function readLeftovers(connection: mysql.Connection): Promise<readonly Leftover[]> {
  const found: Leftover[] = [];
  for (const [kind, statement] of Object.entries(OPEN)) {
    const [rows] = await connection.query(statement);
    // Every statement names its one column so.
    const list = rows as unknown as readonly { readonly what: string | number }[];
    if (list.length > 0) found.push({ kind, count: list.length, first: String(list[0]?.what) });
  }
  return found;
}

/** Waits until nothing is left open, or the time is up; gives what is left then. */
export async function untilNothingIsLeft(
  url: string,
  longestMs: number,
): Promise<readonly Leftover[]> {
  const connection = await mysql.createConnection(connectionOptions(url));
  try {
    const untilMs = Date.now() + longestMs;
    for (;;) {
      const left = await readLeftovers(connection);
      if (left.length === 0 || Date.now() > untilMs) return left;
      await sleep(POLL_MS);
    }
  } finally {
    await connection.end();
  }
}

export function leftoverProblems(left: readonly Leftover[]): readonly Problem[] {
  return left.map(({ kind, count, first }) => ({
    check: 'leftovers',
    what: `${String(count)} ${kind} are left, such as of ${first}`,
    ...(first.length === 36 ? { callId: first, legUuid: first } : {}),
  }));
}

/** The books against themselves: the same questions as `npm run verify-ledger`. */
export async function checkBooks(url: string): Promise<readonly Problem[]> {
  const database = openDatabase({ url, poolSize: 1 });
  try {
    const { checks } = await checkLedger(database, { maxDifferences: 5 });
    return checks.flatMap(({ statement, differences }) =>
      differences.map(({ subject, found, expected }) => ({
        check: 'books',
        what: `${statement}: ${subject} has ${found}, expected ${expected}`,
        ...(subject.length === 36 ? { legUuid: subject, callId: subject } : {}),
      })),
    );
  } finally {
    await database.close();
  }
}
