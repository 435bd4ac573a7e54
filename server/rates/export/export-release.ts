import { stringify } from 'csv-stringify/sync';
import type { Database } from '../../../db/client.js';
import { readRatePages } from '../../../db/repositories/rate-row-pages.js';
import {
  DECK_CSV_HEADER,
  deckCsvCells,
  DECK_TEMPLATE_LINES,
} from '../../../rating/deck-file/deck-csv.js';

const PAGE = 2000;

/** The rows of a release as CSV, a page at a time, by prefix. Lines end as RFC 4180 has it. */
export async function* exportRelease(
  database: Database,
  releaseId: number,
): AsyncGenerator<string, void> {
  yield csv([DECK_CSV_HEADER]);
  for await (const rows of readRatePages(database.orm, releaseId, PAGE)) {
    yield csv(rows.map(deckCsvCells));
  }
}

/** A file to fill in, with a line of each usual kind. */
export function importTemplate(): string {
  return csv(DECK_TEMPLATE_LINES);
}

/** Lines of cells as CSV. */
export function csv(lines: readonly (readonly string[])[]): string {
  return stringify(
    lines.map((cells) => [...cells]),
    { record_delimiter: 'windows' },
  );
}
