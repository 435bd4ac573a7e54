import { crc32 } from 'node:zlib';

/** Starts every segment and names the layout of what follows. */
export const SEGMENT_MAGIC = Buffer.from('RLSPOOL1', 'latin1');

const HEADER_BYTES = 12;
/** Larger than any body that is read, as the text of a record. */
const MAX_RECORD_BYTES = 536_870_912;

/**
 * One record as it is on disk: its length, the CRC-32 of those four bytes, the CRC-32 of the record,
 * each unsigned 32 bits and big-endian, and then the record. A length of its own checksum tells a
 * record that was never finished, which nobody was told about, from one that was damaged.
 *
 * @throws RangeError for a record that is too large
 */
export function frameRecord(payload: Buffer): Buffer {
  if (payload.length > MAX_RECORD_BYTES) {
    throw new RangeError(`spool: found a record of ${String(payload.length)} bytes`);
  }
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  frame.writeUInt32BE(payload.length, 0);
  frame.writeUInt32BE(crc32(frame.subarray(0, 4)), 4);
  frame.writeUInt32BE(crc32(payload), 8);
  payload.copy(frame, HEADER_BYTES);
  return frame;
}

export interface ReadSegment {
  readonly payloads: readonly Buffer[];
  /** Bytes from the start that are whole records. */
  readonly goodBytes: number;
  /**
   * What is behind them: nothing, the beginning of a record whose rest was never written, or bytes
   * that are complete and wrong.
   */
  readonly tail: 'none' | 'torn' | 'damaged';
}

/** Reads all whole records of a segment. Never throws: what cannot be read is told by `tail`. */
export function readSegment(bytes: Buffer): ReadSegment {
  const magicLength = SEGMENT_MAGIC.length;
  const start = bytes.subarray(0, magicLength);
  if (!start.equals(SEGMENT_MAGIC)) {
    const isBegun = SEGMENT_MAGIC.subarray(0, start.length).equals(start);
    return { payloads: [], goodBytes: 0, tail: isBegun ? 'torn' : 'damaged' };
  }
  const payloads: Buffer[] = [];
  let offset = magicLength;
  while (offset < bytes.length) {
    const next = readFrame(bytes, offset);
    if (typeof next === 'string') return { payloads, goodBytes: offset, tail: next };
    payloads.push(next);
    offset += HEADER_BYTES + next.length;
  }
  return { payloads, goodBytes: offset, tail: 'none' };
}

function readFrame(bytes: Buffer, offset: number): Buffer | 'torn' | 'damaged' {
  if (bytes.length - offset < HEADER_BYTES) return 'torn';
  if (crc32(bytes.subarray(offset, offset + 4)) !== bytes.readUInt32BE(offset + 4))
    return 'damaged';
  const length = bytes.readUInt32BE(offset);
  const from = offset + HEADER_BYTES;
  if (bytes.length - from < length) return 'torn';
  const payload = bytes.subarray(from, from + length);
  return crc32(payload) === bytes.readUInt32BE(offset + 8) ? payload : 'damaged';
}
