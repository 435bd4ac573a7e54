import process from 'node:process';
import { importCommand } from './cdr/import.js';
import { runRates } from './rates/run.js';

/** Brings in call detail records from files. Usage: npm run cdr -- import DIR --switch NAME */
const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // Once: who asks a second time is not kept waiting.
  process.once(signal, () => {
    stopped.abort();
  });
}
process.exitCode = await runRates(
  [importCommand],
  process.argv.slice(2),
  stopped.signal,
  'npm run cdr',
);
