import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase } from '../../db/client.js';
import { systemClock } from '../clock.js';
import { createLog } from '../log.js';
import { runNextImport } from '../rates/import/run-next-import.js';
import { runNextPreview } from '../rates/preview/run-next-preview.js';
import { runNextRerating } from '../rates/rerate/run-next-rerating.js';
import type { JobMessage, JobWorkerData } from './background.js';
import { Alarm, runJobs } from './run-jobs.js';
import type { Job } from './types.js';

/** The thread of a node in which everything runs that takes long and that no call waits for. */

const JOBS: ReadonlyMap<string, Job> = new Map([
  ['import', runNextImport],
  ['preview', runNextPreview],
  ['rerating', runNextRerating],
]);

/** Each job reads and writes at the same time; previews look at several sheets. */
const POOL_SIZE = 6;

const port = parentPort;
if (port === null) throw new Error('background-worker: found no parent, expected to be a thread');

// Set by BackgroundJobs, which is the only one to start this file.
const { databaseUrl, logLevel, ...settings } = workerData as JobWorkerData;
const database = openDatabase({ url: databaseUrl, poolSize: POOL_SIZE });
const log = createLog({ level: logLevel, nodeId: settings.nodeId });
const stop = new AbortController();
const alarm = new Alarm();

port.on('message', (message: JobMessage) => {
  if (message.kind === 'poke') alarm.ring();
  else stop.abort();
});

await runJobs(JOBS, { ...settings, database, clock: systemClock, log, signal: stop.signal }, alarm);
await database.close();
port.close();
