import type { CallPlan, Origin } from '../simulator/call.js';
import type { FarEnd, FarEndScript } from '../simulator/far-end.js';
import { inTurn } from '../simulator/far-end.js';
import type { Transfer } from '../simulator/talk.js';
import type { Dice } from './random.js';
import { type ChaosAccount, type ChaosWorld, passwordOf } from './world.js';

/** What a call is meant to be; what becomes of it the engine, the money and the breakage decide. */
export type CallKind =
  | 'answered'
  | 'failover'
  | 'busy'
  | 'cancelled'
  | 'unanswered'
  | 'internal'
  | 'inbound'
  | 'transferred'
  | 'forwarded_inside'
  | 'left_by_caller';

export interface ChaosCall {
  readonly kind: CallKind;
  /** Milliseconds from the beginning of the run. */
  readonly dueMs: number;
  /** Which switch it is placed on. */
  readonly host: number;
  readonly plan: CallPlan;
}

const KINDS: readonly (readonly [CallKind, number])[] = [
  ['answered', 48],
  ['failover', 14],
  ['busy', 6],
  ['cancelled', 5],
  ['unanswered', 3],
  ['internal', 6],
  ['inbound', 8],
  ['transferred', 5],
  ['forwarded_inside', 4],
  ['left_by_caller', 5],
];

/** Prefixes with their weights; the rest of the number is drawn. */
const DESTINATIONS: readonly (readonly [string, number])[] = [
  ['44', 30],
  ['447', 25],
  ['33', 20],
  ['34', 13],
  ['39', 12],
];

const BURSTS: readonly (readonly [number, number])[] = [
  [1, 50],
  [2, 25],
  [3, 15],
  [6, 10],
];

export interface MixOptions {
  readonly world: ChaosWorld;
  readonly dice: Dice;
  readonly hosts: number;
  readonly callsPerSecond: number;
  readonly durationMs: number;
  /** Longest talk of a call, in ms. */
  readonly longestMs: number;
}

/** All calls of a run, in order. Several calls of one account often start together. */
export function callMix(options: MixOptions): readonly ChaosCall[] {
  const { world, dice, callsPerSecond, durationMs } = options;
  const customers = world.accounts.filter(({ isCustomer }) => isCustomer);
  const calls: ChaosCall[] = [];
  const total = Math.floor((callsPerSecond * durationMs) / 1000);
  while (calls.length < total) {
    const account = dice.oneOf(customers);
    const burst = dice.pick(BURSTS);
    const dueMs = Math.round((calls.length * 1000) / callsPerSecond);
    for (let index = 0; index < burst && calls.length < total; index += 1) {
      calls.push(drawCall(options, account, dueMs));
    }
  }
  return calls;
}

function drawCall(options: MixOptions, account: ChaosAccount, dueMs: number): ChaosCall {
  const { dice, hosts, world } = options;
  const kind = dice.pick(KINDS);
  const host = dice.between(0, hosts - 1);
  const phone = dice.oneOf(account.phones).address;
  const talkMs = drawTalk(options);
  const to = drawNumber(dice);
  if (kind === 'inbound') {
    const from: Origin = {
      kind: 'carrier',
      callerNumber: '447911123456',
      domain: '127.0.0.1',
      context: 'public',
    };
    const did = dice.oneOf(world.dids);
    return {
      kind,
      dueMs,
      host,
      plan: { from, to: did.number, farEnd: inTurn(drawAnswer(dice, talkMs)) },
    };
  }
  const [user = '', domain = ''] = phone.split('@');
  const from: Origin = { kind: 'phone', user, domain, password: passwordOf(phone) };
  const isInside = kind === 'internal' || kind === 'forwarded_inside';
  // One that sends its calls on would pay for what its caller is transferred to as well.
  const others = account.phones.filter(
    ({ address, forwardTo }) =>
      address !== phone && (kind === 'internal' || forwardTo === undefined),
  );
  const colleague = dice.oneOf(others).address.split('@')[0] ?? '';
  const farEnd = drawFarEnd(dice, kind, talkMs);
  const transfers = drawTransfers(options, kind);
  return { kind, dueMs, host, plan: { from, to: isInside ? colleague : to, farEnd, transfers } };
}

/** Mostly seconds; some long enough for heartbeats and for a hold that has to be extended. */
function drawTalk({ dice, longestMs }: MixOptions): number {
  const [least, most] = dice.pick<readonly [number, number]>([
    [[300, 3_000], 42],
    [[2_000, 8_000], 36],
    [[8_000, 20_000], 10],
    [[22_000, 75_000], 12],
  ]);
  return Math.min(dice.between(least, most), longestMs);
}

function drawNumber(dice: Dice): string {
  const prefix = dice.pick(DESTINATIONS);
  let number = prefix === '44' ? '4420' : prefix;
  while (number.length < 11) number += String(dice.between(0, 9));
  return number;
}

function drawAnswer(dice: Dice, talkMs: number): FarEnd {
  const ringMs = dice.between(5, 100);
  return {
    kind: 'answer',
    ringMs,
    answerMs: ringMs + dice.between(50, 900),
    talkMs,
    hangupBy: dice.chance(0.6) ? 'caller' : 'callee',
  };
}

function drawFarEnd(dice: Dice, kind: CallKind, talkMs: number): FarEndScript {
  const answer = drawAnswer(dice, talkMs);
  const down: FarEnd = { kind: 'reject', afterMs: dice.between(5, 300), status: 503 };
  switch (kind) {
    case 'failover':
      return dice.chance(0.5) ? inTurn(down, answer) : inTurn(down, down, answer);
    case 'busy':
      return inTurn({ kind: 'reject', afterMs: dice.between(50, 600), status: 486 });
    case 'cancelled':
      return inTurn({ kind: 'cancel', afterMs: dice.between(50, 1_500) });
    case 'unanswered':
      return inTurn({ kind: 'ring' });
    default:
      return inTurn(answer);
  }
}

function drawTransfers(options: MixOptions, kind: CallKind): readonly Transfer[] {
  const { dice } = options;
  const afterMs = dice.between(400, 3_000);
  const talkMs = drawTalk(options);
  const to = drawNumber(dice);
  switch (kind) {
    case 'transferred':
    case 'forwarded_inside':
      return [{ kind: 'blind', afterMs, to, farEnd: inTurn(drawAnswer(dice, talkMs)) }];
    case 'left_by_caller':
      return [{ kind: 'attended', afterMs, staysMs: talkMs }];
    default:
      return [];
  }
}
