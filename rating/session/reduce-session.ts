import type {
  CallSession,
  SessionChange,
  SessionEffect,
  SessionEvent,
  SessionLimits,
  SessionStatus,
} from './types.js';

/** How far each status is along. An event never takes a call to a lower one. */
const PROGRESS: Readonly<Record<SessionStatus, number>> = {
  authorized: 0,
  ringing: 1,
  answered: 2,
  orphaned: 3,
  ended: 4,
  settled: 5,
  rejected: 5,
};

/** A call that has just been authorised with a first grant. */
export function openSession(
  limits: SessionLimits,
  grantedSeconds: number,
  grantIsFinal: boolean,
): CallSession {
  return {
    status: 'authorized',
    limits,
    grantedSeconds,
    grantIsFinal: grantIsFinal || grantedSeconds >= limits.maxSeconds,
    answeredAtMs: null,
    end: null,
    recordedAttempts: [],
  };
}

/**
 * What one piece of news does to a call. Pure: `nowMs` is the only clock. Late, doubled and
 * reordered news is normal input and changes nothing that later news has settled: status, grant and
 * recorded attempts only grow, and the first report of the end is the one that is settled.
 */
export function reduceSession(
  state: CallSession,
  event: SessionEvent,
  nowMs: number,
): SessionChange {
  switch (event.kind) {
    case 'ringing':
      return { state: advance(state, 'ringing'), effects: [] };
    case 'answered':
      return onAnswered(state, event.answeredAtMs, nowMs);
    case 'heartbeat':
      return onHeartbeat(state, event.answeredAtMs, nowMs);
    case 'tick':
      return onTick(state, nowMs);
    case 'hold_extended':
      return onHoldExtended(state, event, nowMs);
    case 'attempt_failed':
      return onAttemptFailed(state, event);
    case 'ended':
      return onEnded(state, event);
    case 'settled':
      return { state: advance(state, 'settled'), effects: [] };
    case 'rejected':
      return onRejected(state);
    case 'lost':
      return onLost(state);
  }
}

function advance(state: CallSession, status: SessionStatus): CallSession {
  return PROGRESS[status] > PROGRESS[state.status] ? { ...state, status } : state;
}

function isOver(state: CallSession): boolean {
  return PROGRESS[state.status] >= PROGRESS.ended;
}

function onAnswered(state: CallSession, answeredAtMs: number, nowMs: number): SessionChange {
  if (isOver(state)) return { state, effects: [] };
  const known = state.answeredAtMs;
  if (known !== null && known <= answeredAtMs) return { state, effects: [] };
  const answered = advance({ ...state, answeredAtMs }, 'answered');
  const cut: SessionEffect = { kind: 'scheduleCut', atMs: grantEndMs(answered, answeredAtMs) };
  return { state: answered, effects: [cut, ...watchGrant(answered, nowMs)] };
}

function onHeartbeat(
  state: CallSession,
  answeredAtMs: number | null,
  nowMs: number,
): SessionChange {
  const { answeredAtMs: known } = state;
  const isNews = answeredAtMs !== null && (known === null || answeredAtMs < known);
  if (isNews) return onAnswered(state, answeredAtMs, nowMs);
  return { state, effects: watchGrant(state, nowMs) };
}

/** A tick also asks again for a settlement that was asked for and not yet confirmed. */
function onTick(state: CallSession, nowMs: number): SessionChange {
  if (state.status === 'ended' && state.end !== null) {
    return { state, effects: [{ kind: 'settleLeg', ...state.end }] };
  }
  return { state, effects: watchGrant(state, nowMs) };
}

function onHoldExtended(
  state: CallSession,
  event: { readonly grantedSeconds: number; readonly isFinal: boolean },
  nowMs: number,
): SessionChange {
  if (isOver(state)) return { state, effects: [] };
  const grantedSeconds = Math.max(state.grantedSeconds, event.grantedSeconds);
  const isNewest = event.grantedSeconds >= state.grantedSeconds;
  const extended: CallSession = {
    ...state,
    grantedSeconds,
    grantIsFinal: isNewest
      ? event.isFinal || grantedSeconds >= state.limits.maxSeconds
      : state.grantIsFinal,
  };
  if (grantedSeconds === state.grantedSeconds || extended.answeredAtMs === null) {
    return { state: extended, effects: [] };
  }
  const atMs = grantEndMs(extended, extended.answeredAtMs);
  const effects: SessionEffect[] = [{ kind: 'scheduleCut', atMs }];
  if (atMs <= nowMs) effects.push(...watchGrant(extended, nowMs));
  return { state: extended, effects };
}

function onAttemptFailed(
  state: CallSession,
  event: Extract<SessionEvent, { kind: 'attempt_failed' }>,
): SessionChange {
  if (state.recordedAttempts.includes(event.attemptId)) return { state, effects: [] };
  const recordedAttempts = [...state.recordedAttempts, event.attemptId];
  return {
    state: { ...state, recordedAttempts },
    effects: [{ ...event, kind: 'recordAttempt' }],
  };
}

function onEnded(
  state: CallSession,
  event: Extract<SessionEvent, { kind: 'ended' }>,
): SessionChange {
  if (isOver(state)) return { state, effects: [] };
  const { billUs, answeredAtMs, endedAtMs, cause } = event;
  const end = { billUs, answeredAtMs, endedAtMs, cause };
  return {
    state: { ...state, status: 'ended', end, answeredAtMs: answeredAtMs ?? state.answeredAtMs },
    effects: [{ kind: 'settleLeg', ...end }],
  };
}

/** A refusal counts only for a call that never got further than ringing. */
function onRejected(state: CallSession): SessionChange {
  if (PROGRESS[state.status] >= PROGRESS.answered) return { state, effects: [] };
  return { state: { ...state, status: 'rejected' }, effects: [{ kind: 'releaseHold' }] };
}

/** Money of a call that was answered stays on hold until a late report tells how long it lasted. */
function onLost(state: CallSession): SessionChange {
  if (PROGRESS[state.status] >= PROGRESS.orphaned) return { state, effects: [] };
  const unanswered = state.answeredAtMs === null;
  return {
    state: { ...state, status: 'orphaned' },
    effects: unanswered ? [{ kind: 'releaseHold' }] : [],
  };
}

/** Asks for more time when little is left, and cuts when none is. Only while a call is answered. */
function watchGrant(state: CallSession, nowMs: number): readonly SessionEffect[] {
  if (state.status !== 'answered' || state.answeredAtMs === null) return [];
  const { marginMs, sliceSeconds, maxSeconds } = state.limits;
  const leftMs = grantEndMs(state, state.answeredAtMs) - nowMs;
  if (leftMs <= 0) return [{ kind: 'cutNow' }];
  if (leftMs >= marginMs || state.grantIsFinal) return [];
  const toSeconds = Math.min(state.grantedSeconds + sliceSeconds, maxSeconds);
  return [{ kind: 'extendHold', toSeconds }];
}

function grantEndMs(state: CallSession, answeredAtMs: number): number {
  return answeredAtMs + state.grantedSeconds * 1000;
}
