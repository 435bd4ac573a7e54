import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { frameRecord, readSegment, SEGMENT_MAGIC } from '../../../server/spool/frames.js';

const texts = fc.array(fc.string({ maxLength: 40 }), { minLength: 1, maxLength: 8 });

function segmentOf(records: readonly string[]): Buffer {
  return Buffer.concat([SEGMENT_MAGIC, ...records.map((text) => frameRecord(Buffer.from(text)))]);
}

function textsOf(bytes: Buffer): readonly string[] {
  return readSegment(bytes).payloads.map((payload) => payload.toString());
}

describe('the records of a spool segment', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(texts, (records) => {
        const bytes = segmentOf(records);
        expect(textsOf(bytes)).to.deep.equal(records);
        expect(readSegment(bytes)).to.include({ tail: 'none', goodBytes: bytes.length });
      }),
    );
  });

  it('are all there but the last, wherever the writing was cut', () => {
    fc.assert(
      fc.property(texts, fc.nat(), (records, seed) => {
        const whole = segmentOf(records);
        const cut = whole.subarray(0, seed % whole.length);
        const found = textsOf(cut);
        expect(found).to.deep.equal(records.slice(0, found.length));
        const isAtEdge = segmentOf(found).length === cut.length;
        expect(readSegment(cut).tail).to.equal(isAtEdge ? 'none' : 'torn');
      }),
    );
  });

  it('are believed only while every bit of them is as it was', () => {
    fc.assert(
      fc.property(texts, fc.nat(), fc.integer({ min: 0, max: 7 }), (records, seed, bit) => {
        const bytes = segmentOf(records);
        const at = seed % bytes.length;
        bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at);
        const found = textsOf(bytes);
        expect(found.length).to.be.below(records.length);
        expect(found).to.deep.equal(records.slice(0, found.length));
        expect(readSegment(bytes).tail).to.equal('damaged');
      }),
    );
  });

  it('are none where a lost block left zeros', () => {
    const bytes = Buffer.concat([segmentOf(['kept']), Buffer.alloc(4096)]);
    expect(textsOf(bytes)).to.deep.equal(['kept']);
    expect(readSegment(bytes).tail).to.equal('damaged');
  });
});
