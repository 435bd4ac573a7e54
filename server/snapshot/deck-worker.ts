import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase } from '../../db/client.js';
import { isUnavailable } from '../../db/transaction.js';
import { transferList } from '../../rating/deck/release-index.js';
import { cutTables, withoutTables } from './deck-protocol.js';
import type { DeckReply, DeckRequest, DeckWorkerData, TablePiece } from './deck-protocol.js';
import { loadReleaseIndex } from './load-release.js';

/** The thread that reads decks, so that a million rows are never read on the one that decides calls. */

/** Far longer than a server thinks before the first row; a load that is given up is begun again. */
const SILENCE_MS = 60_000;

// Set by DeckLoader, which is the only one to start this file.
const { databaseUrl } = workerData as DeckWorkerData;
const database = openDatabase({ url: databaseUrl, poolSize: 1, silenceMs: SILENCE_MS });
const port = parentPort;
if (port === null) throw new Error('deck-worker: found no parent, expected to be a worker thread');

let current: { readonly job: number; pieces: Iterator<TablePiece> | null } | null = null;

function reply(message: DeckReply, transfer: readonly ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

async function load(job: number, releaseId: number): Promise<void> {
  const own = { job, pieces: null as Iterator<TablePiece> | null };
  current = own;
  try {
    const index = await loadReleaseIndex(database, releaseId, ({ rowsRead, rowsTotal }) => {
      if (current !== own) throw new Error('cancelled');
      reply({ kind: 'progress', job, rowsRead, rowsTotal });
    });
    if (current !== own) return;
    const parts = index.toParts();
    own.pieces = cutTables(parts);
    reply({ kind: 'columns', job, parts: withoutTables(parts) }, transferList(parts));
  } catch (error) {
    if (current === own) current = null;
    const message = error instanceof Error ? error.message : String(error);
    reply({ kind: 'failed', job, message, isUnavailable: isUnavailable(error) });
  }
}

function sendPiece(job: number): void {
  if (current?.job !== job || current.pieces === null) return;
  const next = current.pieces.next();
  if (next.done === true) current = null;
  reply({ kind: 'piece', job, piece: next.done === true ? null : next.value });
}

port.on('message', (request: DeckRequest) => {
  switch (request.kind) {
    case 'load':
      void load(request.job, request.releaseId);
      break;
    case 'more':
      sendPiece(request.job);
      break;
    case 'cancel':
      if (current?.job === request.job) current = null;
      break;
    case 'stop':
      current = null;
      port.close();
      void database.close();
      break;
  }
});
