import { expect } from 'chai';
import { describe, it } from 'mocha';
import { readText } from './read-text.js';
import type { ReadTextOptions } from './read-text.js';

interface Dialect {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly options?: ReadTextOptions;
  /** `prefix=rate` of every row, in the file's order. */
  readonly rates: readonly string[];
}

const UTF16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');

const DIALECTS: readonly Dialect[] = [
  {
    name: 'commas and points',
    content: 'Prefix,Destination,Rate\n44,UK,0.012\n1,USA,0.005\n',
    rates: ['44=0.012', '1=0.005'],
  },
  {
    name: 'semicolons and decimal commas',
    content: 'Prefix;Destination;Rate\n44;UK;0,012\n1;USA;1.250,5\n',
    rates: ['44=0.012', '1=1250.5'],
  },
  {
    name: 'tabs',
    content: 'Dial Code\tDestination Name\tRate / Min\n44\tUK\t0.012\n',
    rates: ['44=0.012'],
  },
  {
    name: 'pipes',
    content: 'code|description|price\n44|UK, all of it|0.012\n',
    rates: ['44=0.012'],
  },
  {
    name: 'quotes around everything, with separators, quotes and line breaks inside',
    content:
      '"Prefix","Destination","Rate"\r\n"44","UK ""Main"", London\r\nand more","0.012"\r\n"45","DK","1"\r\n',
    rates: ['44=0.012', '45=1'],
  },
  {
    name: 'decimal commas in quotes between commas',
    content: 'prefix,rate\n44,"0,012"\n45,"1,5"\n',
    rates: ['44=0.012', '45=1.5'],
  },
  {
    name: 'thousands separators and currency signs',
    content: 'prefix,rate (USD)\n44,"$1,234.50"\n45,USD 0.01\n46,€ 0.02\n',
    rates: ['44=1234.50', '45=0.01', '46=0.02'],
  },
  {
    name: 'a byte order mark',
    content: '\ufeffPrefix,Rate\n44,0.01\n',
    rates: ['44=0.01'],
  },
  {
    name: 'UTF-16 with its mark',
    content: UTF16('Prefix;Rate\r\n44;0.01\r\n'),
    rates: ['44=0.01'],
  },
  {
    name: 'titles above the header, blank lines and empty columns behind',
    content:
      'ACME Carrier Ltd,,,\nValid from 2026-01-01,,,\n,,,\nCode,Name,Rate,\n\n44,UK,0.01,\n,,,\n45,DK,0.02,\n',
    rates: ['44=0.01', '45=0.02'],
  },
  {
    name: 'old Macintosh line ends',
    content: 'prefix,rate\r44,0.01\r45,0.02\r',
    rates: ['44=0.01', '45=0.02'],
  },
  {
    name: 'a mixture of line ends',
    content: 'prefix,rate\r\n44,0.01\n45,0.02\r\n46,0.03',
    rates: ['44=0.01', '45=0.02', '46=0.03'],
  },
  {
    name: 'country and area codes in columns of their own',
    content: 'Country,Country Code,Area Code,Rate\nUK,44,"20, 7700-7709",0.01\nUK,+44,,0.02\n',
    rates: ['4420=0.01', '44770=0.01', '44=0.02'],
  },
  {
    name: 'lists and ranges of prefixes',
    content: 'prefix,rate\n44;4420|44 7,0.01\n447800-447899,0.02\n+49 30,0.03\n0033,0.04\n',
    rates: ['44=0.01', '4420=0.01', '447=0.01', '4478=0.02', '4930=0.03', '33=0.04'],
  },
  {
    name: "ASTPP's origination rates",
    content:
      'Code,Destination,Connection Cost,Grace Time,Cost / Min,Initial Increment,Increment\n^44.*,UK,0.1,0,0.012,60,6\n',
    rates: ['44=0.012'],
  },
  {
    name: "ASTPP's termination rates",
    content:
      'Code,Destination,Connection Cost,Grace Time,Cost / Min,Initial Increment,Increment,Strip,Prepend\n44,UK,0,0,0.012,60,60,,\n',
    rates: ['44=0.012'],
  },
  {
    name: 'columns mapped by name',
    content: 'A,B,C\n44,UK,0.01\n',
    options: { mapping: { prefix: 'A', rate: 'C' } },
    rates: ['44=0.01'],
  },
  {
    name: 'columns mapped by position, below a header that says nothing',
    content: 'A,B,C\n44,UK,0.01\n',
    options: { mapping: { prefix: '1', rate: '3' } },
    rates: ['44=0.01'],
  },
  {
    name: 'columns mapped by position, without a header',
    content: '44,UK,0.01\n45,DK,0.02\n',
    options: { mapping: { prefix: '1', destination: '2', rate: '3' } },
    rates: ['44=0.01', '45=0.02'],
  },
  {
    name: 'US codes of area and exchange',
    content:
      'NPANXX,Interstate,Intrastate,Indeterminate\n201200,0.001,0.002,0.003\n1212555,0.004,0.005,0.006\n',
    rates: ['1201200=0.001', '1212555=0.004'],
  },
  {
    name: 'blocked destinations without a price',
    content: 'prefix,rate,status\n44,0.01,\n979,blocked,\n',
    rates: ['44=0.01', '979=0'],
  },
  {
    name: 'numbers alone in a decimal comma file',
    content: 'prefix;rate\n44;1\n45;0,5\n',
    rates: ['44=1', '45=0.5'],
  },
  {
    name: 'the given decimal separator, which makes a lone group a thousand',
    content: 'prefix;rate\n62;1.234\n63;15.500\n',
    options: { decimal: ',' },
    rates: ['62=1234', '63=15500'],
  },
  {
    name: 'the empty prefix',
    content: 'prefix,rate\n*,0.5\n',
    rates: ['=0.5'],
  },
];

describe('dialects of rate decks', () => {
  for (const { name, content, options, rates } of DIALECTS) {
    it(`understands ${name}`, async () => {
      const { rows, rejected } = await readText(content, options);
      expect(rejected).to.deep.equal([]);
      expect(rows.map((row) => `${row.prefix}=${row.ratePerMinute}`)).to.deep.equal(rates);
    });
  }

  it('reads Windows-1252 where the bytes are not UTF-8', async () => {
    const content = Buffer.from('prefix,destination,rate\n34,Espa\u00f1a,0.01\n', 'latin1');
    const { facts, rows } = await readText(content);
    expect(facts.encoding).to.equal('windows-1252');
    expect(rows[0]?.destination).to.equal('Espa\u00f1a');
  });

  it('reads a character that two pieces of the file share', async () => {
    const filler = Array.from(
      { length: 9000 },
      (_, at) => `${1_000_000 + at},M\u00e9xico ${at},0.01`,
    );
    const { facts, rows } = await readText(`prefix,destination,rate\n${filler.join('\n')}\n`);
    expect(facts.encoding).to.equal('utf-8');
    expect(rows).to.have.length(9000);
    expect(rows.every((row, at) => row.destination === `M\u00e9xico ${at}`)).to.equal(true);
  });

  it('counts the lines inside quotes, whatever ends them', async () => {
    const content =
      'prefix,destination,rate\r\n44,"a\r\nb\r\nc",0.01\r\n\r\n45,x,oops\r\n46,"d\ne",bad\r\n';
    const { rejected } = await readText(content);
    expect(rejected.map(({ line }) => line)).to.deep.equal([6, 7]);
  });

  it("takes ASTPP's grace time for what ASTPP does with it, and says so", async () => {
    const content =
      'Code,Destination,Connection Cost,Grace Time,Cost / Min,Initial Increment,Increment,Strip,Prepend\n44,UK,0.1,5,0.012,60,6,00,11\n';
    const { rows, format } = await readText(content);
    expect(rows[0]).to.deep.include({
      freeS: 5,
      connectFee: '0.1',
      initialIncrementS: 60,
      incrementS: 6,
    });
    expect(rows[0]).to.not.have.property('graceS');
    expect(format.notes.join('; ')).to.match(/Grace Time.*free seconds.*Strip, Prepend/);
  });
});

describe('members of a row', () => {
  const read = async (header: string, line: string, options?: ReadTextOptions) => {
    const { rows, rejected } = await readText(`prefix,rate,${header}\n44,0.01,${line}\n`, options);
    expect(rejected).to.deep.equal([]);
    return rows[0];
  };

  it('reads increments in one column or in two', async () => {
    expect(await read('increment', '60/60')).to.include({ initialIncrementS: 60, incrementS: 60 });
    expect(await read('increment', '30/6')).to.include({ initialIncrementS: 30, incrementS: 6 });
    expect(await read('increment', '1')).to.include({ initialIncrementS: 1, incrementS: 1 });
    expect(await read('first increment,next increment', '30,6')).to.include({
      initialIncrementS: 30,
      incrementS: 6,
    });
    expect(await read('increment', '', { defaultIncrement: '60/30' })).to.include({
      initialIncrementS: 60,
      incrementS: 30,
    });
    expect(await read('increment', '0', { defaultIncrement: '60/30' })).to.include({
      initialIncrementS: 60,
      incrementS: 30,
    });
  });

  it('reads fees, limits and seconds', async () => {
    const row = await read(
      'connection fee,min time,grace,free seconds,min cost,max cost,initial rate',
      '0.05,30,3,10,0.01,5,0.02',
    );
    expect(row).to.deep.include({
      connectFee: '0.05',
      minDurationS: 30,
      graceS: 3,
      freeS: 10,
      minCost: '0.01',
      maxCost: '5',
      initialRatePerMinute: '0.02',
    });
  });

  const days: readonly (readonly [string, readonly number[] | undefined])[] = [
    ['1-5', [1, 2, 3, 4, 5]],
    ['Mon-Fri', [1, 2, 3, 4, 5]],
    ['Monday to Friday', [1, 2, 3, 4, 5]],
    ['"sat,sun"', [6, 7]],
    ['weekend', [6, 7]],
    ['Fri - Mon', [1, 5, 6, 7]],
    ['12345', [1, 2, 3, 4, 5]],
    ['0', [7]],
    ['all', undefined],
    ['1-7', undefined],
    ['', undefined],
  ];
  for (const [text, expected] of days) {
    it(`reads the days ${text === '' ? 'of an empty cell' : text}`, async () => {
      expect((await read('days', text))?.days).to.deep.equal(expected);
    });
  }

  it('takes an end of 17:59 or 23:59 for the full hour', async () => {
    expect(await read('from,end', '08:00,17:59')).to.include({
      timeFrom: '08:00:00',
      timeTo: '18:00:00',
    });
    expect(await read('from,end', '18:00,23:59')).to.include({
      timeFrom: '18:00:00',
      timeTo: '24:00:00',
    });
    expect(await read('from,end', '9 pm,6:30 am')).to.include({
      timeFrom: '21:00:00',
      timeTo: '06:30:00',
    });
    const day = await read('from,end', '00:00,23:59');
    expect(day).to.not.have.any.keys('timeFrom', 'timeTo');
    expect(await read('from,time until', '08:00:00,17:59:00')).to.include({ timeTo: '17:59:00' });
  });

  it("reads dates by the sheet's clocks, and an end without a time as the end of that day", async () => {
    const row = await read('effective date,end date', '2026-07-01,2026-12-31', {
      zone: 'Europe/Paris',
    });
    expect(new Date(row?.effectiveFrom ?? 0).toISOString()).to.equal('2026-06-30T22:00:00.000Z');
    expect(new Date(row?.effectiveTo ?? 0).toISOString()).to.equal('2026-12-31T23:00:00.000Z');
    const exact = await read('effective date,end date', '2026-07-01T00:00:00Z,2026-12-31 12:30', {
      zone: 'Europe/Paris',
    });
    expect(new Date(exact?.effectiveFrom ?? 0).toISOString()).to.equal('2026-07-01T00:00:00.000Z');
    expect(new Date(exact?.effectiveTo ?? 0).toISOString()).to.equal('2026-12-31T11:30:00.000Z');
  });

  const dates: readonly (readonly [string, string])[] = [
    ['2026-12-01', '2026-12-01'],
    ['2026/12/01', '2026-12-01'],
    ['20261201', '2026-12-01'],
    ['01.12.2026', '2026-12-01'],
    ['25/12/2026', '2026-12-25'],
    ['12/25/2026', '2026-12-25'],
    ['1-Dec-2026', '2026-12-01'],
    ['Dec 1 2026', '2026-12-01'],
    ['25/12/26', '2026-12-25'],
  ];
  for (const [text, expected] of dates) {
    it(`reads the date ${text}`, async () => {
      const row = await read('effective date', text);
      expect(new Date(row?.effectiveFrom ?? 0).toISOString().slice(0, 10)).to.equal(expected);
    });
  }

  it('learns the order of day and month from any line of the file', async () => {
    const lines = ['44,0.01,01/02/2026', '45,0.01,13/02/2026', '46,0.01,03/04/2026'];
    const { rows, format } = await readText(`prefix,rate,effective date\n${lines.join('\n')}\n`);
    expect(format.dateFormat).to.equal('D/M/Y');
    expect(new Date(rows[0]?.effectiveFrom ?? 0).toISOString()).to.equal(
      '2026-02-01T00:00:00.000Z',
    );
  });

  it('makes an unknown state the dearer of two prices where a US deck leaves it out', async () => {
    const { rows } = await readText('npanxx,interstate rate,intrastate rate\n201200,0.001,0.02\n');
    expect(rows[0]?.jurisdictionPrices).to.deep.equal({
      interstate: '0.001',
      intrastate: '0.02',
      indeterminate: '0.02',
    });
  });

  it('joins country and destination, and takes line breaks and guards off a name', async () => {
    const content =
      'prefix,country,destination,rate\n44,UK,London,1\n45,UK,UK Mobile,1\n46,UK,,1\n47,,"\'=A\nB",1\n';
    const { rows } = await readText(content);
    expect(rows.map((row) => row.destination)).to.deep.equal([
      'UK - London',
      'UK Mobile',
      'UK',
      '=A B',
    ]);
  });

  it('reads tiers, holidays and flags', async () => {
    const row = await read(
      'tiers,holidays,priority,blocked',
      '0:0.05/60;60:0.03/30,12-25;01-01,5,no',
    );
    expect(row).to.deep.include({
      tiers: [
        { startS: 0, ratePerMinute: '0.05', incrementS: 60 },
        { startS: 60, ratePerMinute: '0.03', incrementS: 30 },
      ],
      dates: ['01-01', '12-25'],
      priority: 5,
      blocked: false,
    });
  });
});
