import type { LegEnded } from '../../server/calls/reports.js';
import { CORE, nextUuid } from './requests.js';

/** When the calls of tests are answered, in microseconds. */
export const ANSWER_US = Date.UTC(2026, 10, 22, 12) * 1000;

/** The caller's own leg, over. */
export function callerEnded(legUuid: string, over: Partial<LegEnded> = {}): LegEnded {
  return {
    kind: 'ended',
    source: 'cdr',
    legUuid,
    coreUuid: CORE,
    direction: 'inbound',
    callId: null,
    routeIndex: null,
    originatingLegUuid: null,
    gatewayName: null,
    destination: '447700900123',
    callerNumber: '1001',
    startUs: ANSWER_US - 5_000_000,
    progressUs: 0,
    answerUs: 0,
    endUs: ANSWER_US + 30_000_000,
    billUs: 0,
    hangupCause: 'NORMAL_CLEARING',
    protocolCause: null,
    disposition: 'recv_bye',
    ...over,
  };
}

/** A leg to carrier A, answered and over after a number of seconds; 0 is never answered. */
export function carrierEnded(
  callId: string | null,
  talkedS: number,
  over: Partial<LegEnded> = {},
): LegEnded {
  const isAnswered = talkedS > 0;
  return {
    ...callerEnded(nextUuid()),
    direction: 'outbound',
    callId,
    routeIndex: 0,
    gatewayName: 'carrierA',
    answerUs: isAnswered ? ANSWER_US : 0,
    endUs: ANSWER_US + talkedS * 1_000_000,
    billUs: talkedS * 1_000_000,
    hangupCause: isAnswered ? 'NORMAL_CLEARING' : 'NORMAL_TEMPORARY_FAILURE',
    protocolCause: isAnswered ? null : 'sip:503',
    ...over,
  };
}

/** A CDR post that says what a report says. */
export function cdrBodyOf(report: LegEnded): string {
  return JSON.stringify({
    'core-uuid': report.coreUuid,
    variables: {
      uuid: report.legUuid,
      direction: report.direction,
      rl_call: report.callId ?? '',
      originating_leg_uuid: report.originatingLegUuid ?? '',
      rl_route: '0',
      sip_gateway_name: report.gatewayName ?? '',
      start_uepoch: String(report.startUs),
      answer_uepoch: String(report.answerUs),
      end_uepoch: String(report.endUs),
      billusec: String(report.billUs),
      hangup_cause: report.hangupCause,
    },
  });
}
