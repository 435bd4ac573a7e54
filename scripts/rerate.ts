import process from 'node:process';
import { runRates } from './rates/run.js';
import { rerateCommands } from './rerate/commands.js';

/** Prices settled calls again. Usage: npm run rerate -- preview|post|status|stop|resume [OPTIONS] */
const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // Once: who asks a second time is not kept waiting.
  process.once(signal, () => {
    stopped.abort();
  });
}
process.exitCode = await runRates(
  rerateCommands,
  process.argv.slice(2),
  stopped.signal,
  'npm run rerate',
);
