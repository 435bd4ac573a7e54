import { createHash } from 'node:crypto';
import type { DialledLeg, DialString } from './bridge-string.js';
import { readDirectory } from './engine-reply.js';
import { type FarEnd, type FarEndScript, sipFailure } from './far-end.js';
import { fillForm } from './form-templates.js';
import type { LegKind, SimLeg } from './leg.js';
import type { SimulatedSwitch } from './switch.js';
import type { Timer } from './clock.js';

/** What came of dialling. `answer` is how the far end that answered goes on. */
export type OriginateResult =
  | {
      readonly kind: 'answered';
      readonly leg: SimLeg;
      readonly answer: Extract<FarEnd, { kind: 'answer' }>;
    }
  | { readonly kind: 'failed'; readonly cause: string };

type GroupResult = OriginateResult | { readonly kind: 'timeout' };

export interface OriginateRequest {
  readonly caller: SimLeg;
  readonly dial: DialString;
  /** Variables the caller exports to every leg. */
  readonly exported: ReadonlyMap<string, string>;
  readonly farEnd: FarEndScript;
  readonly onFirstLeg: () => void;
  /** Counts attempts over the whole call. */
  readonly nextAttempt: () => number;
}

interface Target {
  readonly kind: LegKind;
  readonly number: string;
  readonly gateway: string;
  readonly domain: string;
}

const DEFAULT_CALL_TIMEOUT_S = 60;

/**
 * Dials the groups of a dial string in turn until a leg answers (switch_ivr_originate.c). Stops early
 * when the caller is gone, or on `call_timeout` unless `originate_continue_on_timeout` is set.
 */
export async function originate(
  sim: SimulatedSwitch,
  request: OriginateRequest,
): Promise<OriginateResult> {
  let cause = 'NORMAL_TEMPORARY_FAILURE';
  for (const group of request.dial) {
    const result = await dialGroup(sim, request, group);
    if (result.kind === 'answered') return result;
    cause = result.kind === 'timeout' ? 'NO_ANSWER' : result.cause;
    if (!request.caller.isAlive) return { kind: 'failed', cause: 'ORIGINATOR_CANCEL' };
    const goesOn = request.caller.variables.get('originate_continue_on_timeout') === 'true';
    if (result.kind === 'timeout' && !goesOn) break;
  }
  return { kind: 'failed', cause };
}

async function dialGroup(
  sim: SimulatedSwitch,
  request: OriginateRequest,
  group: readonly DialledLeg[],
): Promise<GroupResult> {
  const found = await Promise.all(group.map((dialled) => findTarget(sim, dialled.endpoint)));
  const reachable: Reachable[] = [];
  let cause = 'NORMAL_TEMPORARY_FAILURE';
  found.forEach((target, index) => {
    const dialled = group[index];
    if (typeof target === 'string') cause = target;
    else if (dialled !== undefined) reachable.push({ dialled, target });
  });
  if (reachable.length === 0) return { kind: 'failed', cause };
  return new Promise((resolve) => new GroupAttempt(sim, request, resolve).start(reachable));
}

interface Reachable {
  readonly dialled: DialledLeg;
  readonly target: Target;
}

/** Legs that ring together: the first to answer wins. */
class GroupAttempt {
  private readonly legs: SimLeg[] = [];
  private callTimeout: Timer | null = null;
  private open = true;

  constructor(
    private readonly sim: SimulatedSwitch,
    private readonly request: OriginateRequest,
    private readonly resolve: (result: GroupResult) => void,
  ) {}

  start(reachable: readonly Reachable[]): void {
    const { sim, request } = this;
    for (const { dialled, target } of reachable) {
      const leg = startLeg(sim, request, dialled, target);
      this.legs.push(leg);
      const farEnd = request.farEnd(request.nextAttempt(), dialled.endpoint);
      playFarEnd(sim, request.caller, leg, farEnd, (answer) =>
        this.finish({ kind: 'answered', leg, answer }, 'LOSE_RACE'),
      );
      limitLeg(sim, leg);
    }
    for (const leg of this.legs) leg.onEnd(() => this.onLegEnd(leg));
    // All of them may have ended at once, when the switch did.
    if (!this.open) return;
    const seconds = Number(request.caller.variables.get('call_timeout')) || DEFAULT_CALL_TIMEOUT_S;
    this.callTimeout = sim.clock.after(sim.msToSecond(seconds), () =>
      this.finish({ kind: 'timeout' }, 'NO_ANSWER'),
    );
    const cancelled = { kind: 'failed', cause: 'ORIGINATOR_CANCEL' } as const;
    request.caller.onEnd(() => this.finish(cancelled, 'ORIGINATOR_CANCEL'));
  }

  private onLegEnd(leg: SimLeg): void {
    if (this.legs.some((other) => other.isAlive)) return;
    const cause = leg.end?.cause ?? 'NORMAL_TEMPORARY_FAILURE';
    this.finish({ kind: 'failed', cause }, cause);
  }

  private finish(result: GroupResult, causeOfOthers: string): void {
    if (!this.open) return;
    this.open = false;
    this.callTimeout?.cancel();
    for (const leg of this.legs) {
      const isWinner = result.kind === 'answered' && result.leg === leg;
      if (!isWinner) this.sim.hangup(leg, { cause: causeOfOthers, disposition: 'send_cancel' });
    }
    this.resolve(result);
  }
}

function startLeg(
  sim: SimulatedSwitch,
  request: OriginateRequest,
  dialled: DialledLeg,
  target: Target,
): SimLeg {
  const { caller } = request;
  const channel =
    target.kind === 'gateway'
      ? `sofia/external/${target.number}`
      : `sofia/internal/${target.number}@${target.domain}`;
  const leg = sim.createLeg({
    kind: target.kind,
    direction: 'outbound',
    channelName: channel,
    destination: target.number,
    callerNumber: dialled.variables.get('origination_caller_id_number') ?? caller.spec.callerNumber,
    domain: target.domain,
    gateway: target.gateway,
    variables: new Map([...request.exported, ...dialled.variables]),
  });
  leg.other = caller;
  if (caller.other === null) caller.other = leg;
  addToList(caller, 'originated_legs', `${leg.uuid};Outbound Call;${target.number}`);
  leg.onEnd(() => {
    const cause = leg.isAnswered ? 'NONE' : (leg.end?.cause ?? 'NONE');
    addToList(caller, 'originate_causes', `${leg.uuid};${cause}`);
  });
  request.onFirstLeg();
  return leg;
}

function addToList(leg: SimLeg, name: string, value: string): void {
  leg.lists.set(name, [...(leg.lists.get(name) ?? []), value]);
}

function playFarEnd(
  sim: SimulatedSwitch,
  caller: SimLeg,
  leg: SimLeg,
  farEnd: FarEnd,
  onAnswer: (answer: Extract<FarEnd, { kind: 'answer' }>) => void,
): void {
  const ring = (): void => {
    sim.progress(leg);
    sim.progress(caller);
  };
  switch (farEnd.kind) {
    case 'answer':
      sim.later(leg, farEnd.ringMs, ring);
      sim.later(leg, farEnd.answerMs, () => {
        sim.answer(leg);
        onAnswer(farEnd);
      });
      return;
    case 'reject':
      sim.later(leg, farEnd.afterMs, () => {
        const { cause } = sipFailure(farEnd.status);
        sim.hangup(leg, { cause, disposition: 'recv_refuse', sipStatus: farEnd.status });
      });
      return;
    case 'ring':
      sim.later(leg, 20, ring);
      return;
    case 'cancel':
      sim.later(leg, 20, ring);
      sim.later(caller, farEnd.afterMs, () =>
        sim.hangup(caller, { cause: 'ORIGINATOR_CANCEL', disposition: 'recv_cancel' }),
      );
      return;
    case 'silent':
      return;
  }
}

/** Per-leg limits count whole seconds and fire when more than N of them have begun. */
function limitLeg(sim: SimulatedSwitch, leg: SimLeg): void {
  const ringLimit = Number(leg.variables.get('leg_timeout')) || 0;
  if (ringLimit > 0) {
    sim.later(leg, sim.msToSecond(ringLimit + 1), () => {
      if (!leg.isAnswered) {
        sim.hangup(leg, { cause: 'ALLOTTED_TIMEOUT', disposition: 'send_cancel' });
      }
    });
  }
  const progressLimit = Number(leg.variables.get('leg_progress_timeout')) || 0;
  if (progressLimit > 0) {
    sim.later(leg, sim.msToSecond(progressLimit + 1), () => {
      if (leg.times.progressUs === 0 && !leg.isAnswered) {
        sim.hangup(leg, { cause: 'PROGRESS_TIMEOUT', disposition: 'send_cancel' });
      }
    });
  }
}

/** Where an endpoint leads, or the cause why nowhere. */
async function findTarget(sim: SimulatedSwitch, endpoint: string): Promise<Target | string> {
  const gateway = /^sofia\/gateway\/([\w.-]+)\/([^/]+)$/.exec(endpoint);
  if (gateway !== null) {
    const [, name = '', number = ''] = gateway;
    return { kind: 'gateway', number, gateway: name, domain: 'carrier.invalid' };
  }
  const contact = /^sofia\/[\w.-]+\/([^%@/]+)[%@]([\w.-]+)$/.exec(endpoint);
  if (contact !== null) {
    const [, number = '', domain = ''] = contact;
    return { kind: 'extension', number, gateway: '', domain };
  }
  const user = /^user\/([^@/]+)@([\w.-]+)$/.exec(endpoint);
  if (user === null) return 'CHAN_NOT_IMPLEMENTED';
  const [, number = '', domain = ''] = user;
  const body = fillForm(sim.forms.userCall, { ...sim.momentValues(), user: number, domain });
  const reply = await sim.clock.busy(sim.engine.lookup(body));
  const isKnown = reply.status === 200 && readDirectory(reply.text, number).kind === 'user';
  return isKnown ? { kind: 'extension', number, gateway: '', domain } : 'SUBSCRIBER_ABSENT';
}

/** The hash a directory keeps instead of a password: md5(user:domain:password). */
export function digestHash(user: string, domain: string, password: string): string {
  return createHash('md5').update(`${user}:${domain}:${password}`).digest('hex');
}
