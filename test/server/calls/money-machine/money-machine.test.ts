import { expect } from 'chai';
import fc from 'fast-check';
import { after, before, describe, it } from 'mocha';
import { openDatabase } from '../../../../db/client.js';
import type { Database } from '../../../../db/client.js';
import { reapCalls } from '../../../../server/calls/reaper.js';
import { settleReports } from '../../../../server/calls/settle-batch.js';
import type { LegCommands } from '../../../../server/calls/supervisor.js';
import { expectCorrectBooks } from '../../../support/books.js';
import { FakeClock } from '../../../support/fake-clock.js';
import { makeNode } from '../../../support/node.js';
import { emptyTraffic, withTempDatabase } from '../../../support/temp-database.js';
import { insertWorld, snapshotOf } from '../../../support/use-world.js';
import { SWITCH_ID } from '../../../support/world.js';
import { adjust, booksOf, machineWorld, readBooks } from './machine-world.js';
import * as rules from './model.js';
import type { Model, PurseName } from './model.js';
import { advanceTo, CUT_LATE_MS, eligible, prepare } from './operations.js';
import type { Drawn, Operation, Real } from './operations.js';

/** The model may be replaced: of things that happen at once, the database says which came first. */
interface Machine {
  model: Model;
}

type Step = fc.AsyncCommand<Machine, Real>;

/** Compares everything, and takes over the one order of what happened that explains it. */
async function expectExplained(
  machine: Machine,
  real: Real,
  operations: readonly Operation[],
): Promise<void> {
  const outcomes = ordersOf(operations).map((order) => {
    const model = structuredClone(machine.model);
    for (const operation of order) operation.apply(model);
    return model;
  });
  const callIds = [...real.requests.keys()];
  const found = await readBooks(real.database, { startUs: real.startUs, callIds });
  const said = JSON.stringify(found);
  const explained = outcomes.find((model) => JSON.stringify(booksOf(model)) === said);
  if (explained === undefined) {
    const wanted = outcomes.map((model) => JSON.stringify(booksOf(model), null, 1));
    expect.fail(`found ${JSON.stringify(found, null, 1)}, expected ${wanted.join(' or ')}`);
  }
  machine.model = explained;
}

function ordersOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, index) =>
    ordersOf(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]),
  );
}

/** Some things at once, each about another call. */
class Happens implements Step {
  constructor(private readonly drawn: readonly Drawn[]) {}

  check({ model }: Readonly<Machine>): boolean {
    return this.drawn.some(
      (one) => one.kind === 'authorise' || one.kind === 'fund' || eligible(one, model).length > 0,
    );
  }

  async run(machine: Machine, real: Real): Promise<void> {
    const operations: Operation[] = [];
    for (const one of this.drawn) {
      // Heartbeats that come together are of one moment; here they would be minutes apart.
      if (one.kind === 'beat' && operations.some(({ isBeat }) => isBeat)) continue;
      const operation = prepare(one, machine.model, real, operations);
      if (operation !== null) operations.push(operation);
    }
    await Promise.all(operations.map((operation) => operation.run(real)));
    await expectExplained(machine, real, operations);
  }

  toString(): string {
    return `at once ${JSON.stringify(this.drawn)}`;
  }
}

/** Time passes without news, and the reaper looks. */
class Reaps implements Step {
  constructor(
    private readonly seconds: number,
    private readonly node: 0 | 1,
  ) {}

  check(): boolean {
    return true;
  }

  async run(machine: Machine, real: Real): Promise<void> {
    advanceTo(machine.model.nowS + this.seconds, machine.model, real);
    const { database, clock, log, settler, settings } = real.nodes[this.node];
    const { orphanGraceS } = settings;
    await reapCalls({ database, clock, log, settler, maxCallS: rules.MAX_CALL_S, orphanGraceS });
    await expectExplained(machine, real, [reaping]);
  }

  toString(): string {
    return `reaped after ${String(this.seconds)} s`;
  }
}

const reaping: Operation = {
  callId: null,
  isBeat: false,
  run: () => Promise.resolve(),
  apply: (model) => {
    rules.reap(model);
  },
};

/** All that was ever reported is reported again, in another order, some of it told differently. */
class SettlesAgain implements Step {
  constructor(private readonly laterUs: number) {}

  check(): boolean {
    return true;
  }

  async run(machine: Machine, real: Real): Promise<void> {
    const items = [...real.ended].reverse().map((report) => ({
      report: { ...report, billUs: report.billUs === 0 ? 0 : report.billUs + this.laterUs },
      ...{ switchId: SWITCH_ID, inboxId: null, isLastTry: false },
    }));
    if (items.length > 0) await settleReports(real.database, items, real.clock.nowUs());
    await expectExplained(machine, real, []);
  }

  toString(): string {
    return `all settled again, ${String(this.laterUs)} µs longer`;
  }
}

const node = fc.constantFrom<0 | 1>(0, 1);
const pick = fc.nat({ max: 9 });
const caller = fc.constantFrom('account', 'wallet', 'beta', 'did');
const purse = fc.constantFrom('acme', 'wallet', 'beta', 'reseller');

const drawn: fc.Arbitrary<Drawn> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('authorise'), caller, node }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('answer'), pick, node }) },
  {
    weight: 6,
    arbitrary: fc.record({
      ...{ kind: fc.constant('beat'), pick, node },
      talkedS: fc.integer({ min: 1, max: 700 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      ...{ kind: fc.constant('end'), pick, node },
      way: fc.constantFrom('esl', 'cdr', 'both'),
      share: fc.double({ min: 0.001, max: 1, noNaN: true }),
      overMs: fc.constantFrom(0, 0, 0, CUT_LATE_MS, CUT_LATE_MS + 1, 31_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('again'), pick, node }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('hang_up'), pick, node }) },
  {
    weight: 1,
    arbitrary: fc.record({
      ...{ kind: fc.constant('fund'), purse },
      mills: fc.integer({ min: 1, max: 2000 }),
    }),
  },
);

const steps = fc.commands<Machine, Real, false>(
  [
    ...[1, 2, 3].map(() => drawn.map((one) => new Happens([one]))),
    ...[1, 2, 3].map(() =>
      fc.array(drawn, { minLength: 2, maxLength: 3 }).map((some) => new Happens(some)),
    ),
    fc.tuple(fc.integer({ min: 30, max: 800 }), node).map(([time, on]) => new Reaps(time, on)),
    fc.constantFrom(0, 2_500_000).map((laterUs) => new SettlesAgain(laterUs)),
  ],
  { maxCommands: 30, size: 'max' },
);

const funds = fc.record({
  acme: fc.constantFrom(0, 450, 2000, 9000),
  wallet: fc.constantFrom(0, 600, 3000),
  beta: fc.constantFrom(300, 6000),
  reseller: fc.constantFrom(450, 5000),
});

/** The switch does as it is told. */
const obedient = (clock: FakeClock): LegCommands => ({
  nowUs: () => Promise.resolve(clock.nowUs()),
  limitLeg: () => Promise.resolve(true),
});

describe('money and inclusive seconds of calls', () => {
  const temp = withTempDatabase({ poolSize: 2 });
  let opened: readonly Database[] = [];
  let month = 0;
  let isDirty = false;

  before(async () => {
    await insertWorld(temp().database, machineWorld());
    opened = openTwo();
  });

  after(() => closeAll());

  const openTwo = () => [1, 2].map(() => openDatabase({ url: temp().url, poolSize: 6 }));

  const closeAll = async () => {
    for (const database of opened) await database.close();
  };

  /** After a run that failed the books are begun anew; ids that were remembered are of no use then. */
  const beginAnew = async () => {
    await closeAll();
    await emptyTraffic(temp().url);
    opened = openTwo();
  };

  /** A month of its own for every run: buckets and days are new, and nobody is talking. */
  const setUp = async (money: Record<PurseName, number>) => {
    if (isDirty) await beginAnew();
    isDirty = true;
    const [one, two] = opened;
    if (one === undefined || two === undefined) throw new Error('two databases are expected');
    month += 1;
    const clock = new FakeClock(Date.UTC(2027, month, 10, 1));
    const snapshot = snapshotOf(machineWorld());
    const shared = { clock, snapshot, commands: () => obedient(clock) };
    const nodes = [
      makeNode({ database: one, ...shared }),
      makeNode({ database: two, ...shared }),
    ] as const;
    const startUs = clock.nowUs();
    const real: Real = {
      ...{ nodes, database: one, clock, snapshot, startUs },
      ...{ requests: new Map(), legs: new Map(), ended: [] },
    };
    await finish(real);
    const { purses } = await readBooks(one, { startUs, callIds: [] });
    for (const name of ['acme', 'wallet', 'beta', 'reseller'] as const) {
      await adjust(one, name, money[name] - purses[name].balance);
      purses[name].balance = money[name];
    }
    const unused = { used: 0, held: 0 };
    const model: Model = {
      ...{ nowS: 0, purses, betaSpent: 0, calls: [] },
      buckets: { acme: { ...unused }, wallet: { ...unused }, did: { ...unused } },
    };
    return { model: { model }, real };
  };

  /** Ends what the run before left open. */
  const finish = async ({ nodes, clock }: Real) => {
    const [{ database, log, settler, settings }] = nodes;
    for (let round = 0; round < 2; round += 1) {
      const { orphanGraceS } = settings;
      await reapCalls({ database, clock, log, settler, maxCallS: rules.MAX_CALL_S, orphanGraceS });
    }
  };

  it('are those of a simple model, whatever happens in whatever order', async function () {
    this.timeout(60_000);
    await fc.assert(
      fc.asyncProperty(steps, funds, async (commands, money) => {
        await fc.asyncModelRun(() => setUp(money), commands);
        // What is posted stays posted, so that anything wrong is still to be seen at the end.
        for (const database of opened.slice(0, 1)) await expectCorrectBooks(database);
        isDirty = false;
      }),
      { numRuns: 40, interruptAfterTimeLimit: 12_000, endOnFailure: false },
    );
  });
});
