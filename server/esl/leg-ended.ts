import type { LegEnded, LegIdentity } from '../calls/reports.js';

/** What a leg's variables do not say about it, or say less well than the report around them. */
export interface LegEndedExtras {
  readonly source: LegEnded['source'];
  readonly coreUuid: string;
  /** Dialled number of the leg's own caller profile. */
  readonly destination: string;
  readonly callerNumber: string;
  /** Defaults to the variable `uuid`. */
  readonly legUuid?: string;
  /** Defaults to the variable `direction`. */
  readonly direction?: string;
  /** The other leg, used when the switch dropped `originating_leg_uuid`. */
  readonly otherLegUuid?: string | null;
  readonly hangupCause?: string | null;
  /** Used when the variable `end_uepoch` is missing. UTC epoch microseconds. */
  readonly endUs?: number;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** True for the textual form of a uuid, the only form allowed into a command or a lookup. */
export function isUuid(text: string | null | undefined): text is string {
  return typeof text === 'string' && UUID.test(text);
}

/** UTC epoch microseconds of a FreeSWITCH time; 0 when it is absent, zero or not a time. */
export function toMicroseconds(text: string | null | undefined): number {
  const value = typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : 0;
  return Number.isSafeInteger(value) ? value : 0;
}

/** How the parts of a leg's identity are found in one kind of report. */
export type VariableReader = (name: string) => string | null;

export interface IdentityExtras {
  readonly coreUuid: string;
  readonly legUuid: string | null;
  readonly direction: string | null;
  readonly otherLegUuid: string | null;
  readonly destination: string;
  readonly callerNumber: string;
}

/** Puts a leg's identity together; null when the report does not name a leg and its direction. */
export function legIdentity(variable: VariableReader, extras: IdentityExtras): LegIdentity | null {
  const { legUuid, direction } = extras;
  if (!isUuid(legUuid) || (direction !== 'inbound' && direction !== 'outbound')) return null;
  const callId = variable('rl_call');
  const route = variable('rl_route');
  return {
    legUuid,
    coreUuid: extras.coreUuid,
    direction,
    callId: isUuid(callId) ? callId : null,
    routeIndex: route !== null && /^\d{1,4}$/.test(route) ? Number(route) : null,
    originatingLegUuid: originatingLeg(variable, direction, extras.otherLegUuid),
    gatewayName: variable('sip_gateway_name'),
    destination: extras.destination,
    callerNumber: extras.callerNumber,
    ...(variable('rl_metered') === 'true' ? { isMetered: true } : {}),
  };
}

function originatingLeg(
  variable: VariableReader,
  direction: 'inbound' | 'outbound',
  otherLegUuid: string | null,
): string | null {
  const named = variable('originating_leg_uuid');
  if (isUuid(named)) return named;
  return direction === 'outbound' && isUuid(otherLegUuid) ? otherLegUuid : null;
}

/**
 * The last word about a leg, from its channel variables (decoded, without the `variable_` prefix).
 * The same variables are in CHANNEL_HANGUP_COMPLETE, in a CDR post and in a spooled CDR file.
 *
 * `billUs` is the switch's own `billusec`. `billsec` is never used: it is the difference of two
 * truncated seconds, so half a second of talk can read as 1.
 *
 * @returns null when the variables name no leg or no end time can be found.
 */
export function legEndedFromVariables(
  variables: Readonly<Record<string, string | undefined>>,
  extras: LegEndedExtras,
): LegEnded | null {
  const variable: VariableReader = (name) => variables[name] || null;
  const identity = legIdentity(variable, {
    coreUuid: extras.coreUuid,
    legUuid: extras.legUuid ?? variable('uuid'),
    direction: extras.direction ?? variable('direction'),
    otherLegUuid: extras.otherLegUuid ?? null,
    destination: extras.destination,
    callerNumber: extras.callerNumber,
  });
  return identity === null ? null : legEnded(variable, identity, extras);
}

/** As {@link legEndedFromVariables}, for a report whose identity is already known. */
export function legEnded(
  variable: VariableReader,
  identity: LegIdentity,
  extras: Pick<LegEndedExtras, 'source' | 'hangupCause' | 'endUs'>,
): LegEnded | null {
  const endUs = toMicroseconds(variable('end_uepoch')) || (extras.endUs ?? 0);
  if (endUs === 0) return null;
  const answerUs = toMicroseconds(variable('answer_uepoch'));
  return {
    ...identity,
    kind: 'ended',
    source: extras.source,
    startUs: toMicroseconds(variable('start_uepoch')),
    progressUs: toMicroseconds(variable('progress_uepoch')),
    answerUs,
    endUs,
    billUs: billMicroseconds(variable('billusec'), answerUs, endUs),
    hangupCause: hangupCause(variable('hangup_cause') ?? extras.hangupCause, answerUs),
    protocolCause: protocolCause(variable),
    disposition: variable('sip_hangup_disposition'),
  };
}

/**
 * A leg whose own ring time ran out ends as `ALLOTTED_TIMEOUT` (switch_ivr_originate.c:
 * check_per_channel_timeouts), the word for a leg cut at its limit. It was never answered, so that it
 * is called.
 */
function hangupCause(cause: string | null | undefined, answerUs: number): string {
  if (cause === 'ALLOTTED_TIMEOUT' && answerUs === 0) return 'NO_ANSWER';
  return cause ?? 'NORMAL_UNSPECIFIED';
}

function billMicroseconds(billusec: string | null, answerUs: number, endUs: number): number {
  if (answerUs === 0) return 0;
  // Zero is an answer too; anything that cannot be counted with is not.
  if (billusec === '0') return 0;
  return toMicroseconds(billusec) || Math.max(0, endUs - answerUs);
}

/** `proto_specific_hangup_cause` is absent when we cancelled; then the SIP status says more. */
function protocolCause(variable: VariableReader): string | null {
  const cause = variable('proto_specific_hangup_cause');
  if (cause !== null) return cause;
  const status = variable('sip_invite_failure_status');
  return status !== null && /^\d{3}$/.test(status) ? `sip:${status}` : null;
}
