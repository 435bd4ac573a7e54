import { z } from 'zod';
import {
  addToRowCount,
  deleteRateRows,
  findTakenPrefixes,
  insertRateRows,
} from '../../db/repositories/admin/rates.js';
import type { NewRateRow } from '../../db/repositories/admin/rates.js';
import type { ReleaseRow } from '../../db/repositories/admin/stores.js';
import { releaseStore } from '../../db/repositories/admin/stores.js';
import { writeAudit } from './audit.js';
import type { Actor, AdminDeps, Change } from './context.js';
import { digits, instant, note, price } from './fields.js';
import { changeConfig, MAX_ISSUES, parseInput } from './records.js';
import { invalidFields, notFound } from './refusal.js';
import type { Issue } from './refusal.js';
import { lockDraft } from './releases.js';

const DAY_S = 86_400;

export const rateRowInput = z
  .strictObject({
    prefix: digits(0, 15).meta({ description: 'E.164 digits; empty matches every number.' }),
    destination: note(120).default(''),
    rate_per_minute: price(),
    connect_fee: price().default('0'),
    initial_increment_s: z.int().min(1).max(DAY_S).default(1),
    increment_s: z.int().min(1).max(DAY_S).default(1),
    min_duration_s: z.int().min(0).max(DAY_S).default(0),
    blocked: z.boolean().default(false),
    priority: z.int().min(-1000).max(1000).default(0),
    effective_from: instant().nullable().default(null),
    effective_to: instant().nullable().default(null),
  })
  .refine(
    (row) =>
      row.effective_from === null ||
      row.effective_to === null ||
      new Date(row.effective_from) < new Date(row.effective_to),
    { path: ['effective_to'], error: 'must lie after effective_from' },
  );

export const MAX_ROWS = 5000;

export const rateRowsInput = z.strictObject({ rows: z.array(rateRowInput).min(1).max(MAX_ROWS) });

export interface AddedRows {
  readonly release: ReleaseRow;
  readonly added: number;
}

/** Adds rows to a draft: all of them, or none when one is wrong. */
export async function addRows(
  deps: AdminDeps,
  actor: Actor,
  releaseId: number,
  input: z.input<typeof rateRowsInput>,
): Promise<AddedRows> {
  const { rows } = parseInput(rateRowsInput, input);
  return insertRows(deps, actor, releaseId, rows);
}

/** The same, for rows that were checked against `rateRowsInput` already. */
export async function insertRows(
  deps: AdminDeps,
  actor: Actor,
  releaseId: number,
  rows: readonly z.output<typeof rateRowInput>[],
): Promise<AddedRows> {
  return changeConfig(deps, actor, [], async (change) => {
    const release = await lockDraft(change, { id: releaseId });
    await refuseDoubles(change, releaseId, rows);
    await insertRateRows(
      change.tx,
      rows.map((row) => toRow(releaseId, row)),
    );
    await addToRowCount(change.tx, releaseId, rows.length);
    await auditRows(change, release, 'add_rows', { added: rows.length });
    return { release: await mustFind(change, releaseId), added: rows.length };
  });
}

/** Takes one row, or all of them, out of a draft. */
export async function removeRows(
  deps: AdminDeps,
  actor: Actor,
  releaseId: number,
  rowId?: number,
): Promise<number> {
  return changeConfig(deps, actor, [], async (change) => {
    const release = await lockDraft(change, { id: releaseId });
    const removed = await deleteRateRows(change.tx, releaseId, rowId);
    if (rowId !== undefined && removed === 0) throw notFound('rate row', rowId);
    await addToRowCount(change.tx, releaseId, -removed);
    await auditRows(change, release, 'remove_rows', { removed });
    return removed;
  });
}

async function refuseDoubles(
  change: Change,
  releaseId: number,
  rows: readonly z.output<typeof rateRowInput>[],
): Promise<void> {
  const taken = await findTakenPrefixes(
    change.tx,
    releaseId,
    rows.map((row) => row.prefix),
  );
  const issues: Issue[] = [];
  const seen = new Map<string, number>();
  rows.forEach((row, index) => {
    const key = `${row.prefix}/${row.priority}`;
    const first = seen.get(key);
    const path = `rows.${index}.prefix`;
    if (first !== undefined) {
      issues.push({ path, message: `is also in row ${first}, with the same priority` });
    } else if (taken.has(key)) {
      issues.push({ path, message: 'is in the release already, with the same priority' });
    }
    seen.set(key, first ?? index);
  });
  if (issues.length > 0) throw invalidFields(issues.slice(0, MAX_ISSUES));
}

function toRow(releaseId: number, row: z.output<typeof rateRowInput>): NewRateRow {
  return {
    releaseId,
    prefix: row.prefix,
    destination: row.destination,
    ratePerMinute: row.rate_per_minute,
    connectFee: row.connect_fee,
    initialIncrementS: row.initial_increment_s,
    incrementS: row.increment_s,
    minDurationS: row.min_duration_s,
    blocked: row.blocked,
    priority: row.priority,
    effectiveFrom: row.effective_from === null ? null : new Date(row.effective_from),
    effectiveTo: row.effective_to === null ? null : new Date(row.effective_to),
  };
}

async function mustFind(change: Change, id: number): Promise<ReleaseRow> {
  const release = await releaseStore.find(change.tx, id);
  if (release === undefined) throw notFound('release', id);
  return release;
}

async function auditRows(
  change: Change,
  release: ReleaseRow,
  verb: string,
  after: object,
): Promise<void> {
  await writeAudit(change, {
    action: `release.${verb}`,
    entity: 'release',
    entityId: release.id,
    before: { rowCount: release.rowCount },
    after,
  });
}
