import cron from 'node-cron';
import type { ScheduledTask } from 'node-cron';
import type { Logger } from 'pino';

/** Something to look after from time to time. Running it twice, or late, or never, changes nothing. */
export interface Job {
  readonly name: string;
  readonly everyS: number;
  readonly run: () => Promise<unknown>;
}

/**
 * Wakes jobs. The ticks carry no meaning: a job asks the database what is due, so a missed, doubled
 * or overlapping tick is harmless, and several nodes may tick at once. A job that is still running
 * is not started again on this node.
 */
export class Scheduler {
  readonly #log: Logger;
  readonly #tasks: ScheduledTask[] = [];
  readonly #running = new Map<string, Promise<unknown>>();

  constructor(jobs: readonly Job[], log: Logger) {
    this.#log = log;
    for (const job of jobs) {
      const task = cron.schedule(cronExpression(job.everyS), () => this.#tick(job), {
        name: job.name,
        timezone: 'UTC',
      });
      this.#tasks.push(task);
    }
  }

  /** Stops the clock and waits for what is under way. */
  async stop(): Promise<void> {
    await Promise.all(this.#tasks.map((task) => task.destroy()));
    await Promise.allSettled(this.#running.values());
  }

  #tick(job: Job): void {
    if (this.#running.has(job.name)) return;
    const run = Promise.resolve()
      .then(() => job.run())
      .catch((error: unknown) => {
        this.#log.error({ err: error, job: job.name }, 'job failed; its next tick tries again');
      })
      .finally(() => {
        this.#running.delete(job.name);
      });
    this.#running.set(job.name, run);
  }
}

/** Seconds below a minute, whole minutes above; cron has nothing in between. */
export function cronExpression(everyS: number): string {
  if (everyS < 60) return `*/${String(Math.max(1, Math.floor(everyS)))} * * * * *`;
  const minutes = Math.min(59, Math.round(everyS / 60));
  return minutes === 1 ? '0 * * * * *' : `0 */${String(minutes)} * * * *`;
}
