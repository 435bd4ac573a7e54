/** One record of a sample with the line it begins on, counted from 1. */
export interface SampleRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Splits the beginning of a file into records, forgivingly: for finding out its format, not for
 * reading it. Text after a quoted part is taken as it is, and a quote left open ends with the sample.
 */
export function sampleRecords(
  text: string,
  separator: string,
  most: number,
): readonly SampleRecord[] {
  const records: SampleRecord[] = [];
  let position = text.startsWith('\ufeff') ? 1 : 0;
  let line = 1;
  while (position < text.length && records.length < most) {
    const record = readRecord(text, position, separator);
    if (record.cells.some((cell) => cell.trim() !== ''))
      records.push({ line, cells: record.cells });
    position = record.next;
    line += record.lines;
  }
  return records;
}

interface ReadRecord {
  readonly cells: readonly string[];
  readonly next: number;
  readonly lines: number;
}

function readRecord(text: string, start: number, separator: string): ReadRecord {
  const cells: string[] = [];
  let lines = 1;
  let position = start;
  for (;;) {
    const cell = readCell(text, position, separator);
    cells.push(cell.value);
    lines += cell.newlines;
    position = cell.next;
    if (text[position] === separator) {
      position += 1;
      continue;
    }
    if (text[position] === '\r') position += 1;
    if (text[position] === '\n') position += 1;
    return { cells, next: position, lines };
  }
}

function readCell(
  text: string,
  start: number,
  separator: string,
): { readonly value: string; readonly next: number; readonly newlines: number } {
  let value = '';
  let newlines = 0;
  let position = start;
  if (text[position] === '"') {
    position += 1;
    for (;;) {
      const quote = text.indexOf('"', position);
      const part = text.slice(position, quote < 0 ? text.length : quote);
      value += part;
      newlines += part.split('\n').length - 1;
      position = quote < 0 ? text.length : quote + 1;
      if (text[position] !== '"' || quote < 0) break;
      value += '"';
      position += 1;
    }
  }
  const rest = position;
  while (position < text.length && !isEnd(text[position], separator)) position += 1;
  return { value: value + text.slice(rest, position), next: position, newlines };
}

function isEnd(sign: string | undefined, separator: string): boolean {
  return sign === separator || sign === '\n' || sign === '\r';
}
