import { setTimeout as sleep } from 'node:timers/promises';
import { type CallOutcome, placeCall } from './call.js';
import type { LoadCall } from './load-mix.js';
import type { SimulatedSwitch } from './switch.js';

export interface LoadOptions {
  readonly calls: number;
  readonly callsPerSecond: number;
  /** Calls under way at which new ones wait. */
  readonly mostAtOnce: number;
  readonly onDone: (done: number) => void;
}

export interface LoadResult {
  readonly outcomes: readonly CallOutcome[];
  /** How many calls of each kind were placed. */
  readonly placed: Readonly<Record<string, number>>;
  readonly elapsedMs: number;
  /** Calls that could not start in time because too many were under way. */
  readonly late: number;
}

/** Places calls at an even pace and waits until the last has been reported. */
export async function runLoad(
  sim: SimulatedSwitch,
  mix: Iterator<LoadCall, never>,
  options: LoadOptions,
): Promise<LoadResult> {
  const startedAt = performance.now();
  const outcomes: CallOutcome[] = [];
  const placed: Record<string, number> = {};
  const underWay = new Set<Promise<void>>();
  let late = 0;
  for (let index = 0; index < options.calls; index += 1) {
    const dueMs = (index * 1000) / options.callsPerSecond;
    const aheadMs = dueMs - (performance.now() - startedAt);
    if (aheadMs > 1) await sleep(aheadMs);
    if (underWay.size >= options.mostAtOnce) {
      late += 1;
      await Promise.race(underWay);
    }
    const { kind, plan } = mix.next().value;
    placed[kind] = (placed[kind] ?? 0) + 1;
    const call = placeCall(sim, plan).then((outcome) => {
      outcomes.push(outcome);
      underWay.delete(call);
      options.onDone(outcomes.length);
    });
    underWay.add(call);
  }
  await Promise.all(underWay);
  await sim.settled();
  return { outcomes, placed, elapsedMs: performance.now() - startedAt, late };
}

export interface LoadSummary {
  readonly calls: number;
  readonly answered: number;
  /** Calls that dialled nobody, by who refused and the cause. */
  readonly refused: Readonly<Record<string, number>>;
  /** Calls that were dialled and not answered, by cause. */
  readonly failed: Readonly<Record<string, number>>;
  readonly attempts: number;
  readonly failedLookups: number;
  readonly talkSeconds: number;
  readonly postDialDelayMs: Percentiles;
}

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export function summarize(outcomes: readonly CallOutcome[]): LoadSummary {
  const refused: Record<string, number> = {};
  const failed: Record<string, number> = {};
  const add = (counts: Record<string, number>, key: string): void =>
    void (counts[key] = (counts[key] ?? 0) + 1);
  for (const outcome of outcomes) {
    if (outcome.refusedBy !== null) add(refused, `${outcome.refusedBy} ${outcome.cause}`);
    else if (!outcome.isAnswered) add(failed, outcome.cause);
  }
  const total = (of: (outcome: CallOutcome) => number): number =>
    outcomes.reduce((sum, outcome) => sum + of(outcome), 0);
  return {
    calls: outcomes.length,
    answered: outcomes.filter((outcome) => outcome.isAnswered).length,
    refused,
    failed,
    attempts: total((outcome) => outcome.attempts),
    failedLookups: total((outcome) => outcome.failedLookups),
    talkSeconds: Math.round(total((outcome) => outcome.talkUs) / 1e6),
    postDialDelayMs: percentiles(outcomes.map((outcome) => outcome.postDialDelayMs)),
  };
}

/** Nearest-rank percentiles, rounded to a tenth. */
export function percentiles(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((left, right) => left - right);
  const at = (share: number): number => {
    const rank = Math.max(0, Math.ceil(share * sorted.length) - 1);
    return Math.round((sorted[rank] ?? 0) * 10) / 10;
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}
