import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../../db/client.js';
import { DecisionLog } from '../calls/decision-log.js';
import type { Config } from '../config.js';
import { BreachRecorder } from '../guards/breach-recorder.js';
import { DurableWriter } from '../spool/durable-writer.js';
import { Spool } from '../spool/spool.js';
import type { Foundation, Stores } from './types.js';

/** A long listing of the API takes none of the calls' connections, and may take its time. */
const API_CONNECTIONS = 4;

/** Relative folders are meant from the project's own, wherever the node was started from. */
const PROJECT_FOLDER = fileURLToPath(new URL('../../..', import.meta.url));

export function makeStores({ config, log, clock }: Omit<Foundation, 'secrets'>): Stores {
  const { databaseUrl: url, databasePoolSize: poolSize, databaseTimeoutMs: silenceMs } = config;
  const database = openDatabase({ url, poolSize, silenceMs });
  const apiDatabase = openDatabase({ url, poolSize: API_CONNECTIONS });
  const spool = new Spool({
    folder: spoolFolderOf(config),
    maxBytes: config.cdrSpoolMaxBytes,
    log,
  });
  const writer = new DurableWriter({ database, spool, log });
  return {
    database,
    apiDatabase,
    spool,
    writer,
    decisionLog: new DecisionLog(database, log, writer),
    breaches: new BreachRecorder({ database, clock, log }),
  };
}

/** Where uploaded files wait for this node's background thread. */
export function uploadFolderOf({ uploadFolder }: Config): string {
  return resolve(PROJECT_FOLDER, uploadFolder);
}

/** Where final reports wait for the database: no two nodes share such a folder. */
function spoolFolderOf({ cdrSpoolFolder, nodeId }: Config): string {
  return join(resolve(PROJECT_FOLDER, cdrSpoolFolder), `node-${nodeId}`);
}
