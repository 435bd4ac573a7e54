import { z } from 'zod';

/** Positions in lists that are sorted by a time in microseconds, latest first, and then by an id. */
export const timePosition = z.tuple([z.int().min(0), z.string().max(64)]);

/** One row more than asked for tells whether there is a next page. */
export function pageFrom(after: readonly [number, string] | undefined, limit: number) {
  const position = after === undefined ? {} : { after: { atUs: after[0], id: after[1] } };
  return { ...position, limit: limit + 1 };
}

/** An instant of a query as FreeSWITCH counts. */
export function microseconds(instant: Date | undefined): number | undefined {
  return instant === undefined ? undefined : instant.getTime() * 1000;
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Leaves out the members that have no value. */
export function given<T extends object>(wanted: T): Given<T> {
  const entries = Object.entries(wanted).filter(([, value]) => value !== undefined);
  // Only members that are undefined were taken out.
  return Object.fromEntries(entries) as Given<T>;
}
