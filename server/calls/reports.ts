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
  /** `rl_metered`: our mark on a caller's leg whose own time is charged. */
  readonly isMetered?: boolean;
}

/** Legs that are followed while they run: those we caused, and callers that are charged themselves. */
export function isFollowed({ direction, isMetered }: LegIdentity): boolean {
  return direction === 'outbound' || isMetered === true;
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

/**
 * A leg that a dialplan of the switch's own parked for us to decide. Whatever is not an id or a time is
 * text of others: a caller's, or a dialplan's.
 */
export interface LegParked {
  readonly kind: 'parked';
  readonly legUuid: string;
  readonly coreUuid: string;
  readonly direction: 'inbound' | 'outbound';
  /** `rl_authorize`: who pays, as `1001@acme.example`. */
  readonly authorize: string;
  /** `rl_destination`, else the number that was dialled. */
  readonly dialled: string;
  readonly context: string;
  readonly callerNumber: string;
  /** When this visit to the dialplan began; text, because it is only ever compared. */
  readonly profileCreatedUs: string;
  readonly networkAddress: string;
  readonly profile: string;
  /** The caller's SDP offer. */
  readonly offer: string;
  /** `rl_tried`: gateways that were tried in vain. */
  readonly tried: string;
  /** `rl_ext` and `rl_hops`, where an extension that forwards sent this leg on. */
  readonly extension: string;
  readonly hops: string;
  /** `rl_call`: the decision this leg was sent on by, null before there was one. */
  readonly callId: string | null;
  /** `rl_turn`: the node that wrote last that it is about to send the call on. */
  readonly turn: string | null;
  /** False once it has left the park, as far as the report can tell. */
  readonly isParked: boolean;
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
export type CallEvent = LegReport | LegParked | SwitchAlive | GatewayState;
