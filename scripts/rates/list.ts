import { releaseStore, sheetStore } from '../../db/repositories/admin/stores.js';
import type { ReleaseRow, SheetRow } from '../../db/repositories/admin/stores.js';
import { activationHistory } from '../../server/rates/activation/history.js';
import type { ActivationHistory } from '../../server/rates/activation/history.js';
import { snakeKeys } from '../../server/admin/case.js';
import type { RatesCommand, RatesContext } from './command.js';
import { textOption } from './command.js';
import { findSheet } from './find-sheet.js';

/** More sheets or releases than anybody reads; the API has pages. */
const MOST = 1000;

export const listCommand: RatesCommand = {
  name: 'list',
  summary: 'List the rate sheets, or the releases of one',
  usage: `Usage: npm run rates -- list [--sheet NAME] [--json]
Lists the rate sheets, or with --sheet the releases of one, newest first.`,
  options: { sheet: { type: 'string' } },
  async run({ values, context }) {
    const name = textOption(values, 'sheet');
    if (name === undefined) await listSheets(context);
    else await listReleases(context, await findSheet(context.database.orm, name));
    return 0;
  },
};

async function listSheets(context: RatesContext): Promise<void> {
  const { rows } = await sheetStore.list(context.database.orm, {
    offset: 0,
    limit: MOST,
    sort: { field: 'name', descending: false },
    filters: {},
  });
  context.json(rows.map(snakeKeys));
  if (rows.length === 0) context.say('There are no rate sheets yet.');
  for (const sheet of rows) {
    context.say(`${sheet.name}  (id ${sheet.id}, ${sheet.currency}, ${sheet.timeZone})`);
  }
}

async function listReleases(context: RatesContext, sheet: SheetRow): Promise<void> {
  const { rows } = await releaseStore.list(context.database.orm, {
    offset: 0,
    limit: MOST,
    sort: { field: 'number', descending: true },
    filters: { sheetId: sheet.id },
  });
  const history = await activationHistory(context.database.orm, sheet.id, context.clock.nowMs());
  const inForce = history.inForce?.releaseId ?? null;
  context.json(rows.map((row) => snakeKeys({ ...row, isInForce: row.id === inForce })));
  if (rows.length === 0) context.say(`${sheet.name} has no releases yet.`);
  for (const release of rows) context.say(describe(release, history, context.clock.nowMs()));
}

function describe(release: ReleaseRow, history: ActivationHistory, nowMs: number): string {
  const note = release.note === '' ? '' : `  ${release.note}`;
  const when = whenOf(release, history, nowMs);
  return `release ${release.number} (id ${release.id})  ${when}, ${release.rowCount} rows${note}`;
}

/** What the history of activations says of a release; of a draft, when it is meant to begin. */
function whenOf(release: ReleaseRow, history: ActivationHistory, nowMs: number): string {
  const meant = release.effectiveFrom.toISOString();
  if (release.status !== 'active') return `${release.status}, from ${meant}`;
  const own = history.periods.filter((period) => period.releaseId === release.id);
  const current = own.find(({ fromMs, toMs }) => fromMs <= nowMs && (toMs ?? Infinity) > nowMs);
  if (current !== undefined) return `IN FORCE since ${new Date(current.fromMs).toISOString()}`;
  const next = own.find(({ fromMs }) => fromMs > nowMs);
  if (next !== undefined) return `scheduled for ${new Date(next.fromMs).toISOString()}`;
  const last = own.at(-1);
  return last?.toMs === null || last === undefined
    ? 'replaced over all of its time'
    : `in force from ${new Date(last.fromMs).toISOString()} until ${new Date(last.toMs).toISOString()}`;
}
