import { parseArgs } from 'node:util';
import { Refusal } from '../../server/admin/refusal.js';
import { ConfigError } from '../../server/config.js';
import { RatesContext, UsageError } from './command.js';
import type { RatesCommand, RatesInput } from './command.js';

const DONE = 0;
const REFUSED = 1;
const FAILED = 2;

/**
 * Runs one command line of a program made of commands; returns the exit code. Errors go to standard
 * error, in one line.
 */
export async function runRates(
  commands: readonly RatesCommand[],
  args: readonly string[],
  signal: AbortSignal,
  program = 'npm run rates',
): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === 'help') {
    console.log(overview(commands, program));
    return name === undefined ? FAILED : DONE;
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) {
    console.error(`error: there is no command '${name}'\n\n${overview(commands, program)}`);
    return FAILED;
  }
  return runCommand(command, rest, signal);
}

async function runCommand(
  command: RatesCommand,
  args: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  let context: RatesContext | undefined;
  try {
    const { values, positionals } = readArguments(command, args);
    if (values['help'] === true) {
      console.log(command.usage);
      return DONE;
    }
    context = new RatesContext(values['json'] === true, signal);
    return await command.run({ values, positionals, context });
  } catch (error) {
    return report(command, error);
  } finally {
    await context?.close();
  }
}

function readArguments(
  command: RatesCommand,
  args: readonly string[],
): Pick<RatesInput, 'values' | 'positionals'> {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...command.options,
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function report(command: RatesCommand, error: unknown): number {
  if (error instanceof UsageError) {
    console.error(`error: ${error.message}\n\n${command.usage}`);
    return FAILED;
  }
  if (error instanceof Refusal) {
    console.error(`error: ${error.detail}`);
    return REFUSED;
  }
  console.error(`error: ${error instanceof ConfigError ? error.message : reason(error)}`);
  return FAILED;
}

/** drizzle wraps the driver's error, and the driver's is the one that says what is wrong. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reason(error.cause) : error.message;
}

function overview(commands: readonly RatesCommand[], program: string): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  return [
    `Usage: ${program} -- COMMAND [OPTIONS]`,
    ...commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
    'COMMAND --help says more. --json prints one JSON document. Exit codes: 0 done, 1 refused, 2 failed.',
  ].join('\n');
}
