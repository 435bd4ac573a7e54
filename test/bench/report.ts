import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

const README = 'test/bench/README.md';
const START = '<!-- figures -->\n\n<!-- prettier-ignore-start -->';
const END = '<!-- prettier-ignore-end -->';

/** Where and of what the figures are: machine, data, commit. */
export function describeRun(ratesPerSheet: number): string {
  const [cpu] = cpus();
  const machine = `${String(cpus().length)} × ${cpu?.model ?? 'unknown processor'}`;
  const memory = `${String(Math.round(totalmem() / 2 ** 30))} GB`;
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  return (
    `${machine}, ${memory}, Node ${process.versions.node}; engine, MariaDB and load maker share it. ` +
    `${String(ratesPerSheet)} rates for the client and as many for each of 10 carriers; ` +
    `durable commits. Commit ${commit}.`
  );
}

/** Puts the text between the markers of the README beside this file. */
export function writeReadme(text: string): void {
  const readme = readFileSync(README, 'utf8');
  const before = readme.slice(0, readme.indexOf(START) + START.length);
  const after = readme.slice(readme.indexOf(END));
  writeFileSync(README, `${before}\n\n${text}\n${after}`);
}
