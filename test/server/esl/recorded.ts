import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CallEvent } from '../../../server/calls/reports.js';
import { decodeEvent, readEventFrame } from '../../../server/esl/decode-event.js';
import { type Frame, FrameDecoder } from '../../../server/esl/frame-decoder.js';

export const RECORDED = join(process.cwd(), 'test/fixtures/recorded');

/** Names of the scenario folders that hold the given file. */
export function scenariosWith(file: string): readonly string[] {
  return readdirSync(RECORDED).filter((name) => existsSync(join(RECORDED, name, file)));
}

export function recordedBytes(scenario: string, file: string): Buffer {
  return readFileSync(join(RECORDED, scenario, file));
}

/** Decodes bytes given in chunks; `ends` are the offsets at which a chunk ends. */
export function framesOf(bytes: Buffer, ends: readonly number[] = []): readonly Frame[] {
  const frames: Frame[] = [];
  const decoder = new FrameDecoder((frame) => frames.push(frame));
  let from = 0;
  for (const end of [...ends, bytes.length]) {
    // A copy, as a socket would hand over, so that no frame can lean on the neighbouring bytes.
    decoder.push(Buffer.from(bytes.subarray(from, end)));
    from = end;
  }
  return frames;
}

export function eventsOf(frames: readonly Frame[]): readonly CallEvent[] {
  return frames.flatMap((frame) => {
    const headers = readEventFrame(frame);
    const event = headers === null ? null : decodeEvent(headers);
    return event === null ? [] : [event];
  });
}
