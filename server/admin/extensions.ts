import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { ExtensionRow, ExtensionValues } from '../../db/repositories/admin/stores.js';
import { accountStore, domainStore, extensionStore } from '../../db/repositories/admin/stores.js';
import { extensionHasHistory } from '../../db/repositories/admin/usage.js';
import { a1Hash } from '../secrets.js';
import { checkPlan, checkSheet, defined } from './accounts.js';
import type { Actor, AdminDeps, Change } from './context.js';
import { checkForward, checkFunds } from './extension-funds.js';
import {
  amount,
  capacity,
  digits,
  email,
  id,
  line,
  optionalId,
  switchText,
  threshold,
} from './fields.js';
import { createRecord, parseInput } from './records.js';
import type { RecordKind } from './records.js';
import { invalid } from './refusal.js';

const fields = {
  domain_id: id(),
  number: z
    .string()
    .max(32)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be digits, letters, dots, dashes, underscores'),
  name: line(160),
  kind: z.enum(['sip', 'mobile']).meta({
    description: 'A mobile extension has no phone of ours: calls to it leave by a carrier.',
  }),
  mobile_number: digits(5, 15).nullable().meta({
    description: 'E.164 digits; of a mobile extension, and of no other.',
  }),
  password: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
    .meta({
      description:
        'SIP password; kept only as a hash and never returned. A mobile extension has none.',
    }),
  status: z.enum(['active', 'paused']),
  caller_id_number: digits(3, 15).nullable(),
  caller_id_name: switchText(80).nullable(),
  ring_timeout_s: z.int().min(5).max(600),
  rate_sheet_id: optionalId(),
  lcr_plan_id: optionalId(),
  funds: z.enum(['account', 'own', 'shared']).meta({
    description:
      "What its calls draw on: the account's money only, money of its own as well, or that of another extension.",
  }),
  funds_extension_id: optionalId().meta({
    description: 'The extension of the same account on whose own money it draws, if `shared`.',
  }),
  credit_limit: amount().meta({ description: 'How far its own money may go below zero.' }),
  max_calls: capacity(),
  max_cps: capacity(),
  forward_to: z
    .string()
    .regex(/^\+?[0-9]{1,31}$/, 'must be digits, or + and digits')
    .nullable()
    .meta({
      description:
        'Where all calls to it go: another extension, or a number outside at its expense.',
    }),
  low_balance: threshold(),
  notice_email: email().nullable(),
};

export const extensionCreate = z.strictObject({
  ...fields,
  kind: fields.kind.default('sip'),
  mobile_number: fields.mobile_number.default(null),
  password: fields.password.optional(),
  status: fields.status.default('active'),
  caller_id_number: fields.caller_id_number.default(null),
  caller_id_name: fields.caller_id_name.default(null),
  ring_timeout_s: fields.ring_timeout_s.default(60),
  rate_sheet_id: fields.rate_sheet_id.default(null),
  lcr_plan_id: fields.lcr_plan_id.default(null),
  funds: fields.funds.default('account'),
  funds_extension_id: fields.funds_extension_id.default(null),
  credit_limit: fields.credit_limit.default('0'),
  max_calls: fields.max_calls.default(null),
  max_cps: fields.max_cps.default(null),
  forward_to: fields.forward_to.default(null),
  low_balance: fields.low_balance.default(null),
  notice_email: fields.notice_email.default(null),
});

export const extensionUpdate = z.strictObject(fields).partial();

export const extensionKind: RecordKind<
  ExtensionRow,
  ExtensionValues,
  typeof extensionCreate,
  typeof extensionUpdate
> = {
  entity: 'extension',
  areas: ['accounts'],
  store: extensionStore,
  create: extensionCreate,
  update: extensionUpdate,
  secrets: ['a1Hash'],
  uniqueFields: { extensions_domain_number_unique: 'number' },
  async toValues(change, { password, ...input }) {
    const domain = await requireDomain(change, input.domainId);
    await checkPricing(change, domain.accountId, input);
    checkMobile(input);
    const placed = { ...input, accountId: domain.accountId };
    await checkFunds(change, null, placed);
    await checkForward(change, null, placed);
    return {
      ...placed,
      a1Hash: hashFor(change, input, domain.name, password),
    };
  },
  async toChanges(change, row, { password, ...input }) {
    const domain = await requireDomain(change, input.domainId ?? row.domainId);
    const number = input.number ?? row.number;
    await checkPricing(change, domain.accountId, input);
    const changes = { ...defined(input), accountId: domain.accountId };
    const after = { ...row, ...changes };
    checkMobile(after);
    await checkFunds(change, row, after);
    await checkForward(change, row, after);
    if (password !== undefined || after.kind !== row.kind) {
      return { ...changes, a1Hash: hashFor(change, after, domain.name, password) };
    }
    const isRenamed = number !== row.number || domain.id !== row.domainId;
    if (isRenamed && after.kind === 'sip') {
      throw invalid('password', 'is needed again when the number or the domain changes');
    }
    return changes;
  },
  async findUser(change, row) {
    return (await extensionHasHistory(change.tx, row)) ? 'it has calls or ledger entries' : null;
  },
};

export async function createExtension(
  deps: AdminDeps,
  actor: Actor,
  input: z.input<typeof extensionCreate>,
): Promise<ExtensionRow> {
  return createRecord(deps, actor, extensionKind, parseInput(extensionCreate, input));
}

async function requireDomain(change: Change, domainId: number) {
  const domain = await domainStore.find(change.tx, domainId);
  if (domain === undefined) throw invalid('domain_id', 'does not exist');
  return domain;
}

function checkMobile({ kind, mobileNumber }: Pick<ExtensionRow, 'kind' | 'mobileNumber'>): void {
  if (kind === 'mobile' && mobileNumber === null) {
    throw invalid('mobile_number', 'is needed by a mobile extension');
  }
  if (kind === 'sip' && mobileNumber !== null) {
    throw invalid('mobile_number', 'is of mobile extensions only');
  }
}

/** Of a mobile extension the hash of what nobody knows, so that no phone can ever register as it. */
function hashFor(
  change: Change,
  { kind, number }: Pick<ExtensionRow, 'kind' | 'number'>,
  domainName: string,
  password: string | undefined,
): string {
  if (kind === 'mobile') {
    if (password !== undefined) throw invalid('password', 'a mobile extension has none');
    return a1Hash(number, domainName, randomBytes(32).toString('hex'));
  }
  if (password === undefined) throw invalid('password', 'is needed by an extension with a phone');
  checkPassword(change, number, password);
  return a1Hash(number, domainName, password);
}

interface Pricing {
  readonly rateSheetId?: number | null | undefined;
  readonly lcrPlanId?: number | null | undefined;
}

async function checkPricing(change: Change, accountId: number, pricing: Pricing): Promise<void> {
  const account = await accountStore.find(change.tx, accountId);
  if (account === undefined) throw invalid('domain_id', 'belongs to no account');
  await checkSheet(change, pricing.rateSheetId ?? null, account.currency);
  await checkPlan(change, pricing.lcrPlanId ?? null);
}

const MIN_PASSWORD = 12;
const MIN_DIFFERENT = 6;

/** Guessed SIP passwords are this trade's usual loss, so short and obvious ones are refused. */
function checkPassword(change: Change, number: string, password: string): void {
  if (change.deps.allowWeakPasswords === true) return;
  if (password.length < MIN_PASSWORD) {
    throw invalid('password', `must have at least ${MIN_PASSWORD} characters`);
  }
  if (new Set(password).size < MIN_DIFFERENT) {
    throw invalid('password', `must have at least ${MIN_DIFFERENT} different characters`);
  }
  if (password.includes(number)) throw invalid('password', 'must not hold the number');
}
