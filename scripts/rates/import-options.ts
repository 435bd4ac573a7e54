import { instantOf, readDate } from '../../rating/deck-file/dates.js';
import type { Zone } from '../../rating/time/zone.js';
import {
  dateFormatNamed,
  encodingNamed,
  parseMapping,
  readOptions,
  separatorNamed,
} from '../../server/rates/import/options.js';
import type { ImportMode, ReadOptions } from '../../server/rates/import/options.js';
import type { OptionValues } from './command.js';
import { textOption, UsageError } from './command.js';

/** How to read the file, from the command line. @throws UsageError */
export function readOptionsOf(values: OptionValues): ReadOptions {
  const separator = textOption(values, 'separator');
  const decimal = textOption(values, 'decimal');
  const encoding = textOption(values, 'encoding');
  const dateFormat = textOption(values, 'date-format');
  const defaultIncrement = textOption(values, 'default-increment');
  const parsed = readOptions.safeParse({
    ...mappingOf(values),
    ...(separator === undefined ? {} : { separator: separatorNamed(separator) }),
    ...(decimal === undefined ? {} : { decimal }),
    ...(encoding === undefined ? {} : { encoding: encodingNamed(encoding) }),
    ...(dateFormat === undefined ? {} : { dateFormat: dateFormatNamed(dateFormat) }),
    ...(defaultIncrement === undefined ? {} : { defaultIncrement }),
    ...(values['no-header'] === true ? { header: false } : {}),
  });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UsageError(`${String(issue?.path[0] ?? 'options')}: ${issue?.message ?? 'not valid'}`);
}

function mappingOf(values: OptionValues): { readonly mapping?: Record<string, string> } {
  const given = values['map'];
  if (!Array.isArray(given) || given.length === 0) return {};
  const mapping: Record<string, string> = {};
  for (const text of given.map(String)) {
    const pairs = parseMapping(text);
    if (pairs === null) throw new UsageError(`--map: found '${text}', expected prefix=Code,rate=3`);
    Object.assign(mapping, pairs);
  }
  return { mapping };
}

/** @throws UsageError */
export function modeOf(values: OptionValues): ImportMode {
  const mode = textOption(values, 'mode') ?? 'replace';
  if (mode === 'replace' || mode === 'merge') return mode;
  throw new UsageError(`--mode: found '${mode}', expected replace or merge`);
}

/** An instant by the sheet's clocks: `2026-12-01`, `2026-12-01 06:00` or with an offset. */
export function effectiveFromOf(values: OptionValues, zone: Zone): Date | undefined {
  const text = textOption(values, 'effective');
  if (text === undefined) return undefined;
  const date = readDate(text, 'Y-M-D');
  if (date === null) throw new UsageError(`--effective: found '${text}', expected 2026-12-01`);
  return new Date(instantOf(date, zone, false));
}
