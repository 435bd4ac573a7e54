import type { QualityIncrement } from '../../rating/quality/counts.js';
import { qualityPrefix, sliceOf } from '../../rating/quality/slice.js';
import type { LegMatch } from '../calls/match-leg.js';
import type { LegEnded } from '../calls/reports.js';

/** Ends that came from us or the caller, so that they say nothing of a carrier that had not answered. */
const OWN_CAUSES: ReadonlySet<string> = new Set([
  'ORIGINATOR_CANCEL',
  'LOSE_RACE',
  'PICKED_OFF',
  'MANAGER_REQUEST',
  'SYSTEM_SHUTDOWN',
  'CRASH',
  'ATTENDED_TRANSFER',
  'BLIND_TRANSFER',
]);

/** A carrier that has shown no sign for so long has shown what it is like. */
const SILENCE_US = 10_000_000;

/**
 * What an ended leg adds to its gateway's quality; null for legs that are no attempt on a carrier.
 * An attempt is counted in the slice in which it ended, because that is when it is known.
 *
 * The share of answered attempts is the answer seizure ratio of ITU-T E.411: busy and unanswered
 * calls are attempts, and so is one the caller gave up while it rang. It is not the network
 * effectiveness ratio, which would leave the called side's behaviour out; all carriers to a
 * destination meet the same people, so they can be compared by either. Left out are attempts that
 * ended from our side before the carrier had shown a sign or been silent for ten seconds.
 */
export function qualityOf(report: LegEnded, match: LegMatch): QualityIncrement | null {
  const { route, call } = match;
  if (match.kind !== 'carrier' || route === null) return null;
  const isAnswered = report.answerUs > 0 || report.billUs > 0;
  if (!isAnswered && saysNothing(report)) return null;
  const delayUs = postDialDelay(report);
  return {
    carrierId: route.carrierId,
    gatewayId: route.gatewayId,
    prefix: qualityPrefix(call?.destination ?? report.destination),
    sliceS: sliceOf(Math.floor((report.endUs || report.startUs) / 1e6)),
    attempts: 1,
    answered: isAnswered ? 1 : 0,
    talkUs: isAnswered ? report.billUs : 0,
    pddUs: delayUs ?? 0,
    pddCount: delayUs === null ? 0 : 1,
  };
}

function saysNothing({ hangupCause, startUs, progressUs, endUs }: LegEnded): boolean {
  return OWN_CAUSES.has(hangupCause) && progressUs === 0 && endUs - startUs < SILENCE_US;
}

/**
 * Microseconds from dialling to the first sign that the far end is reached: ringing or early media, or
 * else the answer. Null where there was none, or where the switch's clock was set back meanwhile.
 */
function postDialDelay({ startUs, progressUs, answerUs }: LegEnded): number | null {
  const reachedUs = progressUs > 0 ? progressUs : answerUs;
  return startUs > 0 && reachedUs >= startUs ? reachedUs - startUs : null;
}
