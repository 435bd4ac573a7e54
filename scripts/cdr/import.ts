import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { switchStore } from '../../db/repositories/admin/stores.js';
import type { SwitchRow } from '../../db/repositories/admin/stores.js';
import { findInboxStates } from '../../db/repositories/inbox.js';
import { conflict, invalid } from '../../server/admin/refusal.js';
import { importFiles, listRecordFiles } from '../../server/cdr/import-files.js';
import type { BadFile } from '../../server/cdr/import-files.js';
import { loadSettings } from '../../server/config.js';
import { textOption, UsageError } from '../rates/command.js';
import type { RatesCommand, RatesContext } from '../rates/command.js';

const DONE = 0;
const REFUSED = 1;
const LOOK_EVERY_MS = 250;
/** Running nodes sweep the inbox every two seconds: who settles nothing for so long does not run. */
const PATIENCE_MS = 6000;

interface Outcome {
  /** Left the inbox: settled now, or known from the event socket before. */
  readonly settled: number;
  /** In the inbox still, for a node to settle. */
  readonly waiting: number;
  /** Could not be settled; the API lists them. */
  readonly failed: number;
}

export const importCommand: RatesCommand = {
  name: 'import',
  summary: 'Bring in the records that a FreeSWITCH could not post',
  usage: `Usage: npm run cdr -- import DIR --switch NAME [OPTIONS]
Reads the files that mod_json_cdr, mod_xml_cdr or mod_format_cdr left in their error folder, such as
a_UUID.cdr.json, and puts them into the inbox, from where a running engine settles them. A file is
deleted when its record is committed; what cannot be read is listed and stays. May be repeated.
  --switch NAME  the FreeSWITCH server, by name or id
  --keep         move the files into DIR/imported instead of deleting them
  --json         one JSON document instead of lines`,
  options: {
    switch: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
  async run({ values, positionals, context }) {
    const [folder, ...more] = positionals;
    const name = textOption(values, 'switch');
    if (folder === undefined || more.length > 0) throw new UsageError('name one folder');
    if (name === undefined) throw new UsageError('--switch is missing');
    const owner = await findSwitch(context, name);
    const files = await listRecordFiles(folder).catch((error: unknown) => {
      throw invalid('DIR', error instanceof Error ? error.message : 'cannot be read');
    });
    const isKept = values['keep'] === true;
    const { rowIds, bad } = await bringIn(context, { folder, files, switchId: owner.id, isKept });
    const outcome = await followRows(context, rowIds);
    tell(context, { owner, files: files.length, imported: rowIds.length, bad, outcome });
    return bad.length === 0 && outcome.failed === 0 ? DONE : REFUSED;
  },
};

async function findSwitch(context: RatesContext, nameOrId: string): Promise<SwitchRow> {
  const { orm } = context.database;
  const named = await switchStore.findBy(orm, { name: nameOrId });
  if (named !== undefined) return named;
  const isId = /^[1-9]\d{0,14}$/.test(nameOrId);
  const numbered = isId ? await switchStore.find(orm, Number(nameOrId)) : undefined;
  if (numbered !== undefined) return numbered;
  throw conflict('unknown_switch', `There is no FreeSWITCH server '${nameOrId}'.`);
}

async function bringIn(
  context: RatesContext,
  wanted: {
    readonly folder: string;
    readonly files: readonly string[];
    readonly switchId: number;
    readonly isKept: boolean;
  },
) {
  const { cdrMaxBodyBytes } = loadSettings(process.env, ['cdrMaxBodyBytes']);
  const bar = context.progress(wanted.files.length, 'files');
  const { database, clock, signal } = context;
  return importFiles(wanted.files, {
    database,
    clock,
    signal,
    folder: wanted.folder,
    switchId: wanted.switchId,
    isKept: wanted.isKept,
    maxBytes: cdrMaxBodyBytes,
    onProgress: (done) => {
      bar.update(done);
    },
  }).finally(() => {
    bar.stop();
  });
}

/** Waits as long as somebody settles what was brought in. */
async function followRows(context: RatesContext, rowIds: readonly string[]): Promise<Outcome> {
  const bar = context.progress(rowIds.length, 'settled');
  let left = rowIds;
  let failed = 0;
  let lastChangeMs = context.clock.nowMs();
  for (;;) {
    const states = await findInboxStates(context.database.orm, left);
    const waiting = left.filter((id) => states.get(id) === 'pending');
    failed += left.filter((id) => states.get(id) === 'failed').length;
    const nowMs = context.clock.nowMs();
    if (waiting.length < left.length) lastChangeMs = nowMs;
    left = waiting;
    bar.update(rowIds.length - left.length);
    const isOver =
      left.length === 0 || nowMs - lastChangeMs > PATIENCE_MS || context.signal.aborted;
    if (isOver) break;
    await pause(LOOK_EVERY_MS);
  }
  bar.stop();
  return { settled: rowIds.length - left.length - failed, waiting: left.length, failed };
}

function tell(
  context: RatesContext,
  found: {
    readonly owner: SwitchRow;
    readonly files: number;
    readonly imported: number;
    readonly bad: readonly BadFile[];
    readonly outcome: Outcome;
  },
): void {
  const { owner, files, imported, bad, outcome } = found;
  context.json({ switch: owner.name, files, imported, ...outcome, bad });
  context.say(`${String(files)} files of '${owner.name}': ${String(imported)} brought in.`);
  const { settled, waiting, failed } = outcome;
  if (settled > 0) context.say(`${String(settled)} are settled.`);
  if (waiting > 0) context.say(`${String(waiting)} wait in the inbox for a running engine.`);
  if (failed > 0)
    context.say(`${String(failed)} could not be settled; /api/v1/cdr-inbox lists them.`);
  if (bad.length === 0) return;
  context.say(`${String(bad.length)} were left where they are:`);
  for (const { file, reason } of bad) context.say(`  ${file}: ${reason}`);
}
