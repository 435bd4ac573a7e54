/** Where a call stands. It only ever moves forward, see the order in the reducer. */
export type SessionStatus =
  'authorized' | 'ringing' | 'answered' | 'orphaned' | 'ended' | 'settled' | 'rejected';

/** One outgoing try, identified so that hearing of it twice counts once. */
export interface AttemptFacts {
  readonly attemptId: string;
  readonly routeIndex: number;
  readonly cause: string;
  readonly postDialDelayMs: number | null;
}

/** What is known at the end of a call. */
export interface EndFacts {
  /** Answered microseconds, 0 when unanswered. */
  readonly billUs: number;
  readonly answeredAtMs: number | null;
  readonly endedAtMs: number;
  readonly cause: string;
}

/** What decides a call's course apart from events; constant for its life. */
export interface SessionLimits {
  /** Ask for more when less than this is left of the granted time. */
  readonly marginMs: number;
  /** How much to ask for at a time. */
  readonly sliceSeconds: number;
  readonly maxSeconds: number;
}

/** One call, as a value. `openSession` makes the first one. */
export interface CallSession {
  readonly status: SessionStatus;
  readonly limits: SessionLimits;
  /** Seconds from the answer that are paid for; never falls. */
  readonly grantedSeconds: number;
  /** No more will be granted: the money, or the longest permitted time, ends with the grant. */
  readonly grantIsFinal: boolean;
  /** Earliest answer instant heard of. */
  readonly answeredAtMs: number | null;
  readonly end: EndFacts | null;
  readonly recordedAttempts: readonly string[];
}

/** News about a call, in any order, any number of times. */
export type SessionEvent =
  | { readonly kind: 'ringing' }
  | { readonly kind: 'answered'; readonly answeredAtMs: number }
  | { readonly kind: 'heartbeat'; readonly answeredAtMs: number | null }
  | { readonly kind: 'tick' }
  | {
      readonly kind: 'hold_extended';
      /** New total from the answer. */
      readonly grantedSeconds: number;
      readonly isFinal: boolean;
    }
  | ({ readonly kind: 'attempt_failed' } & AttemptFacts)
  | ({ readonly kind: 'ended' } & EndFacts)
  | { readonly kind: 'settled' }
  | { readonly kind: 'rejected' }
  /** The switch no longer knows the call and nobody told us how it ended. */
  | { readonly kind: 'lost' };

/** What has to be done, as data. Every effect may be carried out twice without harm. */
export type SessionEffect =
  | { readonly kind: 'extendHold'; readonly toSeconds: number }
  | { readonly kind: 'scheduleCut'; readonly atMs: number }
  | { readonly kind: 'cutNow' }
  | ({ readonly kind: 'settleLeg' } & EndFacts)
  | { readonly kind: 'releaseHold' }
  | ({ readonly kind: 'recordAttempt' } & AttemptFacts);

export interface SessionChange {
  readonly state: CallSession;
  readonly effects: readonly SessionEffect[];
}
