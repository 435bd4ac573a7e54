import { checkCode } from './code-rules.js';
import { checkCycles, checkDeadFiles, checkImports } from './import-rules.js';
import type { Finding, Source } from './source.js';
import { checkText } from './text-rules.js';

/** Every finding in the given files, in the order of their paths and lines. */
export function checkSources(sources: readonly Source[]): readonly Finding[] {
  const findings = [
    ...sources.flatMap((source) => [
      ...checkText(source),
      ...checkImports(source),
      ...checkCode(source),
    ]),
    ...checkCycles(sources),
    ...checkDeadFiles(sources),
  ];
  return findings.sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1));
}
