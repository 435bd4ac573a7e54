import { expect } from 'chai';
import { describe, it } from 'mocha';
import { openSession, reduceSession } from '../../rating/session/reduce-session.js';
import type {
  CallSession,
  SessionEffect,
  SessionEvent,
  SessionLimits,
} from '../../rating/session/types.js';

const LIMITS: SessionLimits = { marginMs: 30_000, sliceSeconds: 60, maxSeconds: 150 };
const END = {
  billUs: 70_000_000,
  answeredAtMs: 10_000,
  endedAtMs: 80_000,
  cause: 'NORMAL_CLEARING',
};

/** Runs a dated story and returns where it ended and what each piece of news caused. */
function tell(
  story: readonly (readonly [number, SessionEvent])[],
  start: CallSession = openSession(LIMITS, 60, false),
): { readonly state: CallSession; readonly effects: readonly (readonly SessionEffect[])[] } {
  let state = start;
  const effects: (readonly SessionEffect[])[] = [];
  for (const [nowMs, event] of story) {
    const change = reduceSession(state, event, nowMs);
    state = change.state;
    effects.push(change.effects);
  }
  return { state, effects };
}

describe('a call session', () => {
  it('follows a prepaid call from answer through extensions to settlement', () => {
    const { state, effects } = tell([
      [5_000, { kind: 'ringing' }],
      [10_000, { kind: 'answered', answeredAtMs: 10_000 }],
      [30_000, { kind: 'heartbeat', answeredAtMs: 10_000 }],
      [50_000, { kind: 'heartbeat', answeredAtMs: 10_000 }],
      [50_010, { kind: 'hold_extended', grantedSeconds: 120, isFinal: false }],
      [110_000, { kind: 'tick' }],
      [110_010, { kind: 'hold_extended', grantedSeconds: 150, isFinal: false }],
      [150_000, { kind: 'tick' }],
      [160_000, { kind: 'tick' }],
      [160_500, { kind: 'ended', ...END }],
      [160_600, { kind: 'settled' }],
    ]);
    expect(effects).to.deep.equal([
      [],
      [{ kind: 'scheduleCut', atMs: 70_000 }],
      [],
      [{ kind: 'extendHold', toSeconds: 120 }],
      [{ kind: 'scheduleCut', atMs: 130_000 }],
      [{ kind: 'extendHold', toSeconds: 150 }],
      [{ kind: 'scheduleCut', atMs: 160_000 }],
      [],
      [{ kind: 'cutNow' }],
      [{ kind: 'settleLeg', ...END }],
      [],
    ]);
    expect(state.status).to.equal('settled');
  });

  it('asks no more once the money has ended', () => {
    const { effects } = tell([
      [10_000, { kind: 'answered', answeredAtMs: 10_000 }],
      [50_000, { kind: 'hold_extended', grantedSeconds: 75, isFinal: true }],
      [60_000, { kind: 'heartbeat', answeredAtMs: 10_000 }],
      [85_000, { kind: 'heartbeat', answeredAtMs: 10_000 }],
    ]);
    expect(effects.slice(1)).to.deep.equal([
      [{ kind: 'scheduleCut', atMs: 85_000 }],
      [],
      [{ kind: 'cutNow' }],
    ]);
  });

  it('learns from a heartbeat that the answer was missed', () => {
    const { state, effects } = tell([[50_000, { kind: 'heartbeat', answeredAtMs: 10_000 }]]);
    expect(state.status).to.equal('answered');
    expect(effects).to.deep.equal([
      [
        { kind: 'scheduleCut', atMs: 70_000 },
        { kind: 'extendHold', toSeconds: 120 },
      ],
    ]);
  });

  it('settles once however often and late news comes', () => {
    const { state, effects } = tell([
      [80_000, { kind: 'ended', ...END }],
      [80_001, { kind: 'ended', ...END, billUs: 1 }],
      [80_002, { kind: 'answered', answeredAtMs: 10_000 }],
      [80_003, { kind: 'heartbeat', answeredAtMs: 10_000 }],
      [80_004, { kind: 'hold_extended', grantedSeconds: 150, isFinal: false }],
      [80_005, { kind: 'rejected' }],
      [80_006, { kind: 'lost' }],
    ]);
    expect(effects.flat()).to.deep.equal([{ kind: 'settleLeg', ...END }]);
    expect(state.status).to.equal('ended');
  });

  it('asks again for a settlement that nobody confirmed', () => {
    const { effects } = tell([
      [80_000, { kind: 'ended', ...END }],
      [90_000, { kind: 'tick' }],
      [90_001, { kind: 'settled' }],
      [99_000, { kind: 'tick' }],
    ]);
    expect(effects.map((list) => list.length)).to.deep.equal([1, 1, 0, 0]);
  });

  it('gives the money of a rejected or vanished unanswered call back', () => {
    expect(tell([[0, { kind: 'rejected' }]]).effects).to.deep.equal([[{ kind: 'releaseHold' }]]);
    const vanished = tell([[0, { kind: 'lost' }]]);
    expect(vanished.state.status).to.equal('orphaned');
    expect(vanished.effects).to.deep.equal([[{ kind: 'releaseHold' }]]);
  });

  it('keeps the money of a vanished answered call until its end is known', () => {
    const { state, effects } = tell([
      [10_000, { kind: 'answered', answeredAtMs: 10_000 }],
      [60_000, { kind: 'lost' }],
      [90_000, { kind: 'ended', ...END }],
    ]);
    expect(effects.slice(1)).to.deep.equal([[], [{ kind: 'settleLeg', ...END }]]);
    expect(state.status).to.equal('ended');
  });

  it('records each failed attempt once', () => {
    const attempt: SessionEvent = {
      kind: 'attempt_failed',
      attemptId: 'leg-1',
      routeIndex: 0,
      cause: 'NORMAL_TEMPORARY_FAILURE',
      postDialDelayMs: 800,
    };
    const { effects } = tell([
      [1, attempt],
      [2, attempt],
      [3, { ...attempt, attemptId: 'leg-2' }],
    ]);
    expect(effects.map((list) => list.length)).to.deep.equal([1, 0, 1]);
    expect(effects[0]?.[0]).to.deep.include({ kind: 'recordAttempt', attemptId: 'leg-1' });
  });
});
