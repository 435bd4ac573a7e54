import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Worker } from 'node:worker_threads';
import { Deck } from '../../rating/deck/deck.js';
import {
  ReleaseIndex,
  ReleaseIndexBuilder,
  transferList,
} from '../../rating/deck/release-index.js';
import type { ReleaseIndexParts } from '../../rating/deck/release-index.js';
import type { RateRow } from '../../rating/deck/types.js';
import { NOON_MS, row, terms } from './builders.js';

function indexOf(rows: readonly RateRow[], expectedRows = 0): ReleaseIndex {
  const builder = new ReleaseIndexBuilder(expectedRows);
  for (const one of rows) builder.add(one);
  return builder.build();
}

describe('the index of a release', () => {
  it('gives rows back whatever their ids, prices and shared members are', () => {
    const rows = [
      row({ id: 5_000_000_000, prefix: '' }),
      row({ id: 1, prefix: '000000000000000', ratePerMinute: '9999999999.99999999' }),
      row({ id: 7, prefix: '999999999999999', connectFee: '1.5', blocked: true, priority: -3 }),
      row({ id: 6, prefix: '01', freeS: 3, maxCost: '1', timeFrom: '08:00', days: [1] }),
    ];
    expect([...indexOf(rows).rows()]).to.deep.equal(rows);
    expect([...indexOf(rows, 1000).rows()]).to.deep.equal(rows);
    expect([...indexOf([]).rows()]).to.deep.equal([]);
  });

  it('holds more than 65536 destinations and 256 shapes', () => {
    const rows = Array.from({ length: 70_000 }, (_, at) =>
      row({
        id: at + 1,
        prefix: String(at),
        destination: `Place ${String(at)}`,
        minDurationS: at % 300,
      }),
    );
    const index = indexOf(rows);
    expect(index.rowAt(69_999)).to.deep.equal(rows[69_999]);
    expect(index.rowAt(257)).to.deep.equal(rows[257]);
  });

  it('changes threads without being copied', async () => {
    const parts = indexOf([
      row({ prefix: '44', timeFrom: '08:00' }),
      row({ id: 2, prefix: '4' }),
    ]).toParts();
    const worker = new Worker(
      "const { parentPort } = require('node:worker_threads');" +
        "parentPort.once('message', ({ parts, transfer }) => parentPort.postMessage(parts, transfer));",
      { eval: true },
    );
    const back = new Promise<ReleaseIndexParts>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    const transfer = transferList(parts);
    worker.postMessage({ parts, transfer }, transfer);
    const index = ReleaseIndex.fromParts(await back);
    await worker.terminate();
    expect(parts.records.length).to.equal(0);
    const deck = new Deck(terms(), [{ fromMs: -Infinity, index }]);
    expect(deck.find('441', NOON_MS)?.row).to.include({ id: 1, timeFrom: '08:00' });
    expect(deck.find('441', NOON_MS - 5 * 3_600_000)?.row.id).to.equal(2);
  });

  it('takes few bytes a row', () => {
    const builder = new ReleaseIndexBuilder();
    for (let id = 1; id <= 50_000; id += 1) {
      const prefix = String(100_000 + ((id * 7919) % 900_000));
      builder.add(row({ id, prefix, destination: `Place ${String(id % 500)}` }));
    }
    const index = builder.build();
    expect(index.memoryBytes / index.size).to.be.lessThan(60);
  });

  it('is built once by a builder', () => {
    const builder = new ReleaseIndexBuilder();
    builder.build();
    expect(() => builder.build()).to.throw('index_already_built');
    expect(() => {
      builder.add(row());
    }).to.throw('index_already_built');
  });
});

describe('a deck of several releases', () => {
  const old = indexOf([row({ id: 1, ratePerMinute: '0.1' })]);
  const recent = indexOf([row({ id: 2, ratePerMinute: '0.2' })]);
  const deck = new Deck(terms(), [
    { fromMs: NOON_MS, index: old },
    { fromMs: NOON_MS + 10, index: recent },
    { fromMs: NOON_MS + 20, index: old },
    { fromMs: NOON_MS + 30, index: null },
  ]);
  const idAt = (shift: number): number | undefined => deck.find('44', NOON_MS + shift)?.row.id;

  it('prices calls by the release in force when they begin, also by one that came back', () => {
    expect([-1, 0, 9, 10, 19, 20, 29, 30].map(idAt)).to.deep.equal([
      undefined,
      1,
      1,
      2,
      2,
      1,
      1,
      undefined,
    ]);
  });

  it('counts and lists each release once', () => {
    expect(deck.size).to.equal(2);
    expect([...deck.rows()].map(({ id }) => id)).to.deep.equal([1, 2]);
    expect(deck.memoryBytes).to.equal(old.memoryBytes + recent.memoryBytes);
  });

  it('gives one rate object for one row, so that it is compiled once', () => {
    expect(deck.find('441', NOON_MS)).to.equal(deck.find('442', NOON_MS + 20));
  });

  it('explains nothing where no release is in force', () => {
    expect(deck.explain('44', NOON_MS - 1)).to.deep.equal([]);
    expect(deck.explain('44', NOON_MS + 10).map((one) => one.row.id)).to.deep.equal([2]);
  });

  it('refuses periods that do not ascend and terms that make no sense', () => {
    const twice = [0, 0].map((fromMs) => ({ fromMs, index: null }));
    expect(() => new Deck(terms(), twice)).to.throw(RangeError, 'invalid_period');
    expect(() => new Deck(terms({ taxPercent: '-1' }), [])).to.throw(RangeError, 'invalid_tax');
  });
});
