import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { type Frame, FrameDecoder, FrameError } from '../../../server/esl/frame-decoder.js';
import { framesOf, recordedBytes, scenariosWith } from './recorded.js';

const LIMITS = { maxHeaderBytes: 200, maxBodyBytes: 1000 };

function texts(frames: readonly Frame[]): readonly string[] {
  return frames.map((frame) => `${JSON.stringify(frame.headers)} ${frame.body.toString('utf8')}`);
}

function decode(text: string): readonly Frame[] {
  const frames: Frame[] = [];
  new FrameDecoder((frame) => frames.push(frame), LIMITS).push(Buffer.from(text));
  return frames;
}

describe('the frame decoder', () => {
  it('gives the same frames wherever two chunks meet', () => {
    const bytes = recordedBytes('01-register', 'esl.json.raw');
    const whole = texts(framesOf(bytes));
    expect(whole).to.have.length(2);
    for (let cut = 1; cut < bytes.length; cut += 1) {
      expect(texts(framesOf(bytes, [cut])), `cut at ${cut}`).to.deep.equal(whole);
    }
  });

  it('gives the same frames when every byte comes alone', () => {
    for (const scenario of ['00-startup', '01-register']) {
      const bytes = recordedBytes(scenario, 'esl.plain.raw');
      const everyByte = Array.from({ length: bytes.length - 1 }, (_, index) => index + 1);
      expect(texts(framesOf(bytes, everyByte))).to.deep.equal(texts(framesOf(bytes)));
    }
  });

  it('gives the same frames for every recording, cut anywhere', () => {
    for (const file of ['esl.json.raw', 'esl.plain.raw']) {
      for (const scenario of scenariosWith(file)) {
        const bytes = recordedBytes(scenario, file);
        const whole = texts(framesOf(bytes));
        const cuts = fc.array(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 60 });
        fc.assert(
          fc.property(cuts, (offsets) => {
            const ends = [...new Set(offsets)].sort((a, b) => a - b);
            expect(texts(framesOf(bytes, ends))).to.deep.equal(whole);
          }),
          { numRuns: 8, seed: 20_261_122 },
        );
      }
    }
  });

  it('tells a reply without a body from one with a body', () => {
    const frames = decode(
      'Content-Type: command/reply\nReply-Text: +OK accepted\n\n' +
        'Content-Type: api/response\nContent-Length: 4\n\n+OK\nContent-Type: auth/request\n\n',
    );
    expect(frames.map((frame) => frame.headers['Content-Type'])).to.deep.equal([
      'command/reply',
      'api/response',
      'auth/request',
    ]);
    expect(frames.map((frame) => frame.body.toString())).to.deep.equal(['', '+OK\n', '']);
  });

  it('keeps a value that holds colons and passes over empty lines between frames', () => {
    const [frame] = decode('\n\n\nReply-Text: +OK Job-UUID: a: b\n\n');
    expect(frame?.headers['Reply-Text']).to.equal('+OK Job-UUID: a: b');
  });

  it('takes a header called __proto__ for a name and nothing more', () => {
    const [frame] = decode('__proto__: polluted\nA: b\n\n');
    expect(frame?.headers['A']).to.equal('b');
    expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined);
  });

  it('refuses a header block or a body beyond its limits, and a length that is no number', () => {
    expect(() => decode('X'.repeat(201))).to.throw(FrameError, /header block/);
    expect(() => decode('Content-Length: 1001\n\n')).to.throw(FrameError, /1001 bytes/);
    expect(() => decode('Content-Length: -1\n\n')).to.throw(FrameError, /not a number/);
    expect(() => decode('Content-Length: 1e3\n\n')).to.throw(FrameError, /not a number/);
  });

  it('hands over the frames that came before the one that breaks the stream', () => {
    const frames: Frame[] = [];
    const decoder = new FrameDecoder((frame) => frames.push(frame), LIMITS);
    const bytes = Buffer.from('A: 1\n\nContent-Length: no\n\n');
    expect(() => decoder.push(bytes)).to.throw(FrameError);
    expect(frames).to.have.length(1);
  });

  it('takes a body of 32 MB in small pieces in time that grows with its size only', () => {
    const size = 32 * 1024 * 1024;
    const frames: Frame[] = [];
    const decoder = new FrameDecoder((frame) => frames.push(frame));
    decoder.push(Buffer.from(`Content-Length: ${size}\n\n`));
    const piece = Buffer.alloc(16 * 1024, 0x61);
    const started = performance.now();
    for (let sent = 0; sent < size; sent += piece.length) decoder.push(piece);
    // Quadratic assembly takes 45 s for this; linear copying some tens of milliseconds.
    expect(performance.now() - started).to.be.below(3000);
    expect(frames[0]?.body.length).to.equal(size);
  });
});
