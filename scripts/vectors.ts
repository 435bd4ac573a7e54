import { readFileSync } from 'node:fs';
import { runVectors } from './vectors/run-vectors.js';
import type { CaseResult } from './vectors/run-vectors.js';
import { parseVectorFile } from './vectors/vector-file.js';

const USAGE = `Usage: npm run vectors -- FILE [--json]

Prices every case of a rating-vectors/1 file with the code that prices real calls and
compares cost, billed seconds and prefix (and, for limits, the longest call) exactly.

  FILE     a JSON file in the rating-vectors/1 format
  --json   print the result of every case as JSON
  --help   print this text

Exit status: 0 all supported cases agree, 1 a figure is wrong, 2 the file cannot be read.
Cases that need a feature which is not supported are listed and do not count as wrong.
`;

/** Exit statuses, as the usage text promises them. */
const AGREES = 0;
const WRONG = 1;
const UNREADABLE = 2;

process.exitCode = main(process.argv.slice(2));

function main(args: readonly string[]): number {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(USAGE);
    return AGREES;
  }
  const files = args.filter((arg) => !arg.startsWith('--'));
  const unknown = args.filter((arg) => arg.startsWith('--') && arg !== '--json');
  const [path] = files;
  if (path === undefined || files.length > 1 || unknown.length > 0) {
    process.stderr.write(USAGE);
    return UNREADABLE;
  }
  try {
    const results = runVectors(parseVectorFile(readFileSync(path, 'utf8')));
    process.stdout.write(args.includes('--json') ? toJson(path, results) : toText(path, results));
    return results.some(({ status }) => status === 'failed') ? WRONG : AGREES;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${path}: cannot be run: ${reason}\n`);
    return UNREADABLE;
  }
}

function count(results: readonly CaseResult[], status: CaseResult['status']): number {
  return results.filter((result) => result.status === status).length;
}

function summarize(results: readonly CaseResult[]): Readonly<Record<string, number>> {
  return {
    total: results.length,
    passed: count(results, 'passed'),
    failed: count(results, 'failed'),
    unsupported: count(results, 'unsupported'),
  };
}

function toJson(file: string, results: readonly CaseResult[]): string {
  return `${JSON.stringify({ file, summary: summarize(results), results }, null, 2)}\n`;
}

function toText(file: string, results: readonly CaseResult[]): string {
  const lines = results.flatMap(describe);
  const { total = 0, passed = 0, failed = 0, unsupported = 0 } = summarize(results);
  lines.push(
    `${file}: ${String(total)} cases, ${String(passed)} passed, ${String(failed)} failed, ` +
      `${String(unsupported)} unsupported`,
  );
  return `${lines.join('\n')}\n`;
}

function describe(result: CaseResult): readonly string[] {
  switch (result.status) {
    case 'passed':
      return [];
    case 'failed':
      return result.wrong.map(
        ({ figure, expected, actual }) =>
          `FAILED ${result.id}: ${figure} expected ${quote(expected)}, got ${quote(actual)}`,
      );
    case 'unsupported':
      return [`UNSUPPORTED ${result.id}: needs ${result.features.join(', ')}`];
  }
}

function quote(value: string | null): string {
  return value === null ? 'none' : `'${value}'`;
}
