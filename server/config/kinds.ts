import { z } from 'zod';

/** How one setting is read: the parser of its text and the words that say what it accepts. */
export interface Kind<T> {
  readonly schema: z.ZodType<T, string>;
  readonly expected: string;
}

/** A whole number written in digits, within a range that includes both ends. */
export function integer(min: number, max: number, unit = ''): Kind<number> {
  return {
    expected: `a whole number from ${min} to ${max}${unit === '' ? '' : ` (${unit})`}`,
    schema: z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number)
      .pipe(z.number().int().min(min).max(max)),
  };
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T): Kind<T[number]> {
  return { expected: `one of ${values.join(', ')}`, schema: z.enum(values) };
}

export function flag(): Kind<boolean> {
  return {
    expected: 'true or false',
    schema: z.enum(['true', 'false']).transform((text) => text === 'true'),
  };
}

export function text(pattern: RegExp, expected: string): Kind<string> {
  return { expected, schema: z.string().regex(pattern) };
}

/** A `mysql://` or `mariadb://` address that names a database, with a host or a `socketPath`. */
export function databaseUrl(): Kind<string> {
  return {
    expected:
      'mysql://user:password@host:3306/name or mysql://user@localhost/name?socketPath=/path',
    schema: z.string().refine(isDatabaseUrl),
  };
}

function isDatabaseUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  return (
    (url.protocol === 'mysql:' || url.protocol === 'mariadb:') &&
    url.hostname !== '' &&
    url.username !== '' &&
    url.pathname.length > 1
  );
}

/** Numbers of a few digits, separated by commas; the word `none` for none at all. */
export function shortNumbers(): Kind<readonly string[]> {
  return {
    expected: 'numbers of 2 to 6 digits separated by commas, or none',
    schema: z
      .string()
      .regex(/^(none|\d{2,6}( *, *\d{2,6})*)$/)
      .transform((text) => (text === 'none' ? [] : [...new Set(text.split(/ *, */))])),
  };
}

/** An `smtp://` or `smtps://` address; null when it is left out. */
export function optionalSmtpUrl(): Kind<string | null> {
  return {
    expected: 'smtp://user:password@host:587 or smtps://user:password@host:465',
    schema: z
      .string()
      .refine((value) => value === '' || isSmtpUrl(value))
      .transform((value) => (value === '' ? null : value)),
  };
}

function isSmtpUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  return (url.protocol === 'smtp:' || url.protocol === 'smtps:') && url.hostname !== '';
}
