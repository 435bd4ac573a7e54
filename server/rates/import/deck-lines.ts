import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { CsvError, Parser } from 'csv-parse';
import type { Separator } from '../../../rating/deck-file/types.js';
import { DeckFileFault } from '../../../rating/deck-file/types.js';
import type { FileEncoding } from './file-facts.js';

/** One record of a file and the line it begins on, counted from 1. */
export interface DeckLine {
  readonly line: number;
  readonly cells: readonly string[];
}

/** Lines of one piece of a file, and how many of its bytes are behind them. */
export interface LineBatch {
  readonly lines: readonly DeckLine[];
  readonly bytesRead: number;
}

const CHUNK_BYTES = 128 * 1024;
/** No rate is described in more; what is longer is a quote that was never closed. */
const MOST_RECORD_BYTES = 256 * 1024;
/** Enough for the formats of thousands of lines; more would only take time. */
const SAMPLE_BYTES = 1024 * 1024;

/** The beginning of a file as text, cut at the end of a line. */
export async function readSample(path: string, encoding: FileEncoding): Promise<string> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(SAMPLE_BYTES);
    const { bytesRead } = await file.read(buffer, 0, SAMPLE_BYTES, 0);
    const text = new TextDecoder(encoding).decode(buffer.subarray(0, bytesRead));
    return bytesRead < SAMPLE_BYTES ? text : text.slice(0, text.lastIndexOf('\n') + 1);
  } finally {
    await file.close();
  }
}

/**
 * Splits a file into records, a piece at a time. Quotes may hold separators, line breaks and doubled
 * quotes; line numbers count every line of the file.
 *
 * @throws DeckFileFault for quotes that are not closed, or not where quotes belong
 */
export async function* readLines(
  path: string,
  encoding: FileEncoding,
  separator: Separator,
): AsyncGenerator<LineBatch, void> {
  const tokeniser = new Tokeniser(separator);
  const decode = decoderOf(encoding);
  let bytesRead = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
    // A stream without an encoding gives buffers.
    const bytes = chunk as Buffer;
    bytesRead += bytes.length;
    await tokeniser.write(decode(bytes));
    yield { lines: tokeniser.take(), bytesRead };
  }
  await tokeniser.end();
  yield { lines: tokeniser.take(), bytesRead };
}

function decoderOf(encoding: FileEncoding): (bytes: Buffer) => Buffer {
  if (encoding === 'utf-8') return (bytes) => bytes;
  const decoder = new TextDecoder(encoding);
  return (bytes) => Buffer.from(decoder.decode(bytes, { stream: true }));
}

/** csv-parse, driven piece by piece: records are counted and kept the moment they are complete. */
class Tokeniser {
  private readonly parser: Parser;
  private records: DeckLine[] = [];
  private line = 1;
  private failure: Error | null = null;

  constructor(separator: Separator) {
    this.parser = new Parser({
      delimiter: separator,
      record_delimiter: ['\r\n', '\n', '\r'],
      bom: true,
      relax_column_count: true,
      max_record_size: MOST_RECORD_BYTES,
      on_record: (cells: readonly string[]) => {
        this.keep(cells);
        // Nothing is queued in the stream itself: what it answers is taken from `records`.
        return null;
      },
    });
    this.parser.on('error', (error: Error) => {
      this.failure = error;
    });
    this.parser.resume();
  }

  async write(chunk: Buffer): Promise<void> {
    if (chunk.length === 0) return;
    await new Promise<void>((resolve, reject) => {
      this.parser.write(chunk, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(this.faultOf(error));
      });
    });
  }

  async end(): Promise<void> {
    if (this.failure !== null) throw this.faultOf(this.failure);
    await new Promise<void>((resolve, reject) => {
      this.parser.once('error', (error: Error) => {
        reject(this.faultOf(error));
      });
      this.parser.once('end', resolve);
      this.parser.end();
    });
  }

  take(): readonly DeckLine[] {
    const taken = this.records;
    this.records = [];
    return taken;
  }

  private keep(cells: readonly string[]): void {
    this.records.push({ line: this.line, cells });
    this.line += 1;
    for (const cell of cells) {
      if (cell.includes('\n') || cell.includes('\r'))
        this.line += cell.split(/\r\n|\r|\n/).length - 1;
    }
  }

  private faultOf(error: Error): Error {
    if (!(error instanceof CsvError)) return error;
    const { line } = this;
    switch (error.code) {
      case 'CSV_QUOTE_NOT_CLOSED':
        return new DeckFileFault(
          'unclosed_quote',
          line,
          'a quote opens here and is not closed; the file may be cut off',
        );
      case 'CSV_MAX_RECORD_SIZE':
        return new DeckFileFault(
          'unclosed_quote',
          line,
          'the record that begins here does not end; a quote may be left open',
        );
      case 'CSV_INVALID_CLOSING_QUOTE':
      case 'INVALID_OPENING_QUOTE':
        return new DeckFileFault(
          'invalid_quoting',
          line,
          'a quote is not where one may be; double a quote that is part of a text',
        );
      default:
        return new DeckFileFault('unreadable_line', line, error.message.slice(0, 400));
    }
  }
}
