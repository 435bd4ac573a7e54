import { randomUUID } from 'node:crypto';
import type { CdrFormat } from './cdr-text.js';
import { cdrBody } from './cdr-text.js';
import { realClock, type SimClock, type Timer } from './clock.js';
import type { EngineLink, HttpPost } from './engine-http.js';
import { type LegEventName, loadTemplates, type Templates } from './event-templates.js';
import { type FormTemplates, loadForms } from './form-templates.js';
import { type LegEnd, SimLeg, type LegSpec } from './leg.js';
import { endVariables, jsonText, momentValues, writeLegValues } from './leg-values.js';
import { fillTemplate, type SlotValues } from './text-template.js';

/** Where events go: the event socket server, or a test. */
export interface EventSink {
  wants(name: string, subclass?: string): boolean;
  /** `json` is the event as FreeSWITCH serialises it. */
  publish(name: string, subclass: string | null, json: string): void;
}

export interface SwitchOptions {
  readonly engine: EngineLink;
  readonly sink: EventSink;
  readonly clock?: SimClock;
  readonly cdrFormat?: CdrFormat;
  /** Further attempts after a record was not taken. */
  readonly cdrRetries?: number;
  readonly cdrRetryMs?: number;
  /** Takes a record that no attempt could deliver, as the switch's error directory does. */
  readonly onRecordLost?: (record: HttpPost) => void;
  /** Sees every leg as it begins. */
  readonly onLeg?: (leg: SimLeg) => void;
}

export interface SwitchCounters {
  readonly events: number;
  readonly records: number;
  /** Records that were not taken, however often they were sent. */
  readonly recordsLost: number;
}

/** How legs end with their switch; nobody is told. */
const CRASHED: LegEnd = { cause: 'SWITCH_CRASHED', disposition: '' };

/** A FreeSWITCH without media: legs, timers, events and call detail records. */
export class SimulatedSwitch {
  readonly coreUuid = randomUUID();
  readonly clock: SimClock;
  readonly forms: FormTemplates;
  private readonly templates: Templates;
  private readonly living = new Map<string, SimLeg>();
  private readonly reports = new Set<Promise<void>>();
  private readonly counts = { events: 0, records: 0, recordsLost: 0 };
  /** Slot values of the event being written. */
  private readonly bag: Record<string, string> = {};
  private sequence = 0;
  private isDown = false;

  constructor(private readonly options: SwitchOptions) {
    this.clock = options.clock ?? realClock();
    this.templates = loadTemplates();
    this.forms = loadForms();
  }

  get engine(): EngineLink {
    return this.options.engine;
  }

  get counters(): SwitchCounters {
    return { ...this.counts };
  }

  /** Legs that have not been reported as ended, in the order they came. */
  legs(): readonly SimLeg[] {
    return [...this.living.values()];
  }

  leg(uuid: string): SimLeg | undefined {
    return this.living.get(uuid);
  }

  createLeg(spec: Omit<LegSpec, 'startUs'>): SimLeg {
    const leg = new SimLeg({ ...spec, startUs: this.clock.nowUs() });
    if (this.isDown) {
      leg.finish(CRASHED, leg.times.startUs);
      return leg;
    }
    this.living.set(leg.uuid, leg);
    this.options.onLeg?.(leg);
    return leg;
  }

  /** Ends all legs at once and says nothing of it, neither now nor later: the process was killed. */
  crash(): void {
    this.isDown = true;
    const nowUs = this.clock.nowUs();
    for (const leg of this.living.values()) leg.finish(CRASHED, nowUs);
    this.living.clear();
  }

  progress(leg: SimLeg): void {
    if (leg.isAlive && leg.times.progressUs === 0) leg.times.progressUs = this.clock.nowUs();
  }

  answer(leg: SimLeg): void {
    if (!leg.isAlive || leg.isAnswered) return;
    const nowUs = this.clock.nowUs();
    leg.times.answerUs = nowUs;
    if (leg.spec.direction === 'inbound') leg.times.mediaUs = nowUs;
    this.publish(leg, 'CHANNEL_ANSWER');
    for (const [name, value] of leg.variables) {
      if (name.startsWith('execute_on_answer')) this.runOnAnswer(leg, value);
    }
    const seconds = Number(leg.variables.get('enable_heartbeat_events') ?? '0');
    if (seconds > 0) this.heartbeat(leg, seconds);
  }

  bridge(first: SimLeg, second: SimLeg): void {
    const nowUs = this.clock.nowUs();
    first.times.bridgeUs = nowUs;
    second.times.bridgeUs = nowUs;
    first.other = second;
    second.other = first;
    this.publish(first, 'CHANNEL_BRIDGE');
  }

  /** Ends a leg: the event at once, then its record, then the event that says all. */
  hangup(leg: SimLeg, end: LegEnd): void {
    if (!leg.finish(this.isDown ? CRASHED : end, this.clock.nowUs()) || this.isDown) return;
    for (const [name, value] of endVariables(leg)) leg.variables.set(name, value);
    this.publish(leg, 'CHANNEL_HANGUP');
    const report = this.report(leg).finally(() => this.reports.delete(report));
    this.reports.add(report);
  }

  /** Runs an action later, unless the leg ends first. */
  later(leg: SimLeg, delayMs: number, action: () => void): void {
    this.plan(leg, leg.timers, delayMs, action);
  }

  /**
   * `sched_hangup +N`: the scheduler counts whole seconds, so the leg ends N-1 to N seconds later.
   * Limits stack: the earliest wins.
   */
  scheduleHangup(leg: SimLeg, seconds: number, cause: string): void {
    const end = { cause, disposition: 'send_bye' };
    if (seconds <= 0) this.hangup(leg, end);
    else this.plan(leg, leg.tasks, this.msToSecond(seconds), () => this.hangup(leg, end));
  }

  /** `sched_del`: removes limits and scheduled heartbeats. Returns how many there were. */
  deleteTasks(leg: SimLeg): number {
    const count = leg.tasks.size;
    for (const task of leg.tasks) task.cancel();
    leg.tasks.clear();
    return count;
  }

  /** Sends SESSION_HEARTBEAT every so many seconds, instead of what was armed before. */
  heartbeat(leg: SimLeg, seconds: number): void {
    const scheduled = leg.variables.get('heartbeat_use_scheduler') === 'true';
    const home = scheduled ? leg.tasks : leg.timers;
    leg.heartbeat?.cancel();
    const beat = (): void => {
      this.publish(leg, 'SESSION_HEARTBEAT');
      leg.heartbeat = this.plan(leg, home, this.msToSecond(seconds), beat);
    };
    leg.heartbeat = this.plan(leg, home, this.msToSecond(seconds), beat);
  }

  /** Milliseconds until the scheduler's whole second `seconds` from now. */
  msToSecond(seconds: number): number {
    const nowUs = this.clock.nowUs();
    return ((Math.floor(nowUs / 1e6) + seconds) * 1e6 - nowUs) / 1000;
  }

  /** The switch's own sign of life. */
  publishAlive(): void {
    if (this.isDown || !this.options.sink.wants('HEARTBEAT')) return;
    const values = { ...this.momentValues(), sessionCount: String(this.living.size) };
    this.send('HEARTBEAT', fillTemplate(this.templates.heartbeat, values));
  }

  /** The answer to `uuid_dump UUID json`. */
  dump(leg: SimLeg): string {
    return this.eventText(leg, 'CHANNEL_DATA');
  }

  /** Resolves when every ended leg has been reported. */
  async settled(): Promise<void> {
    while (this.reports.size > 0) await Promise.all(this.reports);
  }

  momentValues(): SlotValues {
    this.sequence += 1;
    const nowUs = this.clock.nowUs();
    return momentValues({ nowUs, sequence: this.sequence, coreUuid: this.coreUuid });
  }

  private plan(leg: SimLeg, home: Set<Timer>, delayMs: number, action: () => void): Timer | null {
    if (!leg.isAlive) return null;
    const timer = this.clock.after(delayMs, () => {
      home.delete(timer);
      if (leg.isAlive) action();
    });
    home.add(timer);
    return timer;
  }

  private runOnAnswer(leg: SimLeg, command: string): void {
    const limit = /^sched_hangup \+(\d+)(?: ([A-Z0-9_]+))?$/.exec(command.trim());
    if (limit !== null) {
      this.scheduleHangup(leg, Number(limit[1]), limit[2] ?? 'ALLOTTED_TIMEOUT');
    }
  }

  private async report(leg: SimLeg): Promise<void> {
    await this.postRecord(leg);
    this.living.delete(leg.uuid);
    this.publish(leg, 'CHANNEL_HANGUP_COMPLETE');
  }

  private async postRecord(leg: SimLeg): Promise<void> {
    const { engine, cdrFormat = 'json', cdrRetries = 1, cdrRetryMs = 1_000 } = this.options;
    const prefix = leg.spec.direction === 'inbound' ? 'a_' : '';
    const path = `/freeswitch/cdr?uuid=${prefix}${leg.uuid}`;
    const record = cdrBody(this.recordText(leg), cdrFormat);
    for (let attempt = 0; attempt <= cdrRetries; attempt += 1) {
      if (attempt > 0) await this.pause(cdrRetryMs);
      // A killed process tries nothing again, and has written nothing to its error directory.
      if (this.isDown) return;
      const reply = await this.clock.busy(engine.send({ path, ...record }));
      if (reply.status >= 200 && reply.status < 300) {
        this.counts.records += 1;
        return;
      }
    }
    this.counts.recordsLost += 1;
    if (!this.isDown) this.options.onRecordLost?.({ path, ...record });
  }

  private pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.clock.after(delayMs, resolve));
  }

  private publish(leg: SimLeg, name: LegEventName): void {
    if (!this.isDown && this.options.sink.wants(name)) this.send(name, this.eventText(leg, name));
  }

  private send(name: string, json: string): void {
    this.counts.events += 1;
    this.options.sink.publish(name, null, json);
  }

  private eventText(leg: SimLeg, name: LegEventName): string {
    const set = this.templates[leg.isAnswered ? 'answered' : 'unanswered'][leg.spec.kind];
    return `${fillTemplate(set.events[name], this.values(leg))}${ownText(leg, 'variable_')}}`;
  }

  private recordText(leg: SimLeg): string {
    const set = this.templates[leg.isAnswered ? 'answered' : 'unanswered'][leg.spec.kind];
    return `${fillTemplate(set.cdr, this.values(leg))}${ownText(leg, '')}}}`;
  }

  private values(leg: SimLeg): SlotValues {
    this.sequence += 1;
    const { sequence, coreUuid } = this;
    writeLegValues(this.bag, leg, { nowUs: this.clock.nowUs(), sequence, coreUuid });
    return this.bag;
  }
}

/** The leg's own variables as further members of a JSON object. */
function ownText(leg: SimLeg, prefix: string): string {
  let text = '';
  for (const [name, value] of leg.variables) {
    text += `,"${prefix}${jsonText(name)}":"${jsonText(value)}"`;
  }
  for (const [name, values] of leg.lists) {
    // One value is a plain header; only a repeated one becomes a list.
    const json = values.length === 1 ? JSON.stringify(values[0]) : JSON.stringify(values);
    text += `,"${prefix}${jsonText(name)}":${json}`;
  }
  return text;
}
