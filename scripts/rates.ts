import process from 'node:process';
import { ratesCommands } from './rates/commands.js';
import { runRates } from './rates/run.js';

/** Loads, compares and releases rate decks. Usage: npm run rates -- COMMAND [OPTIONS] */
const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // Once: who asks a second time is not kept waiting.
  process.once(signal, () => {
    stopped.abort();
  });
}
process.exitCode = await runRates(ratesCommands, process.argv.slice(2), stopped.signal);
