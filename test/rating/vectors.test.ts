import { readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { parseInstant } from '../../scripts/vectors/to-deck.js';
import { runVectors } from '../../scripts/vectors/run-vectors.js';
import { parseVectorFile } from '../../scripts/vectors/vector-file.js';

const FIXTURE = fileURLToPath(
  new URL('../../../test/fixtures/rating-vectors.json', import.meta.url),
);
const SCRIPT = fileURLToPath(new URL('../../scripts/vectors.js', import.meta.url));
const FILE = parseVectorFile(readFileSync(FIXTURE, 'utf8'));

function runScript(args: readonly string[]): { status: number | null; out: string; err: string } {
  const run = spawnSync(process.execPath, [SCRIPT, ...args], { encoding: 'utf8' });
  return { status: run.status, out: run.stdout, err: run.stderr };
}

function withFile(content: string, use: (path: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'vectors-'));
  try {
    const path = join(folder, 'vectors.json');
    writeFileSync(path, content);
    use(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('published price vectors', () => {
  for (const result of runVectors(FILE)) {
    it(`${result.id} has the published figures`, () => {
      expect(result).to.deep.equal({ id: result.id, status: 'passed' });
    });
  }
});

describe('the vectors script', () => {
  it('sums a good file up and exits with 0', () => {
    const { status, out } = runScript([FIXTURE]);
    expect(out).to.match(/92 cases, 92 passed, 0 failed, 0 unsupported\n$/);
    expect(status).to.equal(0);
  });

  it('names a wrong figure and exits with 1', () => {
    const [first] = FILE.cases;
    const wrong = { ...FILE, cases: [{ ...first, expected_cost: '1' }], max_usage_cases: [] };
    withFile(JSON.stringify(wrong), (path) => {
      const { status, out } = runScript([path]);
      expect(out).to.contain("FAILED cgr-001: cost expected '1', got '2701'");
      expect(status).to.equal(1);
      const json = JSON.parse(runScript([path, '--json']).out) as { summary: unknown };
      expect(json.summary).to.deep.equal({ total: 1, passed: 0, failed: 1, unsupported: 0 });
    });
  });

  it('lists a case it does not understand instead of guessing', () => {
    const [first] = FILE.cases;
    const odd = { ...FILE, cases: [{ ...first, package_minutes: 5 }], max_usage_cases: [] };
    withFile(JSON.stringify(odd), (path) => {
      const { status, out } = runScript([path]);
      expect(out).to.contain('UNSUPPORTED cgr-001: needs package_minutes');
      expect(status).to.equal(0);
    });
  });

  it('exits with 2 for files it cannot read and without a file', () => {
    withFile('{"schema":"other"}', (path) => {
      expect(runScript([path]).status).to.equal(2);
    });
    expect(runScript(['/nowhere/vectors.json']).status).to.equal(2);
    const { status, err } = runScript([]);
    expect(err).to.contain('Usage: npm run vectors -- FILE');
    expect(status).to.equal(2);
  });
});

describe('vectors of other decks', () => {
  const [first] = FILE.cases;
  if (first === undefined) throw new Error('the fixture has no cases');
  const plain = {
    ...first,
    requires: [],
    rows: [
      {
        prefix: '1212',
        rate_per_minute: '0.02',
        intrastate_rate_per_minute: '0.06',
        indeterminate_rate_per_minute: '0.04',
        connect_fee: '0',
        initial_increment_s: 60,
        increment_s: 60,
      },
    ],
    dialed: '12125550123',
    billsec: 60,
    tod_policy: 'start',
    expected_billed_seconds: 60,
    expected_prefix: '1212',
  };
  const run = (over: object) =>
    runVectors(
      parseVectorFile(
        JSON.stringify({ ...FILE, cases: [{ ...plain, ...over }], max_usage_cases: [] }),
      ),
    );

  const passing: readonly [string, object][] = [
    ['the price within a state', { jurisdiction: 'intrastate', expected_cost: '0.06' }],
    ['the price between states', { jurisdiction: 'interstate', expected_cost: '0.02' }],
    ['the dearest price where the state is not known', { expected_cost: '0.06' }],
    ['the state of the caller', { caller: '13055550123', expected_cost: '0.02' }],
    [
      'tax that the prices contain',
      { vat_percent: '23', tax_mode: 'included', expected_cost: '0.06' },
    ],
  ];
  for (const [name, over] of passing) {
    it(`can have ${name}`, () => {
      expect(run(over)).to.deep.equal([{ id: plain.id, status: 'passed' }]);
    });
  }

  it('are not run where a word is not known or a price is missing', () => {
    const lone = plain.rows.map((row) => ({ ...row, indeterminate_rate_per_minute: undefined }));
    for (const over of [{ jurisdiction: 'local' }, { tax_mode: 'maybe' }, { rows: lone }]) {
      expect(run({ ...over, expected_cost: '0.06' })[0]?.status).to.equal('unsupported');
    }
  });
});

describe('instants of vectors', () => {
  const table: readonly [string, string, string, string][] = [
    ['UTC is taken as given', '2024-07-15T16:59:59Z', 'Europe/London', '2024-07-15T16:59:59.000Z'],
    ['an offset is taken off', '2024-07-15T18:59:59+02:00', 'UTC', '2024-07-15T16:59:59.000Z'],
    ['local summer time', '2024-07-15T17:59:59', 'Europe/London', '2024-07-15T16:59:59.000Z'],
    ['local winter time', '2024-01-15T17:59:59', 'Europe/London', '2024-01-15T17:59:59.000Z'],
    ['the first of two', '2024-10-27T01:30:00', 'Europe/London', '2024-10-27T00:30:00.000Z'],
    ['a skipped time', '2024-03-31T01:30:00', 'Europe/London', '2024-03-31T01:30:00.000Z'],
    ['just after the skip', '2024-03-31T02:00:00', 'Europe/London', '2024-03-31T01:00:00.000Z'],
    ['half-hour zones', '2024-01-15T12:00:00', 'Asia/Kolkata', '2024-01-15T06:30:00.000Z'],
  ];
  for (const [name, text, zone, expected] of table) {
    it(`${name}: ${text} in ${zone}`, () => {
      expect(new Date(parseInstant(text, zone)).toISOString()).to.equal(expected);
    });
  }
});
