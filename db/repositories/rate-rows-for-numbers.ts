import { and, eq, inArray } from 'drizzle-orm';
import type { RateRow } from '../../rating/deck/types.js';
import type { Queryable } from '../client.js';
import { fromDbRateRow } from '../mapping/rate-rows.js';
import { rateRows } from '../schema/index.js';

/** Digits of the longest prefix a row may have. */
const MAX_PREFIX = 15;

/** Prefixes asked for in one statement: enough for a batch, and short for the server to parse. */
const PREFIXES_PER_QUERY = 2000;

/**
 * The rows of a release that may price any of these numbers: all whose prefix one of them begins
 * with, the empty one included. A number has at most sixteen prefixes, so a few calls are priced from
 * a deck of millions without loading it.
 *
 * @param numbers E.164 digits; anything else matches only the empty prefix.
 */
export async function loadRowsForNumbers(
  db: Queryable,
  releaseId: number,
  numbers: Iterable<string>,
): Promise<readonly RateRow[]> {
  const prefixes = prefixesOf(numbers);
  const rows: RateRow[] = [];
  for (let from = 0; from < prefixes.length; from += PREFIXES_PER_QUERY) {
    const page = await db
      .select()
      .from(rateRows)
      .where(
        and(
          eq(rateRows.releaseId, releaseId),
          inArray(rateRows.prefix, prefixes.slice(from, from + PREFIXES_PER_QUERY)),
        ),
      );
    for (const row of page) rows.push(fromDbRateRow(row));
  }
  return rows;
}

function prefixesOf(numbers: Iterable<string>): readonly string[] {
  const prefixes = new Set(['']);
  for (const number of numbers) {
    const digits = /^\d*/.exec(number)?.[0] ?? '';
    for (let length = Math.min(digits.length, MAX_PREFIX); length > 0; length -= 1) {
      prefixes.add(digits.slice(0, length));
    }
  }
  return [...prefixes];
}
