import process from 'node:process';
import { parseArgs } from 'node:util';
import { openDatabase } from '../db/client.js';
import { checkLedger } from '../db/views/ledger-check.js';
import type { LedgerCheck, LedgerReport } from '../db/views/ledger-check.js';
import { loadSettings } from '../server/config.js';

const USAGE = `Usage: npm run verify-ledger [-- --json] [-- --limit N]
Recomputes every balance, hold, posting, charge, correction and bucket of inclusive seconds of the
database, on one snapshot, beside a running engine if there is one. Fails when anything differs.
  --json     one JSON document instead of lines
  --limit N  list at most N differences per check (100)`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      limit: { type: 'string', default: '100' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  if (!/^[1-9]\d{0,5}$/.test(values.limit)) {
    throw new Error(`--limit: found ${values.limit}, expected a whole number from 1 to 999999`);
  }
  const { databaseUrl } = loadSettings(process.env, ['databaseUrl']);
  const database = openDatabase({ url: databaseUrl, poolSize: 1 });
  try {
    const report = await checkLedger(database, { maxDifferences: Number(values.limit) });
    console.log(values.json ? JSON.stringify(report) : describe(report));
    return report.verified ? 0 : 1;
  } finally {
    await database.close();
  }
}

function describe(report: LedgerReport): string {
  const lines = report.checks.flatMap(describeCheck);
  const wrong = report.checks.filter((check) => check.differences.length > 0).length;
  return [
    ...lines,
    wrong === 0 ? 'ledger verified' : `ledger NOT verified: ${wrong} checks failed`,
  ].join('\n');
}

function describeCheck(check: LedgerCheck): readonly string[] {
  const { differences, truncated } = check;
  const verdict = differences.length === 0 ? 'ok  ' : 'FAIL';
  const details = differences.map(
    ({ subject, found, expected }) => `       ${subject}: found ${found}, expected ${expected}`,
  );
  const more = truncated ? ['       … and more; see --limit'] : [];
  return [`${verdict}   ${check.statement} (${check.checked} checked)`, ...details, ...more];
}

try {
  process.exitCode = await main();
} catch (error) {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  console.error(`error: ${cause instanceof Error ? cause.message : String(cause)}`);
  // Told apart from 1: the books were not found wrong, they could not be read.
  process.exitCode = 2;
}
