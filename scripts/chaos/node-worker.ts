/**
 * One engine node of a chaos run: the real node, with a clock that its parent can set wrong. Started
 * by `engine-process.ts` only.
 */
import { checkServer } from '../../db/server-check.js';
import type { Clock } from '../../server/clock.js';
import { systemClock } from '../../server/clock.js';
import { composeEngine } from '../../server/compose.js';
import { loadConfig } from '../../server/config.js';
import { createLog } from '../../server/log.js';

let offsetMs = Number(process.env['CHAOS_CLOCK_OFFSET_MS'] ?? '0');

const clock: Clock = {
  nowMs: () => systemClock.nowMs() + offsetMs,
  nowUs: () => systemClock.nowUs() + offsetMs * 1000,
};

async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const log = createLog({ level: config.logLevel, nodeId: config.nodeId });
  const engine = composeEngine(config, log, clock);
  process.on('message', (message) => {
    if (typeof message === 'number') offsetMs = message;
  });
  process.on('disconnect', () => process.exit(0));
  process.on('unhandledRejection', (error) => {
    log.error({ err: error }, 'unhandled rejection');
  });
  const problems = await checkServer(engine.parts.database.orm);
  if (problems.length > 0) throw new Error(problems.join('; '));
  await engine.start();
  process.send?.('ready');
}

try {
  await main();
} catch (error) {
  // The database may be away just now: whoever started this node starts it again.
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
