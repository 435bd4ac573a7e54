import type { CallEvent, GatewayState, LegIdentity, LegParked } from '../calls/reports.js';
import { type EventHeaders, headerText, parseJsonEvent, parsePlainEvent } from './event-headers.js';
import type { Frame } from './frame-decoder.js';
import { isUuid, legEnded, legIdentity, toMicroseconds } from './leg-ended.js';

export { legEndedFromVariables, type LegEndedExtras } from './leg-ended.js';
export { decodeUrlText } from './event-headers.js';

/** What the listener subscribes to; the custom subclasses must come last, after CUSTOM. */
export const SUBSCRIBED_EVENTS =
  'CHANNEL_ANSWER CHANNEL_HANGUP_COMPLETE CHANNEL_PARK SESSION_HEARTBEAT HEARTBEAT ' +
  'BACKGROUND_JOB CUSTOM sofia::gateway_state';

/** The headers of an event frame, JSON or plain; null when the frame holds no readable event. */
export function readEventFrame(frame: Frame): EventHeaders | null {
  switch (frame.headers['Content-Type']) {
    case 'text/event-json':
      return parseJsonEvent(frame.body);
    case 'text/event-plain':
      return parsePlainEvent(frame.body);
    default:
      return null;
  }
}

/**
 * Turns the headers of one event into what the call use cases understand; null when the event is of
 * no interest or lacks what identifies it. Never throws.
 */
export function decodeEvent(headers: EventHeaders): CallEvent | null {
  switch (headerText(headers, 'Event-Name')) {
    case 'CHANNEL_ANSWER':
      return decodeAnswered(headers);
    case 'CHANNEL_HANGUP_COMPLETE':
      return decodeEnded(headers);
    case 'CHANNEL_PARK':
      return decodeParked(headers);
    case 'SESSION_HEARTBEAT':
      return decodeHeartbeat(headers);
    case 'HEARTBEAT':
      return decodeAlive(headers);
    case 'CUSTOM':
      return decodeGatewayState(headers);
    default:
      return null;
  }
}

/** The identity of the leg an event or a `uuid_dump` is about. */
export function decodeIdentity(headers: EventHeaders): LegIdentity | null {
  const coreUuid = headerText(headers, 'Core-UUID');
  if (coreUuid === null) return null;
  return legIdentity((name) => headerText(headers, `variable_${name}`), {
    coreUuid,
    legUuid: headerText(headers, 'Unique-ID'),
    direction: headerText(headers, 'Call-Direction'),
    otherLegUuid: headerText(headers, 'Other-Leg-Unique-ID'),
    destination: headerText(headers, 'Caller-Destination-Number') ?? '',
    callerNumber: headerText(headers, 'Caller-Caller-ID-Number') ?? '',
  });
}

/** A time header in UTC epoch microseconds, 0 when the thing never happened. */
export function headerMicroseconds(headers: EventHeaders, name: string): number {
  return toMicroseconds(headerText(headers, name));
}

function decodeAnswered(headers: EventHeaders): CallEvent | null {
  const identity = decodeIdentity(headers);
  const answerUs =
    headerMicroseconds(headers, 'Caller-Channel-Answered-Time') ||
    headerMicroseconds(headers, 'Event-Date-Timestamp');
  return identity === null || answerUs === 0 ? null : { ...identity, kind: 'answered', answerUs };
}

function decodeHeartbeat(headers: EventHeaders): CallEvent | null {
  const identity = decodeIdentity(headers);
  const atUs = headerMicroseconds(headers, 'Event-Date-Timestamp');
  if (identity === null || atUs === 0) return null;
  const answerUs = headerMicroseconds(headers, 'Caller-Channel-Answered-Time');
  return { ...identity, kind: 'heartbeat', atUs, answerUs };
}

function decodeEnded(headers: EventHeaders): CallEvent | null {
  const identity = decodeIdentity(headers);
  if (identity === null) return null;
  return legEnded((name) => headerText(headers, `variable_${name}`), identity, {
    source: 'esl',
    hangupCause: headerText(headers, 'Hangup-Cause'),
    endUs:
      headerMicroseconds(headers, 'Caller-Channel-Hangup-Time') ||
      headerMicroseconds(headers, 'Event-Date-Timestamp'),
  });
}

/**
 * A leg that was parked for us, from the event or from a `uuid_dump`; null for one that was parked for
 * any other reason.
 */
export function decodeParked(headers: EventHeaders): LegParked | null {
  const variable = (name: string) => headerText(headers, `variable_${name}`);
  const authorize = variable('rl_authorize');
  const legUuid = headerText(headers, 'Unique-ID');
  const coreUuid = headerText(headers, 'Core-UUID');
  const direction = headerText(headers, 'Call-Direction');
  if (authorize === null || !isUuid(legUuid) || coreUuid === null) return null;
  if (direction !== 'inbound' && direction !== 'outbound') return null;
  const text = (name: string): string => headerText(headers, name) ?? '';
  const callId = variable('rl_call');
  return {
    kind: 'parked',
    legUuid,
    coreUuid,
    direction,
    authorize,
    dialled: variable('rl_destination') ?? text('Caller-Destination-Number'),
    context: text('Caller-Context'),
    callerNumber: text('Caller-Caller-ID-Number'),
    profileCreatedUs: text('Caller-Profile-Created-Time'),
    networkAddress: text('Caller-Network-Addr'),
    profile: variable('sofia_profile_name') ?? '',
    offer: variable('switch_r_sdp') ?? '',
    tried: variable('rl_tried') ?? '',
    extension: variable('rl_ext') ?? '',
    hops: variable('rl_hops') ?? '',
    callId: isUuid(callId) ? callId : null,
    turn: variable('rl_turn'),
    isParked: variable('current_application') === 'park',
  };
}

function decodeAlive(headers: EventHeaders): CallEvent | null {
  const coreUuid = headerText(headers, 'Core-UUID');
  const atUs = headerMicroseconds(headers, 'Event-Date-Timestamp');
  return coreUuid === null || atUs === 0 ? null : { kind: 'alive', coreUuid, atUs };
}

/**
 * A gateway that fails its pings keeps its registration state, so `DOWN` from the ping wins over
 * `State` (sofia_reg.c: sofia_reg_fire_custom_gateway_state_event).
 */
function decodeGatewayState(headers: EventHeaders): GatewayState | null {
  if (headerText(headers, 'Event-Subclass') !== 'sofia::gateway_state') return null;
  const coreUuid = headerText(headers, 'Core-UUID');
  const gatewayName = headerText(headers, 'Gateway');
  const isDown = headerText(headers, 'Ping-Status') === 'DOWN';
  const state = isDown ? 'DOWN' : headerText(headers, 'State');
  if (coreUuid === null || gatewayName === null || state === null) return null;
  return { kind: 'gateway', coreUuid, gatewayName, state };
}
