import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

const README = 'test/bench/README.md';
const START = '\n\n<!-- prettier-ignore-start -->';
const END = '<!-- prettier-ignore-end -->';

/** Places in the README for figures. */
export type FigureSet = 'figures' | 'freeswitch';

/** Where and of what the figures are: machine, data, commit. */
export function describeRun(ratesPerSheet: number): string {
  return (
    `${machine()}; engine, MariaDB and load maker share it. ` +
    `${String(ratesPerSheet)} rates for the client and as many for each of 10 carriers; ` +
    `durable commits. Commit ${commit()}.`
  );
}

/** The same for a real FreeSWITCH. */
export function describeMachine(): string {
  return (
    `${machine()}; FreeSWITCH, engine, MariaDB and SIPp share it. Calls of 4 s, no RTP, digest ` +
    `authentication, one carrier that answers; durable commits. Commit ${commit()}.`
  );
}

function machine(): string {
  const [cpu] = cpus();
  const memory = `${String(Math.round(totalmem() / 2 ** 30))} GB`;
  const processors = `${String(cpus().length)} × ${cpu?.model ?? 'unknown processor'}`;
  return `${processors}, ${memory}, Node ${process.versions.node}`;
}

function commit(): string {
  return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
}

/** Puts the text between the markers of the README beside this file. */
export function writeReadme(text: string, set: FigureSet = 'figures'): void {
  const readme = readFileSync(README, 'utf8');
  const marker = `<!-- ${set} -->${START}`;
  const begin = readme.indexOf(marker);
  if (begin < 0) throw new Error(`${README}: found no ${marker}`);
  const before = readme.slice(0, begin + marker.length);
  const after = readme.slice(readme.indexOf(END, begin));
  writeFileSync(README, `${before}\n\n${text}\n${after}`);
}
