import { z } from 'zod';
import {
  addToRowCount,
  deleteRateRows,
  findTakenRows,
  insertRateRows,
} from '../../db/repositories/admin/rates.js';
import { toDbRateRow } from '../../db/mapping/rate-rows.js';
import type { NewDbRateRow } from '../../db/mapping/rate-rows.js';
import type { ReleaseRow } from '../../db/repositories/admin/stores.js';
import { releaseStore } from '../../db/repositories/admin/stores.js';
import { findRowProblem } from '../../rating/deck/row-problem.js';
import type { RateRow } from '../../rating/deck/types.js';
import { defined } from './accounts.js';
import { writeAudit } from './audit.js';
import { camelKeys, toSnake } from './case.js';
import type { Actor, AdminDeps, Change } from './context.js';
import { digits, instant, note, price } from './fields.js';
import { changeConfig, MAX_ISSUES, parseInput } from './records.js';
import { invalidFields, notFound } from './refusal.js';
import type { Issue } from './refusal.js';
import { lockDraft } from './releases.js';

const DAY_S = 86_400;

const seconds = () => z.int().min(0).max(DAY_S).nullable().default(null);

const timeOfDay = () =>
  z
    .string()
    .regex(/^\d\d:\d\d:\d\d$/, 'must be HH:MM:SS')
    .nullable()
    .default(null)
    .meta({ description: "On the sheet's clock; `24:00:00` may be an end." });

const tier = z.strictObject({
  start_s: z.int().min(0).max(DAY_S),
  rate_per_minute: price(),
  increment_s: z.int().min(1).max(DAY_S),
});

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
    grace_s: seconds().meta({ description: 'A call no longer than this is free altogether.' }),
    free_s: seconds().meta({ description: 'So many seconds are taken off; the fee stays.' }),
    initial_rate_per_minute: price().nullable().default(null),
    min_cost: price().nullable().default(null),
    max_cost: price().nullable().default(null),
    tiers: z.array(tier).min(1).max(100).nullable().default(null),
    days: z
      .array(z.int().min(1).max(7))
      .max(7)
      .nullable()
      .default(null)
      .meta({ description: 'ISO weekdays, 1 is Monday.' }),
    dates: z
      .array(z.string().regex(/^\d\d-\d\d$/, 'must be MM-DD'))
      .max(366)
      .nullable()
      .default(null)
      .meta({ description: '`MM-DD`.' }),
    time_from: timeOfDay(),
    time_to: timeOfDay(),
    intrastate_rate: price().nullable().default(null),
    indeterminate_rate: price().nullable().default(null),
  })
  .refine(
    (row) =>
      row.effective_from === null ||
      row.effective_to === null ||
      new Date(row.effective_from) < new Date(row.effective_to),
    { path: ['effective_to'], error: 'must lie after effective_from' },
  )
  .refine((row) => (row.intrastate_rate === null) === (row.indeterminate_rate === null), {
    path: ['indeterminate_rate'],
    error: 'is needed together with intrastate_rate, and neither alone',
  });

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
    const made = checkedRows(releaseId, rows);
    await refuseDoubles(change, releaseId, made);
    await insertRateRows(change.tx, made);
    await countChange(change, release);
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
    await countChange(change, release);
    await addToRowCount(change.tx, releaseId, -removed);
    await auditRows(change, release, 'remove_rows', { removed });
    return removed;
  });
}

/**
 * An imported draft is kept in memory by every node before it is activated, so each change of its
 * rows has to be told from none.
 */
async function countChange(change: Change, release: ReleaseRow): Promise<void> {
  if (release.importId !== null) await releaseStore.update(change.tx, release.id, {});
}

async function refuseDoubles(
  change: Change,
  releaseId: number,
  rows: readonly NewDbRateRow[],
): Promise<void> {
  const prefixes = rows.map((row) => row.prefix);
  const taken = await findTakenRows(change.tx, releaseId, prefixes);
  const issues: Issue[] = [];
  const seen = new Map<string, number>();
  rows.forEach((row, index) => {
    const key = `${row.prefix}/${row.priority ?? 0}/${row.windowKey ?? ''}`;
    const first = seen.get(key);
    const path = `rows.${index}.prefix`;
    if (first !== undefined) {
      issues.push({ path, message: `is also in row ${first}, with the same priority and times` });
    } else if (taken.has(key)) {
      const message = 'is in the release already, with the same priority and times';
      issues.push({ path, message });
    }
    seen.set(key, first ?? index);
  });
  if (issues.length > 0) throw invalidFields(issues.slice(0, MAX_ISSUES));
}

/** Every row as it is stored. @throws Refusal that names each row no deck may hold. */
function checkedRows(
  releaseId: number,
  inputs: readonly z.output<typeof rateRowInput>[],
): readonly NewDbRateRow[] {
  const issues: Issue[] = [];
  const made = inputs.map((input, index) => {
    const row = toRow(releaseId, input);
    const problem = findRowProblem({ ...row, id: 0 });
    if (problem === null) return toDbRateRow(row);
    issues.push({ path: `rows.${index}.${fieldOf(problem.member)}`, message: problem.detail });
    return null;
  });
  if (issues.length > 0) throw invalidFields(issues.slice(0, MAX_ISSUES));
  return made.filter((row) => row !== null);
}

/** What a client calls the member of a row that is wrong. */
function fieldOf(member: string): string {
  return member.startsWith('jurisdictionPrices') ? 'intrastate_rate' : toSnake(member);
}

type RowInput = z.output<typeof rateRowInput>;

function toRow(releaseId: number, row: RowInput): Omit<RateRow, 'id'> {
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
    effectiveFrom: row.effective_from === null ? null : Date.parse(row.effective_from),
    effectiveTo: row.effective_to === null ? null : Date.parse(row.effective_to),
    ...rareMembers(row),
    ...jurisdictionPrices(row),
  };
}

function rareMembers(row: RowInput): Partial<RateRow> {
  const { days, dates, tiers } = row;
  return defined({
    graceS: row.grace_s ?? undefined,
    freeS: row.free_s ?? undefined,
    initialRatePerMinute: row.initial_rate_per_minute ?? undefined,
    minCost: row.min_cost ?? undefined,
    maxCost: row.max_cost ?? undefined,
    tiers: tiers === null ? undefined : camelKeys(tiers),
    days: days === null || days.length === 0 ? undefined : days,
    dates: dates === null || dates.length === 0 ? undefined : dates,
    timeFrom: row.time_from ?? undefined,
    timeTo: row.time_to ?? undefined,
  });
}

/** Both or none: which one is missing is for the check of the row to say. */
function jurisdictionPrices(row: RowInput): Pick<RateRow, 'jurisdictionPrices'> {
  const { intrastate_rate: intrastate, indeterminate_rate: indeterminate } = row;
  if (intrastate === null || indeterminate === null) return {};
  return { jurisdictionPrices: { interstate: row.rate_per_minute, intrastate, indeterminate } };
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
