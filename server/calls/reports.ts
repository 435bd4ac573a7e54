/**
 * What a FreeSWITCH tells us about a leg, whichever way it came: an ESL event, a CDR post, or a
 * reconciliation sweep. Times are UTC epoch microseconds, 0 when the thing never happened.
 */

/** Facts that identify a leg and tie it to a decision. */
export interface LegIdentity {
  readonly legUuid: string;
  /** The FreeSWITCH run that owns the leg; a restart changes it. */
  readonly coreUuid: string;
  readonly direction: 'inbound' | 'outbound';
  /** `rl_call`, our decision's id, when the leg carries it. */
  readonly callId: string | null;
  /** `rl_route`, the position of the route in the decision, when the leg carries it. */
  readonly routeIndex: number | null;
  /** The leg that caused this one (`originating_leg_uuid`), for switches that drop our variables. */
  readonly originatingLegUuid: string | null;
  readonly gatewayName: string | null;
  readonly destination: string;
  readonly callerNumber: string;
}

export interface LegAnswered extends LegIdentity {
  readonly kind: 'answered';
  readonly answerUs: number;
}

export interface LegHeartbeat extends LegIdentity {
  readonly kind: 'heartbeat';
  readonly atUs: number;
  readonly answerUs: number;
}

/** The last word about a leg. */
export interface LegEnded extends LegIdentity {
  readonly kind: 'ended';
  readonly source: 'esl' | 'cdr' | 'reconcile' | 'reaper';
  readonly startUs: number;
  readonly progressUs: number;
  readonly answerUs: number;
  readonly endUs: number;
  /** Answered microseconds as FreeSWITCH counted them (`billusec`); 0 when unanswered. */
  readonly billUs: number;
  readonly hangupCause: string;
  /** SIP status of the far end where known, such as `sip:503`. */
  readonly protocolCause: string | null;
  /** `send_bye`, `recv_bye`, `recv_cancel`, … where known. */
  readonly disposition: string | null;
}

export interface SwitchAlive {
  readonly kind: 'alive';
  readonly coreUuid: string;
  readonly atUs: number;
}

export interface GatewayState {
  readonly kind: 'gateway';
  readonly coreUuid: string;
  readonly gatewayName: string;
  readonly state: string;
}

export type LegReport = LegAnswered | LegHeartbeat | LegEnded;
export type CallEvent = LegReport | SwitchAlive | GatewayState;
