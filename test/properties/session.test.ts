import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { openSession, reduceSession } from '../../rating/session/reduce-session.js';
import type { CallSession, SessionEffect, SessionEvent } from '../../rating/session/types.js';

const ORDER = ['authorized', 'ringing', 'answered', 'orphaned', 'ended', 'settled', 'rejected'];
const progress = ({ status }: CallSession): number => Math.min(ORDER.indexOf(status), 5);

const END: SessionEvent = {
  kind: 'ended',
  billUs: 90_000_000,
  answeredAtMs: 10_000,
  endedAtMs: 100_000,
  cause: 'NORMAL_CLEARING',
};
/** Everything that is told about one answered call; each may come late, twice or not in order. */
const NEWS: readonly SessionEvent[] = [
  { kind: 'ringing' },
  { kind: 'attempt_failed', attemptId: 'a', routeIndex: 0, cause: 'NETWORK', postDialDelayMs: 5 },
  {
    kind: 'attempt_failed',
    attemptId: 'b',
    routeIndex: 1,
    cause: 'NETWORK',
    postDialDelayMs: null,
  },
  { kind: 'answered', answeredAtMs: 10_000 },
  { kind: 'heartbeat', answeredAtMs: 10_000 },
  { kind: 'hold_extended', grantedSeconds: 120, isFinal: false },
  { kind: 'hold_extended', grantedSeconds: 180, isFinal: true },
  END,
];
const shuffledNews = fc
  .shuffledSubarray([...NEWS, ...NEWS], { minLength: NEWS.length * 2 })
  .chain((news) =>
    fc.tuple(fc.constant(news), fc.array(fc.nat(200_000), { minLength: 16, maxLength: 16 })),
  );

function fold(
  news: readonly SessionEvent[],
  clocks: readonly number[],
): {
  states: CallSession[];
  effects: SessionEffect[];
} {
  const limits = { marginMs: 30_000, sliceSeconds: 60, maxSeconds: 600 };
  let state = openSession(limits, 60, false);
  const states = [state];
  const effects: SessionEffect[] = [];
  news.forEach((event, index) => {
    const change = reduceSession(state, event, clocks[index] ?? 0);
    state = change.state;
    states.push(state);
    effects.push(...change.effects);
  });
  return { states, effects };
}

describe('a session told its news in any order, twice', () => {
  it('only moves forward and never takes granted time back', () => {
    fc.assert(
      fc.property(shuffledNews, ([news, clocks]) => {
        const { states } = fold(news, clocks);
        states.slice(1).forEach((state, index) => {
          const before = states[index];
          if (before === undefined) return;
          expect(progress(state)).to.be.at.least(progress(before));
          expect(state.grantedSeconds).to.be.at.least(before.grantedSeconds);
        });
      }),
    );
  });

  it('ends in the same place, settles once and records each attempt once', () => {
    fc.assert(
      fc.property(shuffledNews, ([news, clocks]) => {
        const { states, effects } = fold(news, clocks);
        const last = states.at(-1);
        expect(last?.status).to.equal('ended');
        expect(last?.end?.billUs).to.equal(90_000_000);
        expect(effects.filter(({ kind }) => kind === 'settleLeg').length).to.equal(1);
        expect(effects.filter(({ kind }) => kind === 'recordAttempt').length).to.equal(2);
      }),
    );
  });

  it('does nothing to a running call after its end is known', () => {
    fc.assert(
      fc.property(shuffledNews, ([news, clocks]) => {
        const { effects } = fold([END, ...news], [0, ...clocks]);
        const kinds = new Set(effects.slice(1).map(({ kind }) => kind));
        kinds.delete('recordAttempt');
        expect([...kinds]).to.deep.equal([]);
      }),
    );
  });
});
