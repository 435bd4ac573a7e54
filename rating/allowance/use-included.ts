/** Inclusive time that a call may use: of one package's period, or of a DID's free minutes. */
export interface IncludedTime {
  readonly seconds: number;
  /** A started increment is used up whole, as far as there are seconds. */
  readonly incrementS: number;
}

/** What a call takes of the inclusive time it may use. */
export interface IncludedUse {
  /** Seconds of the call that need no money: they come off its front. */
  readonly coveredSeconds: number;
  /** Seconds taken of each, in the order given; with started increments, so maybe more than that. */
  readonly used: readonly number[];
}

/**
 * Distributes a call's seconds over the inclusive time it may use, in the order given: the first is
 * emptied before the second is touched. 61 s of a package counted by the minute use 120 of it.
 */
export function useIncluded(seconds: number, included: readonly IncludedTime[]): IncludedUse {
  let left = seconds;
  const used = included.map((time) => {
    const started = Math.ceil(left / time.incrementS) * time.incrementS;
    const taken = Math.min(started, time.seconds);
    left = Math.max(0, left - taken);
    return taken;
  });
  return { coveredSeconds: seconds - left, used };
}

/** All seconds of several inclusive times together. */
export function totalIncluded(included: readonly IncludedTime[]): number {
  return included.reduce((total, { seconds }) => total + seconds, 0);
}
