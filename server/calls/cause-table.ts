/** What the hunt does when an attempt fails with a cause. */
export type CauseAction = 'next' | 'stop';

/** A carrier's own reading of causes: `{"USER_BUSY": "next"}`. Causes it does not name are as usual. */
export type CarrierCauses = Readonly<Record<string, CauseAction>>;

/** After these nobody could do better: the far end itself, or the caller, has spoken. */
export const DEFAULT_STOP_CAUSES: readonly string[] = [
  'USER_BUSY',
  'CALL_REJECTED',
  'UNALLOCATED_NUMBER',
  'INVALID_NUMBER_FORMAT',
  'ORIGINATOR_CANCEL',
];

/**
 * Every cause an attempt can fail with that a carrier may mean differently, as FreeSWITCH spells them
 * (switch_channel.c: CAUSE_CHART). A name outside this list would silently become NORMAL_CLEARING
 * there. The caller's own cancel is not among them: after it there is nobody to connect.
 */
export const CAUSE_NAMES = [
  'UNALLOCATED_NUMBER',
  'NO_ROUTE_TRANSIT_NET',
  'NO_ROUTE_DESTINATION',
  'CHANNEL_UNACCEPTABLE',
  'CALL_AWARDED_DELIVERED',
  'NORMAL_CLEARING',
  'USER_BUSY',
  'NO_USER_RESPONSE',
  'NO_ANSWER',
  'SUBSCRIBER_ABSENT',
  'CALL_REJECTED',
  'NUMBER_CHANGED',
  'REDIRECTION_TO_NEW_DESTINATION',
  'EXCHANGE_ROUTING_ERROR',
  'DESTINATION_OUT_OF_ORDER',
  'INVALID_NUMBER_FORMAT',
  'FACILITY_REJECTED',
  'RESPONSE_TO_STATUS_ENQUIRY',
  'NORMAL_UNSPECIFIED',
  'NORMAL_CIRCUIT_CONGESTION',
  'NETWORK_OUT_OF_ORDER',
  'NORMAL_TEMPORARY_FAILURE',
  'SWITCH_CONGESTION',
  'ACCESS_INFO_DISCARDED',
  'REQUESTED_CHAN_UNAVAIL',
  'PRE_EMPTED',
  'FACILITY_NOT_SUBSCRIBED',
  'OUTGOING_CALL_BARRED',
  'INCOMING_CALL_BARRED',
  'BEARERCAPABILITY_NOTAUTH',
  'BEARERCAPABILITY_NOTAVAIL',
  'SERVICE_UNAVAILABLE',
  'BEARERCAPABILITY_NOTIMPL',
  'CHAN_NOT_IMPLEMENTED',
  'FACILITY_NOT_IMPLEMENTED',
  'SERVICE_NOT_IMPLEMENTED',
  'INVALID_CALL_REFERENCE',
  'INCOMPATIBLE_DESTINATION',
  'INVALID_MSG_UNSPECIFIED',
  'MANDATORY_IE_MISSING',
  'MESSAGE_TYPE_NONEXIST',
  'WRONG_MESSAGE',
  'IE_NONEXIST',
  'INVALID_IE_CONTENTS',
  'WRONG_CALL_STATE',
  'RECOVERY_ON_TIMER_EXPIRE',
  'MANDATORY_IE_LENGTH_ERROR',
  'PROTOCOL_ERROR',
  'INTERWORKING',
  'LOSE_RACE',
  'MANAGER_REQUEST',
  'MEDIA_TIMEOUT',
  'USER_NOT_REGISTERED',
  'PROGRESS_TIMEOUT',
  'INVALID_GATEWAY',
  'GATEWAY_DOWN',
  'INVALID_URL',
  'INVALID_PROFILE',
  'NO_PICKUP',
  'SRTP_READ_ERROR',
  'BOWOUT',
  'BUSY_EVERYWHERE',
  'DECLINE',
  'DOES_NOT_EXIST_ANYWHERE',
  'NOT_ACCEPTABLE',
  'UNWANTED',
  'NO_IDENTITY',
  'BAD_IDENTITY_INFO',
  'UNSUPPORTED_CERTIFICATE',
  'INVALID_IDENTITY',
  'STALE_DATE',
  'REJECT_ALL',
] as const;

export type CauseName = (typeof CAUSE_NAMES)[number];

const KNOWN: ReadonlySet<string> = new Set(CAUSE_NAMES);

/**
 * The causes after which no further carrier is tried, for a carrier with this table over the usual
 * one. Whatever of the stored value is no known cause with a known action is left out. The order is
 * always the same, so that equal tables are equal texts.
 */
export function stopCausesOf(causes: unknown): readonly string[] {
  const stops = new Set(DEFAULT_STOP_CAUSES);
  if (typeof causes !== 'object' || causes === null) return DEFAULT_STOP_CAUSES;
  for (const [cause, action] of Object.entries(causes)) {
    if (!KNOWN.has(cause)) continue;
    if (action === 'stop') stops.add(cause);
    if (action === 'next') stops.delete(cause);
  }
  const added = [...stops].filter((cause) => !DEFAULT_STOP_CAUSES.includes(cause)).sort();
  return [...DEFAULT_STOP_CAUSES.filter((cause) => stops.has(cause)), ...added];
}

/** True for the table nearly every carrier has. */
export function isDefaultStops(stops: readonly string[]): boolean {
  return (
    stops.length === DEFAULT_STOP_CAUSES.length &&
    stops.every((cause, index) => cause === DEFAULT_STOP_CAUSES[index])
  );
}
