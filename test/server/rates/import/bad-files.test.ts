import { expect } from 'chai';
import { describe, it } from 'mocha';
import { faultOf, readText } from './read-text.js';
import type { ReadTextOptions } from './read-text.js';

interface BadFile {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly options?: ReadTextOptions;
  readonly code: string;
  readonly line?: number;
  readonly says?: RegExp;
}

const many = (count: number, line: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => line(at)).join('\n');

const FILES: readonly BadFile[] = [
  { name: 'an empty file', content: '', code: 'empty_file' },
  { name: 'a file of blanks', content: ' \n\n', code: 'empty_file' },
  { name: 'a header alone', content: 'prefix,rate\n', code: 'no_rows' },
  {
    name: 'a workbook',
    content: Buffer.from([0x50, 0x4b, 3, 4, 20, 0, 6, 0]),
    code: 'binary_file',
    says: /xlsx/,
  },
  {
    name: 'an archive',
    content: Buffer.from([0x1f, 0x8b, 8, 0]),
    code: 'binary_file',
    says: /gzip/,
  },
  { name: 'a PDF', content: '%PDF-1.7 \n', code: 'binary_file', says: /PDF/ },
  {
    name: 'NUL bytes far into the file',
    content: `prefix,rate\n${many(90_000, (at) => `${1_000_000 + at},0.01`)}\n44\0,0.01\n`,
    code: 'binary_file',
    says: /NUL/,
  },
  {
    name: 'a separator that makes one column',
    content: 'prefix,rate\n44,0.01\n',
    options: { separator: ';' },
    code: 'wrong_separator',
  },
  {
    name: 'columns nobody can name',
    content: 'a,b,c\n1,2,3\n',
    code: 'header_not_found',
    line: 1,
    says: /prefix=1/,
  },
  {
    name: 'a header without a price',
    content: 'Prefix,Destination,Increment\n44,UK,1\n',
    code: 'header_incomplete',
    line: 1,
    says: /rate/,
  },
  {
    name: 'two columns that could be the price',
    content: 'Prefix,Rate,Price\n44,0.01,0.02\n',
    code: 'ambiguous_header',
    says: /'Rate' and 'Price'/,
  },
  {
    name: "ASTPP's DIDs",
    content:
      'DID,Country,Account,City,Province,Per Minute Cost,Initial Increment,Increment,Setup Fee,Monthly Fee,Call Type,Destination\n4420,UK,1,,,0,1,1,0,1,0,x\n',
    code: 'not_a_rate_deck',
    says: /DIDs/,
  },
  {
    name: "ASTPP's customers",
    content:
      'Account,Password,First Name,Last Name,Company,Balance,Credit Limit,SIP Username,SIP Password,Concurrent Calls,CPS\n1,2,3,4,5,6,7,8,9,10,11\n',
    code: 'not_a_rate_deck',
    says: /customers/,
  },
  {
    name: 'a mapping to a column that is not there',
    content: 'prefix,rate\n44,0.01\n',
    options: { mapping: { rate: 'Price' } },
    code: 'unknown_column',
    says: /'Price'.*'prefix', 'rate'/,
  },
  {
    name: 'a mapping of a field that is not there',
    content: 'prefix,rate\n44,0.01\n',
    options: { mapping: { colour: 'rate' } },
    code: 'unknown_field',
  },
  {
    name: 'points and commas before decimals',
    content: 'prefix;rate\n44;0.01\n45;0,02\n',
    code: 'mixed_decimals',
    line: 3,
  },
  {
    name: 'another decimal separator far behind the sample',
    content: `prefix;rate\n${many(150_000, (at) => `${1_000_000 + at};0.01`)}\n44;0,02\n`,
    code: 'mixed_decimals',
    line: 150_002,
  },
  {
    name: 'prices that may be thousands or not',
    content: 'prefix;rate\n44;1.234\n45;2.500\n',
    code: 'ambiguous_decimal',
    line: 2,
  },
  {
    name: 'dates that may have the day or the month first',
    content: 'prefix,rate,effective date\n44,0.01,01/02/2026\n',
    code: 'ambiguous_date_format',
    line: 2,
    says: /'01\/02\/2026'/,
  },
  {
    name: 'dates in two orders',
    content: 'prefix,rate,effective date\n44,0.01,13/02/2026\n45,0.01,02/13/2026\n',
    code: 'mixed_date_formats',
    line: 3,
  },
  {
    name: 'a quote that is never closed',
    content: 'prefix,destination,rate\n44,UK,0.01\n45,"DK,0.02\n46,NL,0.03\n',
    code: 'unclosed_quote',
    line: 3,
  },
  {
    name: 'a quote in the wrong place',
    content: 'prefix,destination,rate\n44,"UK" x,0.01\n45,DK,0.01\n',
    code: 'invalid_quoting',
    line: 2,
  },
  {
    name: 'a last line that is cut off',
    content: 'prefix,destination,rate\n44,UK,0.01\n45,De',
    code: 'truncated_file',
    line: 3,
  },
  {
    name: 'no line that can be used',
    content: 'prefix,rate\n44,-1\nx,2\n',
    code: 'no_valid_rows',
    line: 2,
    says: /negative_price/,
  },
  {
    name: 'more rows than allowed',
    content: `prefix,rate\n${many(11, (at) => `${100 + at},1`)}\n`,
    options: { maxRows: 10 },
    code: 'too_many_rows',
    line: 12,
  },
  {
    name: 'bytes that are not the given encoding',
    content: Buffer.from('prefix,destination,rate\n34,Espa\u00f1a,0.01\n', 'latin1'),
    options: { encoding: 'utf-8' },
    code: 'invalid_encoding',
  },
];

describe('files that are no rate deck as a whole', () => {
  for (const { name, content, options, code, line, says } of FILES) {
    it(`refuses ${name} as ${code}`, async () => {
      const fault = await faultOf(content, options);
      expect(fault.code, fault.message).to.equal(code);
      if (line !== undefined) expect(fault.line).to.equal(line);
      if (says !== undefined) expect(fault.detail).to.match(says);
    });
  }
});

interface BadLine {
  readonly header?: string;
  readonly line: string;
  readonly code: string;
  readonly says?: RegExp;
}

const HEADER = 'prefix,destination,rate,increment,from,end,days,effective date,end date';

const LINES: readonly BadLine[] = [
  { line: ',UK,0.01,1,,,,,', code: 'missing_prefix' },
  { line: 'abc,UK,0.01,1,,,,,', code: 'invalid_prefix' },
  { line: '044,UK,0.01,1,,,,,', code: 'invalid_prefix', says: /begins with 0/ },
  { line: '1234567890123456,UK,0.01,1,,,,,', code: 'invalid_prefix', says: /15 digits/ },
  { line: '4.47E+11,UK,0.01,1,,,,,', code: 'invalid_prefix', says: /scientific/ },
  { line: '44.0,UK,0.01,1,,,,,', code: 'invalid_prefix' },
  { line: '447-4479,UK,0.01,1,,,,,', code: 'invalid_prefix', says: /as many digits/ },
  { line: '449-447,UK,0.01,1,,,,,', code: 'invalid_prefix', says: /ends before/ },
  { line: '=1+1,UK,0.01,1,,,,,', code: 'formula_cell' },
  { line: '@x,UK,0.01,1,,,,,', code: 'formula_cell' },
  { line: '+A1,UK,0.01,1,,,,,', code: 'formula_cell' },
  { line: '44,"=HYPERLINK(""x"")",0.01,1,,,,,', code: 'formula_cell' },
  { line: '44,UK,=1+1,1,,,,,', code: 'formula_cell' },
  { line: '44,UK,,1,,,,,', code: 'missing_price' },
  { line: '44,UK,-,1,,,,,', code: 'missing_price' },
  { line: '44,UK,n/a,1,,,,,', code: 'missing_price' },
  { line: '44,UK,-0.01,1,,,,,', code: 'negative_price' },
  { line: '44,UK,(0.01),1,,,,,', code: 'negative_price' },
  { line: '44,UK,abc,1,,,,,', code: 'invalid_price' },
  { line: '44,UK,1e-3,1,,,,,', code: 'invalid_price', says: /scientific/ },
  { line: '44,UK,0.123456789,1,,,,,', code: 'invalid_price', says: /8 decimals/ },
  { line: '44,UK,12345678901,1,,,,,', code: 'invalid_price' },
  { line: '44,UK,"1,234",1,,,,,', code: 'ambiguous_number' },
  { line: '44,UK,0.01,0,,,,,', code: 'invalid_increment' },
  { line: '44,UK,0.01,per minute,,,,,', code: 'invalid_increment' },
  { line: '44,UK,0.01,1,25:00,,,,', code: 'invalid_window' },
  { line: '44,UK,0.01,1,08:00,08:00,,,', code: 'invalid_window' },
  { line: '44,UK,0.01,1,,,Noday,,', code: 'invalid_window' },
  { line: '44,UK,0.01,1,,,,2026-02-30,', code: 'invalid_date' },
  { line: '44,UK,0.01,1,,,,soon,', code: 'invalid_date' },
  { line: '44,UK,0.01,1,,,,45992,', code: 'invalid_date', says: /spreadsheets count/ },
  { line: '44,UK,0.01,1,,,,2026-02-01,2026-01-01', code: 'invalid_period' },
  { line: '44,UK,0.01,1,,,,,,more', code: 'too_many_columns' },
  { line: '44,UK,0.01', code: 'too_few_columns' },
  { line: '9,UK,0.01,1,,,,,', code: 'duplicate_prefix', says: /line 2/ },
  { line: '9,UK,0.02,1,08:00,18:00,,,', code: 'overlapping_rows', says: /line 2/ },
  { line: '9;44,UK,0.02,1,,,,,', code: 'duplicate_prefix', says: /9 is in line 2/ },
];

describe('lines that are left out', () => {
  for (const { line, code, says } of LINES) {
    it(`reports ${line} as ${code}, with its number`, async () => {
      const content = `${HEADER}\n9,Good,0.01,1,,,,,\n${line}\n8,Good,0.02,1,,,,,\n`;
      const { rows, rejected } = await readText(content);
      expect(rejected).to.have.length(1);
      expect(rejected[0]).to.include({ line: 3, code });
      if (says !== undefined) expect(rejected[0]?.detail).to.match(says);
      expect(rows.map((row) => row.prefix)).to.deep.equal(['9', '8']);
    });
  }

  it('takes all prefixes of a line or none', async () => {
    const { rows, rejected } = await readText('prefix,rate\n447,1\n44-48;447,2\n45,3\n');
    expect(rows.map((row) => row.prefix)).to.deep.equal(['447', '45']);
    expect(rejected[0]?.detail).to.match(/447 is in line 2/);
  });

  it('lets rows of one prefix follow each other in time, by the clock or by the date', async () => {
    const header = 'prefix,rate,from,end,days,effective date,end date';
    const lines = [
      '44,1,08:00,17:59,Mon-Fri,,',
      '44,2,18:00,07:59,Mon-Fri,,',
      '44,3,,,weekend,,',
      '45,1,,,,2026-01-01,2026-06-30',
      '45,2,,,,2026-07-01,',
    ];
    const { rows, rejected } = await readText(`${header}\n${lines.join('\n')}\n`);
    expect(rejected).to.deep.equal([]);
    expect(rows).to.have.length(5);
  });

  it('ends a price without an end where the next one of the prefix begins, in either order', async () => {
    for (const lines of [
      ['44,1,', '44,2,2026-06-01', '44,3,2026-09-01'],
      ['44,3,2026-09-01', '44,2,2026-06-01', '44,1,'],
      ['44,1,', '44,3,2026-09-01', '44,2,2026-06-01'],
    ]) {
      const { rows, rejected, ended } = await readText(
        `prefix,rate,effective date\n${lines.join('\n')}\n`,
      );
      expect(rejected).to.deep.equal([]);
      const ends = new Map(rows.map((row) => [row.effectiveFrom, row.effectiveTo]));
      for (const { before, after } of ended) {
        expect(ends.get(before.effectiveFrom)).to.equal(before.effectiveTo);
        ends.set(before.effectiveFrom, after.effectiveTo);
      }
      const [june, september] = [Date.UTC(2026, 5, 1), Date.UTC(2026, 8, 1)];
      expect([...ends].sort(([one], [other]) => (one ?? 0) - (other ?? 0))).to.deep.equal([
        [null, june],
        [june, september],
        [september, null],
      ]);
    }
  });

  it('does not end a price where another one has an end, other hours or the same start', async () => {
    const header = 'prefix,rate,effective date,end date,days';
    for (const [lines, code] of [
      [['44,1,,,', '44,2,2026-06-01,2026-07-01,'], 'overlapping_rows'],
      [['44,1,,2026-06-30,', '44,2,2026-06-01,,'], 'overlapping_rows'],
      [['44,1,,,', '44,2,2026-06-01,,weekend'], 'overlapping_rows'],
      [['44,1,2026-06-01,,', '44,9,2026-07-01,,', '44,2,2026-06-01,,'], 'duplicate_prefix'],
    ] as const) {
      const { rejected } = await readText(`${header}\n${lines.join('\n')}\n`);
      expect(rejected.map((line) => [line.line, line.code])).to.deep.equal([
        [lines.length + 1, code],
      ]);
    }
  });

  it('shows the line as it was, with the quotes it needs', async () => {
    const { rejected } = await readText('prefix,destination,rate\n9,x,1\nabc,"a, ""b""",1\n');
    expect(rejected[0]?.raw).to.equal('abc,"a, ""b""",1');
  });

  it('reports every one of many faulty lines', async () => {
    const content = `prefix,rate\n1,1\n${many(5000, () => 'x,1')}\n`;
    const { rejected } = await readText(content);
    expect(rejected.map(({ line }) => line)).to.deep.equal(
      Array.from({ length: 5000 }, (_, at) => at + 3),
    );
  });
});
