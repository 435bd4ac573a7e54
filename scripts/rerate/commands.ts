import { findRerating } from '../../db/repositories/reratings.js';
import type { ReratingRow } from '../../db/repositories/reratings.js';
import { listReratings } from '../../db/views/reratings.js';
import { notFound } from '../../server/admin/refusal.js';
import {
  queueRerating,
  resumeRerating,
  stopRerating,
} from '../../server/rates/rerate/manage-reratings.js';
import { textOption, UsageError } from '../rates/command.js';
import type { RatesCommand, RatesContext, RatesInput } from '../rates/command.js';
import { describeRun, runAsJson } from './describe-run.js';
import { followRun } from './follow-run.js';
import { readScope, SCOPE_OPTIONS } from './read-scope.js';

const SHOWN_RUNS = 20;

const SCOPE_USAGE = `  --from INSTANT   calls decided at or after, such as 2026-11-01 or 2026-11-01T00:00:00Z (UTC)
  --to INSTANT     calls decided before
  --account CODE   only what this account was charged
  --sheet NAME     only charges by this rate sheet
  --carrier CODE   only what this carrier asks
  --note TEXT      why
  --json           one JSON document instead of lines`;

const preview: RatesCommand = {
  name: 'preview',
  summary: 'says what pricing the calls of a period again would change',
  usage: `Usage: npm run rerate -- preview --from INSTANT --to INSTANT [OPTIONS]
Prices settled calls by the releases in force now for their time, and posts nothing.
${SCOPE_USAGE}`,
  options: SCOPE_OPTIONS,
  run: (input) => start(input, 'preview'),
};

const post: RatesCommand = {
  name: 'post',
  summary: 'prices the calls of a period again and posts the differences',
  usage: `Usage: npm run rerate -- post --from INSTANT --to INSTANT [OPTIONS]
Prices settled calls by the releases in force now for their time, and posts what was charged too
little or too much. Calls keep their first figures. Doing it twice changes nothing.
${SCOPE_USAGE}`,
  options: SCOPE_OPTIONS,
  run: (input) => start(input, 'post'),
};

async function start(input: RatesInput, mode: ReratingRow['mode']): Promise<number> {
  const { context, values, positionals } = input;
  if (positionals.length > 0) throw new UsageError(`'${positionals.join(' ')}' is not expected`);
  const scope = await readScope(context.database.orm, values);
  const note = textOption(values, 'note') ?? '';
  const run = await queueRerating(context.admin, context.actor, { mode, ...scope, note });
  context.say(`re-rating ${run.id}`);
  return finish(context, run.id);
}

const status: RatesCommand = {
  name: 'status',
  summary: 'lists runs, or shows one',
  usage: `Usage: npm run rerate -- status [ID] [--json]
Lists the last ${String(SHOWN_RUNS)} runs, or shows one with what it comes to.`,
  options: {},
  async run({ context, positionals }) {
    const [id] = positionals;
    if (id !== undefined) {
      show(context, await require(context, id));
      return 0;
    }
    const runs = await listReratings(context.database.orm, {}, { limit: SHOWN_RUNS });
    context.json(runs.map(runAsJson));
    for (const run of runs) context.say(describeRun(run, 'line'));
    if (runs.length === 0) context.say('there are no re-ratings');
    return 0;
  },
};

const stop: RatesCommand = {
  name: 'stop',
  summary: 'stops a run after the step it is at',
  usage: `Usage: npm run rerate -- stop ID [--json]
What it has posted stays; 'resume' lets it go on.`,
  options: {},
  async run({ context, positionals }) {
    show(context, await stopRerating(context.admin, context.actor, oneId(positionals)));
    return 0;
  },
};

const resume: RatesCommand = {
  name: 'resume',
  summary: 'lets a stopped or failed run go on where it was',
  usage: `Usage: npm run rerate -- resume ID [--json]
A run that waits or is worked on elsewhere is followed.`,
  options: {},
  async run({ context, positionals }) {
    const id = oneId(positionals);
    const { status: now } = await require(context, id);
    const isUnderWay = now === 'queued' || now === 'running';
    if (!isUnderWay) await resumeRerating(context.admin, context.actor, id);
    return finish(context, id);
  },
};

/** Works on a run, or watches who does, and says how it ended. */
async function finish(context: RatesContext, id: string): Promise<number> {
  await followRun(context, id);
  const run = await require(context, id);
  show(context, run);
  return run.status === 'done' ? 0 : 1;
}

function show(context: RatesContext, run: ReratingRow): void {
  context.json(runAsJson(run));
  context.say(describeRun(run, 'full'));
}

async function require(context: RatesContext, id: string): Promise<ReratingRow> {
  const run = await findRerating(context.database.orm, id);
  if (run === undefined) throw notFound('re-rating', id);
  return run;
}

function oneId(positionals: readonly string[]): string {
  const [id, ...others] = positionals;
  if (id === undefined || others.length > 0) throw new UsageError('expected the id of one run');
  return id;
}

/** In the order in which they are listed. */
export const rerateCommands: readonly RatesCommand[] = [preview, post, status, stop, resume];
