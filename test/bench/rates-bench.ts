import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openDatabase } from '../../db/client.js';
import { loadSheetsById } from '../../db/repositories/sheets-by-id.js';
import { rateSeconds } from '../../rating/call/rate-call.js';
import { Deck } from '../../rating/deck/deck.js';
import { orderRoutes } from '../../rating/lcr/order-routes.js';
import { createLog } from '../../server/log.js';
import { DeckLoader } from '../../server/snapshot/deck-loader.js';
import { termsOf } from '../../server/snapshot/sheet-terms.js';
import type { BenchSheet, BenchSheets } from './bench-data.js';
import type { Figure } from './figures.js';
import { randomNumbers, randomPrefixes } from './random-deck.js';
import { measureSqlBaselines } from './sql-baselines.js';

const NUMBERS = 20_000;
const MEASURED_S = 2;
const CALL_S = 137;

/**
 * Decks as a node has them, read from the database by its own thread, and what the same look-ups cost
 * the database in the way other engines ask it: same decks, same numbers, same run.
 */
export async function benchRateDatabase(
  url: string,
  sheets: BenchSheets,
  rates: number,
): Promise<readonly Figure[]> {
  const prefixes = [...randomPrefixes(rates, 1)];
  const baselines = await measureSqlBaselines(url, sheets.retail.releaseId, prefixes);
  const loader = new DeckLoader({ databaseUrl: url, log: createLog({ level: 'silent' }) });
  try {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    const started = performance.now();
    delay.enable();
    const retail = await loadDeck(url, loader, sheets.retail);
    delay.disable();
    const loadS = (performance.now() - started) / 1000;
    const carriers: Deck[] = [];
    for (const sheet of sheets.carriers) carriers.push(await loadDeck(url, loader, sheet));
    const numbers = randomNumbers(prefixes, NUMBERS, 'popular', 5);
    return [
      {
        name: `deck of ${String(retail.size)} rates from the database`,
        value: loadS,
        unit: 's',
        note: `in a thread; the other was held up ${(delay.max / 1e6).toFixed(0)} ms at most`,
      },
      ...rateFigures(retail, numbers, baselines.ratePerSecond),
      ...lcrFigures(retail, carriers, numbers, baselines.lcrPerSecond),
    ];
  } finally {
    await loader.stop();
  }
}

async function loadDeck(url: string, loader: DeckLoader, sheet: BenchSheet): Promise<Deck> {
  // The thread that reads keeps no process alive by itself.
  const alive = setInterval(() => undefined, 1000);
  const index = await loader.load(sheet.releaseId, {
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  clearInterval(alive);
  const database = openDatabase({ url, poolSize: 1 });
  const [row] = await loadSheetsById(database.orm, [sheet.sheetId]);
  await database.close();
  if (row === undefined) throw new Error(`sheet ${String(sheet.sheetId)}: found none`);
  return new Deck(termsOf(row), [{ fromMs: Number.NEGATIVE_INFINITY, index }]);
}

function rateFigures(deck: Deck, numbers: readonly string[], sql: number): readonly Figure[] {
  const nowMs = Date.now();
  const priced = perSecond(numbers, (number) => {
    const rate = deck.find(number, nowMs);
    return rate === null ? 0 : rateSeconds(rate, CALL_S).billedSeconds;
  });
  return [
    {
      name: 'rate looked up by ASTPP-shaped SQL',
      value: sql,
      unit: 'look-ups/s',
      note: 'baseline',
    },
    {
      name: 'rate looked up',
      ...compared(
        perSecond(numbers, (number) => deck.findIndex(number, nowMs)),
        sql,
      ),
    },
    { name: 'rate looked up, priced and explained', ...compared(priced, sql) },
  ];
}

function compared(value: number, sql: number) {
  return { value, unit: 'look-ups/s', ratio: { value: value / sql, baseline: 'the SQL' } };
}

function lcrFigures(
  client: Deck,
  carriers: readonly Deck[],
  numbers: readonly string[],
  sql: number,
): readonly Figure[] {
  const atMs = Date.now();
  const candidates = carriers.map((deck, index) => ({
    gatewayId: index + 1,
    gatewayName: `gw${String(index)}`,
    carrierId: index + 1,
    carrierName: `carrier ${String(index)}`,
    priority: 0,
    weight: 1,
    currency: 'USD',
    deck,
    unavailable: null,
  }));
  const ordered = perSecond(numbers, (number) => {
    const clientRate = client.find(number, atMs);
    if (clientRate === null) return 0;
    return orderRoutes({
      number,
      atMs,
      strategy: 'cheapest',
      expectedSeconds: 180,
      clientRate,
      margin: { percent: '5', absolute: '0', allowLoss: false },
      maxRoutes: 5,
      candidates,
      seed: 7,
    }).routes.length;
  });
  const count = String(carriers.length);
  return [
    {
      name: `routes over ${count} carriers by mod_lcr-shaped SQL`,
      value: sql,
      unit: 'calls/s',
      note: 'baseline; by rate a minute, over prefixes of all lengths',
    },
    {
      name: `routes over ${count} carriers by the price of the call`,
      ...compared(ordered, sql),
      unit: 'calls/s',
    },
  ];
}

/** By processor time, since nothing here waits for anything. */
function perSecond(numbers: readonly string[], work: (number: string) => number): number {
  let sink = 0;
  for (const number of numbers) sink += work(number);
  let done = 0;
  const started = process.cpuUsage();
  const usedS = (): number => {
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1e6;
  };
  while (usedS() < MEASURED_S) {
    // In portions, so that the clock is not what is measured.
    for (let turn = 0; turn < 200; turn += 1) sink += work(numbers[done++ % numbers.length] ?? '');
  }
  if (Number.isNaN(sink)) throw new Error('a measurement gave no number');
  return done / usedS();
}
