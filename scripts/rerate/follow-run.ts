import { findRerating } from '../../db/repositories/reratings.js';
import type { ReratingRow } from '../../db/repositories/reratings.js';
import { stopRerating } from '../../server/rates/rerate/manage-reratings.js';
import { runRerating } from '../../server/rates/rerate/run-rerating.js';
import type { RerateProgress } from '../../server/rates/rerate/types.js';
import type { Progress, RatesContext } from '../rates/command.js';

const LOOK_EVERY_MS = 500;

/**
 * Works on a run in this process or, where another has taken it, watches it until it is over. Told to
 * stop, it stops the run, so that nobody goes on behind the back of whoever asked for that.
 */
export async function followRun(context: RatesContext, id: string): Promise<void> {
  const bar = new RunBar(context);
  const { database, signal } = context;
  const log = { info: () => undefined, error: () => undefined };
  const deps = { database, log, nodeId: context.actor.name, signal };
  try {
    for (;;) {
      const outcome = await runRerating(deps, id, (progress) => {
        bar.show(progress);
      });
      if (signal.aborted) await stopIfUnderWay(context, id);
      if (outcome !== 'lost') return;
      const run = await findRerating(database.orm, id);
      if (run === undefined || !isUnderWay(run)) return;
      bar.show(run);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  } finally {
    bar.stop();
  }
}

function isUnderWay({ status }: Pick<ReratingRow, 'status'>): boolean {
  return status === 'queued' || status === 'running';
}

async function stopIfUnderWay(context: RatesContext, id: string): Promise<void> {
  const run = await findRerating(context.database.orm, id);
  if (run === undefined || !isUnderWay(run)) return;
  await stopRerating(context.admin, context.actor, id);
  context.say(`stopped; go on with: npm run rerate -- resume ${id}`);
}

/** A bar that begins when it is known how many legs there are. */
class RunBar {
  readonly #context: RatesContext;
  #bar: Progress | undefined;

  constructor(context: RatesContext) {
    this.#context = context;
  }

  show({ legsTotal, legsSeen }: RerateProgress): void {
    if (legsTotal <= 0) return;
    this.#bar ??= this.#context.progress(legsTotal, 'legs');
    this.#bar.update(legsSeen);
  }

  stop(): void {
    this.#bar?.stop();
  }
}
