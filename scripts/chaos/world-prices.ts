import type { PlainRate } from './plain-price.js';

type Shape = readonly [perMinute: string, connectFee: string, initialS: number, incrementS: number];

function rates(byPrefix: Readonly<Record<string, Shape>>): readonly PlainRate[] {
  return Object.entries(byPrefix).map(([prefix, shape]) => {
    const [perMinute, connectFee, initialS, incrementS] = shape;
    return { prefix, perMinute, connectFee, initialS, incrementS };
  });
}

/**
 * Britain has three carriers, France two, Spain one with few channels, Italy one after another with
 * few channels. Every price is above the price of the level below, whatever the increments.
 */
export const SHEETS: ReadonlyMap<string, readonly PlainRate[]> = new Map([
  [
    'Retail second',
    rates({
      '44': ['0.9000', '0', 1, 1],
      '447': ['1.2000', '0.0100', 1, 1],
      '33': ['0.6600', '0', 1, 1],
      '34': ['0.8100', '0', 1, 1],
      '39': ['0.7000', '0.0200', 6, 6],
    }),
  ],
  [
    'Retail minute',
    rates({
      '44': ['0.5000', '0', 60, 60],
      '447': ['0.7000', '0.0150', 30, 6],
      '33': ['0.5000', '0', 60, 1],
      '34': ['0.6000', '0', 30, 30],
      '39': ['0.6000', '0.0200', 60, 60],
    }),
  ],
  [
    'Wholesale',
    rates({
      '44': ['0.3100', '0', 1, 1],
      '447': ['0.4300', '0.0050', 1, 1],
      '33': ['0.3300', '0', 1, 1],
      '34': ['0.3700', '0', 6, 6],
      '39': ['0.4100', '0.0100', 6, 6],
    }),
  ],
  [
    'Transit',
    rates({
      '44': ['0.2300', '0', 1, 1],
      '447': ['0.3100', '0', 1, 1],
      '33': ['0.2300', '0', 1, 1],
      '34': ['0.2900', '0', 6, 6],
      '39': ['0.3100', '0.0050', 6, 6],
    }),
  ],
  [
    'Carrier A',
    rates({
      '44': ['0.1000', '0', 1, 1],
      '447': ['0.1500', '0', 1, 1],
      '39': ['0.1300', '0', 1, 1],
    }),
  ],
  [
    'Carrier B',
    rates({
      '44': ['0.1100', '0', 6, 6],
      '33': ['0.1000', '0', 1, 1],
      '447': ['0.1600', '0', 1, 1],
    }),
  ],
  // What an extension pays from its own money, and what it costs to be called.
  [
    'Retail wallet',
    rates({
      '44': ['1.0000', '0', 1, 1],
      '447': ['1.3000', '0.0100', 6, 6],
      '33': ['0.9000', '0', 1, 1],
      '34': ['0.9000', '0', 10, 5],
      '39': ['0.9000', '0.0200', 6, 6],
    }),
  ],
  ['Inbound', rates({ '49': ['0.4200', '0.0050', 1, 1] })],
  ['Inbound wholesale', rates({ '49': ['0.1200', '0', 6, 6] })],
  ['Carrier C', rates({ '44': ['0.1250', '0', 1, 1], '33': ['0.1210', '0', 6, 6] })],
  ['Carrier D', rates({ '34': ['0.1400', '0', 1, 1], '39': ['0.1500', '0', 1, 1] })],
]);
