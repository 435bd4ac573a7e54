import { basename } from 'node:path';
import type { ImportRow } from '../../db/repositories/imports.js';
import { listImportErrors } from '../../db/repositories/imports.js';
import { releaseStore } from '../../db/repositories/admin/stores.js';
import type { SheetRow } from '../../db/repositories/admin/stores.js';
import { DeckFileFault } from '../../rating/deck-file/types.js';
import type { DeckFormat } from '../../rating/deck-file/types.js';
import { rememberFormat } from '../../rating/deck-file/detect-format.js';
import { Zone } from '../../rating/time/zone.js';
import { checkFile } from '../../server/rates/import/check-file.js';
import { inspectFile } from '../../server/rates/import/file-facts.js';
import type { FileFacts } from '../../server/rates/import/file-facts.js';
import { LEASE_MS } from '../../server/rates/import/import-writer.js';
import type { ReadOptions } from '../../server/rates/import/options.js';
import { processName } from '../../server/rates/import/owner.js';
import { cancelImport, queueImport } from '../../server/rates/import/queue-import.js';
import { removeAttempt } from '../../server/rates/import/clean-up.js';
import { runImport } from '../../server/rates/import/run-import.js';
import { clearImports } from '../../server/rates/import/run-next-import.js';
import type { RatesCommand, RatesContext } from './command.js';
import { textOption, UsageError } from './command.js';
import { findSheet } from './find-sheet.js';
import { effectiveFromOf, modeOf, readOptionsOf } from './import-options.js';

const SHOWN_LINES = 10;
const DONE = 0;
const REFUSED = 1;

interface Wanted {
  readonly path: string;
  readonly sheet: SheetRow;
  readonly read: ReadOptions;
  readonly mode: 'replace' | 'merge';
  readonly effectiveFrom: Date | undefined;
  readonly note: string;
}

interface ShownLine {
  readonly line: number;
  readonly code: string;
  readonly field: string;
  readonly detail: string;
}

export const importCommand: RatesCommand = {
  name: 'import',
  summary: 'Bring a CSV file of rates into a draft release',
  usage: `Usage: npm run rates -- import FILE --sheet NAME [OPTIONS]
Reads a rate deck and makes a draft release of it. A draft prices nothing before it is activated.
Separator, encoding, decimal separator, date format and columns are found out; lines with faults are
left out and listed with their numbers.
  --sheet NAME             the rate sheet, by name or id
  --map prefix=Code,rate=3 columns by name in the header or by position counted from 1
  --separator ';'          ',', ';', '|' or tab
  --decimal ','            '.' or ','
  --encoding NAME          utf-8, utf-16le, utf-16be or windows-1252
  --date-format D/M/Y      order of the parts of dates: Y-M-D, D/M/Y or M/D/Y
  --no-header              the first line is rates already; needs --map by position
  --default-increment 60/60  of lines that name no increment, or say 0
  --effective 2026-12-01   when the release is meant to begin, by the sheet's clocks; unset, now
  --mode merge             the file has changes only; the other prefixes stay (replace)
  --note TEXT              shown with the release; unset, the file's name
  --dry-run                check everything, store nothing
  --json                   one JSON document instead of lines`,
  options: {
    sheet: { type: 'string' },
    map: { type: 'string', multiple: true },
    separator: { type: 'string' },
    decimal: { type: 'string' },
    encoding: { type: 'string' },
    'date-format': { type: 'string' },
    'no-header': { type: 'boolean' },
    'default-increment': { type: 'string' },
    effective: { type: 'string' },
    mode: { type: 'string' },
    note: { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
  },
  async run({ values, positionals, context }) {
    const [path, ...more] = positionals;
    const name = textOption(values, 'sheet');
    if (path === undefined || more.length > 0) throw new UsageError('name one file to import');
    if (name === undefined) throw new UsageError('--sheet is missing');
    const read = readOptionsOf(values);
    const mode = modeOf(values);
    const sheet = await findSheet(context.database.orm, name);
    const effectiveFrom = effectiveFromOf(values, new Zone(sheet.timeZone));
    const note = textOption(values, 'note') ?? '';
    const wanted = { path, sheet, read, mode, effectiveFrom, note };
    try {
      const facts = await inspect(context, wanted);
      return values['dry-run'] === true
        ? await check(context, wanted, facts)
        : await store(context, wanted, facts);
    } catch (error) {
      if (!(error instanceof DeckFileFault)) throw error;
      return refused(context, error);
    }
  },
};

async function inspect(context: RatesContext, { path, read }: Wanted): Promise<FileFacts> {
  const { encoding } = read;
  return inspectFile(path, {
    signal: context.signal,
    ...(encoding === undefined ? {} : { encoding }),
  });
}

async function check(context: RatesContext, wanted: Wanted, facts: FileFacts): Promise<number> {
  const bar = context.progress(facts.bytes, 'bytes');
  const { sheet, path, read } = wanted;
  const checked = await checkFile({
    path,
    sheet,
    read,
    facts,
    mostRejected: SHOWN_LINES,
    maxRows: context.maxRows,
    signal: context.signal,
    onProgress: ({ bytesRead }) => {
      bar.update(bytesRead);
    },
  }).finally(() => {
    bar.stop();
  });
  const { rowsRead, rowsAccepted, rowsRejected } = checked.progress;
  const counts = { lines: rowsRead, rows: rowsAccepted, rejected: rowsRejected };
  const columns = rememberFormat(checked.format).mapping;
  context.json({ dry_run: true, ...counts, columns, rejected_lines: checked.rejected });
  describeFormat(context, checked.format, facts);
  context.say(
    `${count(rowsAccepted, 'row')} would be in the draft, ${count(rowsRejected, 'line')} left out.`,
  );
  showLines(context, checked.rejected, rowsRejected);
  context.say('Nothing was stored. Without --dry-run the draft is made.');
  return DONE;
}

async function store(context: RatesContext, wanted: Wanted, facts: FileFacts): Promise<number> {
  const { database, clock, actor } = context;
  await clearImports({ database, clock, nodeId: null });
  const { row, isNew } = await queueImport(
    { database, clock },
    {
      sheetId: wanted.sheet.id,
      fileName: basename(wanted.path),
      facts,
      mode: wanted.mode,
      read: wanted.read,
      note: wanted.note,
      spoolNode: null,
      owner: { name: processName(), leaseUntil: new Date(clock.nowMs() + LEASE_MS) },
      actor: actor.name,
      ...(wanted.effectiveFrom === undefined ? {} : { effectiveFrom: wanted.effectiveFrom }),
    },
  );
  if (!isNew) return before(context, row);
  const ended = await run(context, wanted, facts, row.id);
  return ended.status === 'done' ? done(context, ended, wanted.sheet) : failed(context, ended);
}

async function run(
  context: RatesContext,
  wanted: Wanted,
  facts: FileFacts,
  importId: string,
): Promise<ImportRow> {
  const { database, clock, signal } = context;
  const bar = context.progress(facts.bytes, 'bytes');
  try {
    return await runImport(
      { database, clock, signal, owner: processName(), maxRows: context.maxRows },
      {
        importId,
        path: wanted.path,
        facts,
        onProgress: ({ bytesRead }) => {
          bar.update(bytesRead);
        },
      },
    );
  } catch (error) {
    if (!signal.aborted) throw error;
    const cancelled = await cancelImport({ database, clock }, importId);
    await removeAttempt(database, cancelled);
    return cancelled;
  } finally {
    bar.stop();
  }
}

async function before(context: RatesContext, row: ImportRow): Promise<number> {
  const release = await releaseOf(context, row);
  context.json({ ...shown(row), release_number: release?.number ?? null, already_imported: true });
  if (row.status === 'done' && release !== undefined) {
    context.say(
      `This file was imported before with the same options: release ${String(release.number)} (id ${String(release.id)}, ${release.status}).`,
    );
  } else {
    context.say(`This file is being imported already (import ${row.id}, ${row.status}).`);
  }
  return DONE;
}

async function done(context: RatesContext, row: ImportRow, sheet: SheetRow): Promise<number> {
  const release = await releaseOf(context, row);
  const lines = await listImportErrors(context.database.orm, row.id, 0, SHOWN_LINES);
  context.json({
    ...shown(row),
    release_number: release?.number ?? null,
    row_count: release?.rowCount ?? 0,
    rejected_lines: lines.map(shownLine),
  });
  if (release === undefined) return REFUSED;
  const carried = release.rowCount - row.rowsAccepted;
  context.say(
    `Draft ${String(release.number)} of ${sheet.name}: ${count(release.rowCount, 'row')}` +
      `${carried > 0 ? ` (${String(carried)} of them taken over)` : ''}, ` +
      `${count(row.rowsRejected, 'line')} left out, from ${release.effectiveFrom.toISOString()}.`,
  );
  showLines(context, lines, row.rowsRejected);
  context.say(`Next: npm run rates -- preview ${String(release.id)}`);
  return DONE;
}

async function failed(context: RatesContext, row: ImportRow): Promise<number> {
  const lines = await listImportErrors(context.database.orm, row.id, 0, SHOWN_LINES);
  context.json({ ...shown(row), rejected_lines: lines.map(shownLine) });
  if (row.status === 'cancelled') context.say('Cancelled; nothing was stored.');
  else {
    sayFault(context, {
      code: row.errorCode ?? 'failed',
      line: row.errorLine ?? 0,
      detail: row.errorDetail ?? '',
    });
    showLines(context, lines, row.rowsRejected);
  }
  return REFUSED;
}

function refused(context: RatesContext, fault: DeckFileFault): number {
  const { code, line, detail } = fault;
  context.json({ status: 'failed', error: { code, line: line === 0 ? null : line, detail } });
  sayFault(context, fault);
  return REFUSED;
}

function sayFault(
  context: RatesContext,
  fault: { readonly code: string; readonly line: number; readonly detail: string },
): void {
  const where = fault.line === 0 ? '' : `line ${String(fault.line)}: `;
  context.say(`Not imported, nothing was stored. ${where}${fault.detail} (${fault.code})`);
}

async function releaseOf(context: RatesContext, row: ImportRow) {
  return row.releaseId === null
    ? undefined
    : releaseStore.find(context.database.orm, row.releaseId);
}

function describeFormat(context: RatesContext, format: DeckFormat, facts: FileFacts): void {
  const separator = format.separator === '\t' ? 'tab' : `'${format.separator}'`;
  const dates = format.dateFormat === null ? '' : `, dates ${format.dateFormat}`;
  context.say(
    `Read as ${facts.encoding}, separator ${separator}, decimals behind '${format.decimal}'${dates}.`,
  );
  const columns = Object.entries(rememberFormat(format).mapping);
  context.say(`Columns: ${columns.map(([field, name]) => `${field}=${name}`).join(', ')}`);
  for (const note of format.notes) context.say(`Note: ${note}`);
}

function showLines(context: RatesContext, lines: readonly ShownLine[], total: number): void {
  for (const { line, code, field, detail } of lines) {
    context.say(`  line ${String(line)}: ${field === '' ? '' : `${field}: `}${detail} (${code})`);
  }
  if (total > lines.length) context.say(`  and ${String(total - lines.length)} more`);
}

function shown(row: ImportRow) {
  return {
    import_id: row.id,
    status: row.status,
    release_id: row.releaseId,
    lines: row.rowsRead,
    rows: row.rowsAccepted,
    rejected: row.rowsRejected,
    error:
      row.errorCode === null
        ? null
        : { code: row.errorCode, line: row.errorLine, detail: row.errorDetail },
  };
}

function shownLine({ line, code, field, detail }: ShownLine): ShownLine {
  return { line, code, field, detail };
}

function count(number: number, what: string): string {
  return `${String(number)} ${what}${number === 1 ? '' : 's'}`;
}
