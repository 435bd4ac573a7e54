import type { PlanRow } from '../../db/repositories/snapshot.js';
import type { LiveFacts } from './live-facts.js';

/** How long a call is expected to last, and by whose word. */
export interface ExpectedLength {
  readonly seconds: number;
  readonly from: 'history' | 'plan';
}

const LONGEST_S = 86_400;

/** The average of the destination's own calls where the plan wants it and there are enough of them. */
export function expectedLength(
  destination: string,
  plan: PlanRow,
  live: Pick<LiveFacts, 'averageCallS'>,
): ExpectedLength {
  const window = { windowH: plan.qualityWindowH, minAttempts: plan.qualityMinAttempts };
  const average = plan.useAcd ? live.averageCallS(destination, window) : null;
  if (average === null || !(average > 0)) return { seconds: plan.expectedCallS, from: 'plan' };
  return { seconds: Math.min(LONGEST_S, Math.max(1, Math.round(average))), from: 'history' };
}
