import { dialStatus, expand, menuMatch, readDialString } from './dialplan-text.js';
import { type Action, readDialplan, readDirectory, readMenu } from './engine-reply.js';
import { continuesAfter, type FarEndScript, sipFailure } from './far-end.js';
import { fillForm } from './form-templates.js';
import type { SimLeg } from './leg.js';
import { digestHash, originate, type OriginateResult } from './originate.js';
import type { SimulatedSwitch } from './switch.js';
import { playTalk, type Transfer } from './talk.js';

/** A registered phone, or a carrier that brings a call to one of our numbers. */
export type Origin =
  | {
      readonly kind: 'phone';
      readonly user: string;
      readonly domain: string;
      /** Checked against the directory's hash when given; else any known user is let in. */
      readonly password?: string;
    }
  | {
      readonly kind: 'carrier';
      readonly callerNumber: string;
      /** The SIP domain the carrier writes; an address or a name. */
      readonly domain: string;
      readonly context: string;
    };

export interface CallPlan {
  readonly from: Origin;
  readonly to: string;
  readonly farEnd: FarEndScript;
  /** What the caller presses in a menu. */
  readonly digits?: string;
  /** How long the caller stays with an announcement, an echo or in a park; 2 s if not given. */
  readonly patienceMs?: number;
  /** What the first conversation becomes, then the second, …; each that is left out just ends. */
  readonly transfers?: readonly Transfer[];
}

export interface CallOutcome {
  /** Null when the switch refused the caller before it made a leg. */
  readonly aLegUuid: string | null;
  /** Which step ended a call that dialled nobody, null when somebody was dialled or it answered. */
  readonly refusedBy: 'directory' | 'dialplan' | null;
  readonly isAnswered: boolean;
  /** Cause of the caller's leg. */
  readonly cause: string;
  readonly attempts: number;
  readonly talkUs: number;
  /** Wall clock from the INVITE to the first attempt, or to the refusal. */
  readonly postDialDelayMs: number;
  /** Lookups that did not answer 200. */
  readonly failedLookups: number;
}

const MOST_TRANSFERS = 10;

type Step = 'next' | 'stop' | { readonly number: string; readonly context: string };

/** Places one call and resolves when its last leg has ended. Never rejects on a bad reply. */
export function placeCall(sim: SimulatedSwitch, plan: CallPlan): Promise<CallOutcome> {
  return new SimulatedCall(sim, plan).run();
}

class SimulatedCall {
  private readonly startedAt = performance.now();
  private postDialDelayMs = -1;
  private attempts = 0;
  private farEnd: FarEndScript;
  /** Attempts before the leg was last transferred: a script counts from there. */
  private attemptsBefore = 0;
  private readonly transfers: Transfer[];
  private readonly talked: SimLeg[] = [];
  private answeredLeg: SimLeg | null = null;
  private failedLookups = 0;
  private readonly exported = new Map<string, string>();

  constructor(
    private readonly sim: SimulatedSwitch,
    private readonly plan: CallPlan,
  ) {
    this.farEnd = plan.farEnd;
    this.transfers = [...(plan.transfers ?? [])];
  }

  async run(): Promise<CallOutcome> {
    const variables = await this.admit();
    if (variables === null) {
      return this.outcome(null, 'directory', 'CALL_REJECTED');
    }
    const leg = this.createCaller(variables);
    const context = variables.get('user_context') ?? this.context();
    const found = await this.followDialplan(leg, { number: this.plan.to, context });
    if (leg.isAlive) {
      const cause = found ? 'NORMAL_CLEARING' : 'NO_ROUTE_DESTINATION';
      this.sim.hangup(leg, { cause, disposition: leg.isAnswered ? 'send_bye' : 'send_refuse' });
    }
    // A far leg that was connected with somebody else runs on without its caller.
    await Promise.all(this.talked.map((far) => far.ended()));
    const refused = this.attempts === 0 && !leg.isAnswered;
    return this.outcome(leg, refused ? 'dialplan' : null, leg.end?.cause ?? 'NORMAL_CLEARING');
  }

  /** Variables of the caller's directory entry; null when the directory does not let it in. */
  private async admit(): Promise<ReadonlyMap<string, string> | null> {
    const { from } = this.plan;
    if (from.kind === 'carrier') return new Map();
    const values = { ...this.sim.momentValues(), ...this.numbers(), domain: from.domain };
    const text = await this.lookup(fillForm(this.sim.forms.auth, values));
    const entry = text === null ? null : readDirectory(text, from.user);
    if (entry === null || entry.kind !== 'user') return null;
    if (from.password === undefined) return entry.variables;
    const hash = digestHash(from.user, from.domain, from.password);
    const known = entry.params.get('a1-hash')?.toLowerCase() === hash;
    return known || entry.params.get('password') === from.password ? entry.variables : null;
  }

  private createCaller(variables: ReadonlyMap<string, string>): SimLeg {
    const { from, to } = this.plan;
    const { caller } = this.numbers();
    const profile = from.kind === 'phone' ? 'internal' : 'external';
    return this.sim.createLeg({
      kind: from.kind,
      direction: 'inbound',
      channelName: `sofia/${profile}/${caller}@${from.domain}`,
      destination: to,
      callerNumber: caller,
      domain: from.domain,
      gateway: '',
      variables,
    });
  }

  /** Runs dialplans until no action is left. False when there was no dialplan at all. */
  private async followDialplan(
    leg: SimLeg,
    start: { readonly number: string; readonly context: string },
  ): Promise<boolean> {
    let here = start;
    for (let hop = 0; hop <= MOST_TRANSFERS; hop += 1) {
      const actions = await this.dialplan(leg, here.number, here.context);
      if (actions === null) return false;
      const step = await this.runActions(leg, actions);
      if (step === 'stop' || step === 'next') return true;
      here = step;
      leg.destination = step.number;
    }
    return false;
  }

  private async dialplan(
    leg: SimLeg,
    number: string,
    context: string,
  ): Promise<readonly Action[] | null> {
    const { forms } = this.sim;
    const form = this.plan.from.kind === 'phone' ? forms.phoneDialplan : forms.carrierDialplan;
    const values = {
      ...this.sim.momentValues(),
      ...this.numbers(),
      domain: this.plan.from.domain,
      uuid: leg.uuid,
      number,
      context,
    };
    const text = await this.lookup(fillForm(form, values, leg.variables));
    const reply = text === null ? null : readDialplan(text, context);
    return reply?.kind === 'actions' ? reply.actions : null;
  }

  private async runActions(leg: SimLeg, actions: readonly Action[]): Promise<Step> {
    for (const { application, data } of actions) {
      if (!leg.isAlive) return 'stop';
      leg.application = application;
      leg.applicationData = data;
      const step = await this.runAction(leg, application, expand(data, leg.variables));
      if (step !== 'next') return step;
    }
    return 'next';
  }

  private async runAction(leg: SimLeg, application: string, data: string): Promise<Step> {
    switch (application) {
      case 'set':
      case 'export':
        this.setVariable(leg, data, application === 'export');
        return 'next';
      case 'unset':
        leg.variables.delete(data);
        return 'next';
      case 'answer':
        this.sim.answer(leg);
        return 'next';
      case 'ring_ready':
        this.sim.progress(leg);
        return 'next';
      case 'enable_heartbeat':
        this.sim.heartbeat(leg, Number(data) || 60);
        return 'next';
      case 'sched_hangup':
        this.scheduleHangup(leg, data);
        return 'next';
      case 'sleep':
        await this.wait(leg, Number(data) || 0);
        return 'next';
      case 'bridge':
        return this.bridge(leg, data);
      case 'respond':
        return this.refuse(leg, sipFailure(Number.parseInt(data, 10)).cause);
      case 'hangup':
        return this.refuse(leg, data === '' ? 'NORMAL_CLEARING' : data);
      case 'transfer':
        return transferTo(data);
      case 'ivr':
        return this.playMenu(leg, data);
      case 'playback':
        await this.wait(leg, Math.min(1_000, this.patienceMs));
        return 'next';
      default:
        return this.keepCaller(leg);
    }
  }

  /** `echo`, `park`, `voicemail`, …: the caller stays a while and hangs up. */
  private async keepCaller(leg: SimLeg): Promise<Step> {
    if (leg.application !== 'park') this.sim.answer(leg);
    await this.wait(leg, this.patienceMs);
    const disposition = leg.isAnswered ? 'recv_bye' : 'recv_cancel';
    const cause = leg.isAnswered ? 'NORMAL_CLEARING' : 'ORIGINATOR_CANCEL';
    this.sim.hangup(leg, { cause, disposition });
    return 'stop';
  }

  private async playMenu(leg: SimLeg, name: string): Promise<Step> {
    this.sim.answer(leg);
    const { momentValues, forms } = {
      momentValues: this.sim.momentValues(),
      forms: this.sim.forms,
    };
    const values = { ...momentValues, ...this.numbers(), uuid: leg.uuid, menu: name };
    const text = await this.lookup(fillForm(forms.menu, values, leg.variables));
    const entries = text === null ? null : readMenu(text, name);
    await this.wait(leg, Math.min(1_000, this.patienceMs));
    const pressed = this.plan.digits ?? '';
    for (const entry of entries ?? []) {
      const match = menuMatch(entry.digits, pressed);
      if (match === null || entry.action !== 'menu-exec-app') continue;
      const command = entry.param.replaceAll(
        /\$(\d)/g,
        (_all, n: string) => match[Number(n)] ?? '',
      );
      const space = command.indexOf(' ');
      return this.runAction(leg, command.slice(0, space), command.slice(space + 1));
    }
    return 'next';
  }

  private async bridge(leg: SimLeg, data: string): Promise<Step> {
    const dial = readDialString(data);
    const result: OriginateResult =
      dial === null
        ? { kind: 'failed', cause: 'CHAN_NOT_IMPLEMENTED' }
        : await originate(this.sim, {
            caller: leg,
            dial,
            exported: this.exported,
            farEnd: this.farEnd,
            onFirstLeg: () => this.markPostDial(),
            nextAttempt: () => {
              this.attempts += 1;
              return this.attempts - 1 - this.attemptsBefore;
            },
          });
    if (result.kind === 'answered') return this.talk(leg, result);
    return this.afterFailure(leg, result.cause);
  }

  private async talk(
    caller: SimLeg,
    { leg, answer }: Extract<OriginateResult, { kind: 'answered' }>,
  ): Promise<Step> {
    this.answeredLeg = leg;
    caller.variables.set('originate_disposition', 'SUCCESS');
    caller.variables.set('DIALSTATUS', 'SUCCESS');
    this.sim.answer(caller);
    this.sim.bridge(caller, leg);
    this.talked.push(leg);
    const result = await playTalk(this.sim, { caller, far: leg }, answer, this.transfers.shift());
    if (typeof result === 'object') {
      this.farEnd = result.farEnd;
      this.attemptsBefore = this.attempts;
      return { number: result.to, context: caller.variables.get('user_context') ?? this.context() };
    }
    if (!caller.isAlive) return 'stop';
    if (caller.variables.get('hangup_after_bridge') !== 'true') return 'next';
    const cause = leg.end?.cause ?? 'NORMAL_CLEARING';
    this.sim.hangup(caller, { cause, disposition: 'send_bye' });
    return 'stop';
  }

  private afterFailure(leg: SimLeg, cause: string): Step {
    this.markPostDial();
    if (!leg.isAlive) return 'stop';
    leg.variables.set('originate_disposition', cause);
    leg.variables.set('originate_failed_cause', cause);
    leg.variables.set('DIALSTATUS', dialStatus(cause));
    leg.variables.set('last_bridge_hangup_cause', cause);
    if (continuesAfter(cause, leg.variables.get('continue_on_fail'))) return 'next';
    return this.refuse(leg, cause);
  }

  private refuse(leg: SimLeg, cause: string): Step {
    const disposition = leg.isAnswered ? 'send_bye' : 'send_refuse';
    this.sim.hangup(leg, { cause, disposition });
    return 'stop';
  }

  private setVariable(leg: SimLeg, data: string, isExport: boolean): void {
    const equals = data.indexOf('=');
    if (equals <= 0) return;
    const name = data.slice(0, equals).replace(/^nolocal:|^_nolocal_/, '');
    const value = data.slice(equals + 1);
    const isLocal = name.length === equals;
    if (isExport) this.exported.set(name, value);
    if (!isExport || isLocal) leg.variables.set(name, value);
  }

  private scheduleHangup(leg: SimLeg, data: string): void {
    const [when = '', cause = 'ALLOTTED_TIMEOUT'] = data.split(' ');
    if (/^\+\d+$/.test(when)) this.sim.scheduleHangup(leg, Number(when.slice(1)), cause);
  }

  /** Waits, but no longer than the leg lives. */
  private wait(leg: SimLeg, delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      leg.onEnd(resolve);
      this.sim.later(leg, delayMs, resolve);
    });
  }

  private async lookup(body: string): Promise<string | null> {
    const reply = await this.sim.clock.busy(this.sim.engine.lookup(body));
    if (reply.status === 200) return reply.text;
    this.failedLookups += 1;
    return null;
  }

  private get patienceMs(): number {
    return this.plan.patienceMs ?? 2_000;
  }

  private context(): string {
    return this.plan.from.kind === 'carrier' ? this.plan.from.context : 'default';
  }

  private numbers(): { readonly number: string; readonly caller: string } {
    const { from, to } = this.plan;
    return { number: to, caller: from.kind === 'phone' ? from.user : from.callerNumber };
  }

  private markPostDial(): void {
    if (this.postDialDelayMs < 0) this.postDialDelayMs = performance.now() - this.startedAt;
  }

  private outcome(
    leg: SimLeg | null,
    refusedBy: CallOutcome['refusedBy'],
    cause: string,
  ): CallOutcome {
    this.markPostDial();
    const times = this.answeredLeg?.times ?? leg?.times;
    const isAnswered = (this.answeredLeg ?? leg)?.isAnswered ?? false;
    return {
      aLegUuid: leg?.uuid ?? null,
      refusedBy,
      isAnswered,
      cause,
      attempts: this.attempts,
      talkUs: isAnswered && times !== undefined ? times.endUs - times.answerUs : 0,
      postDialDelayMs: this.postDialDelayMs,
      failedLookups: this.failedLookups,
    };
  }
}

function transferTo(data: string): Step {
  const [number = '', , context = 'default'] = data.split(' ');
  return { number, context };
}
