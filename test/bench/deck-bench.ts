import { fileURLToPath } from 'node:url';
import type { DeckMeasures, DeckOrder, Nanoseconds } from './deck-child.js';
import type { Figure } from './figures.js';
import { runJsonChild } from './processes.js';

const MEGABYTE = 1e6;
const MILLION = 1_000_000;
/** Ten decks of this size still fit a machine of four gigabytes. */
const MOST_RATES_FOR_LCR = MILLION;
const CARRIERS = 10;

/** Decks in memory, one size after the other, each in a process of its own. */
export async function benchDecks(sizes: readonly number[]): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const rates of sizes) {
    const carriers = rates <= MOST_RATES_FOR_LCR ? CARRIERS : 0;
    figures.push(...figuresOf(await measure({ rates, carriers }), rates));
  }
  return figures;
}

async function measure(order: DeckOrder): Promise<DeckMeasures> {
  const path = fileURLToPath(new URL('deck-child.js', import.meta.url));
  const flags = ['--expose-gc', '--max-old-space-size=12000'];
  return (await runJsonChild([...flags, path, JSON.stringify(order)])) as DeckMeasures;
}

function figuresOf(found: DeckMeasures, rates: number): readonly Figure[] {
  const size = rates >= MILLION ? `${String(rates / MILLION)} M` : `${String(rates / 1000)} k`;
  const perMillion = (bytes: number) => ((bytes / found.rows) * MILLION) / MEGABYTE;
  const micros = (nanos: number) => (nanos / 1000).toFixed(2);
  const others = ({ known, even }: Nanoseconds) =>
    `as calls come; ${micros(known)} µs among a thousand destinations, ${micros(even)} µs with any row as likely`;
  return [
    {
      name: `longest prefix, ${size} rates`,
      value: found.lookup.even / 1000,
      unit: 'µs',
      ratio: { value: found.mapLookup.even / found.lookup.even, baseline: 'faster than a Map' },
      note: `any row as likely; ${micros(found.lookup.popular)} µs as calls come`,
    },
    {
      name: `price with explanation, ${size} rates`,
      value: found.price.popular / 1000,
      unit: 'µs',
      note: others(found.price),
    },
    ...(found.lcr === null
      ? []
      : [
          {
            name: `routes over ${String(CARRIERS)} carriers, ${size} rates each`,
            value: found.lcr.popular / 1000,
            unit: 'µs',
            note: others(found.lcr),
          },
        ]),
    {
      name: `memory of ${size} rates`,
      value: perMillion(found.processBytes),
      unit: 'MB per 1 M',
      ratio: { value: found.processBytes / found.mapBytes, baseline: 'a Map of prefix to number' },
      note: `${perMillion(found.indexBytes).toFixed(0)} MB by its own count`,
    },
    { name: `building ${size} rates from rows`, value: found.buildS, unit: 's' },
  ];
}
