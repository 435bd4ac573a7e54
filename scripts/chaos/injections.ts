import { setTimeout as sleep } from 'node:timers/promises';
import { HIGH_RISKS, USUAL_RISKS } from './cdr-courier.js';
import type { EngineProcess } from './engine-process.js';
import type { PrivateMariadb } from './mariadb.js';
import type { Dice } from './random.js';
import type { SwitchHost } from './switch-host.js';
import type { Trouble } from './trouble.js';
import type { Truth } from './truth.js';

export type InjectionKind =
  | 'kill_node'
  | 'freeze_node'
  | 'step_clock'
  | 'kill_database'
  | 'cut_event_socket'
  | 'drop_listener'
  | 'lose_events'
  | 'spoil_records'
  | 'kill_switch';

export interface Injection {
  readonly kind: InjectionKind;
  /** Milliseconds from the beginning of the run. */
  readonly dueMs: number;
  /** Which node or switch. */
  readonly target: number;
  /** How long it stays so. */
  readonly forMs: number;
  /** Of a clock: by how much it is wrong afterwards. */
  readonly offsetMs: number;
  /** Of events: the share that is lost. */
  readonly share: number;
}

const WEIGHTS: readonly (readonly [InjectionKind, number])[] = [
  ['kill_node', 18],
  ['freeze_node', 8],
  ['step_clock', 12],
  ['kill_database', 12],
  ['cut_event_socket', 14],
  ['drop_listener', 8],
  ['lose_events', 12],
  ['spoil_records', 10],
  ['kill_switch', 6],
];

/** Longest a thing stays broken, in ms. */
const LONGEST_MS: Readonly<Record<InjectionKind, number>> = {
  kill_node: 5_000,
  freeze_node: 4_500,
  step_clock: 0,
  kill_database: 6_000,
  cut_event_socket: 9_000,
  drop_listener: 0,
  lose_events: 6_000,
  spoil_records: 10_000,
  kill_switch: 3_000,
};

/** What keeps no node from hearing and storing what does reach it. */
const HARMLESS: readonly InjectionKind[] = ['step_clock', 'lose_events', 'spoil_records'];

/** How long nodes may need to find that the database is back. */
const RECONNECT_MS = 3_000;

/** Longest that mending may take; a node that does not come up is told of by whoever starts it next. */
const HEAL_MS = 60_000;

/** A clock is wrong by at most so much, either way. */
export const MOST_CLOCK_MS = 6_000;

export interface InjectionOptions {
  readonly dice: Dice;
  readonly durationMs: number;
  /** Mean time between two of them. */
  readonly everyMs: number;
  readonly targets: number;
}

/**
 * What will be broken and when. Every kind comes once before any comes twice, so that even a short
 * run has seen most of them.
 */
export function planInjections(options: InjectionOptions): readonly Injection[] {
  const { dice, durationMs, everyMs, targets } = options;
  const injections: Injection[] = [];
  let bag: (readonly [InjectionKind, number])[] = [];
  let dueMs = dice.between(1_000, 2_500);
  while (dueMs < durationMs) {
    if (bag.length === 0) bag = [...WEIGHTS, ...drawExtras(dice)];
    const index = dice.between(0, bag.length - 1);
    const [kind] = bag.splice(index, 1)[0] ?? ['kill_node'];
    injections.push({
      kind,
      dueMs,
      target: dice.between(0, targets - 1),
      forMs: dice.between(200, Math.max(200, LONGEST_MS[kind])),
      offsetMs: dice.between(-MOST_CLOCK_MS, MOST_CLOCK_MS),
      share: dice.between(30, 100) / 100,
    });
    dueMs += dice.between(Math.floor(everyMs / 3), Math.floor((everyMs * 5) / 3));
  }
  return injections;
}

/** As many again, by weight. */
function drawExtras(dice: Dice): (readonly [InjectionKind, number])[] {
  return WEIGHTS.map(() => [dice.pick(WEIGHTS), 1] as const);
}

export interface Parts {
  readonly mariadb: PrivateMariadb;
  readonly nodes: readonly EngineProcess[];
  readonly hosts: readonly SwitchHost[];
  readonly truth: Truth;
  readonly trouble: Trouble;
}

/** Breaks things as planned, and mends each after its time. One thing is not broken twice at once. */
export class Breaker {
  readonly counts = new Map<InjectionKind, number>();
  readonly #busy = new Set<string>();
  readonly #work = new Set<Promise<void>>();

  constructor(private readonly parts: Parts) {}

  /** Starts it, and does not wait. What is broken already is left alone. */
  start(injection: Injection): void {
    const { kind, target, forMs } = injection;
    const name = thingOf(injection);
    if (this.#busy.has(name)) return;
    this.#busy.add(name);
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    const { truth, trouble } = this.parts;
    truth.inject(`${kind} ${String(target)} for ${String(forMs)} ms${detailOf(injection)}`);
    const isTrouble = !HARMLESS.includes(kind);
    if (isTrouble) trouble.begin();
    const work = this.#run(injection)
      .catch((error: unknown) => {
        truth.inject(`${kind} failed: ${error instanceof Error ? error.message : String(error)}`);
      })
      .finally(() => {
        if (isTrouble) trouble.end();
        truth.inject(`${kind} ${String(target)} is over`);
        this.#busy.delete(name);
        this.#work.delete(work);
      });
    this.#work.add(work);
  }

  /** Waits for what is broken to be mended, but not for ever, then sets everything right. */
  async heal(): Promise<void> {
    const late = new AbortController();
    const tooLate = sleep(HEAL_MS, null, { signal: late.signal }).catch(() => null);
    await Promise.race([Promise.all(this.#work), tooLate]);
    late.abort();
    for (const node of this.parts.nodes) node.setClock(0);
    for (const host of this.parts.hosts) {
      host.eventLoss = 0;
      host.courier.risks = { delayed: 0, unanswered: 0, refused: 0, repeated: 0 };
    }
  }

  async #withoutDatabase(forMs: number): Promise<void> {
    const { mariadb, truth } = this.parts;
    const fromMs = Date.now();
    await mariadb.kill();
    await sleep(forMs);
    await mariadb.start();
    truth.outages.push({ fromMs, toMs: Date.now() + RECONNECT_MS });
  }

  async #run(injection: Injection): Promise<void> {
    const { kind, target, forMs, offsetMs, share } = injection;
    const { nodes, hosts } = this.parts;
    const node = nodes[target % nodes.length];
    const host = hosts[target % hosts.length];
    if (node === undefined || host === undefined) return;
    switch (kind) {
      case 'kill_node':
        await node.kill();
        await sleep(forMs);
        return node.start();
      case 'freeze_node':
        node.freeze();
        await sleep(forMs);
        return node.thaw();
      case 'step_clock':
        return node.setClock(offsetMs);
      case 'kill_database':
        return this.#withoutDatabase(forMs);
      case 'cut_event_socket':
        await host.cutSocket();
        await sleep(forMs);
        // Its switch may have been killed and started in between, which mended it.
        return host.sim === null ? undefined : host.mendSocket();
      case 'drop_listener':
        return host.dropListener(target);
      case 'lose_events':
        host.eventLoss = share;
        await sleep(forMs);
        host.eventLoss = 0;
        return;
      case 'spoil_records':
        host.courier.risks = HIGH_RISKS;
        await sleep(forMs);
        host.courier.risks = USUAL_RISKS;
        return;
      case 'kill_switch':
        await host.crash();
        await sleep(forMs);
        return host.boot();
    }
  }
}

/** Two injections into the same thing would undo each other. */
function thingOf({ kind, target }: Injection): string {
  switch (kind) {
    case 'kill_node':
    case 'freeze_node':
      return `node ${String(target)}`;
    case 'kill_database':
      return 'database';
    case 'kill_switch':
    case 'cut_event_socket':
    case 'drop_listener':
      return `socket ${String(target)}`;
    default:
      return `${kind} ${String(target)}`;
  }
}

function detailOf({ kind, offsetMs, share }: Injection): string {
  if (kind === 'step_clock') return `, clock wrong by ${String(offsetMs)} ms`;
  return kind === 'lose_events' ? `, ${String(share * 100)} of 100 lost` : '';
}
