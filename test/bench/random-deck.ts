import type { RateRow } from '../../rating/deck/types.js';

/** Country codes with a share of a wholesale deck each: big countries are split into more prefixes. */
const COUNTRIES = (
  '1:18 7:5 20:1 27:2 30:1 31:2 32:2 33:4 34:4 36:1 39:4 40:2 41:2 43:3 44:6 45:1 46:2 47:1 48:3 ' +
  '49:6 51:1 52:5 53:1 54:2 55:5 56:1 57:2 58:1 60:2 61:2 62:3 63:2 64:1 65:1 66:2 81:2 82:1 84:1 ' +
  '86:4 90:3 91:5 92:2 93:1 94:1 95:1 98:2 212:1 213:1 216:1 218:1 220:1 221:1 223:1 225:1 226:1 ' +
  '229:1 233:1 234:2 237:1 243:1 244:1 249:1 251:1 254:1 255:1 256:1 258:1 260:1 261:1 263:1 351:2 ' +
  '352:1 353:1 354:1 355:1 356:1 357:1 358:1 359:1 370:1 371:1 372:1 373:1 374:1 375:1 380:2 381:1 ' +
  '385:1 386:1 387:1 389:1 420:1 421:1 502:1 503:1 504:1 505:1 506:1 507:1 509:1 591:1 593:1 595:1 ' +
  '598:1 852:1 855:1 856:1 880:1 886:1 960:1 961:1 962:1 963:1 964:1 965:1 966:2 967:1 968:1 970:1 ' +
  '971:2 972:1 973:1 974:1 976:1 977:1 992:1 993:1 994:1 995:1 996:1 998:1'
)
  .split(' ')
  .map((entry) => {
    const [code = '', share = '1'] = entry.split(':');
    return { code, share: Number(share) };
  });

const MAX_PREFIX = 9;
const KINDS = ['Fixed', 'Mobile', 'Mobile Other', 'Special', 'Premium', 'Off Net'];

/** First block and steps as they are sold, the usual ones more often. */
const INCREMENTS: readonly (readonly [number, number])[] = [
  [1, 1],
  [1, 1],
  [60, 60],
  [30, 6],
  [60, 1],
  [6, 6],
];

/** Uniform numbers from 0 up to but without 1, the same for one seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Digits below a prefix that still fit: so many rows, its own included. */
function capacity(length: number): number {
  return (10 ** (MAX_PREFIX - length + 1) - 1) / 9;
}

/**
 * Prefixes of an A-Z deck: every country code, then ever longer ones below it, 4 to 9 digits for
 * nearly all, unevenly spread, each once and none of them made twice for one seed.
 */
export function* randomPrefixes(rows: number, seed: number): Generator<string> {
  const random = seededRandom(seed);
  const shares = COUNTRIES.reduce((sum, { share }) => sum + share, 0);
  let left = rows;
  let sharesLeft = shares;
  for (const { code, share } of COUNTRIES) {
    const wanted = Math.min(Math.round((left * share) / sharesLeft), capacity(code.length));
    yield* below(code, wanted, random);
    left -= wanted;
    sharesLeft -= share;
  }
}

function* below(prefix: string, count: number, random: () => number): Generator<string> {
  if (count <= 0) return;
  yield prefix;
  const room = capacity(prefix.length + 1);
  let left = count - 1;
  let digit = Math.floor(random() * 10);
  for (let tried = 0; tried < 10 && left > 0; tried += 1) {
    const mustFit = left - room * (9 - tried);
    const share = Math.ceil(left * Math.min(1, (0.4 + random()) / (10 - tried)));
    const given = Math.min(room, left, Math.max(mustFit, share));
    yield* below(`${prefix}${String(digit)}`, given, random);
    left -= given;
    digit = (digit + 3) % 10;
  }
}

/** Rows for these prefixes: destinations shared by many, prices with four to six decimals. */
export function* randomRows(rows: number, seed: number, releaseId = 1): Generator<RateRow> {
  const random = seededRandom(seed ^ 0x5bd1e995);
  let id = 0;
  for (const prefix of randomPrefixes(rows, seed)) {
    id += 1;
    const [initialIncrementS, incrementS] = INCREMENTS[Math.floor(random() * 6)] ?? [1, 1];
    yield {
      id,
      releaseId,
      prefix,
      destination: `${prefix.slice(0, 3)} ${KINDS[Math.floor(random() * KINDS.length)] ?? ''}`,
      ratePerMinute: priceText(random),
      connectFee: random() < 0.02 ? '0.05' : '0',
      initialIncrementS,
      incrementS,
      minDurationS: 0,
      blocked: false,
      priority: 0,
      effectiveFrom: null,
      effectiveTo: null,
    };
  }
}

function priceText(random: () => number): string {
  const micros = Math.floor(2000 + random() * random() * 900_000);
  return `0.${String(random() < 0.5 ? micros : Math.floor(micros / 100) * 100).padStart(6, '0')}`;
}

/**
 * How calls are spread over a deck's rows: over a thousand, which are soon known; as real calls are; or
 * evenly over all of them, which no memory is made for.
 */
export type Spread = 'known' | 'popular' | 'even';

const KNOWN_ROWS = 1000;

/**
 * Numbers to look up, twelve digits: nine in ten begin with a prefix of the deck. `even` takes every
 * row as often as any other, `known` every one of a few; `popular` the n-th row of a shuffled list n times less often than the
 * first (Zipf's law), as calls go to some destinations and hardly to others.
 */
export function randomNumbers(
  prefixes: readonly string[],
  count: number,
  spread: Spread,
  seed: number,
): string[] {
  const random = seededRandom(seed);
  const digits = (length: number) =>
    Array.from({ length }, () => String(Math.floor(random() * 10))).join('');
  const pick = () => {
    if (spread === 'even') return Math.floor(random() * prefixes.length);
    const rank = spread === 'known' ? random() * KNOWN_ROWS : prefixes.length ** random();
    return (Math.floor(rank) * 7919) % prefixes.length;
  };
  return Array.from({ length: count }, () => {
    const known = prefixes[pick()] ?? '44';
    const start = random() < 0.9 ? known : `${known.slice(0, 2)}${digits(2)}`;
    // Through a buffer, because a string put together from parts would be flattened while measured.
    return Buffer.from(start + digits(12 - start.length)).toString('latin1');
  });
}
