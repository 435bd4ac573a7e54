import { checkServer } from '../db/server-check.js';
import { composeEngine } from './compose.js';
import type { Engine } from './compose.js';
import { ConfigError, loadConfig } from './config.js';
import type { Config } from './config.js';
import { createLog } from './log.js';
import type { Log } from './log.js';

/** Starts a node and stops it in order on SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const config = readConfig();
  const log = createLog({ level: config.logLevel, nodeId: config.nodeId });
  const engine = composeEngine(config, log);
  handleSignals(engine, config, log);
  try {
    await refuseUnfitDatabase(engine);
    const { port } = await engine.start();
    log.info({ host: config.httpHost, port }, 'ringledger is ready');
  } catch (error) {
    log.fatal({ err: error }, 'start failed');
    process.exitCode = 1;
    await engine.stop().catch(() => undefined);
    process.exit();
  }
}

function readConfig(): Config {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(78);
  }
}

async function refuseUnfitDatabase(engine: Engine): Promise<void> {
  const problems = await checkServer(engine.parts.database.orm);
  if (problems.length > 0) throw new Error(problems.join('; '));
}

function handleSignals(engine: Engine, config: Config, log: Log): void {
  let isStopping = false;
  const stop = (signal: string): void => {
    if (isStopping) return;
    isStopping = true;
    log.info({ signal }, 'stopping');
    const timer = setTimeout(() => {
      log.error('stop took too long; what is left is in the database or with the switch');
      process.exit(1);
    }, config.shutdownS * 1000);
    engine.stop().then(
      () => {
        clearTimeout(timer);
        log.info('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        log.error({ err: error }, 'stop failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // Nothing may take a node down that one request or one switch got wrong.
  process.on('unhandledRejection', (error) => {
    log.error({ err: error }, 'unhandled rejection');
  });
}

await main();
