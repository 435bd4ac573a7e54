import type { CallEvent } from '../calls/reports.js';
import { backoffMs } from './backoff.js';
import { createCommands, type EslCommands } from './commands.js';
import { decodeEvent, readEventFrame, SUBSCRIBED_EVENTS } from './decode-event.js';
import { EslError } from './esl-error.js';
import { EVENT_BODY, type EventHeaders, headerText } from './event-headers.js';
import type { Frame } from './frame-decoder.js';
import { openTransport, type Transport, type TransportOptions } from './modesl-transport.js';
import { PendingJobs } from './pending-jobs.js';
import { WorkQueue } from './work-queue.js';

/** The part of a pino logger this room uses. */
export interface EslLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface EslTimings {
  /** TCP, greeting and login together. */
  readonly connectTimeoutMs: number;
  readonly commandTimeoutMs: number;
  /** A switch sends HEARTBEAT every 20 s; after this long without a byte it counts as gone. */
  readonly idleTimeoutMs: number;
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  /** Events wait this long at most for the snapshot taken in `onConnected`. */
  readonly snapshotTimeoutMs: number;
}

export const DEFAULT_TIMINGS: EslTimings = {
  connectTimeoutMs: 5_000,
  commandTimeoutMs: 10_000,
  idleTimeoutMs: 45_000,
  backoffMinMs: 500,
  // Every second without a listener is a second in which no limit can be extended.
  backoffMaxMs: 2_000,
  snapshotTimeoutMs: 30_000,
};

const FAILURES_PER_WARNING = 20;

export interface EslClientOptions {
  readonly host: string;
  readonly port: number;
  readonly password: string;
  /** `user@domain`: log in with `userauth` as a directory user; else with the plain password. */
  readonly user?: string;
  /** Called for one event at a time per leg, in order; several legs at once. */
  readonly onEvent: (event: CallEvent) => void | Promise<void>;
  /**
   * Called after every login, once the events are subscribed. Events that arrive meanwhile wait
   * until it settles, so a snapshot taken here comes before everything it does not contain.
   */
  readonly onConnected: (commands: EslCommands) => void | Promise<void>;
  readonly onDisconnected: (reason: string) => void;
  readonly log: EslLog;
  readonly timings?: Partial<EslTimings>;
  /** Events in waiting at which the switch is asked to wait (its own queue then fills). */
  readonly queueCapacity?: number;
  /** Legs whose events are worked on at once. */
  readonly concurrency?: number;
  readonly random?: () => number;
  readonly open?: (options: TransportOptions) => Transport;
}

export interface EslCounters {
  readonly connects: number;
  readonly events: number;
  /** Event frames that could not be read. */
  readonly unreadable: number;
  /** Events whose handler failed. */
  readonly failed: number;
}

/**
 * Listens to one FreeSWITCH for as long as it is started: connects, subscribes, reconnects, and never
 * lets an error out of a socket handler. One client per switch.
 */
export class EslClient {
  private readonly timings: EslTimings;
  private readonly queue: WorkQueue<CallEvent>;
  private readonly jobs = new PendingJobs();
  private readonly counts = { connects: 0, events: 0, unreadable: 0, failed: 0 };
  private transport: Transport | null = null;
  private current: EslCommands | null = null;
  private started = false;
  private failures = 0;
  private retry: NodeJS.Timeout | null = null;
  private watchdog: NodeJS.Timeout | null = null;

  constructor(private readonly options: EslClientOptions) {
    this.timings = { ...DEFAULT_TIMINGS, ...options.timings };
    this.queue = new WorkQueue<CallEvent>({
      keyOf: queueKey,
      handle: (event) => options.onEvent(event),
      onError: (error, event) => this.onHandlerError(error, event),
      concurrency: options.concurrency ?? 16,
      capacity: options.queueCapacity ?? 20_000,
      onFull: () => this.transport?.pause(),
      onRoom: () => this.transport?.resume(),
    });
  }

  /** Events decoded and not yet handled. */
  get queueDepth(): number {
    return this.queue.depth;
  }

  get counters(): EslCounters {
    return { ...this.counts };
  }

  /** Null while there is no connection. */
  get commands(): EslCommands | null {
    return this.current;
  }

  get isConnected(): boolean {
    return this.current !== null;
  }

  start(): void {
    if (this.started) return;
    this.started = true;
    this.connect();
  }

  /** Closes the connection and stops trying. Events already read are still handled. */
  stop(): void {
    this.started = false;
    if (this.retry !== null) clearTimeout(this.retry);
    this.retry = null;
    this.transport?.close('stopped');
  }

  private connect(): void {
    const { host, port, user, password } = this.options;
    const open = this.options.open ?? openTransport;
    const transport: Transport = open({
      host,
      port,
      login: user === undefined ? `auth ${password}` : `userauth ${user}:${password}`,
      connectTimeoutMs: this.timings.connectTimeoutMs,
      commandTimeoutMs: this.timings.commandTimeoutMs,
      onLoggedIn: () => void this.subscribe(transport),
      onEvent: (frame) => this.onFrame(frame),
      onClosed: (reason) => this.onClosed(reason),
    });
    this.transport = transport;
  }

  private async subscribe(transport: Transport): Promise<void> {
    this.queue.hold();
    try {
      const reply = await transport.request(`event json ${SUBSCRIBED_EVENTS}`);
      if (!reply.startsWith('+OK')) throw new EslError('refused', `event: ${reply}`);
      this.failures = 0;
      this.counts.connects += 1;
      this.startWatchdog(transport);
      this.current = this.commandsOver(transport);
      this.options.log.info(this.where(), 'event socket connected');
      await this.runSnapshot(this.current);
    } catch (error) {
      transport.close(`subscription failed: ${describe(error)}`);
    } finally {
      this.queue.release();
      // Not before the snapshot: its commands need the socket to be read.
      if (this.queue.isFull) transport.pause();
    }
  }

  /** The owner's snapshot. Its failure is the owner's: the connection and its events stay useful. */
  private async runSnapshot(commands: EslCommands): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new EslError('timeout', 'snapshot took too long')),
        this.timings.snapshotTimeoutMs,
      );
    });
    try {
      await Promise.race([Promise.resolve(this.options.onConnected(commands)), tooLong]);
    } catch (error) {
      const fields = { ...this.where(), error: describe(error) };
      this.options.log.error(fields, 'snapshot after connecting failed');
    } finally {
      clearTimeout(timer);
    }
  }

  private commandsOver(transport: Transport): EslCommands {
    return createCommands({
      api: (command) => transport.request(`api ${command}`),
      background: async (command, jobUuid) => {
        const output = this.jobs.wait(jobUuid, this.timings.commandTimeoutMs);
        const reply = await transport.request(`bgapi ${command}`, { 'Job-UUID': jobUuid });
        if (reply.startsWith('+OK')) return output;
        this.jobs.forget(jobUuid);
        throw new EslError('refused', `bgapi: ${reply}`);
      },
    });
  }

  private onFrame(frame: Frame): void {
    const headers = readEventFrame(frame);
    if (headers === null) {
      this.counts.unreadable += 1;
      const fields = { ...this.where(), bytes: frame.body.length };
      this.options.log.warn(fields, 'event that cannot be read was skipped');
      return;
    }
    if (headerText(headers, 'Event-Name') === 'BACKGROUND_JOB') {
      this.finishJob(headers);
      return;
    }
    const event = decodeEvent(headers);
    if (event === null) return;
    this.counts.events += 1;
    this.queue.push(event);
  }

  private finishJob(headers: EventHeaders): void {
    const jobUuid = headerText(headers, 'Job-UUID');
    if (jobUuid !== null) this.jobs.finish(jobUuid, headerText(headers, EVENT_BODY) ?? '');
  }

  private onHandlerError(error: unknown, event: CallEvent): void {
    this.counts.failed += 1;
    const fields = { ...this.where(), kind: event.kind, key: queueKey(event) };
    this.options.log.error({ ...fields, error: describe(error) }, 'event handler failed');
  }

  private onClosed(reason: string): void {
    const wasConnected = this.current !== null;
    this.transport = null;
    this.current = null;
    if (this.watchdog !== null) clearInterval(this.watchdog);
    this.watchdog = null;
    this.jobs.abandonAll(reason);
    if (wasConnected) this.tellDisconnected(reason);
    if (!this.started) return;
    const { backoffMinMs: minMs, backoffMaxMs: maxMs } = this.timings;
    const random = this.options.random ?? Math.random;
    const delayMs = backoffMs(this.failures, { minMs, maxMs }, random());
    // A switch that is down for hours says so now and then, not every few seconds.
    const isNews = this.failures % FAILURES_PER_WARNING === 0;
    const fields = { ...this.where(), reason, delayMs, attempt: this.failures };
    this.options.log[isNews ? 'warn' : 'debug'](fields, 'event socket lost, will retry');
    this.failures += 1;
    this.retry = setTimeout(() => this.connect(), delayMs);
  }

  private tellDisconnected(reason: string): void {
    try {
      this.options.onDisconnected(reason);
    } catch (error) {
      const fields = { ...this.where(), error: describe(error) };
      this.options.log.error(fields, 'onDisconnected failed');
    }
  }

  private startWatchdog(transport: Transport): void {
    const { idleTimeoutMs } = this.timings;
    this.watchdog = setInterval(
      () => {
        if (transport.idleMs() > idleTimeoutMs)
          transport.close('nothing heard, not even a heartbeat');
      },
      Math.ceil(idleTimeoutMs / 4),
    );
  }

  private where(): { readonly host: string; readonly port: number } {
    return { host: this.options.host, port: this.options.port };
  }
}

/** Events of one leg keep their order; so do those about the switch itself. */
function queueKey(event: CallEvent): string {
  switch (event.kind) {
    case 'answered':
    case 'heartbeat':
    case 'ended':
    case 'parked':
      return event.legUuid;
    case 'alive':
      return 'alive';
    case 'gateway':
      return `gateway ${event.gatewayName}`;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
