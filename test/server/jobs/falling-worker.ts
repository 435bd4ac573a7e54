import { appendFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { JobMessage, JobWorkerData } from '../../../server/jobs/background.js';

/** A thread that writes down what it is told, and does what the name of its node says. */
const { uploadFolder: file, nodeId } = workerData as JobWorkerData;
appendFileSync(file, 'started\n');
parentPort?.on('message', ({ kind }: JobMessage) => {
  appendFileSync(file, `${kind}\n`);
  if (kind === 'poke' && nodeId === 'falls') throw new Error('fell over');
  if (kind === 'stop' && nodeId !== 'stubborn') parentPort?.close();
});
