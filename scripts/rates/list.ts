import { releaseStore, sheetStore } from '../../db/repositories/admin/stores.js';
import type { ReleaseRow, SheetRow } from '../../db/repositories/admin/stores.js';
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
  context.json(rows.map(snakeKeys));
  if (rows.length === 0) context.say(`${sheet.name} has no releases yet.`);
  for (const release of rows) context.say(describe(release));
}

function describe(release: ReleaseRow): string {
  const from = release.effectiveFrom.toISOString();
  const note = release.note === '' ? '' : `  ${release.note}`;
  return `release ${release.number} (id ${release.id})  ${release.status}, from ${from}, ${release.rowCount} rows${note}`;
}
