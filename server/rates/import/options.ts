import { z } from 'zod';
import type { RememberedFormat } from '../../../rating/deck-file/types.js';
import type { DeckFileOptions } from '../../../rating/deck-file/types.js';

const separator = z.enum([',', ';', '\t', '|']);
const decimal = z.enum(['.', ',']);
const dateFormat = z.enum(['Y-M-D', 'D/M/Y', 'M/D/Y']);
const mapping = z.record(z.string().max(64), z.string().max(200));

export const fileEncoding = z.enum(['utf-8', 'utf-16le', 'utf-16be', 'windows-1252']);

/** How to read a file, as far as a person said. */
export const readOptions = z.object({
  mapping: mapping.optional(),
  separator: separator.optional(),
  decimal: decimal.optional(),
  dateFormat: dateFormat.optional(),
  header: z.boolean().optional(),
  defaultIncrement: z
    .string()
    .regex(/^\d{1,6}(\/\d{1,6})?$/, 'must be an increment such as 60/60')
    .optional(),
  encoding: fileEncoding.optional(),
});

export type ReadOptions = z.output<typeof readOptions>;

/** What an import was asked to do, as it is stored with it. */
export const storedOptions = z.object({
  mode: z.enum(['replace', 'merge']),
  /** When the release is meant to begin to price calls. */
  effectiveFrom: z.iso.datetime(),
  note: z.string().max(255),
  read: readOptions,
  /** The node in whose upload folder the file waits; null when a command reads it where it lies. */
  spoolNode: z.string().nullable(),
});

export type StoredOptions = z.output<typeof storedOptions>;
export type ImportMode = StoredOptions['mode'];

const rememberedFormat = z.object({
  header: z.array(z.string()),
  columnCount: z.int(),
  mapping,
  separator,
  decimal,
  dateFormat: dateFormat.nullable(),
});

/** What the sheet's last import learned; null where there is nothing, or nothing we understand. */
export function parseRemembered(stored: unknown): RememberedFormat | null {
  const parsed = rememberedFormat.safeParse(stored);
  return parsed.success ? parsed.data : null;
}

/** Without members that are undefined. */
export function toDeckOptions(read: ReadOptions): DeckFileOptions {
  const { encoding: _encoding, ...options } = read;
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  // Only absent members were taken out, which the type has as optional.
  return Object.fromEntries(entries) as DeckFileOptions;
}

const SEPARATOR_NAMES: Readonly<Record<string, string>> = {
  tab: '\t',
  '\\t': '\t',
  comma: ',',
  semicolon: ';',
  pipe: '|',
};
const ENCODING_NAMES: Readonly<Record<string, string>> = {
  utf8: 'utf-8',
  'utf-16': 'utf-16le',
  utf16: 'utf-16le',
  utf16le: 'utf-16le',
  utf16be: 'utf-16be',
  cp1252: 'windows-1252',
  latin1: 'windows-1252',
  'iso-8859-1': 'windows-1252',
};

/** A separator by sign or by name, such as `;` or `tab`; unknown text is left to be refused. */
export function separatorNamed(text: string): string {
  return SEPARATOR_NAMES[text.toLowerCase()] ?? text;
}

export function encodingNamed(text: string): string {
  return ENCODING_NAMES[text.toLowerCase()] ?? text.toLowerCase();
}

/** `d/m/y`, `DD.MM.YYYY` and the like in the way it is stored; unknown text is left to be refused. */
export function dateFormatNamed(text: string): string {
  const order = text
    .toUpperCase()
    .replace(/[^DMY]/g, '')
    .replace(/(.)\1+/g, '$1');
  return { YMD: 'Y-M-D', DMY: 'D/M/Y', MDY: 'M/D/Y' }[order] ?? text;
}

/** `prefix=Code,rate=3` as a mapping; null when it is not of that form. */
export function parseMapping(text: string): Record<string, string> | null {
  const pairs = text.split(',').map((pair) => /^\s*([^=]+?)\s*=\s*(.*?)\s*$/.exec(pair));
  if (pairs.some((pair) => pair === null)) return null;
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']));
}
