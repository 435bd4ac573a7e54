import { expect } from 'chai';
import { describe, it } from 'mocha';
import { checkSources } from '../../scripts/tidy/check.js';
import { parseSource } from '../../scripts/tidy/source.js';

/** The findings in these files as `path:line rule`, without the dead ones unless asked for. */
function findings(files: Readonly<Record<string, string>>, withDead = false): string[] {
  const sources = Object.entries(files).map(([path, text]) => parseSource(path, text));
  return checkSources(sources)
    .filter(({ rule }) => withDead || rule !== 'dead')
    .map(({ path, line, rule }) => `${path}:${line} ${rule}`);
}

function inFile(path: string, text: string): string[] {
  return findings({ [path]: text }).map((finding) => finding.slice(path.length + 1));
}

describe('tidy: imports between rooms', () => {
  const cases: readonly [file: string, statement: string, expected: readonly string[]][] = [
    ['rating/a.ts', "import { Decimal } from 'decimal.js';", []],
    ['rating/a.ts', "import { readFileSync } from 'node:fs';", ['1 imports']],
    ['rating/a.ts', "import type { A } from '../xml/records.js';", ['1 imports']],
    ['rating/call/a.ts', "import { B } from '../money.js';", []],
    ['xml/a.ts', "import { create } from 'xmlbuilder2';", []],
    ['xml/a.ts', "import { create } from 'xmlbuilder2/extra';", []],
    ['xml/a.ts', "import { Decimal } from 'decimal.js';", ['1 imports']],
    ['db/a.ts', "import { sql } from 'drizzle-orm';", []],
    ['db/a.ts', "import type { A } from '../xml/records.js';", []],
    ['db/a.ts', "import { A } from '../xml/records.js';", ['1 imports']],
    ['db/a.ts', "import type { A } from '../xml/builders.js';", ['1 imports']],
    ['db/a.ts', "import type { A } from '../server/calls/reports.js';", ['1 imports']],
    ['db/a.ts', "import express from 'express';", ['1 imports']],
    ['server/a.ts', "import { sql } from 'drizzle-orm';", ['1 imports']],
    ['server/a.ts', "import mysql from 'mysql2/promise';", ['1 imports']],
    ['server/a.ts', "import express from 'express';", []],
    ['server/a.ts', "const driver = await import('mysql2');", ['1 imports']],
    ['server/a.ts', "import { A } from '../scripts/seed.js';", ['1 imports']],
    ['server/a.ts', "import { A } from './console/app.js';", ['1 imports']],
    ['server/a.ts', "export { A } from '../test/support/a.js';", ['1 imports']],
    ['server/console/a.tsx', "import type { A } from '../api/contract/calls.js';", []],
    ['server/console/a.tsx', "import { A } from '../api/contract/calls.js';", ['1 imports']],
    ['server/console/a.tsx', "import { A } from '../log.js';", ['1 imports']],
    ['scripts/a.ts', "import { A } from '../test/support/a.js';", ['1 imports']],
    ['test/a.test.ts', "import { A } from '../scripts/simulator/a.js';", []],
  ];
  for (const [file, statement, expected] of cases) {
    const verdict = expected.length === 0 ? 'allows' : 'refuses';
    it(`${verdict} ${statement} in ${file}`, () => {
      expect(inFile(file, `${statement}\n`)).to.deep.equal(expected);
    });
  }
});

describe('tidy: the shape of the whole', () => {
  it('reports a cycle of imports once, with its way round', () => {
    const files = {
      'rating/a.ts': "import { b } from './b.js';\n",
      'rating/b.ts': "\nimport { c } from './call/c.js';\n",
      'rating/call/c.ts': "import type { a } from '../a.js';\n",
    };
    expect(findings(files)).to.deep.equal(['rating/call/c.ts:1 cycle']);
  });

  it('sees two ways to the same file as no cycle', () => {
    const files = {
      'rating/a.ts': "import { b } from './b.js';\nimport { c } from './c.js';\n",
      'rating/b.ts': "import { c } from './c.js';\n",
      'rating/c.ts': 'export const c = 1;\n',
    };
    expect(findings(files)).to.deep.equal([]);
  });

  it('reports a file that nobody imports, and no entry point', () => {
    const files = {
      'server/main.ts': "import { used } from './used.js';\n",
      'server/used.ts': 'export const used = 1;\n',
      'server/unused.ts': 'export const unused = 1;\n',
      'scripts/seed.ts': 'console.log(1);\n',
      'test/db/a.test.ts': 'export {};\n',
    };
    expect(findings(files, true)).to.deep.equal(['server/unused.ts:1 dead']);
  });

  it('allows 400 lines and no more', () => {
    expect(inFile('server/a.ts', 'export {};\n'.repeat(400))).to.deep.equal([]);
    expect(inFile('server/a.ts', 'export {};\n'.repeat(401))).to.deep.equal(['401 length']);
    expect(inFile('db/schema/a.ts', 'export {};\n'.repeat(401))).to.deep.equal([]);
  });

  it('wants file names in kebab-case', () => {
    expect(inFile('server/rateCall.ts', 'export {};\n')).to.deep.equal(['1 name']);
    expect(inFile('server/rate-call.test.ts', 'export {};\n')).to.deep.equal([]);
  });
});

describe('tidy: banned code', () => {
  const cases: readonly [file: string, code: string, expected: readonly string[]][] = [
    ['server/a.ts', 'const now = Date.now();', ['1 clock']],
    ['db/a.ts', 'const now = new Date();', ['1 clock']],
    ['db/a.ts', 'const at = new Date(value);', []],
    ['server/clock.ts', 'export const nowMs = () => Date.now();', []],
    ['scripts/a.ts', 'const now = Date.now();', []],
    ['server/a.ts', "const text = 'Date.now()'; // Date.now() is read by the clock only.", []],
    ['rating/a.ts', 'const seed = Math.random();', ['1 random']],
    ['db/a.ts', 'const wait = Math.random();', []],
    ['server/a.ts', 'const price = parseFloat(text);', ['1 float']],
    ['rating/a.ts', 'const price = value.toNumber();', ['1 float']],
    ['rating/a.ts', '// Not money: a count of seconds.\nconst s = value.toNumber();', []],
    ['server/a.ts', 'const total = Number(row.balance);', ['1 float']],
    ['server/a.ts', 'const port = Number(row.port);', []],
    ['server/a.ts', 'console.log(1);', ['1 console']],
    ['scripts/a.ts', 'console.log(1);', []],
    ['server/a.ts', 'const value = input as any;', ['1 any']],
    ['test/a.test.ts', 'function f(value: any) {}', ['1 any']],
    ['server/a.ts', 'const anyone = 1; // any word', []],
    ['server/a.ts', 'export default function main() {}', ['1 export']],
    ['server/a.ts', 'const a = 1;\nexport default a;', ['2 export']],
    ['server/a.ts', '// TODO: later', ['1 unfinished']],
    ['server/a.ts', '// FIXME', ['1 unfinished']],
    ['README.md', 'XXX', ['1 unfinished']],
    ['server/a.ts', 'export const mask = "XXXXXXXX";', []],
    ['test/a.test.ts', "it.only('works', () => {});", ['1 focus']],
    ['test/a.test.ts', "describe.skip('works', () => {});", ['1 focus']],
    ['test/a.test.ts', "xit('works', () => {});", ['1 focus']],
    ['test/a.test.ts', 'function f() { this.skip(); }', ['1 focus']],
    ['test/freeswitch/a.test.ts', 'function f() { this.skip(); }', []],
    ['test/a.test.ts', 'rows.skip(1);', []],
  ];
  for (const [file, code, expected] of cases) {
    const verdict = expected.length === 0 ? 'allows' : 'refuses';
    it(`${verdict} ${JSON.stringify(code)} in ${file}`, () => {
      expect(inFile(file, `${code}\n`)).to.deep.equal(expected);
    });
  }
});
