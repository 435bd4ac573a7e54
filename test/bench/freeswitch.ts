/**
 * Measures a real FreeSWITCH with Ringledger beside the same FreeSWITCH with a static dialplan, in one
 * run, and prints ratios. Needs FREESWITCH_BIN and SIPp.
 *
 *   npm run bench:freeswitch               all of it, about a quarter of an hour
 *   npm run bench:freeswitch -- --quick    shorter trials and larger steps
 *   npm run bench:freeswitch -- --write    also puts the figures into test/bench/README.md
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Child } from '../freeswitch/support/child.js';
import { openTempDatabase } from '../support/temp-database.js';
import { figureTable } from './figures.js';
import type { Figure } from './figures.js';
import { openSides } from './freeswitch-sides.js';
import type { Side } from './freeswitch-sides.js';
import { describeMachine, writeReadme } from './report.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});

/** How long calls are placed for, at the rate that is tried. */
const TRIAL_S = values.quick ? 6 : 10;
const FIRST_RATE = 16;
const STEP = 8;
const FINEST = values.quick ? 2 : 1;
/** Where the cost of a call is looked at: well below what either side can do. */
const CALM_RATE = 8;
const WARM_UP_S = values.quick ? 20 : 60;
const CALM_S = values.quick ? 15 : 40;

async function main(): Promise<void> {
  const binary = process.env['FREESWITCH_BIN'] ?? '';
  if (binary === '') throw new Error('FREESWITCH_BIN names no freeswitch binary');
  if (spawnSync('sipp', ['-v']).error !== undefined) {
    throw new Error('SIPp is missing (apt-get install sip-tester)');
  }
  const folder = mkdtempSync(join(tmpdir(), 'ringledger-bench-'));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      Child.killAll();
      process.exit(130);
    });
  }
  const temp = await openTempDatabase();
  try {
    const sides = await openSides({ binary, folder, url: temp.url });
    try {
      const figures = [...told(await calm(sides)), ...told(await fastest(sides))];
      const text = `${describeMachine()}\n\n${figureTable(figures)}\n`;
      process.stdout.write(`\n${text}`);
      if (values.write) writeReadme(text, 'freeswitch');
    } finally {
      await sides.close();
    }
  } finally {
    await temp.close();
    if (process.env['KEEP_LAB'] === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

function told(figures: readonly Figure[]): readonly Figure[] {
  for (const figure of figures) process.stdout.write(`${JSON.stringify(figure)}\n`);
  return figures;
}

interface Sides {
  readonly plain: Side;
  readonly ours: Side;
}

/** What one call costs, and how long it takes to ring, where nothing has to wait for a processor. */
async function calm({ plain, ours }: Sides): Promise<readonly Figure[]> {
  const order = { rate: CALM_RATE, seconds: CALM_S };
  // A fresh process interprets what it will have compiled a minute later.
  for (const side of [plain, ours]) await side.place({ rate: 2 * CALM_RATE, seconds: WARM_UP_S });
  const bare = await plain.place(order);
  const billed = await ours.place(order);
  if (bare.failed + billed.failed > 0) {
    throw new Error(`calls failed at ${String(CALM_RATE)}/s: ${JSON.stringify({ bare, billed })}`);
  }
  const own = billed.cpuMs.engine + billed.cpuMs.database;
  const baseline = 'the static dialplan';
  return [
    {
      name: 'FreeSWITCH CPU per call, static dialplan',
      value: bare.cpuMs.freeswitch,
      unit: 'ms',
      note: `${String(CALM_RATE)} calls/s of 4 s`,
    },
    {
      name: 'FreeSWITCH CPU per call, with Ringledger',
      value: billed.cpuMs.freeswitch,
      unit: 'ms',
      ratio: { value: billed.cpuMs.freeswitch / bare.cpuMs.freeswitch, baseline },
    },
    {
      name: 'CPU of engine and MariaDB per call',
      value: own,
      unit: 'ms',
      ratio: { value: own / billed.cpuMs.freeswitch, baseline: "FreeSWITCH's own beside it" },
      note: `engine ${billed.cpuMs.engine.toFixed(1)} ms, MariaDB ${billed.cpuMs.database.toFixed(1)} ms`,
    },
    { name: 'post-dial delay, static dialplan, median', value: bare.pddMs, unit: 'ms' },
    {
      name: 'post-dial delay, with Ringledger, median',
      value: billed.pddMs,
      unit: 'ms',
      note: `${(billed.pddMs - bare.pddMs).toFixed(1)} ms more`,
    },
  ];
}

/** The most calls a second without a failed one. The sides take turns, so that both feel the same hour. */
async function fastest(sides: Sides): Promise<readonly Figure[]> {
  const searches = [new RateSearch(sides.plain), new RateSearch(sides.ours)] as const;
  while (searches.some((search) => !search.isDone)) {
    for (const search of searches) if (!search.isDone) await search.tryNext();
  }
  const [plain, ours] = searches;
  return [
    { name: 'calls without a failure, static dialplan', value: plain.good, unit: 'calls/s' },
    {
      name: 'calls without a failure, with Ringledger',
      value: ours.good,
      unit: 'calls/s',
      ratio: { value: ours.good / plain.good, baseline: 'the static dialplan' },
      note: `4 s each, ${String(TRIAL_S)} s at a rate`,
    },
    {
      name: 'CPU of engine and MariaDB per call at that rate',
      value: ours.ownCpuMs,
      unit: 'ms',
      ratio: {
        value: ours.ownCpuMs / ours.freeswitchCpuMs,
        baseline: "FreeSWITCH's own beside it",
      },
      note: `FreeSWITCH ${ours.freeswitchCpuMs.toFixed(1)} ms, with a static dialplan ${plain.freeswitchCpuMs.toFixed(1)} ms at its own`,
    },
  ];
}

class RateSearch {
  good = 0;
  /** Of a call, at the highest rate that held. */
  ownCpuMs = Number.NaN;
  freeswitchCpuMs = Number.NaN;
  #bad: number | null = null;
  readonly #side: Side;

  constructor(side: Side) {
    this.#side = side;
  }

  get isDone(): boolean {
    return this.#bad !== null && this.#bad - this.good <= FINEST;
  }

  async tryNext(): Promise<void> {
    const up = this.good === 0 ? FIRST_RATE : this.good + STEP;
    const rate = this.#bad === null ? up : Math.ceil((this.good + this.#bad) / 2);
    // One failure may be the machine's; two in a row are the rate's.
    const isGood = (await this.#holds(rate)) || (await this.#holds(rate));
    process.stderr.write(`${this.#side.name}: ${String(rate)}/s ${isGood ? 'held' : 'failed'}\n`);
    if (isGood) this.good = rate;
    else this.#bad = rate;
  }

  async #holds(rate: number): Promise<boolean> {
    const { failed, cpuMs } = await this.#side.place({ rate, seconds: TRIAL_S });
    if (failed > 0) return false;
    this.ownCpuMs = cpuMs.engine + cpuMs.database;
    this.freeswitchCpuMs = cpuMs.freeswitch;
    return true;
  }
}

await main();
