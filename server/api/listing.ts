import { z } from 'zod';
import { HttpProblem } from './problem.js';

/** No installation may allow more rows a page than this; API_MAX_PAGE usually allows fewer. */
const PAGE_SIZE_CEILING = 1000;
export const USUAL_MAX_PAGE_SIZE = 200;

/** Deep pages are slow and nobody reads them; who needs all rows filters, or uses a cursor. */
const MAX_PAGE = 10_000;

/** A whole number written in a query. */
export const queryInt = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,16}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`)
    .meta({ type: 'integer', minimum: min, maximum: max });

export const queryId = () => queryInt(1, Number.MAX_SAFE_INTEGER);

export const queryText = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => !/\p{Cc}/u.test(text), 'must not hold control characters');

/** An exact value of a column that holds ASCII only. */
export const queryWord = (max: number) =>
  z.string().regex(new RegExp(`^[\\x20-\\x7e]{1,${max}}$`), 'must be printable ASCII');

export const queryInstant = () =>
  z.iso
    .datetime({ offset: true })
    .max(40)
    .transform((text) => new Date(text))
    .meta({ type: 'string', format: 'date-time' });

export const idParams = z.strictObject({ id: queryId() });
export const uuidParams = z.strictObject({ id: z.uuid() });

export const pageFields = {
  page: queryInt(1, MAX_PAGE).default(1),
  page_size: queryInt(1, PAGE_SIZE_CEILING).default(50),
};

export const cursorFields = {
  cursor: z.string().max(400).optional().meta({ description: '`next_cursor` of the page before.' }),
  limit: queryInt(1, PAGE_SIZE_CEILING).default(50),
};

export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    page: z.int(),
    page_size: z.int(),
    total: z.int().meta({ description: 'Items on all pages.' }),
  });
}

export function cursorPageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    next_cursor: z
      .string()
      .nullable()
      .meta({ description: 'Ask for the next page with it; null on the last.' }),
  });
}

/** Brings the size of a page that was asked for down to what this installation allows. */
export function limitPage<Query extends object>(query: Query, maxPageSize: number): Query {
  const limited = new Map<string, unknown>(Object.entries(query));
  for (const name of ['page_size', 'limit']) {
    const asked = limited.get(name);
    if (typeof asked === 'number') limited.set(name, Math.min(asked, maxPageSize));
  }
  // Numbers were replaced by numbers, so the type is the same.
  return Object.fromEntries(limited) as Query;
}

export function encodeCursor(position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** @throws HttpProblem 400 for anything this API did not hand out itself. */
export function decodeCursor<Schema extends z.ZodType>(
  cursor: string | undefined,
  schema: Schema,
): z.output<Schema> | undefined {
  if (cursor === undefined) return undefined;
  const parsed = schema.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (parsed.success) return parsed.data;
  throw new HttpProblem(400, 'bad_request', 'The cursor is not one of this list.', [
    { path: 'cursor', message: 'is not one of this list' },
  ]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Cuts a list that was read one row too long into a page and the cursor of the next. */
export function cutPage<Row>(
  rows: readonly Row[],
  limit: number,
  cursorOf: (last: Row) => string,
): { readonly rows: readonly Row[]; readonly nextCursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, nextCursor: rows.length > limit && last ? cursorOf(last) : null };
}

const idPosition = z.tuple([z.int().min(1)]);

/** What is read of a list that is sorted by id, latest first: one row more than a page has. */
export function readBeforeId(query: {
  readonly cursor?: string | undefined;
  readonly limit: number;
}): { readonly limit: number; readonly beforeId?: number } {
  const after = decodeCursor(query.cursor, idPosition);
  return { limit: query.limit + 1, ...(after === undefined ? {} : { beforeId: after[0] }) };
}

/** Cuts such a list into a page and the cursor of the next. */
export function cutPageById<Row extends { readonly id: number }>(
  rows: readonly Row[],
  limit: number,
): ReturnType<typeof cutPage<Row>> {
  return cutPage(rows, limit, (last) => encodeCursor([last.id]));
}
