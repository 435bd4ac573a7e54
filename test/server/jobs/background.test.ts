import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { BackgroundJobs } from '../../../server/jobs/background.js';
import { Alarm, runJobs } from '../../../server/jobs/run-jobs.js';
import type { Job, JobDeps } from '../../../server/jobs/types.js';
import { FakeClock } from '../../support/fake-clock.js';
import { quietLog } from '../../support/quiet-log.js';
import { openTempDatabase } from '../../support/temp-database.js';
import { openDatabase } from '../../../db/client.js';

async function within(ms: number, isSeen: () => boolean): Promise<void> {
  const deadline = performance.now() + ms;
  while (!isSeen()) {
    if (performance.now() > deadline) throw new Error('not seen in time');
    await pause(5);
  }
}

describe('the background thread of a node', function () {
  this.timeout(20_000);
  let folder: string;
  let jobs: BackgroundJobs;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ringledger-'));
  });

  afterEach(async () => {
    await jobs.stop();
    rmSync(folder, { recursive: true });
  });

  const file = () => join(folder, 'told');
  const told = (): string => {
    try {
      return readFileSync(file(), 'utf8').trim().replaceAll('\n', ' ');
    } catch {
      return '';
    }
  };

  async function start(nodeId: string, stopMs = 5000): Promise<void> {
    jobs = new BackgroundJobs({
      log: quietLog,
      stopMs,
      workerFile: new URL('./falling-worker.js', import.meta.url),
      data: { databaseUrl: '', nodeId, uploadFolder: file(), maxRows: 1, logLevel: 'silent' },
    });
    jobs.start();
    await within(5000, () => told() === 'started');
  }

  it('is woken, and ends when it is told to', async () => {
    await start('calm');
    jobs.poke();
    await within(2000, () => told() === 'started poke');
    await jobs.stop();
    expect(told()).to.equal('started poke stop');
    expect(jobs.isRunning).to.equal(false);
  });

  it('is started again when it dies, with a pause', async () => {
    await start('falls');
    jobs.poke();
    await within(5000, () => told() === 'started poke started');
    expect(jobs.restarts).to.equal(1);
  });

  it('is ended when it does not end by itself', async () => {
    await start('stubborn', 100);
    const startedMs = performance.now();
    await jobs.stop();
    expect(performance.now() - startedMs).to.be.within(90, 3000);
    expect(jobs.isRunning).to.equal(false);
    expect(jobs.restarts).to.equal(0);
  });

  it('is not started again once it was stopped', async () => {
    await start('falls');
    jobs.poke();
    await within(5000, () => !jobs.isRunning);
    await jobs.stop();
    await pause(700);
    expect(told()).to.equal('started poke');
  });
});

describe('the real background thread', function () {
  this.timeout(30_000);

  it('starts, looks for work in the database and stops in order', async () => {
    const temp = await openTempDatabase();
    const folder = mkdtempSync(join(tmpdir(), 'ringledger-'));
    const problems: unknown[] = [];
    const log = quietLog.child({});
    log.warn = (...args: readonly unknown[]) => void problems.push(args);
    log.error = (...args: readonly unknown[]) => void problems.push(args);
    const jobs = new BackgroundJobs({
      log,
      stopMs: 5000,
      data: {
        databaseUrl: temp.url,
        nodeId: 'node-1',
        uploadFolder: folder,
        maxRows: 1000,
        logLevel: 'silent',
      },
    });
    jobs.start();
    await pause(1500);
    expect(jobs.isRunning).to.equal(true);
    await jobs.stop();
    expect(problems).to.deep.equal([]);
    await temp.close();
    rmSync(folder, { recursive: true });
  });
});

describe('running jobs', () => {
  let stop: AbortController;
  let deps: JobDeps;

  beforeEach(() => {
    stop = new AbortController();
    deps = {
      // Never connected: the jobs below do not ask it.
      database: openDatabase({ url: 'mysql://nobody@localhost/none', poolSize: 1 }),
      clock: new FakeClock(),
      log: quietLog,
      nodeId: 'node-1',
      uploadFolder: '/nowhere',
      signal: stop.signal,
    };
  });

  afterEach(async () => {
    stop.abort();
    await deps.database.close();
  });

  it('asks again at once while there is work, else when it is woken', async () => {
    let left = 3;
    let asked = 0;
    const alarm = new Alarm();
    const job: Job = () => {
      asked += 1;
      left -= 1;
      return Promise.resolve(left >= 0);
    };
    const running = runJobs(new Map([['count', job]]), deps, alarm);
    await within(500, () => asked === 4);
    await pause(50);
    expect(asked).to.equal(4);
    left = 1;
    alarm.ring();
    await within(500, () => asked === 6);
    stop.abort();
    await running;
  });

  it('lets no job wait for another one', async () => {
    let finish: (() => void) | undefined;
    let quick = 0;
    const slow: Job = async () => {
      await new Promise<void>((resolve) => (finish = resolve));
      return false;
    };
    const other: Job = () => {
      quick += 1;
      return Promise.resolve(quick < 5);
    };
    const jobs = new Map([
      ['slow', slow],
      ['other', other],
    ]);
    const running = runJobs(jobs, deps, new Alarm());
    await within(500, () => quick === 5);
    stop.abort();
    finish?.();
    await running;
  });

  it('goes on after a failure, and ends in the middle of its pause', async () => {
    let asked = 0;
    const job: Job = () => {
      asked += 1;
      return Promise.reject(new Error('broken'));
    };
    const running = runJobs(new Map([['broken', job]]), deps, new Alarm());
    await within(500, () => asked === 1);
    stop.abort();
    await running;
    expect(asked).to.equal(1);
  });
});
