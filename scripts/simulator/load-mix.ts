import type { CallPlan } from './call.js';
import { answered, type FarEnd, type FarEndScript, inTurn } from './far-end.js';

/** What a call of the load is meant to be; the engine decides what it becomes. */
export type LoadKind = 'answered' | 'busy' | 'failover' | 'no_answer' | 'cancelled' | 'internal';

export interface LoadCall {
  readonly kind: LoadKind;
  readonly plan: CallPlan;
}

export interface LoadMixOptions {
  readonly seed: number;
  readonly user: string;
  readonly domain: string;
  readonly numbers: readonly string[];
  /** An extension for internal calls. */
  readonly colleague: string;
  /** Mean talk time; each call talks between half and one and a half of it. */
  readonly talkMs: number;
}

/** Calls of a hundred, by kind. */
const SHARES: readonly (readonly [LoadKind, number])[] = [
  ['answered', 55],
  ['failover', 15],
  ['busy', 10],
  ['no_answer', 5],
  ['cancelled', 5],
  ['internal', 10],
];

/** An endless mix of calls; the same seed gives the same calls. */
export function* loadMix(options: LoadMixOptions): Generator<LoadCall, never> {
  const random = seededRandom(options.seed);
  const from = { kind: 'phone', user: options.user, domain: options.domain } as const;
  for (;;) {
    const kind = pickKind(random());
    const talkMs = Math.round(options.talkMs * (0.5 + random()));
    const answerMs = 50 + Math.floor(random() * 300);
    const number = options.numbers[Math.floor(random() * options.numbers.length)] ?? '';
    const to = kind === 'internal' ? options.colleague : number;
    yield { kind, plan: { from, to, farEnd: farEndFor(kind, talkMs, answerMs) } };
  }
}

function farEndFor(kind: LoadKind, talkMs: number, answerMs: number): FarEndScript {
  const reject = (status: number, afterMs: number): FarEnd => ({ kind: 'reject', afterMs, status });
  switch (kind) {
    case 'answered':
    case 'internal':
      return inTurn(answered(talkMs, answerMs));
    case 'failover':
      return inTurn(reject(503, 20), answered(talkMs, answerMs));
    case 'busy':
      return inTurn(reject(486, answerMs));
    case 'no_answer':
      // Carriers say it with a 480 in the end; waiting out our own limits would take a minute.
      return inTurn(reject(480, 1_000));
    case 'cancelled':
      return inTurn({ kind: 'cancel', afterMs: 50 + answerMs });
  }
}

function pickKind(random: number): LoadKind {
  let left = random * SHARES.reduce((sum, [, share]) => sum + share, 0);
  for (const [kind, share] of SHARES) {
    left -= share;
    if (left < 0) return kind;
  }
  return 'answered';
}

/** Numbers in [0, 1) from a seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
