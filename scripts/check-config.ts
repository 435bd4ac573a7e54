import process from 'node:process';
import { ConfigError, loadConfig, settingsTable } from '../server/config.js';

/**
 * Says everything that is wrong with the settings and fails, or says nothing.
 * Usage: node dist/scripts/check-config.js [--table]
 */
function main(args: readonly string[]): number {
  if (args.includes('--table')) {
    console.log(settingsTable());
    return 0;
  }
  try {
    loadConfig(process.env);
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(`error: ${error.message}`);
    return 1;
  }
}

process.exitCode = main(process.argv.slice(2));
