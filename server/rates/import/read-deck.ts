import { detectFormat } from '../../../rating/deck-file/detect-format.js';
import type { RememberedFormat } from '../../../rating/deck-file/types.js';
import { readIncrements } from '../../../rating/deck-file/increments.js';
import { LineRegister } from '../../../rating/deck-file/line-register.js';
import type { Clash } from '../../../rating/deck-file/line-register.js';
import { RowParser } from '../../../rating/deck-file/row-parser.js';
import { DeckFileFault } from '../../../rating/deck-file/types.js';
import type {
  DeckFileOptions,
  DeckFormat,
  FileRow,
  LineProblem,
} from '../../../rating/deck-file/types.js';
import type { Zone } from '../../../rating/time/zone.js';
import { readLines, readSample } from './deck-lines.js';
import type { DeckLine } from './deck-lines.js';
import type { FileFacts } from './file-facts.js';

/** Rows of a release; more make no sense, and a file of another kind may have them. */
export const USUAL_MAX_ROWS = 5_000_000;

export interface DeckSource {
  readonly path: string;
  readonly facts: FileFacts;
  readonly options: DeckFileOptions;
  readonly remembered: RememberedFormat | null;
  /** Zone of the sheet. */
  readonly zone: Zone;
  readonly maxRows?: number;
  readonly signal: AbortSignal;
}

/** A line that is not in the release. */
export interface RejectedLine extends LineProblem {
  readonly line: number;
  readonly raw: string;
}

/** What has been read so far. */
export interface DeckProgress {
  readonly bytesRead: number;
  /** Lines that are neither blank nor the header. */
  readonly rowsRead: number;
  /** Rows made of them; a line with several prefixes makes several. */
  readonly rowsAccepted: number;
  readonly rowsRejected: number;
}

/** Takes what is read, a piece at a time; the next piece is read meanwhile. */
export interface DeckSink {
  take(
    rows: readonly FileRow[],
    rejected: readonly RejectedLine[],
    progress: DeckProgress,
  ): Promise<void>;
}

export interface ReadDeck {
  readonly format: DeckFormat;
  readonly progress: DeckProgress;
  /** Which prefixes the file prices, and from when on. */
  readonly register: LineRegister;
}

/** A fault of one line that says the whole file is not what it was taken for. */
const FATAL = new Set(['mixed_decimals', 'mixed_date_formats']);
const RAW_LENGTH = 1000;

/** Finds out how a file is to be read. @throws DeckFileFault */
export async function detectDeck(
  source: Pick<DeckSource, 'path' | 'facts' | 'options' | 'remembered'>,
): Promise<DeckFormat> {
  if (source.facts.bytes === 0) throw new DeckFileFault('empty_file', 0, 'the file is empty');
  const sample = await readSample(source.path, source.facts.encoding);
  return detectFormat(sample, source.options, source.remembered);
}

/**
 * Reads a deck from its first byte to its last and hands over its rows and its faulty lines. Memory
 * stays the same however long the file is, but for a few bytes a row that tell doubles.
 *
 * @throws DeckFileFault for what makes the file as a whole unusable
 */
export async function readDeck(
  source: DeckSource,
  format: DeckFormat,
  sink: DeckSink,
): Promise<ReadDeck> {
  const reader = new DeckReader(source, format);
  let writing: Promise<void> = Promise.resolve();
  const batches = readLines(source.path, source.facts.encoding, format.separator);
  try {
    for await (const { lines, bytesRead } of batches) {
      source.signal.throwIfAborted();
      const { rows, rejected } = reader.read(lines);
      await writing;
      writing = sink.take(rows, rejected, reader.progress(bytesRead));
      // Whoever awaits it is the next turn of this loop; a failure before then is not an unhandled one.
      writing.catch(() => undefined);
    }
  } finally {
    await writing.catch(() => undefined);
  }
  await writing;
  reader.finish();
  return { format, progress: reader.progress(source.facts.bytes), register: reader.register };
}

/** Judges lines one after the other. */
class DeckReader {
  readonly register = new LineRegister();
  private readonly parser: RowParser;
  private readonly maxRows: number;
  private rowsRead = 0;
  private rowsRejected = 0;
  private last: { readonly line: number; readonly isShort: boolean } = { line: 0, isShort: false };
  private firstProblem: RejectedLine | null = null;

  constructor(
    private readonly source: DeckSource,
    private readonly format: DeckFormat,
  ) {
    const { defaultIncrement } = source.options;
    const defaultIncrements = readIncrements(defaultIncrement ?? '1/1');
    if (defaultIncrements === null) {
      const detail = `'${defaultIncrement ?? ''}' is no increment such as 60/60`;
      throw new DeckFileFault('invalid_option', 0, detail);
    }
    this.parser = new RowParser({
      format,
      zone: source.zone,
      defaultIncrements,
      isIncrementGiven: defaultIncrement !== undefined,
    });
    this.maxRows = source.maxRows ?? USUAL_MAX_ROWS;
  }

  read(lines: readonly DeckLine[]): {
    readonly rows: readonly FileRow[];
    readonly rejected: readonly RejectedLine[];
  } {
    const rows: FileRow[] = [];
    const rejected: RejectedLine[] = [];
    for (const line of lines) {
      if (line.line <= this.format.headerLine) continue;
      const problem = this.readLine(line, rows);
      if (problem === null) continue;
      if (FATAL.has(problem.code)) throw new DeckFileFault(problem.code, line.line, problem.detail);
      const raw = rawText(line.cells, this.format.separator);
      const found = { ...problem, line: line.line, raw };
      this.rowsRejected += 1;
      this.firstProblem ??= found;
      rejected.push(found);
    }
    return { rows, rejected };
  }

  private readLine({ line, cells }: DeckLine, rows: FileRow[]): LineProblem | null {
    const parsed = this.parser.parse(cells);
    if (parsed.kind === 'blank') return null;
    this.rowsRead += 1;
    this.last = { line, isShort: cells.length < this.format.columnCount };
    if (parsed.kind === 'problem') return parsed.problem;
    const { prefixes, row } = parsed;
    const placed = this.register.place(prefixes, row, line);
    if ('kind' in placed) return problemOf(placed);
    if (this.register.rowCount > this.maxRows) {
      const detail = `the file has more than ${String(this.maxRows)} rows`;
      throw new DeckFileFault('too_many_rows', line, detail);
    }
    for (const one of placed) rows.push(one);
    return null;
  }

  progress(bytesRead: number): DeckProgress {
    return {
      bytesRead,
      rowsRead: this.rowsRead,
      rowsAccepted: this.register.rowCount,
      rowsRejected: this.rowsRejected,
    };
  }

  /** Judges the file as a whole, once all of it was read. */
  finish(): void {
    if (this.rowsRead === 0) {
      throw new DeckFileFault('no_rows', 0, 'the file has a header and no line below it');
    }
    if (this.last.isShort && !this.source.facts.endsWithNewline) {
      const detail = 'the last line lacks columns and its end: the file is cut off';
      throw new DeckFileFault('truncated_file', this.last.line, detail);
    }
    if (this.register.rowCount === 0) {
      const first = this.firstProblem;
      const detail = `no line can be used; the first: ${first?.code ?? ''}, ${first?.detail ?? ''}`;
      throw new DeckFileFault('no_valid_rows', first?.line ?? 0, detail);
    }
  }
}

function problemOf({ kind, prefix, line }: Clash): LineProblem {
  const where = `line ${String(line)}`;
  const what = prefix === '' ? 'the empty prefix' : prefix;
  switch (kind) {
    case 'duplicate':
      return fault('duplicate_prefix', `${what} is in ${where} already, for the same times`);
    case 'overlap':
      return fault(
        'overlapping_rows',
        `${what} has a price in ${where} for some of the same times`,
      );
    case 'crowd':
      return fault('too_many_windows', `${what} has hundreds of prices already, as in ${where}`);
  }
}

function fault(code: string, detail: string): LineProblem {
  return { code, field: 'prefix', detail };
}

/** A line as a spreadsheet would show it; quotes are put where they were needed. */
function rawText(cells: readonly string[], separator: string): string {
  return cells
    .map((cell) =>
      cell.includes(separator) || /["\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell,
    )
    .join(separator)
    .slice(0, RAW_LENGTH);
}
