import { isUnavailable } from '../../db/transaction.js';
import type { Job, JobDeps } from './types.js';

/** Between two looks for work when nobody poked. */
const IDLE_MS = 1000;
/** After a job failed; a database that is away is asked again no sooner. */
const FAILED_MS = 5000;

/** Wakes whoever waits for work. */
export class Alarm {
  #waiting = new Set<() => void>();

  ring(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Resolves when it rings, the time is over or the signal is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      signal.addEventListener('abort', wake);
      this.#waiting.add(wake);
    });
  }
}

/**
 * Runs every job by itself, again and again, until the signal is aborted: an import that takes
 * minutes keeps no preview waiting. A job that fails is told of once, until it succeeds again.
 */
export async function runJobs(
  jobs: ReadonlyMap<string, Job>,
  deps: JobDeps,
  alarm: Alarm,
): Promise<void> {
  await Promise.all([...jobs].map(([name, job]) => repeat(name, job, deps, alarm)));
}

async function repeat(name: string, job: Job, deps: JobDeps, alarm: Alarm): Promise<void> {
  const { signal, log } = deps;
  let isFailing = false;
  while (!signal.aborted) {
    try {
      const hasWorked = await job(deps);
      if (isFailing) log.info({ job: name }, 'background job works again');
      isFailing = false;
      if (!hasWorked) await alarm.wait(IDLE_MS, signal);
    } catch (error) {
      if (signal.aborted) return;
      const told = { job: name, err: error };
      if (isFailing) log.debug(told, 'background job fails');
      else if (isUnavailable(error)) log.warn(told, 'background job waits for the database');
      else log.error(told, 'background job failed; it is tried again');
      isFailing = true;
      await new Alarm().wait(FAILED_MS, signal);
    }
  }
}
