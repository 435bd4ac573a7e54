import { detectDateFormat, detectDecimal } from './detect-marks.js';
import { detectSeparator } from './detect-separator.js';
import { findHeader, isSameHeader } from './find-header.js';
import { sampleRecords } from './sample-records.js';
import { DeckFileFault } from './types.js';
import type { DeckFileOptions, DeckFormat, RememberedFormat } from './types.js';

const SAMPLE_RECORDS = 20_000;
/**
 * Finds out how a file is to be read from its beginning. What a person said is taken; the rest is
 * concluded from all lines of the sample, and where they leave a doubt about money or dates the file
 * is refused with the option that settles it.
 *
 * @throws DeckFileFault
 */
export function detectFormat(
  sample: string,
  options: DeckFileOptions = {},
  remembered: RememberedFormat | null = null,
): DeckFormat {
  if (sample.trim() === '' || sample === '\ufeff') {
    throw new DeckFileFault('empty_file', 0, 'the file is empty');
  }
  const separator = options.separator ?? detectSeparator(sample) ?? ',';
  const records = sampleRecords(sample, separator, SAMPLE_RECORDS);
  const found = findHeader(records, separator, options, remembered);
  const body = records.slice(found.bodyAt);
  const memory = isSameHeader(found.header, remembered?.header) ? remembered : null;
  const decimal = options.decimal ?? detectDecimal(body, found.matched.columns, memory);
  return {
    separator,
    headerLine: found.line,
    header: found.header,
    columns: found.matched.columns,
    columnCount: found.columnCount,
    decimal,
    isDecimalGiven: options.decimal !== undefined,
    dateFormat: detectDateFormat(body, found.matched.columns, options, memory),
    notes: found.matched.notes,
  };
}

/** What to remember of a format, so that the next file of the same form is read in the same way. */
export function rememberFormat(format: DeckFormat): RememberedFormat {
  const { header, columnCount, columns, separator, decimal, dateFormat } = format;
  const keys = header.map((cell) => cell.trim());
  const mapping = Object.fromEntries(
    Object.entries(columns).map(([field, column]) => {
      const name = keys[column] ?? '';
      const isName = name !== '' && keys.indexOf(name) === keys.lastIndexOf(name);
      return [field, isName ? name : String(column + 1)];
    }),
  );
  return { header, columnCount, mapping, separator, decimal, dateFormat };
}
