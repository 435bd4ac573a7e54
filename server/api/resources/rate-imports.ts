import { z } from 'zod';
import { v7 as uuidv7 } from 'uuid';
import { findImport, listImportErrors, listImports } from '../../../db/repositories/imports.js';
import type { ImportRow } from '../../../db/repositories/imports.js';
import { guardedText } from '../../../rating/deck-file/texts.js';
import { DeckFileFault } from '../../../rating/deck-file/types.js';
import { sheetKind } from '../../admin/rate-sheets.js';
import { readRecord } from '../../admin/records.js';
import { notFound } from '../../admin/refusal.js';
import { csv } from '../../rates/export/export-release.js';
import { cancelImport, queueImport } from '../../rates/import/queue-import.js';
import { removeSpooled, spoolFile } from '../../rates/import/spool.js';
import {
  cursorFields,
  cursorPageOf,
  cutPage,
  decodeCursor,
  encodeCursor,
  idParams,
  pageFields,
  pageOf,
  queryId,
  uuidParams,
} from '../listing.js';
import { defineOperation } from '../operation.js';
import { present } from '../present.js';
import { HttpProblem } from '../problem.js';
import type { ApiDeps } from '../deps.js';
import { importQuery, readOptionsOf } from './rate-import-query.js';

const TAG = 'Rate imports';
const STATUS = z.enum(['queued', 'running', 'done', 'failed', 'cancelled']);
const CSV = 'text/csv; charset=utf-8';
const ERROR_PAGE = 2000;

const importShape = z
  .object({
    id: z.uuid(),
    sheet_id: z.int(),
    release_id: z.int().nullable().meta({ description: 'The draft; a release under way too.' }),
    file_name: z.string(),
    file_bytes: z.int(),
    file_hash: z.string().meta({ description: 'SHA-256 of the file, hexadecimal.' }),
    status: STATUS,
    bytes_read: z.int(),
    progress_percent: z.int().meta({ description: 'Of the file; 100 when it is done.' }),
    rows_read: z.int().meta({ description: 'Lines of the file that are not blank.' }),
    rows_accepted: z
      .int()
      .meta({ description: 'Rows made of them; a line with several prefixes makes several.' }),
    rows_rejected: z.int().meta({ description: 'Lines that are left out.' }),
    error_code: z.string().nullable().meta({ description: 'Why it failed as a whole.' }),
    error_line: z.int().nullable(),
    error_detail: z.string().nullable(),
    options: z.unknown().meta({ description: 'What was asked for.' }),
    detected: z.unknown().meta({ description: 'What was found out about the file.' }),
    actor: z.string(),
    created_at: z.iso.datetime(),
    finished_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'RateImport' });

const startedImport = importShape
  .extend({
    already_imported: z
      .boolean()
      .meta({ description: 'True for a file that was sent before: this is that import.' }),
  })
  .meta({ id: 'StartedRateImport' });

const importError = z
  .object({
    number: z.int(),
    line: z.int().meta({ description: 'Of the file, counted from 1.' }),
    code: z.string(),
    field: z.string(),
    detail: z.string(),
    raw: z.string().meta({ description: 'The line, or its beginning.' }),
  })
  .meta({ id: 'RateImportError' });

const startImport = defineOperation({
  id: 'startRateImport',
  method: 'post',
  path: '/rate-sheets/{id}/imports',
  tag: TAG,
  summary: 'Bring a CSV file of rates into a draft release',
  description:
    'Send the file as the body. Its format is found out; what the query says wins. The answer comes ' +
    'when the file has arrived, the import then runs in the background: poll it. The same file for ' +
    'the same sheet with the same options is the same import (200).',
  scope: 'rates:write',
  params: idParams,
  query: importQuery,
  upload: true,
  status: 202,
  response: startedImport,
  async handle({ deps, actor, params, query, takeUpload }) {
    await readRecord(deps.database.orm, sheetKind, params.id);
    const folder = uploadFolderOf(deps);
    const read = readOptionsOf(query);
    const id = uuidv7();
    const facts = await explained(() =>
      spoolFile(takeUpload().stream, {
        folder,
        importId: id,
        ...(read.encoding === undefined ? {} : { encoding: read.encoding }),
      }),
    );
    const { row, isNew } = await queueImport(deps, {
      id,
      sheetId: params.id,
      fileName: query.file_name,
      facts,
      mode: query.mode,
      read,
      spoolNode: deps.liveState.nodeId,
      actor: actor.name,
      ...(query.note === undefined ? {} : { note: query.note }),
      ...(query.effective_from === undefined ? {} : { effectiveFrom: query.effective_from }),
    }).catch(async (error: unknown) => {
      await removeSpooled(folder, id);
      throw error;
    });
    if (!isNew) await removeSpooled(folder, id);
    deps.pokeJobs?.();
    return {
      status: isNew ? 202 : 200,
      body: { ...show(row), already_imported: !isNew },
      headers: { Location: `/api/v1/imports/${row.id}` },
    };
  },
});

function uploadFolderOf({ uploadFolder }: ApiDeps): string {
  if (uploadFolder !== undefined) return uploadFolder;
  throw new HttpProblem(503, 'imports_unavailable', 'This node takes no files.');
}

/** A file that cannot be a deck is content that cannot be processed. */
async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DeckFileFault)) throw error;
    throw new HttpProblem(422, error.code, `The file was not taken: ${error.detail}.`);
  }
}

function show(row: ImportRow): Record<string, unknown> {
  const { status, fileBytes, bytesRead } = row;
  const share = fileBytes === 0 ? 0 : Math.floor((bytesRead / fileBytes) * 100);
  // While its last rows are written, an import is not done.
  const progressPercent = status === 'done' ? 100 : Math.min(share, 99);
  return present(importShape, { ...row, progressPercent });
}

const listQuery = z.strictObject({ ...pageFields, status: STATUS.optional() });

async function pageOfImports(
  deps: ApiDeps,
  query: z.output<typeof listQuery>,
  sheetId: number | undefined,
) {
  const { rows, total } = await listImports(deps.database.orm, {
    offset: (query.page - 1) * query.page_size,
    limit: query.page_size,
    ...(sheetId === undefined ? {} : { sheetId }),
    ...(query.status === undefined ? {} : { status: query.status }),
  });
  const items = rows.map(show);
  return { body: { items, page: query.page, page_size: query.page_size, total } };
}

const listSheetImports = defineOperation({
  id: 'listSheetRateImports',
  method: 'get',
  path: '/rate-sheets/{id}/imports',
  tag: TAG,
  summary: 'List the imports of a rate sheet, newest first',
  scope: 'config:read',
  params: idParams,
  query: listQuery,
  response: pageOf(importShape),
  async handle({ deps, params, query }) {
    await readRecord(deps.database.orm, sheetKind, params.id);
    return pageOfImports(deps, query, params.id);
  },
});

const listAllImports = defineOperation({
  id: 'listRateImports',
  method: 'get',
  path: '/imports',
  tag: TAG,
  summary: 'List imports of rates, newest first',
  scope: 'config:read',
  query: listQuery.extend({ sheet_id: queryId().optional() }),
  response: pageOf(importShape),
  async handle({ deps, query: { sheet_id: sheetId, ...query } }) {
    return pageOfImports(deps, query, sheetId);
  },
});

const readImport = defineOperation({
  id: 'getRateImport',
  method: 'get',
  path: '/imports/{id}',
  tag: TAG,
  summary: 'Read an import and how far it is',
  scope: 'config:read',
  params: uuidParams,
  response: importShape,
  async handle({ deps, params }) {
    return { body: show(await mustFind(deps, params.id)) };
  },
});

const cancel = defineOperation({
  id: 'cancelRateImport',
  method: 'post',
  path: '/imports/{id}/cancel',
  tag: TAG,
  summary: 'Give an import up',
  description: 'One that runs stops within seconds; nothing of it stays.',
  scope: 'rates:write',
  params: uuidParams,
  response: importShape,
  async handle({ deps, params }) {
    const row = await cancelImport(deps, params.id);
    if (deps.uploadFolder !== undefined && row.owner === null) {
      await removeSpooled(deps.uploadFolder, row.id);
    }
    deps.pokeJobs?.();
    return { body: show(row) };
  },
});

const listErrors = defineOperation({
  id: 'listRateImportErrors',
  method: 'get',
  path: '/imports/{id}/errors',
  tag: TAG,
  summary: 'List the lines that were left out, in the order of the file',
  scope: 'config:read',
  params: uuidParams,
  query: z.strictObject(cursorFields),
  response: cursorPageOf(importError),
  async handle({ deps, params, query }) {
    await mustFind(deps, params.id);
    const [after = 0] = decodeCursor(query.cursor, z.tuple([z.int()])) ?? [];
    const rows = await listImportErrors(deps.database.orm, params.id, after, query.limit + 1);
    const page = cutPage(rows, query.limit, (last) => encodeCursor([last.number]));
    const items = page.rows.map((row) => present(importError, row));
    return { body: { items, next_cursor: page.nextCursor } };
  },
});

const downloadErrors = defineOperation({
  id: 'downloadRateImportErrors',
  method: 'get',
  path: '/imports/{id}/errors.csv',
  tag: TAG,
  summary: 'Download the lines that were left out',
  scope: 'config:read',
  params: uuidParams,
  download: [CSV],
  async handle({ deps, params }) {
    const row = await mustFind(deps, params.id);
    const content = errorLines(deps, row.id);
    const fileName = `errors-${row.fileName.replace(/\.[^.]*$/, '')}.csv`;
    return { download: { content, contentType: CSV, fileName } };
  },
});

async function* errorLines(deps: ApiDeps, importId: string): AsyncGenerator<string, void> {
  yield csv([['line', 'code', 'field', 'detail', 'raw']]);
  for (let after = 0; ;) {
    const rows = await listImportErrors(deps.database.orm, importId, after, ERROR_PAGE);
    if (rows.length === 0) return;
    yield csv(
      rows.map((row) => [
        String(row.line),
        row.code,
        row.field,
        guardedText(row.detail),
        guardedText(row.raw),
      ]),
    );
    after = rows.at(-1)?.number ?? after;
  }
}

async function mustFind(deps: ApiDeps, id: string): Promise<ImportRow> {
  const row = await findImport(deps.database.orm, id);
  if (row === undefined) throw notFound('import', id);
  return row;
}

export const rateImportOperations = [
  startImport,
  listSheetImports,
  listAllImports,
  readImport,
  cancel,
  listErrors,
  downloadErrors,
];
