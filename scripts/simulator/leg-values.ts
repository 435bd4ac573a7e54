import { q850Of, sipFailure } from './far-end.js';
import type { SimLeg } from './leg.js';
import type { SlotValues } from './text-template.js';

/** Facts about the switch and the moment that every event carries. */
export interface EventMoment {
  readonly nowUs: number;
  readonly sequence: number;
  readonly coreUuid: string;
}

/** What goes into the slots of a leg's templates. */
export function legValues(leg: SimLeg, moment: EventMoment): SlotValues {
  const { times } = leg;
  return {
    ...momentValues(moment),
    uuid: leg.uuid,
    otherUuid: leg.other?.uuid ?? leg.uuid,
    number: jsonText(leg.destination),
    otherNumber: jsonText(leg.other?.destination ?? leg.destination),
    caller: jsonText(leg.spec.callerNumber),
    domain: jsonText(leg.spec.domain),
    gateway: jsonText(leg.spec.gateway),
    cause: leg.end?.cause ?? '',
    q850: leg.end === null ? '' : String(q850Of(leg.end.cause)),
    ...timeValues('start', times.startUs),
    ...timeValues('progress', times.progressUs),
    ...timeValues('media', times.mediaUs),
    ...timeValues('answer', times.answerUs),
    ...timeValues('bridge', times.bridgeUs),
    ...timeValues('end', times.endUs),
    ...spanValues(leg),
  };
}

export function momentValues(moment: EventMoment): SlotValues {
  return {
    nowUs: String(moment.nowUs),
    nowLocal: stampOf(moment.nowUs),
    nowGmt: gmtOf(moment.nowUs),
    sequence: String(moment.sequence),
    coreUuid: moment.coreUuid,
  };
}

function timeValues(name: string, us: number): SlotValues {
  return {
    [`${name}Us`]: String(us),
    [`${name}S`]: String(Math.floor(us / 1_000_000)),
    [`${name}Stamp`]: us === 0 ? '' : stampOf(us),
  };
}

/** Lengths in three units, as FreeSWITCH computes them (switch_channel.c: set_timestamps). */
function spanValues(leg: SimLeg): SlotValues {
  const { startUs, progressUs, mediaUs, answerUs, bridgeUs, endUs } = leg.times;
  return {
    ...span('duration', startUs, endUs),
    ...span('bill', answerUs, endUs),
    ...span('progress', startUs, progressUs),
    ...span('media', startUs, mediaUs),
    ...span('answer', startUs, answerUs),
    ...span('wait', startUs, bridgeUs),
  };
}

function span(name: string, fromUs: number, toUs: number): SlotValues {
  const happened = fromUs > 0 && toUs >= fromUs;
  // Whole seconds are the difference of truncated seconds: half a second of talk can count as 1.
  const seconds = happened ? Math.floor(toUs / 1e6) - Math.floor(fromUs / 1e6) : 0;
  const us = happened ? toUs - fromUs : 0;
  return {
    [`${name}SpanS`]: String(seconds),
    [`${name}SpanMs`]: String(Math.round(us / 1000)),
    [`${name}SpanUs`]: String(us),
  };
}

/** Variables that the way a leg ended adds to it. */
export function endVariables(leg: SimLeg): readonly (readonly [string, string])[] {
  const { end } = leg;
  if (end === null) return [];
  const pairs: (readonly [string, string])[] = [['sip_hangup_disposition', end.disposition]];
  if (end.sipStatus !== undefined) {
    const { phrase, q850 } = sipFailure(end.sipStatus);
    pairs.push(
      ['sip_invite_failure_status', String(end.sipStatus)],
      ['sip_invite_failure_phrase', phrase],
      ['sip_term_status', String(end.sipStatus)],
      ['sip_term_cause', String(q850)],
      ['proto_specific_hangup_cause', `sip:${end.sipStatus}`],
    );
  } else if (end.disposition === 'recv_bye') {
    pairs.push(['sip_term_status', '200'], ['proto_specific_hangup_cause', 'sip:200']);
  } else if (end.disposition === 'send_cancel') {
    pairs.push(['sip_invite_failure_status', '487'], ['sip_invite_failure_phrase', 'CANCEL']);
  }
  if (leg.isAnswered) pairs.push(['endpoint_disposition', 'ANSWER']);
  return pairs;
}

/** A text as it stands inside a JSON string. */
export function jsonText(text: string): string {
  return /^[\w.@*#+-]*$/.test(text) ? text : JSON.stringify(text).slice(1, -1);
}

let stampSecond = -1;
let stampText = '';

/** `2026-11-22 05:58:02`, UTC; the last one is kept because most events fall into one second. */
export function stampOf(us: number): string {
  const second = Math.floor(us / 1_000_000);
  if (second !== stampSecond) {
    stampSecond = second;
    stampText = new Date(second * 1000).toISOString().slice(0, 19).replace('T', ' ');
  }
  return stampText;
}

export function gmtOf(us: number): string {
  return new Date(us / 1000).toUTCString();
}
