import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import process from 'node:process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { releaseStore } from '../../db/repositories/admin/stores.js';
import type { ReleaseRow } from '../../db/repositories/admin/stores.js';
import { notFound } from '../../server/admin/refusal.js';
import { conflict } from '../../server/admin/refusal.js';
import { releaseInForce } from '../../server/rates/activation/history.js';
import { exportRelease } from '../../server/rates/export/export-release.js';
import type { RatesCommand, RatesContext } from './command.js';
import { textOption, UsageError } from './command.js';
import { findSheet } from './find-sheet.js';

export const exportCommand: RatesCommand = {
  name: 'export',
  summary: 'Write a release as CSV, in a form that imports to the same rows',
  usage: `Usage: npm run rates -- export RELEASE [--out FILE]
       npm run rates -- export --sheet NAME [--out FILE]
Writes the rows of a release (by id), or of the release of a sheet that prices calls now.
  --out FILE  where to; unset, standard output`,
  options: { sheet: { type: 'string' }, out: { type: 'string' } },
  async run({ values, positionals, context }) {
    const release = await wantedRelease(context, positionals, textOption(values, 'sheet'));
    const out = textOption(values, 'out');
    const lines = Readable.from(exportRelease(context.database, release.id));
    if (out === undefined) {
      await pipeline(lines, process.stdout, { end: false, signal: context.signal });
      return 0;
    }
    await writeFile(out, lines, context.signal);
    context.json({ release_id: release.id, rows: release.rowCount, file: out });
    context.say(`Wrote ${String(release.rowCount)} rows to ${out}.`);
    return 0;
  },
};

async function wantedRelease(
  context: RatesContext,
  positionals: readonly string[],
  sheetName: string | undefined,
): Promise<ReleaseRow> {
  const { database, clock } = context;
  const [id, ...more] = positionals;
  if (more.length > 0 || (id === undefined) === (sheetName === undefined)) {
    throw new UsageError('name either one release or a sheet');
  }
  const releaseId =
    sheetName === undefined ? idOf(id ?? '') : await inForce(context, sheetName, clock.nowMs());
  const release = await releaseStore.find(database.orm, releaseId);
  if (release === undefined) throw notFound('release', releaseId);
  if (release.status === 'importing') {
    throw conflict('release_unfinished', `Release ${String(releaseId)} is still being imported.`);
  }
  return release;
}

function idOf(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new UsageError(`found '${text}', expected the id of a release`);
}

async function inForce(context: RatesContext, name: string, nowMs: number): Promise<number> {
  const sheet = await findSheet(context.database.orm, name);
  const releaseId = await releaseInForce(context.database.orm, sheet.id, nowMs);
  if (releaseId !== null) return releaseId;
  throw conflict('no_release_in_force', `No release of ${sheet.name} prices calls now.`);
}

/** A file that is there but not whole would be taken for the deck, so none is left. */
async function writeFile(path: string, lines: Readable, signal: AbortSignal): Promise<void> {
  try {
    await pipeline(lines, createWriteStream(path), { signal });
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}
