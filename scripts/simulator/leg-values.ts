import { q850Of, sipFailure } from './far-end.js';
import type { SimLeg } from './leg.js';
import type { SlotValues } from './text-template.js';

/** Facts about the switch and the moment that every event carries. */
export interface EventMoment {
  readonly nowUs: number;
  readonly sequence: number;
  readonly coreUuid: string;
}

type SlotBag = Record<string, string>;

/**
 * Writes what goes into the slots of a leg's templates. The bag is written over and over: building a
 * fresh object of sixty members for every event was a quarter of the whole cost of a call.
 */
export function writeLegValues(bag: SlotBag, leg: SimLeg, moment: EventMoment): void {
  const { times, other, spec } = leg;
  writeMomentValues(bag, moment);
  bag['uuid'] = leg.uuid;
  bag['otherUuid'] = other?.uuid ?? leg.uuid;
  bag['number'] = jsonText(leg.destination);
  bag['otherNumber'] = jsonText(other?.destination ?? leg.destination);
  bag['caller'] = jsonText(spec.callerNumber);
  bag['domain'] = jsonText(spec.domain);
  bag['gateway'] = jsonText(spec.gateway);
  bag['startUs'] = String(times.startUs);
  bag['progressUs'] = String(times.progressUs);
  bag['mediaUs'] = String(times.mediaUs);
  bag['answerUs'] = String(times.answerUs);
  bag['bridgeUs'] = String(times.bridgeUs);
  bag['endUs'] = String(times.endUs);
  if (leg.end === null) return;
  bag['cause'] = leg.end.cause;
  bag['q850'] = String(q850Of(leg.end.cause));
  writeStamps(bag, leg);
  writeSpans(bag, leg);
}

function writeMomentValues(bag: SlotBag, moment: EventMoment): void {
  bag['nowUs'] = String(moment.nowUs);
  bag['nowLocal'] = stampOf(moment.nowUs);
  bag['nowGmt'] = gmtOf(moment.nowUs);
  bag['sequence'] = String(moment.sequence);
  bag['coreUuid'] = moment.coreUuid;
}

export function momentValues(moment: EventMoment): SlotValues {
  const bag: SlotBag = {};
  writeMomentValues(bag, moment);
  return bag;
}

/** Whole seconds and readable times; only a leg that ended tells them. */
function writeStamps(bag: SlotBag, { times }: SimLeg): void {
  bag['startS'] = wholeSeconds(times.startUs);
  bag['startStamp'] = times.startUs === 0 ? '' : stampOf(times.startUs);
  bag['progressS'] = wholeSeconds(times.progressUs);
  bag['progressStamp'] = times.progressUs === 0 ? '' : stampOf(times.progressUs);
  bag['mediaS'] = wholeSeconds(times.mediaUs);
  bag['mediaStamp'] = times.mediaUs === 0 ? '' : stampOf(times.mediaUs);
  bag['answerS'] = wholeSeconds(times.answerUs);
  bag['answerStamp'] = times.answerUs === 0 ? '' : stampOf(times.answerUs);
  bag['bridgeS'] = wholeSeconds(times.bridgeUs);
  bag['bridgeStamp'] = times.bridgeUs === 0 ? '' : stampOf(times.bridgeUs);
  bag['endS'] = wholeSeconds(times.endUs);
  bag['endStamp'] = times.endUs === 0 ? '' : stampOf(times.endUs);
}

/** Lengths in three units, as FreeSWITCH computes them (switch_channel.c: set_timestamps). */
function writeSpans(bag: SlotBag, { times }: SimLeg): void {
  const { startUs, progressUs, mediaUs, answerUs, bridgeUs, endUs } = times;
  bag['durationSpanS'] = secondsBetween(startUs, endUs);
  bag['durationSpanMs'] = msBetween(startUs, endUs);
  bag['durationSpanUs'] = usBetween(startUs, endUs);
  bag['billSpanS'] = secondsBetween(answerUs, endUs);
  bag['billSpanMs'] = msBetween(answerUs, endUs);
  bag['billSpanUs'] = usBetween(answerUs, endUs);
  bag['progressSpanS'] = secondsBetween(startUs, progressUs);
  bag['progressSpanMs'] = msBetween(startUs, progressUs);
  bag['progressSpanUs'] = usBetween(startUs, progressUs);
  bag['mediaSpanS'] = secondsBetween(startUs, mediaUs);
  bag['mediaSpanMs'] = msBetween(startUs, mediaUs);
  bag['mediaSpanUs'] = usBetween(startUs, mediaUs);
  bag['answerSpanS'] = secondsBetween(startUs, answerUs);
  bag['answerSpanMs'] = msBetween(startUs, answerUs);
  bag['answerSpanUs'] = usBetween(startUs, answerUs);
  bag['waitSpanS'] = secondsBetween(startUs, bridgeUs);
  bag['waitSpanMs'] = msBetween(startUs, bridgeUs);
  bag['waitSpanUs'] = usBetween(startUs, bridgeUs);
}

function wholeSeconds(us: number): string {
  return String(Math.floor(us / 1_000_000));
}

/** The difference of truncated seconds: half a second of talk can count as 1. */
function secondsBetween(fromUs: number, toUs: number): string {
  if (fromUs === 0 || toUs < fromUs) return '0';
  return String(Math.floor(toUs / 1e6) - Math.floor(fromUs / 1e6));
}

function msBetween(fromUs: number, toUs: number): string {
  return fromUs === 0 || toUs < fromUs ? '0' : String(Math.round((toUs - fromUs) / 1000));
}

function usBetween(fromUs: number, toUs: number): string {
  return fromUs === 0 || toUs < fromUs ? '0' : String(toUs - fromUs);
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

interface TextsOfSecond {
  readonly stamp: string;
  readonly gmt: string;
}

const MOST_SECONDS_KEPT = 600;
const texts = new Map<number, TextsOfSecond>();

/** `2026-11-22 05:58:02`, UTC. */
export function stampOf(us: number): string {
  return textsOf(us).stamp;
}

/** `Sun, 22 Nov 2026 05:58:02 GMT`. */
export function gmtOf(us: number): string {
  return textsOf(us).gmt;
}

/** Texts of recent seconds are kept, because a load writes the same ones thousands of times. */
function textsOf(us: number): TextsOfSecond {
  const second = Math.floor(us / 1_000_000);
  const known = texts.get(second);
  if (known !== undefined) return known;
  const date = new Date(second * 1000);
  const made = {
    stamp: date.toISOString().slice(0, 19).replace('T', ' '),
    gmt: date.toUTCString(),
  };
  if (texts.size >= MOST_SECONDS_KEPT) texts.clear();
  texts.set(second, made);
  return made;
}
