import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { checkSources } from './tidy/check.js';
import { parseSource } from './tidy/source.js';

/** Rooms and file types the rules are about. Recorded traffic and generated files are not. */
const CHECKED =
  /^(rating|xml|db|server|scripts|test|freeswitch-conf)\/.*\.(tsx?|mjs|cjs|js|sh|md)$/;
const ALSO_CHECKED = new Set(['README.md', 'scripts/start', 'scripts/test']);
const LEFT_ALONE = /^(test\/fixtures|test\/xml\/golden|db\/migrations)\//;

/**
 * Checks the rules that no other tool knows, on every file git has or would have.
 * Usage: node dist/scripts/tidy.js
 */
function main(): number {
  const listed = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const sources = [...new Set(listed.split('\0'))]
    .filter((path) => CHECKED.test(path) || ALSO_CHECKED.has(path))
    .filter((path) => !LEFT_ALONE.test(path) && existsSync(path))
    .map((path) => parseSource(path, readFileSync(path, 'utf8')));
  const findings = checkSources(sources);
  for (const { path, line, rule, message } of findings) {
    console.log(`${path}:${line}: ${rule}: ${message}`);
  }
  console.log(`tidy: ${sources.length} files, ${findings.length} findings`);
  return findings.length === 0 && sources.length > 0 ? 0 : 1;
}

process.exitCode = main();
