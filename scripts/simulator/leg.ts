import { randomUUID } from 'node:crypto';
import type { Timer } from './clock.js';

/** Which recorded leg this one looks like. */
export type LegKind = 'phone' | 'carrier' | 'gateway' | 'extension';

export interface LegSpec {
  readonly kind: LegKind;
  readonly direction: 'inbound' | 'outbound';
  readonly channelName: string;
  readonly destination: string;
  readonly callerNumber: string;
  readonly domain: string;
  readonly gateway: string;
  readonly startUs: number;
  readonly variables: ReadonlyMap<string, string>;
}

/** Times of a leg in UTC epoch microseconds, 0 for never. */
export interface LegTimes {
  startUs: number;
  progressUs: number;
  mediaUs: number;
  answerUs: number;
  bridgeUs: number;
  endUs: number;
}

/** How a leg ended. */
export interface LegEnd {
  readonly cause: string;
  /** SIP's own word for it: `recv_bye`, `send_bye`, `recv_refuse`, … */
  readonly disposition: string;
  /** The SIP failure the far end answered with, if any. */
  readonly sipStatus?: number;
}

/** One channel of the simulated switch. */
export class SimLeg {
  readonly uuid = randomUUID();
  readonly times: LegTimes;
  readonly variables: Map<string, string>;
  /** Lists such as `originated_legs`, which events carry as arrays. */
  readonly lists = new Map<string, string[]>();
  /** The leg it was or is bridged to, or that caused it. */
  other: SimLeg | null = null;
  end: LegEnd | null = null;
  destination: string;
  application = '';
  applicationData = '';
  /** Tasks that `sched_del UUID` removes: limits and scheduled heartbeats. */
  readonly tasks = new Set<Timer>();
  /** Everything else that must not outlive the leg. */
  readonly timers = new Set<Timer>();
  heartbeat: Timer | null = null;
  private readonly endWaiters: (() => void)[] = [];

  constructor(readonly spec: LegSpec) {
    this.destination = spec.destination;
    this.variables = new Map(spec.variables);
    this.times = {
      startUs: spec.startUs,
      progressUs: 0,
      mediaUs: 0,
      answerUs: 0,
      bridgeUs: 0,
      endUs: 0,
    };
  }

  get isAlive(): boolean {
    return this.end === null;
  }

  get isAnswered(): boolean {
    return this.times.answerUs > 0;
  }

  /** Calls back once the leg has ended, at once if it has. */
  onEnd(waiter: () => void): void {
    if (this.end === null) this.endWaiters.push(waiter);
    else waiter();
  }

  ended(): Promise<void> {
    return new Promise((resolve) => this.onEnd(resolve));
  }

  /** Marks the leg as ended; only the first end counts. Returns whether this was it. */
  finish(end: LegEnd, endUs: number): boolean {
    if (this.end !== null) return false;
    this.end = end;
    this.times.endUs = endUs;
    for (const timer of [...this.tasks, ...this.timers]) timer.cancel();
    this.tasks.clear();
    this.timers.clear();
    for (const waiter of this.endWaiters) waiter();
    return true;
  }
}
