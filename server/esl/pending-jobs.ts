import { EslError } from './esl-error.js';

interface Job {
  readonly resolve: (output: string) => void;
  readonly reject: (error: EslError) => void;
  readonly timer: NodeJS.Timeout;
}

/** Background jobs whose output has not come yet. Each is waited for a limited time. */
export class PendingJobs {
  private readonly jobs = new Map<string, Job>();

  get size(): number {
    return this.jobs.size;
  }

  /** Resolves with the job's output. @throws EslError timeout or disconnected. */
  wait(jobUuid: string, timeoutMs: number): Promise<string> {
    const output = new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.jobs.delete(jobUuid);
        reject(new EslError('timeout', 'no output from a background job'));
      }, timeoutMs);
      this.jobs.set(jobUuid, { resolve, reject, timer });
    });
    // The command itself may fail first; then nobody waits here, and that is no unhandled rejection.
    output.catch(() => undefined);
    return output;
  }

  finish(jobUuid: string, output: string): void {
    const job = this.take(jobUuid);
    job?.resolve(output);
  }

  forget(jobUuid: string): void {
    this.take(jobUuid);
  }

  abandonAll(reason: string): void {
    for (const jobUuid of [...this.jobs.keys()]) {
      this.take(jobUuid)?.reject(new EslError('disconnected', reason));
    }
  }

  private take(jobUuid: string): Job | undefined {
    const job = this.jobs.get(jobUuid);
    if (job === undefined) return undefined;
    this.jobs.delete(jobUuid);
    clearTimeout(job.timer);
    return job;
  }
}
