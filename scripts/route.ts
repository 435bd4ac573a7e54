import process from 'node:process';
import { parseArgs } from 'node:util';
import { openDatabase } from '../db/client.js';
import type { Database } from '../db/client.js';
import { snakeKeys } from '../server/admin/case.js';
import { parseInput } from '../server/admin/records.js';
import { Refusal } from '../server/admin/refusal.js';
import { systemClock } from '../server/clock.js';
import { loadSettings } from '../server/config.js';
import { routeTestSettings } from '../server/what-if/settings.js';
import { routeQuestionInput } from '../server/what-if/question.js';
import { testRoute } from '../server/what-if/test-route.js';
import type { RouteTest } from '../server/what-if/types.js';
import { describeRouteTest } from './route/describe-route-test.js';
import { liveFactsFromDatabase } from './route/live-facts.js';

const USAGE = `Usage: npm run route -- --from WHO --to NUMBER [options]
Says what a call would do and why, and makes none: nothing is written or locked, and no engine has
to be running.
  --from WHO         an extension (1001@acme.example), a DID number, or the name of a gateway for a
                     call that comes in over it
  --to NUMBER        the number as dialled, such as "+44 7700 900123"
  --at INSTANT       when it would begin, such as 2030-01-01T00:00:00Z (now)
  --duration S       seconds of talk to price (60)
  --caller NUMBER    the caller's number (the one on record)
  --switch NAME      the FreeSWITCH that asks (the first active one)
  --release ID       with this release, such as a draft, in force for its sheet
  --json             the document of POST /api/v1/route-tests instead of lines
Ends with 0 for a call that would go through, 1 for one that would be refused, 2 for a question that
cannot be answered.`;

const OPTIONS = {
  from: { type: 'string' },
  to: { type: 'string' },
  at: { type: 'string' },
  duration: { type: 'string' },
  caller: { type: 'string' },
  switch: { type: 'string' },
  release: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const { json, help: _, duration, release, ...words } = values;
  // A number written in groups and without quotes: the shell made words of it.
  const isGrouped = words.to !== undefined && positionals.every((word) => /^[0-9()-]+$/.test(word));
  if (positionals.length > 0 && !isGrouped) {
    throw new Error(`found '${positionals.join(' ')}', expected options only; see --help`);
  }
  const to = [words.to, ...positionals].join(' ');
  const input = parseInput(routeQuestionInput, {
    ...words,
    ...(words.to === undefined ? {} : { to }),
    ...(duration === undefined ? {} : { duration_s: wholeNumber(duration) }),
    ...(release === undefined ? {} : { release: wholeNumber(release) }),
  });
  const { databaseUrl } = loadSettings(process.env, ['databaseUrl']);
  const settings = routeTestSettings(process.env);
  const database = openDatabase({ url: databaseUrl, poolSize: 2 });
  try {
    const test = await ask(database, settings, input);
    console.log(json ? JSON.stringify(snakeKeys(test)) : describeRouteTest(test));
    return test.outcome === 'refused' ? 1 : 0;
  } finally {
    await database.close();
  }
}

async function ask(
  database: Database,
  settings: Parameters<typeof testRoute>[0]['settings'],
  input: Parameters<typeof testRoute>[1],
): Promise<RouteTest> {
  const live = await liveFactsFromDatabase(database, systemClock);
  const gatewayState = () => null;
  const deps = { database, clock: systemClock, settings, snapshot: null, live, gatewayState };
  return testRoute(deps, input);
}

/** Text that is no whole number goes on to the check of the field, which says what it has to be. */
function wholeNumber(text: string): number | string {
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}

/** Options have other names than fields of the API where that reads better. */
const OPTION_NAMES: Readonly<Record<string, string>> = { duration_s: 'duration' };

function messageOf(error: unknown): string {
  if (error instanceof Refusal) {
    if (error.issues.length === 0) return error.detail;
    return error.issues
      .map(({ path, message }) => `--${OPTION_NAMES[path] ?? path}: ${message}`)
      .join('\n       ');
  }
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`error: ${messageOf(error)}`);
  process.exitCode = 2;
}
