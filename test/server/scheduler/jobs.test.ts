import { expect } from 'chai';
import { describe, it } from 'mocha';
import { cronExpression, Scheduler } from '../../../server/scheduler/jobs.js';
import { readableLog, quietLog } from '../../support/quiet-log.js';

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('the times of a job', () => {
  for (const [everyS, expression] of [
    [0, '*/1 * * * * *'],
    [1, '*/1 * * * * *'],
    [2.9, '*/2 * * * * *'],
    [59, '*/59 * * * * *'],
    [60, '0 * * * * *'],
    [90, '0 */2 * * * *'],
    [600, '0 */10 * * * *'],
    [86_400, '0 */59 * * * *'],
  ] as const) {
    it(`every ${String(everyS)} seconds are ${expression}`, () => {
      expect(cronExpression(everyS)).to.equal(expression);
    });
  }
});

describe('the scheduler', () => {
  it('never runs a job twice at once, and waits for it at the end', async () => {
    let runs = 0;
    let running = 0;
    let overlaps = 0;
    const scheduler = new Scheduler(
      [
        {
          name: 'slow',
          everyS: 1,
          run: async () => {
            runs += 1;
            running += 1;
            overlaps = Math.max(overlaps, running);
            await later(1500);
            running -= 1;
          },
        },
      ],
      quietLog,
    );
    while (runs < 2) await later(20);
    expect(running).to.equal(1);
    await scheduler.stop();
    expect(running).to.equal(0);
    expect(overlaps).to.equal(1);
    const stopped = runs;
    await later(1100);
    expect(runs).to.equal(stopped);
  });

  it('goes on after a job that fails, in whatever way', async () => {
    const { log, lines } = readableLog();
    let good = 0;
    const scheduler = new Scheduler(
      [
        { name: 'rejects', everyS: 1, run: () => Promise.reject(new Error('no')) },
        {
          name: 'throws',
          everyS: 1,
          run: () => {
            throw new Error('not even a promise');
          },
        },
        {
          name: 'good',
          everyS: 1,
          run: () => {
            good += 1;
            return Promise.resolve();
          },
        },
      ],
      log,
    );
    await later(2200);
    await scheduler.stop();
    expect(good).to.be.within(2, 3);
    for (const job of ['rejects', 'throws']) {
      const failures = lines.filter((line) => line['job'] === job);
      expect(failures.length, job).to.be.within(2, 3);
    }
  });
});
