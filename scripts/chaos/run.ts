import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../../db/client.js';
import type { Database } from '../../db/client.js';
import { migrate } from '../../db/migrate.js';
import { placeCall } from '../simulator/call.js';
import { callMix, type ChaosCall } from './call-mix.js';
import { checkCharges, checkCuts } from './checks/charges.js';
import { type Evidence, type Problem, readEvidence } from './checks/evidence.js';
import { checkBooks, leftoverProblems, untilNothingIsLeft } from './checks/leftovers.js';
import { checkCapacity, checkInclusive, checkOverspend, overspends } from './checks/limits.js';
import { storyOf } from './checks/story.js';
import { EngineProcess } from './engine-process.js';
import { Breaker, planInjections } from './injections.js';
import { PrivateMariadb } from './mariadb.js';
import { Dice } from './random.js';
import { type ChaosReport, countWords } from './report.js';
import { adminDeps, type IdByName, seedWorld } from './seed-world.js';
import { SwitchHost } from './switch-host.js';
import { bookTopUp, planTopUps, type TopUp } from './top-ups.js';
import { Trouble } from './trouble.js';
import { billUsOf, isBillable, Truth } from './truth.js';
import { chaosWorld } from './world-accounts.js';

export interface ChaosOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly callsPerSecond: number;
  /** Mean time between two things that break. */
  readonly injectEveryMs: number;
  /** Longest talk of a call, in ms. */
  readonly longestTalkMs: number;
  /** How long calls may go on by themselves when no more are placed, in ms. */
  readonly lastCallsMs: number;
  /** Leaves the folder with the database and the logs where it is. */
  readonly keep: boolean;
  readonly say: (line: string) => void;
}

const NODES = 2;
const HOSTS = 2;
/** Calls under way at which new ones are left out: something is stuck then. */
const MOST_CALLS = 600;
const START_MS = 60_000;
const GRACE_S = 20;
const LEFTOVERS_MS = 120_000;
const STORIES = 3;
/** Money comes in so often that accounts run dry and live again all the time. */
const TOP_UP_MS = 600;

/** As small as the settings allow, so that holds are extended and lost calls found within the run. */
const NODE_SETTINGS = {
  HOLD_SLICE_SECONDS: '30',
  HOLD_EXTEND_MARGIN_SECONDS: '12',
  HEARTBEAT_SECONDS: '5',
  RING_TIMEOUT_SECONDS: '6',
  MAX_CALL_SECONDS: '120',
  ORPHAN_GRACE_SECONDS: String(GRACE_S),
  REAPER_INTERVAL_SECONDS: '3',
  CONFIG_POLL_MS: '250',
  JOBS_ENABLED: 'false',
  LOG_LEVEL: 'info',
} as const;

/** One run, from an empty folder to the verdict. */
export class ChaosRun {
  readonly #options: ChaosOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), 'ringledger-chaos-'));
  readonly #truth = new Truth();
  readonly #trouble = new Trouble();
  readonly #world = chaosWorld();
  readonly #secretKey = randomBytes(32).toString('hex');
  readonly #mariadb = new PrivateMariadb(this.#folder);
  readonly #crashes: Problem[] = [];
  readonly #placed = new Map<string, number>();
  readonly #outcomes = new Map<string, number>();
  #nodes: EngineProcess[] = [];
  #hosts: SwitchHost[] = [];
  #ids: IdByName = new Map();
  #database: Database | null = null;
  #isOver = false;
  #stopped: Promise<void> | null = null;

  constructor(options: ChaosOptions) {
    this.#options = options;
  }

  async run(): Promise<ChaosReport> {
    const startedMs = Date.now();
    try {
      await this.#prepare();
      const breaker = await this.#play();
      await this.#settle();
      return await this.#judge(breaker, startedMs);
    } finally {
      await this.stop();
    }
  }

  /** Ends every process and removes the folder. May be called at any time. */
  stop(): Promise<void> {
    this.#isOver = true;
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    for (const host of this.#hosts) {
      host.sim?.crash();
      await host.close();
    }
    await Promise.all(this.#nodes.map((node) => node.kill()));
    await this.#database?.close().catch(() => undefined);
    await this.#mariadb.kill();
    if (!this.#options.keep) rmSync(this.#folder, { recursive: true, force: true });
  }

  get folder(): string {
    return this.#folder;
  }

  async #prepare(): Promise<void> {
    const { say, seed } = this.#options;
    say('making a database of its own');
    await this.#mariadb.create();
    await migrate(this.#mariadb.url);
    const database = openDatabase({ url: this.#mariadb.url, poolSize: 4 });
    this.#database = database;
    const ports = await freePorts(NODES + HOSTS);
    const eslPorts = ports.slice(NODES);
    const deps = adminDeps(database, this.#secretKey);
    const seeded = await seedWorld(deps, this.#world, eslPorts);
    this.#ids = seeded.ids;
    this.#nodes = ports.slice(0, NODES).map((port, index) => this.#makeNode(port, index));
    this.#hosts = seeded.access.map(
      (access, index) =>
        new SwitchHost({
          name: `fs${String(index + 1)}`,
          access,
          nodeUrls: this.#nodes.map(({ url }) => url),
          truth: this.#truth,
          trouble: this.#trouble,
          dice: new Dice(seed, `host ${String(index)}`),
        }),
    );
    for (const host of this.#hosts) await host.boot();
    await this.#startNodes();
    await this.#untilListening();
  }

  #makeNode(port: number, index: number): EngineProcess {
    return new EngineProcess({
      name: `node${String(index + 1)}`,
      port,
      folder: this.#folder,
      env: { ...NODE_SETTINGS, DATABASE_URL: this.#mariadb.url, SECRET_KEY: this.#secretKey },
      onCrash: (what) => this.#crashes.push({ check: 'nodes', what }),
    });
  }

  /** A node that never comes up says why in its log. */
  async #startNodes(): Promise<void> {
    const late = new AbortController();
    const tooLate = sleep(START_MS, null, { signal: late.signal }).then(
      () => {
        const missing = this.#nodes.find(({ isReady }) => !isReady);
        throw new Error(`a node does not start: ${missing?.lastWords ?? ''}`);
      },
      () => undefined,
    );
    await Promise.race([Promise.all(this.#nodes.map((node) => node.start())), tooLate]);
    late.abort();
  }

  /** Every node listens to every switch. */
  async #untilListening(): Promise<void> {
    const untilMs = Date.now() + 20_000;
    while (this.#hosts.some(({ listeners }) => listeners < NODES)) {
      if (Date.now() > untilMs) throw new Error('a node does not listen to its switches');
      await sleep(50);
    }
  }

  async #play(): Promise<Breaker> {
    const { seed, seconds, callsPerSecond, injectEveryMs, longestTalkMs, say } = this.#options;
    const durationMs = seconds * 1000;
    const calls = callMix({
      world: this.#world,
      dice: new Dice(seed, 'calls'),
      hosts: HOSTS,
      callsPerSecond,
      durationMs,
      longestMs: longestTalkMs,
    });
    const injections = planInjections({
      dice: new Dice(seed, 'injections'),
      durationMs: Math.max(0, durationMs - 2_000),
      everyMs: injectEveryMs,
      targets: NODES,
    });
    const topUps = planTopUps(this.#world, new Dice(seed, 'money'), durationMs, TOP_UP_MS);
    say(
      `${String(calls.length)} calls, ${String(injections.length)} injections, seed ${String(seed)}`,
    );
    const breaker = new Breaker({
      mariadb: this.#mariadb,
      nodes: this.#nodes,
      hosts: this.#hosts,
      truth: this.#truth,
      trouble: this.#trouble,
    });
    const beganMs = Date.now();
    const booked: Promise<void>[] = [];
    await Promise.all([
      inTime(
        beganMs,
        calls,
        (call) => this.#place(call),
        () => this.#isOver,
      ),
      inTime(
        beganMs,
        injections,
        (injection) => breaker.start(injection),
        () => this.#isOver,
      ),
      inTime(
        beganMs,
        topUps,
        (topUp, index) => void booked.push(this.#topUp(topUp, index)),
        () => this.#isOver,
      ),
    ]);
    await breaker.heal();
    await Promise.all(booked);
    return breaker;
  }

  readonly #underWay = new Set<Promise<void>>();

  #place(call: ChaosCall): void {
    const sim = this.#hosts[call.host]?.sim ?? null;
    if (sim === null || this.#underWay.size >= MOST_CALLS) {
      countUp(this.#outcomes, sim === null ? 'switch was down' : 'too many at once');
      return;
    }
    countUp(this.#placed, call.kind);
    const work = placeCall(sim, call.plan)
      .then(({ isAnswered, refusedBy, cause }) =>
        countUp(this.#outcomes, isAnswered ? 'answered' : (refusedBy ?? '') + ' ' + cause),
      )
      .finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  async #topUp(topUp: TopUp, index: number): Promise<void> {
    if (this.#database === null) return;
    await bookTopUp(adminDeps(this.#database, this.#secretKey), this.#ids, topUp, index);
  }

  /** Calls end, records arrive, and the engine gets the time it needs to find what was lost. */
  async #settle(): Promise<void> {
    const { say, lastCallsMs } = this.#options;
    say('everything is mended; the last calls end');
    await this.#startNodes();
    await this.#untilListening();
    const untilMs = Date.now() + lastCallsMs;
    while (this.#underWay.size > 0 && Date.now() < untilMs) await sleep(100);
    for (const { sim } of this.#hosts) {
      for (const leg of sim?.legs() ?? []) {
        sim?.hangup(leg, { cause: 'NORMAL_CLEARING', disposition: 'recv_bye' });
      }
    }
    await Promise.all(this.#underWay);
    for (const host of this.#hosts) {
      await host.settled();
      await host.courier.finish();
    }
  }

  async #judge(breaker: Breaker, startedMs: number): Promise<ChaosReport> {
    const { url } = this.#mariadb;
    this.#options.say('waiting until the engine has nothing left to do');
    const beganMs = Date.now();
    const left = await untilNothingIsLeft(url, LEFTOVERS_MS);
    const quietS = Math.round((Date.now() - beganMs) / 1000);
    const evidence = await readEvidence(url, {
      truth: this.#truth,
      world: this.#world,
      ids: this.#ids,
      graceMs: GRACE_S * 1000,
    });
    const problems = [
      ...this.#crashes,
      ...leftoverProblems(left),
      ...(await checkBooks(url)),
      ...checkCharges(evidence),
      ...checkCuts(evidence),
      ...checkOverspend(evidence),
      ...checkCapacity(evidence),
      ...checkInclusive(evidence),
    ];
    const stories: string[] = [];
    for (const problem of problems.slice(0, STORIES)) {
      stories.push(`the story of: ${problem.what}`);
      stories.push(...(await storyOf(url, this.#truth, problem)).map((line) => `    ${line}`));
    }
    return { ...this.#counts(breaker, evidence), problems, stories, quietS, startedMs };
  }

  #counts(breaker: Breaker, evidence: Evidence) {
    const billable = this.#truth.legs.filter((truth) => isBillable(this.#world, truth));
    const sources = new Map<string, number>();
    for (const { leg } of billable) {
      countUp(sources, evidence.legs.get(leg.uuid)?.source ?? 'unknown');
    }
    return {
      seed: this.#options.seed,
      folder: this.#folder,
      placed: countWords(this.#placed),
      outcomes: countWords(this.#outcomes),
      injected: countWords(breaker.counts),
      legs: this.#truth.legs.length,
      billable: billable.length,
      talkS: Math.round(billable.reduce((sum, truth) => sum + billUsOf(truth), 0) / 1e6),
      died: billable.filter(({ diedUntold }) => diedUntold).length,
      sources: countWords(sources),
      cut: billable.filter(({ leg }) => leg.end?.cause === 'ALLOTTED_TIMEOUT').length,
      records: this.#hosts.map(({ name, courier, eventsLost }) => ({
        name,
        ...courier.counts,
        eventsLost,
      })),
      overspends: overspends(evidence),
      inclusive: evidence.buckets.map(
        ({ owner, used_s: used, total_s: total }) =>
          `${owner} ${String(used)} of ${String(total)} s`,
      ),
    };
  }
}

/** Starts each at its time, late ones at once. */
async function inTime<Item extends { readonly dueMs: number }>(
  beganMs: number,
  items: readonly Item[],
  start: (item: Item, index: number) => void,
  isOver: () => boolean,
): Promise<void> {
  for (const [index, item] of items.entries()) {
    const aheadMs = beganMs + item.dueMs - Date.now();
    if (aheadMs > 0) await sleep(aheadMs);
    if (isOver()) return;
    start(item, index);
  }
}

function countUp(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Ports nobody listens on now; they are held together while they are looked for, so none comes twice. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (typeof address === 'object' && address !== null) ports.push(address.port);
  }
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  return ports;
}
