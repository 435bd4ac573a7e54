/**
 * Measures decks in memory, in a process of its own so that nothing else is counted. Takes an order as
 * JSON, prints what it measured as JSON. Started with --expose-gc.
 */
import { rateSeconds } from '../../rating/call/rate-call.js';
import { Deck } from '../../rating/deck/deck.js';
import { ReleaseIndexBuilder } from '../../rating/deck/release-index.js';
import type { DeckTerms } from '../../rating/deck/types.js';
import { orderRoutes } from '../../rating/lcr/order-routes.js';
import type { LcrInput } from '../../rating/lcr/types.js';
import { randomNumbers, randomPrefixes, randomRows } from './random-deck.js';
import type { Spread } from './random-deck.js';

export interface DeckOrder {
  readonly rates: number;
  /** Decks to order routes over; 0 leaves that out. */
  readonly carriers: number;
}

/** Nanoseconds each, by how calls are spread over the rows. */
export type Nanoseconds = Readonly<Record<Spread, number>>;

export interface DeckMeasures {
  readonly rows: number;
  readonly buildS: number;
  /** What the index says it takes, and what the process grew by. */
  readonly indexBytes: number;
  readonly processBytes: number;
  readonly lookup: Nanoseconds;
  readonly price: Nanoseconds;
  /** Null where no carriers were asked for. */
  readonly lcr: Nanoseconds | null;
  readonly mapLookup: Nanoseconds;
  readonly mapBytes: number;
}

const NUMBERS = 200_000;
const ROUNDS = 5;
const ROUND_NS = 300_000_000;
const AT_MS = Date.UTC(2026, 10, 22, 12);
const CALL_S = 137;

function termsOf(sheetId: number): DeckTerms {
  return {
    sheetId,
    sheetName: `deck ${String(sheetId)}`,
    currency: 'USD',
    timeZone: 'UTC',
    durationRounding: 'up',
    roundingMode: 'half_up',
    roundingDecimals: 6,
    timeOfDayPolicy: 'start',
    taxPercent: '0',
  };
}

function buildDeck(sheetId: number, rates: number, seed: number): Deck {
  const builder = new ReleaseIndexBuilder(rates);
  for (const row of randomRows(rates, seed)) builder.add(row);
  return new Deck(termsOf(sheetId), [{ fromMs: -Infinity, index: builder.build() }]);
}

function collectGarbage(): number {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('gc: found none, expected --expose-gc');
  gc();
  gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Processor time of this process so far: the clock on the wall also counts what others did. */
function cpuNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/** Nanoseconds of processor time a call of `work` takes on average, in the median round. */
function nanoseconds(work: (turn: number) => number): number {
  let sink = 0;
  let times = 1000;
  const run = () => {
    const started = cpuNs();
    for (let turn = 0; turn < times; turn += 1) sink += work(turn);
    return cpuNs() - started;
  };
  // Also warms up: as often as fills a round.
  for (let took = run(); took < ROUND_NS; took = run()) times *= took < ROUND_NS / 10 ? 8 : 2;
  const rounds = Array.from({ length: ROUNDS }, () => run() / times);
  if (Number.isNaN(sink)) throw new Error('a measurement gave no number');
  return rounds.sort((one, other) => one - other)[Math.floor(ROUNDS / 2)] ?? NaN;
}

function overBoth(
  numbers: Readonly<Record<Spread, readonly string[]>>,
  work: (number: string) => number,
): Nanoseconds {
  const of = (list: readonly string[]) =>
    nanoseconds((turn) => work(list[turn % list.length] ?? ''));
  return { known: of(numbers.known), popular: of(numbers.popular), even: of(numbers.even) };
}

function measure(order: DeckOrder): DeckMeasures {
  const generated = cpuNs();
  for (const row of randomRows(order.rates, 1)) void row;
  const generateNs = cpuNs() - generated;
  const before = collectGarbage();
  const started = cpuNs();
  const deck = buildDeck(1, order.rates, 1);
  const buildS = (cpuNs() - started - generateNs) / 1e9;
  const processBytes = collectGarbage() - before;
  const prefixes = [...randomPrefixes(order.rates, 1)];
  const numbers = {
    known: randomNumbers(prefixes, NUMBERS, 'known', 4),
    popular: randomNumbers(prefixes, NUMBERS, 'popular', 3),
    even: randomNumbers(prefixes, NUMBERS, 'even', 2),
  };
  prefixes.length = 0;
  return {
    rows: deck.size,
    buildS,
    indexBytes: deck.memoryBytes,
    processBytes,
    lookup: overBoth(numbers, (number) => deck.findIndex(number, AT_MS)),
    price: overBoth(numbers, (number) => {
      const rate = deck.find(number, AT_MS);
      return rate === null ? 0 : rateSeconds(rate, CALL_S).billedSeconds;
    }),
    lcr: order.carriers === 0 ? null : measureLcr(order, deck, numbers),
    ...measureMap(order.rates, numbers),
  };
}

/** What anybody would write first: a Map of prefixes, asked from the longest to the shortest. */
function measureMap(rates: number, numbers: Readonly<Record<Spread, readonly string[]>>) {
  const before = collectGarbage();
  const rows = new Map<string, number>();
  let id = 0;
  for (const row of randomRows(rates, 1)) rows.set(row.prefix, (id += 1));
  const mapBytes = collectGarbage() - before;
  const mapLookup = overBoth(numbers, (number) => {
    for (let length = Math.min(number.length, 15); length > 0; length -= 1) {
      const found = rows.get(number.slice(0, length));
      if (found !== undefined) return found;
    }
    return -1;
  });
  return { mapLookup, mapBytes };
}

function measureLcr(
  order: DeckOrder,
  client: Deck,
  numbers: Readonly<Record<Spread, readonly string[]>>,
): Nanoseconds {
  const candidates = Array.from({ length: order.carriers }, (_, index) => ({
    gatewayId: index + 1,
    gatewayName: `gw${String(index)}`,
    carrierId: index + 1,
    carrierName: `carrier ${String(index)}`,
    priority: 0,
    weight: 1,
    currency: 'USD',
    deck: buildDeck(index + 10, order.rates, index + 10),
    unavailable: null,
  }));
  const input: Omit<LcrInput, 'number' | 'clientRate'> = {
    atMs: AT_MS,
    strategy: 'cheapest',
    expectedSeconds: 180,
    margin: { percent: '5', absolute: '0', allowLoss: false },
    maxRoutes: 5,
    candidates,
    seed: 7,
  };
  return overBoth(numbers, (number) => {
    const clientRate = client.find(number, AT_MS);
    return clientRate === null ? 0 : orderRoutes({ ...input, number, clientRate }).routes.length;
  });
}

const order = JSON.parse(process.argv[2] ?? '{}') as DeckOrder;
process.stdout.write(`${JSON.stringify(measure(order))}\n`);
