/**
 * What calls do to money and inclusive seconds, said as simply as it can be: prices by the second in
 * thousandths, one bucket a call, everything in plain numbers. It shares no code with the engine.
 */

export type PurseName = 'acme' | 'wallet' | 'beta' | 'reseller';
export type BucketName = 'acme' | 'wallet' | 'did';
export type Caller = keyof typeof CALLERS;

interface CallerShape {
  /** Who pays how many thousandths a second, first payer first. */
  readonly payers: readonly (readonly [PurseName, number])[];
  readonly bucket: BucketName | null;
  /** Counts against the calls that acme may have at a time. */
  readonly isAcme: boolean;
  /** The caller's own leg is what is charged. */
  readonly isInbound: boolean;
}

export const CALLERS = {
  account: { payers: [['acme', 10]], bucket: 'acme', isAcme: true, isInbound: false },
  wallet: {
    payers: [
      ['wallet', 10],
      ['acme', 10],
    ],
    ...{ bucket: 'wallet', isAcme: true, isInbound: false },
  },
  beta: {
    payers: [
      ['beta', 10],
      ['reseller', 5],
    ],
    ...{ bucket: null, isAcme: false, isInbound: false },
  },
  did: { payers: [['acme', 5]], bucket: 'did', isAcme: true, isInbound: true },
} as const satisfies Record<string, CallerShape>;

export const BUCKETS = {
  acme: { totalS: 300, incrementS: 60 },
  wallet: { totalS: 100, incrementS: 30 },
  did: { totalS: 120, incrementS: 1 },
} as const;

export const SLICE_S = 60;
export const MAX_CALL_S = 600;
export const EXTEND_MARGIN_S = 30;
/** Ringing time and grace: how long a call may go without news beyond what was granted. */
export const NEWS_GRACE_S = 120;
export const ORPHAN_GRACE_S = 60;
export const ACME_MAX_CALLS = 5;
/** What beta may spend in a day, in thousandths. */
export const BETA_DAILY = 4000;

export interface Purse {
  balance: number;
  held: number;
}

export interface Bucket {
  used: number;
  held: number;
}

export interface ModelCall {
  readonly id: string;
  readonly caller: Caller;
  state: 'authorized' | 'answered' | 'settled' | 'released' | 'refused';
  granted: number;
  /** Held of each payer, in the order of the payers. */
  holds: number[];
  /** Inclusive seconds held, or held when it was given up. */
  seconds: number;
  leg: 'none' | 'running' | 'over';
  answerS: number;
  lastSeenS: number;
  expiresS: number;
  /** The grant each node knows of that watches the leg. */
  readonly watched: Map<number, number>;
}

export interface Model {
  /** Seconds since the start of the run. */
  nowS: number;
  purses: Record<PurseName, Purse>;
  buckets: Record<BucketName, Bucket>;
  betaSpent: number;
  calls: ModelCall[];
}

export function callIn(model: Model, id: string): ModelCall {
  const call = model.calls.find((candidate) => candidate.id === id);
  if (call === undefined) throw new Error(`call ${id}: the model has none`);
  return call;
}

export function isOpen(call: ModelCall): boolean {
  return call.state === 'authorized' || call.state === 'answered';
}

function shapeOf(call: Pick<ModelCall, 'caller'>): CallerShape {
  return CALLERS[call.caller];
}

function freeSeconds(model: Model, name: BucketName): number {
  const { used, held } = model.buckets[name];
  return BUCKETS[name].totalS - used - held;
}

interface Grant {
  readonly granted: number;
  readonly holds: number[];
  readonly seconds: number;
}

/** How long a call may talk, up to `wantedS`, with what it holds already. */
function grant(model: Model, call: ModelCall, wantedS: number): Grant {
  const { payers, bucket } = shapeOf(call);
  const own = bucket === null ? 0 : freeSeconds(model, bucket) + call.seconds;
  const times = payers.map(([name, price], level) => {
    const { balance, held } = model.purses[name];
    const today = name === 'beta' ? BETA_DAILY - model.betaSpent - held : Infinity;
    const money = Math.min(balance - held, today) + (call.holds[level] ?? 0);
    return (level === 0 ? own : 0) + Math.floor(Math.max(0, money) / price);
  });
  const granted = Math.min(wantedS, MAX_CALL_S, ...times);
  const covered = Math.min(granted, own);
  return {
    granted,
    holds: payers.map(([, price], level) => (granted - (level === 0 ? covered : 0)) * price),
    seconds: bucket === null ? 0 : Math.min(own, roundUp(granted, BUCKETS[bucket].incrementS)),
  };
}

function roundUp(seconds: number, step: number): number {
  return Math.ceil(seconds / step) * step;
}

/** Makes a call hold exactly this, whatever it held before. */
function hold(model: Model, call: ModelCall, wanted: Grant): void {
  const { payers, bucket } = shapeOf(call);
  payers.forEach(([name], level) => {
    model.purses[name].held += (wanted.holds[level] ?? 0) - (call.holds[level] ?? 0);
  });
  if (bucket !== null) model.buckets[bucket].held += wanted.seconds - call.seconds;
  call.granted = wanted.granted;
  call.holds = wanted.holds;
  call.seconds = wanted.seconds;
}

export function authorise(model: Model, id: string, caller: Caller): void {
  if (model.calls.some((known) => known.id === id)) return;
  const call: ModelCall = {
    ...{ id, caller, state: 'refused', granted: 0, holds: [], seconds: 0, leg: 'none' },
    ...{ answerS: 0, lastSeenS: 0, expiresS: model.nowS, watched: new Map() },
  };
  model.calls.push(call);
  const atOnce = model.calls.filter((one) => isOpen(one) && shapeOf(one).isAcme).length;
  if (shapeOf(call).isAcme && atOnce >= ACME_MAX_CALLS) return;
  const wanted = grant(model, call, SLICE_S);
  if (wanted.granted === 0) return;
  hold(model, call, wanted);
  call.state = 'authorized';
  call.expiresS = model.nowS + wanted.granted + NEWS_GRACE_S;
}

/** A node hears of an answer: the first one starts the meter. */
export function answer(model: Model, id: string, node: number): void {
  const call = callIn(model, id);
  if (call.watched.has(node)) return;
  if (call.leg === 'none') {
    call.leg = 'running';
    call.lastSeenS = call.answerS;
  }
  if (call.state === 'authorized') {
    call.state = 'answered';
    call.expiresS = Math.max(call.expiresS, call.answerS + call.granted + NEWS_GRACE_S);
  }
  if (call.leg === 'running') call.watched.set(node, call.granted);
}

/** A node hears that a call lives, so many seconds after its answer. */
export function beat(model: Model, id: string, node: number, talkedS: number): void {
  answer(model, id, node);
  const call = callIn(model, id);
  if (call.leg === 'running') call.lastSeenS = Math.max(call.lastSeenS, call.answerS + talkedS);
  const known = call.watched.get(node);
  if (known === undefined || known >= MAX_CALL_S || known - talkedS >= EXTEND_MARGIN_S) return;
  if (!isOpen(call)) return;
  if (call.granted <= known) {
    const wanted = grant(model, call, call.granted + SLICE_S);
    if (wanted.granted <= call.granted) return;
    hold(model, call, wanted);
    call.expiresS = call.answerS + call.granted + NEWS_GRACE_S;
  }
  call.watched.set(node, call.granted);
}

/** The end of the leg that is charged, as told to a node; `null` where the node only read a CDR. */
export function end(model: Model, id: string, talkedMs: number, node: number | null): void {
  const call = callIn(model, id);
  if (node !== null) call.watched.delete(node);
  if (call.leg === 'over') return;
  call.leg = 'over';
  if (talkedMs > 0) charge(model, call, talkedMs);
  else if (shapeOf(call).isInbound) release(model, call);
}

function charge(model: Model, call: ModelCall, talkedMs: number): void {
  const { payers, bucket } = shapeOf(call);
  // The switch cuts up to a second late; that second is nobody's to pay.
  const isInTime = talkedMs <= call.granted * 1000 + 1000;
  const paidMs = isInTime ? Math.min(talkedMs, call.granted * 1000) : talkedMs;
  const seconds = Math.ceil(paidMs / 1000);
  const own = bucket === null ? 0 : ownSeconds(model, call, bucket);
  const covered = Math.min(seconds, own);
  if (isOpen(call)) release(model, call);
  call.state = 'settled';
  payers.forEach(([name, price], level) => {
    const amount = (seconds - (level === 0 ? covered : 0)) * price;
    model.purses[name].balance -= amount;
    if (name === 'beta') model.betaSpent += amount;
  });
  if (bucket !== null) {
    model.buckets[bucket].used += Math.min(own, roundUp(seconds, BUCKETS[bucket].incrementS));
  }
}

/** What a call may use: what it holds, or, of what it had given back, what is still free. */
function ownSeconds(model: Model, call: ModelCall, bucket: BucketName): number {
  return isOpen(call) ? call.seconds : Math.min(call.seconds, freeSeconds(model, bucket));
}

function release(model: Model, call: ModelCall): void {
  if (!isOpen(call)) return;
  const { payers, bucket } = shapeOf(call);
  payers.forEach(([name], level) => {
    model.purses[name].held -= call.holds[level] ?? 0;
  });
  if (bucket !== null) model.buckets[bucket].held -= call.seconds;
  call.holds = [];
  call.state = 'released';
}

/** The caller gave up before anybody answered. */
export function hangUpUnanswered(model: Model, id: string): void {
  const call = callIn(model, id);
  if (shapeOf(call).isInbound) end(model, id, 0, null);
  else if (call.leg !== 'running') release(model, call);
}

/** Nobody was heard of for long: what was answered ends at its last sign of life. */
export function reap(model: Model): void {
  const expired = model.calls.filter((call) => isOpen(call) && call.expiresS < model.nowS);
  const silent = model.calls.filter(
    (call) =>
      call.leg === 'running' &&
      call.lastSeenS < model.nowS - ORPHAN_GRACE_S &&
      (expired.includes(call) || call.answerS < model.nowS - MAX_CALL_S - ORPHAN_GRACE_S),
  );
  const given = expired.filter((call) => call.leg !== 'running');
  for (const call of silent) end(model, call.id, (call.lastSeenS - call.answerS) * 1000, null);
  for (const call of given) release(model, call);
}

export function fund(model: Model, name: PurseName, mills: number): void {
  model.purses[name].balance += mills;
}
