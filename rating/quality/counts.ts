import type { RouteQuality } from '../lcr/types.js';

/** What became of a number of attempts; everything adds up. */
export interface QualityCounts {
  readonly attempts: number;
  readonly answered: number;
  /** Microseconds of talk of the answered ones. */
  readonly talkUs: number;
  /** Sum of post-dial delays in microseconds, and of how many attempts it is the sum. */
  readonly pddUs: number;
  readonly pddCount: number;
}

/** Counts of one gateway for the numbers that share their first digits, in one quarter of an hour. */
export interface QualityIncrement extends QualityCounts {
  readonly carrierId: number;
  readonly gatewayId: number;
  /** See `qualityPrefix`. */
  readonly prefix: string;
  /** Unix seconds at which the slice begins, see `sliceOf`. */
  readonly sliceS: number;
}

export function addCounts(first: QualityCounts, second: QualityCounts): QualityCounts {
  return {
    attempts: first.attempts + second.attempts,
    answered: first.answered + second.answered,
    talkUs: first.talkUs + second.talkUs,
    pddUs: first.pddUs + second.pddUs,
    pddCount: first.pddCount + second.pddCount,
  };
}

/**
 * The figures routes are compared by. Ten attempts, four answered for 100 s in all, are an ASR of 0.4
 * and an ACD of 25 s. Quality is statistics, no money: binary fractions do.
 */
export function toRouteQuality(counts: QualityCounts, prefix: string): RouteQuality {
  const { attempts, answered, talkUs, pddUs, pddCount } = counts;
  return {
    attempts,
    asr: attempts === 0 ? 0 : answered / attempts,
    acdS: answered === 0 ? 0 : talkUs / answered / 1e6,
    pddMs: pddCount === 0 ? null : pddUs / pddCount / 1e3,
    prefix,
  };
}
