import type { RateRow } from '../deck/types.js';
import { guardedText } from './texts.js';
import { tiersText } from './tiers.js';

/** The columns of an exported deck. An import understands them without a mapping. */
export const DECK_CSV_HEADER = [
  'prefix',
  'destination',
  'rate_per_minute',
  'connect_fee',
  'initial_increment',
  'next_increment',
  'min_duration',
  'grace_seconds',
  'free_seconds',
  'initial_rate',
  'min_cost',
  'max_cost',
  'tiers',
  'days',
  'dates',
  'time_from',
  'time_until',
  'effective_from',
  'effective_to',
  'priority',
  'blocked',
  'intrastate_rate',
  'indeterminate_rate',
] as const;

/**
 * A row as the cells of a line. Imported again it gives the same row: instants are UTC to the
 * millisecond, prices keep every decimal that is not zero. No cell is a formula to a spreadsheet.
 */
export function deckCsvCells(row: RateRow): readonly string[] {
  return [
    row.prefix === '' ? '*' : row.prefix,
    guardedText(row.destination),
    priceText(row.ratePerMinute),
    priceText(row.connectFee),
    String(row.initialIncrementS),
    String(row.incrementS),
    String(row.minDurationS),
    numberText(row.graceS),
    numberText(row.freeS),
    priceText(row.initialRatePerMinute),
    priceText(row.minCost),
    priceText(row.maxCost),
    row.tiers === undefined ? '' : tiersText(row.tiers),
    row.days?.join(',') ?? '',
    row.dates?.join(';') ?? '',
    row.timeFrom ?? '',
    row.timeTo ?? '',
    instantText(row.effectiveFrom),
    instantText(row.effectiveTo),
    String(row.priority),
    row.blocked ? '1' : '0',
    priceText(row.jurisdictionPrices?.intrastate),
    priceText(row.jurisdictionPrices?.indeterminate),
  ];
}

/**
 * `0.01500000` is `0.015`, while `1.23400000` is `1.2340`: with three decimals it could be read as a
 * thousand and more. The point stays in the file, whatever the reader's country.
 */
function priceText(price: string | undefined): string {
  if (price === undefined || !price.includes('.')) return price ?? '';
  const short = price.replace(/\.?0+$/, '');
  return /^[1-9]\d*\.\d{3}$/.test(short) ? `${short}0` : short;
}

function numberText(value: number | undefined): string {
  return value === undefined ? '' : String(value);
}

function instantText(instantMs: number | null): string {
  return instantMs === null ? '' : new Date(instantMs).toISOString();
}

/** Lines of the template that people fill in: one of each usual kind. */
export const DECK_TEMPLATE_LINES: readonly (readonly string[])[] = [
  [
    'prefix',
    'country',
    'destination',
    'rate',
    'increment',
    'connection fee',
    'min time',
    'from',
    'end',
    'days',
    'effective date',
    'end date',
    'blocked',
  ],
  ['44', 'United Kingdom', '', '0.0120', '60/60', '0', '0', '', '', '', '2027-01-01', '', ''],
  [
    '447700-447799',
    'United Kingdom',
    'Mobile',
    '0.0350',
    '30/6',
    '0',
    '0',
    '',
    '',
    '',
    '2027-01-01',
    '',
    '',
  ],
  [
    '3491;3493',
    'Spain',
    'Madrid and Barcelona',
    '0.0080',
    '1',
    '0',
    '0',
    '08:00',
    '17:59',
    'Mon-Fri',
    '',
    '',
    '',
  ],
  [
    '3491;3493',
    'Spain',
    'Madrid and Barcelona',
    '0.0060',
    '1',
    '0',
    '0',
    '18:00',
    '07:59',
    'Mon-Fri',
    '',
    '',
    '',
  ],
  [
    '3491;3493',
    'Spain',
    'Madrid and Barcelona',
    '0.0060',
    '1',
    '0',
    '0',
    '',
    '',
    'weekend',
    '',
    '',
    '',
  ],
  ['979', '', 'International premium', '', '', '', '', '', '', '', '', '', 'blocked'],
];
