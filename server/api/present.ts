import type { z } from 'zod';
import { snakeKeys, toCamel } from '../admin/case.js';

/**
 * A row as the outside sees it: exactly the fields its schema names, in its order. What the schema
 * does not name (hashes, sealed passwords) cannot get out.
 */
export function present(schema: z.ZodObject, row: object): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const name of Object.keys(schema.shape)) {
    const value: unknown = Reflect.get(row, toCamel(name)) ?? Reflect.get(row, name) ?? null;
    shown[name] = value instanceof Date ? value.toISOString() : snakeKeys(value);
  }
  return shown;
}

/** Microseconds of FreeSWITCH as an RFC 3339 instant; null where the thing never happened. */
export function instantOfUs(us: number | null): string | null {
  if (us === null || us <= 0) return null;
  const ms = Math.floor(us / 1000);
  const fraction = String(us % 1_000_000).padStart(6, '0');
  return `${new Date(ms).toISOString().slice(0, 19)}.${fraction}Z`;
}
