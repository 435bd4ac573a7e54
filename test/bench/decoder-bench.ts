import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { decodeEvent, readEventFrame } from '../../server/esl/decode-event.js';
import { FrameDecoder } from '../../server/esl/frame-decoder.js';
import type { Figure } from './figures.js';

const RECORDED = 'test/fixtures/recorded';
const CHUNK_BYTES = 64 * 1024;

/** The recorded event stream of all scenarios, `copies` times over, in chunks as a socket gives them. */
function recordedStream(copies: number): readonly Buffer[] {
  const scenarios = readdirSync(RECORDED, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('00'))
    .map((entry) => join(RECORDED, entry.name, 'esl.json.raw'))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path));
  const once = Buffer.concat(scenarios);
  const all = Buffer.concat(Array.from({ length: copies }, () => once));
  const chunks: Buffer[] = [];
  for (let at = 0; at < all.length; at += CHUNK_BYTES) {
    chunks.push(all.subarray(at, at + CHUNK_BYTES));
  }
  return chunks;
}

/** Events per second through our framer and decoder, and through the parser modesl ships. */
export function benchDecoder(copies: number): readonly Figure[] {
  const chunks = recordedStream(copies);
  const ours = time(() => runOurs(chunks));
  const stock = time(() => runStock(chunks));
  const oursPerS = ours.count / ours.seconds;
  const stockPerS = stock.count / stock.seconds;
  return [
    { name: 'events decoded, stock modesl parser', value: stockPerS, unit: 'events/s' },
    {
      name: 'events decoded, ours',
      value: oursPerS,
      unit: 'events/s',
      ratio: { value: oursPerS / stockPerS, baseline: 'stock modesl' },
      note: `${String(ours.count)} recorded events, ${String(Math.round(bytesOf(chunks) / 1e6))} MB`,
    },
  ];
}

function bytesOf(chunks: readonly Buffer[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}

function time(run: () => number): { readonly count: number; readonly seconds: number } {
  run();
  const started = process.hrtime.bigint();
  const count = run();
  return { count, seconds: Number(process.hrtime.bigint() - started) / 1e9 };
}

function runOurs(chunks: readonly Buffer[]): number {
  let frames = 0;
  const decoder = new FrameDecoder((frame) => {
    const headers = readEventFrame(frame);
    if (headers !== null) decodeEvent(headers);
    frames += 1;
  });
  for (const chunk of chunks) decoder.push(chunk);
  return frames;
}

type StockParser = new (socket: EventEmitter) => {
  on(event: string, listener: () => void): void;
};

function runStock(chunks: readonly Buffer[]): number {
  const require = createRequire(import.meta.url);
  // The class modesl itself uses; it has no types.
  const Parser = require('modesl/lib/esl/Parser.js') as StockParser;
  const socket = new EventEmitter();
  const parser = new Parser(socket);
  let events = 0;
  parser.on('esl::event', () => {
    events += 1;
  });
  for (const chunk of chunks) socket.emit('data', chunk);
  return events;
}
