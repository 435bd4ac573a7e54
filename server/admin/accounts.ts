import { z } from 'zod';
import type { AccountRow, AccountValues } from '../../db/repositories/admin/stores.js';
import { accountStore, planStore, sheetStore } from '../../db/repositories/admin/stores.js';
import { accountHasHistory } from '../../db/repositories/admin/usage.js';
import type { Actor, AdminDeps, Change } from './context.js';
import {
  amount,
  capacity,
  code,
  currency,
  email,
  line,
  optionalId,
  threshold,
  timeZone,
} from './fields.js';
import { checkHeadOffice } from './head-office.js';
import { createRecord, parseInput } from './records.js';
import type { RecordKind } from './records.js';
import { conflict, invalid } from './refusal.js';

const fields = {
  parent_id: optionalId(),
  code: code(32),
  name: line(160),
  billing_mode: z.enum(['prepaid', 'postpaid']),
  time_zone: timeZone(),
  credit_limit: amount(),
  status: z.enum(['active', 'suspended', 'closed']),
  rate_sheet_id: optionalId(),
  mobile_rate_sheet_id: optionalId().meta({
    description: 'Prices calls to its mobile extensions; null: as any other call.',
  }),
  lcr_plan_id: optionalId(),
  trusts_lrn: z.boolean().meta({
    description: 'Whether the routing number (`rn`) its own switch sends is believed.',
  }),
  inbound_rate_sheet_id: optionalId().meta({
    description: 'Prices calls to its numbers, where the number has no sheet of its own.',
  }),
  paid_by_id: optionalId().meta({
    description: 'The head office that pays for this branch: a customer of the same parent.',
  }),
  max_calls: capacity(),
  max_cps: capacity(),
  low_balance: threshold(),
  notice_email: email().nullable(),
};

export const accountCreate = z.strictObject({
  ...fields,
  kind: z.enum(['operator', 'reseller', 'customer']),
  currency: currency(),
  parent_id: fields.parent_id.default(null),
  time_zone: fields.time_zone.default('UTC'),
  credit_limit: fields.credit_limit.default('0'),
  status: fields.status.default('active'),
  rate_sheet_id: fields.rate_sheet_id.default(null),
  mobile_rate_sheet_id: fields.mobile_rate_sheet_id.default(null),
  trusts_lrn: fields.trusts_lrn.default(false),
  lcr_plan_id: fields.lcr_plan_id.default(null),
  inbound_rate_sheet_id: fields.inbound_rate_sheet_id.default(null),
  paid_by_id: fields.paid_by_id.default(null),
  max_calls: fields.max_calls.default(null),
  max_cps: fields.max_cps.default(null),
  low_balance: fields.low_balance.default(null),
  notice_email: fields.notice_email.default(null),
});

/** Kind and currency are fixed: postings and holds already made speak of them. */
export const accountUpdate = z.strictObject(fields).partial();

/** Each level settles with the one above on every call, so the chain has an end. */
const MAX_DEPTH = 8;

type Placement = Pick<AccountRow, 'kind' | 'currency' | 'parentId'>;

export const accountKind: RecordKind<
  AccountRow,
  AccountValues,
  typeof accountCreate,
  typeof accountUpdate
> = {
  entity: 'account',
  areas: ['accounts'],
  store: accountStore,
  create: accountCreate,
  update: accountUpdate,
  uniqueFields: { accounts_code_unique: 'code' },
  async toValues(change, input) {
    await checkPlace(change, input, null);
    await checkSheets(change, input, input.currency);
    await checkPlan(change, input.lcrPlanId);
    await checkHeadOffice(change, input, null);
    return input;
  },
  async toChanges(change, row, input) {
    if (input.parentId !== undefined && input.parentId !== row.parentId) {
      await checkPlace(change, { ...row, parentId: input.parentId }, row.id);
    }
    await checkSheets(change, input, row.currency);
    await checkPlan(change, input.lcrPlanId ?? null);
    const changes = defined(input);
    await checkHeadOffice(change, { ...row, ...changes }, row.id);
    return changes;
  },
  async findUser(change, row) {
    return (await accountHasHistory(change.tx, row.id)) ? 'it has ledger entries' : null;
  },
};

export async function createAccount(
  deps: AdminDeps,
  actor: Actor,
  input: z.input<typeof accountCreate>,
): Promise<AccountRow> {
  return createRecord(deps, actor, accountKind, parseInput(accountCreate, input));
}

/** One operator at the root; resellers and customers below it or below a reseller; no cycles. */
async function checkPlace(change: Change, place: Placement, ownId: number | null): Promise<void> {
  if (place.kind === 'operator') {
    if (place.parentId !== null) throw invalid('parent_id', 'an operator has no parent');
    const other = await accountStore.findBy(change.tx, { kind: 'operator' });
    if (other !== undefined && other.id !== ownId) {
      throw conflict('operator_exists', `Account ${other.code} is the operator.`, 'kind');
    }
    return;
  }
  if (place.parentId === null) throw invalid('parent_id', `a ${place.kind} needs a parent`);
  let parent = await accountStore.find(change.tx, place.parentId);
  if (parent === undefined) throw invalid('parent_id', 'does not exist');
  if (parent.kind === 'customer') throw invalid('parent_id', 'a customer has no accounts below it');
  if (parent.currency !== place.currency) {
    throw invalid('currency', `is ${place.currency}, the parent's is ${parent.currency}`);
  }
  for (let depth = 1; parent !== undefined; depth += 1) {
    if (parent.id === ownId) throw invalid('parent_id', 'is this account or lies below it');
    if (depth >= MAX_DEPTH) throw invalid('parent_id', `is ${MAX_DEPTH} levels deep already`);
    const above: number | null = parent.parentId;
    parent = above === null ? undefined : await accountStore.find(change.tx, above);
  }
}

interface SheetChoice {
  readonly rateSheetId?: number | null | undefined;
  readonly mobileRateSheetId?: number | null | undefined;
  readonly inboundRateSheetId?: number | null | undefined;
}

async function checkSheets(change: Change, chosen: SheetChoice, inCurrency: string): Promise<void> {
  await checkSheet(change, chosen.rateSheetId ?? null, inCurrency);
  const mobileId = chosen.mobileRateSheetId ?? null;
  await checkSheet(change, mobileId, inCurrency, 'mobile_rate_sheet_id');
  const inboundId = chosen.inboundRateSheetId ?? null;
  await checkSheet(change, inboundId, inCurrency, 'inbound_rate_sheet_id');
}

/** A price in another currency cannot be taken from this money. */
export async function checkSheet(
  change: Change,
  sheetId: number | null,
  wantedCurrency: string,
  field = 'rate_sheet_id',
): Promise<void> {
  if (sheetId === null) return;
  const sheet = await sheetStore.find(change.tx, sheetId);
  if (sheet === undefined) throw invalid(field, 'does not exist');
  if (sheet.currency !== wantedCurrency) {
    throw invalid(field, `is in ${sheet.currency}, expected ${wantedCurrency}`);
  }
}

export async function checkPlan(change: Change, planId: number | null): Promise<void> {
  if (planId === null) return;
  const plan = await planStore.find(change.tx, planId);
  if (plan === undefined) throw invalid('lcr_plan_id', 'does not exist');
}

/** drizzle leaves out members that are undefined; this says so in the type. */
export function defined<T extends object>(input: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(input).filter(([, value]) => value !== undefined);
  // Only members that are undefined were taken out.
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
