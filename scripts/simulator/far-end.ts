/** What the far end of one call attempt does. Times count from the attempt. */
export type FarEnd =
  | {
      readonly kind: 'answer';
      readonly ringMs: number;
      readonly answerMs: number;
      readonly talkMs: number;
      readonly hangupBy: 'caller' | 'callee';
    }
  | { readonly kind: 'reject'; readonly afterMs: number; readonly status: number }
  | { readonly kind: 'ring' }
  | { readonly kind: 'silent' }
  /** The caller gives up while it rings. */
  | { readonly kind: 'cancel'; readonly afterMs: number };

/** Chooses the far end of an attempt, 0 for the first of a call. */
export type FarEndScript = (attempt: number, endpoint: string) => FarEnd;

export function answered(talkMs: number, answerMs = 400): FarEnd {
  return { kind: 'answer', ringMs: 20, answerMs, talkMs, hangupBy: 'caller' };
}

/** Plays the given far ends in turn and stays with the last one. */
export function inTurn(first: FarEnd, ...others: readonly FarEnd[]): FarEndScript {
  const all = [first, ...others];
  return (attempt) => all[Math.min(attempt, all.length - 1)] ?? first;
}

export interface SipFailure {
  readonly cause: string;
  readonly q850: number;
  readonly phrase: string;
}

const OTHER_FAILURE: SipFailure = {
  cause: 'NORMAL_UNSPECIFIED',
  q850: 31,
  phrase: 'Request Failure',
};

/** Hangup cause of a SIP failure response (mod_sofia.c: sofia_glue_sip_cause_to_freeswitch). */
const SIP_FAILURES: Readonly<Record<number, SipFailure>> = {
  403: { cause: 'CALL_REJECTED', q850: 21, phrase: 'Forbidden' },
  404: { cause: 'UNALLOCATED_NUMBER', q850: 1, phrase: 'Not Found' },
  408: { cause: 'RECOVERY_ON_TIMER_EXPIRE', q850: 102, phrase: 'Request Timeout' },
  480: { cause: 'NO_USER_RESPONSE', q850: 18, phrase: 'Temporarily Unavailable' },
  484: { cause: 'INVALID_NUMBER_FORMAT', q850: 28, phrase: 'Address Incomplete' },
  486: { cause: 'USER_BUSY', q850: 17, phrase: 'Busy Here' },
  488: { cause: 'INCOMPATIBLE_DESTINATION', q850: 88, phrase: 'Not Acceptable Here' },
  500: { cause: 'NORMAL_TEMPORARY_FAILURE', q850: 41, phrase: 'Internal Server Error' },
  502: { cause: 'NETWORK_OUT_OF_ORDER', q850: 38, phrase: 'Bad Gateway' },
  503: { cause: 'NORMAL_TEMPORARY_FAILURE', q850: 41, phrase: 'Service Unavailable' },
  504: { cause: 'RECOVERY_ON_TIMER_EXPIRE', q850: 102, phrase: 'Gateway Timeout' },
  603: { cause: 'CALL_REJECTED', q850: 21, phrase: 'Decline' },
};

export function sipFailure(status: number): SipFailure {
  return SIP_FAILURES[status] ?? OTHER_FAILURE;
}

const Q850: Readonly<Record<string, number>> = {
  UNALLOCATED_NUMBER: 1,
  NO_ROUTE_DESTINATION: 3,
  NORMAL_CLEARING: 16,
  USER_BUSY: 17,
  NO_USER_RESPONSE: 18,
  NO_ANSWER: 19,
  CALL_REJECTED: 21,
  NETWORK_OUT_OF_ORDER: 38,
  NORMAL_TEMPORARY_FAILURE: 41,
  RECOVERY_ON_TIMER_EXPIRE: 102,
};

/** Q.850 code of a cause; causes of the switch's own count as normal clearing (16) or 31. */
export function q850Of(cause: string): number {
  const own = ['ORIGINATOR_CANCEL', 'LOSE_RACE', 'ALLOTTED_TIMEOUT', 'MANAGER_REQUEST'];
  return Q850[cause] ?? (own.includes(cause) ? 16 : 31);
}

const ALWAYS_CONTINUE = ['NO_ANSWER', 'NO_USER_RESPONSE', 'ORIGINATOR_CANCEL'];

/**
 * Whether the dialplan goes on after a failed `bridge` (mod_dptools.c: audio_bridge_function).
 * `setting` is the channel's `continue_on_fail`: a boolean, or a list of cause names and codes.
 */
export function continuesAfter(cause: string, setting: string | undefined): boolean {
  if (setting === undefined) return ALWAYS_CONTINUE.includes(cause);
  if (/^(true|yes|on|1)$/i.test(setting)) return true;
  if (/^(false|no|off|0)$/i.test(setting)) return false;
  const listed = setting.split(',').map((word) => word.trim().toUpperCase());
  return listed.includes(cause) || listed.includes(String(q850Of(cause)));
}
