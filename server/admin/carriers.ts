import { z } from 'zod';
import type {
  CarrierRow,
  CarrierValues,
  GatewayRow,
  GatewayValues,
} from '../../db/repositories/admin/stores.js';
import { carrierStore, gatewayStore } from '../../db/repositories/admin/stores.js';
import { carrierHasHistory, gatewayHasHistory } from '../../db/repositories/admin/usage.js';
import { CAUSE_NAMES } from '../calls/cause-table.js';
import { checkSheet, defined } from './accounts.js';
import type { Actor, AdminDeps, Change } from './context.js';
import {
  amount,
  capacity,
  cidrs,
  code,
  codecs,
  currency,
  host,
  hostAndPort,
  id,
  line,
  optionalId,
  passedPassword,
} from './fields.js';
import { createRecord, parseInput } from './records.js';
import type { RecordKind } from './records.js';
import { invalid } from './refusal.js';

const KNOWN_CAUSES: ReadonlySet<string> = new Set(CAUSE_NAMES);

const causes = z
  .record(z.string(), z.enum(['next', 'stop']))
  .superRefine((given, context) => {
    for (const name of Object.keys(given)) {
      if (KNOWN_CAUSES.has(name)) continue;
      const message = 'is no cause a carrier may mean differently';
      context.addIssue({ code: 'custom', path: [name], message });
    }
  })
  .nullable()
  .meta({
    description: 'Causes after which the next route is tried, or none, other than as usual.',
    example: { USER_BUSY: 'next' },
  });

const carrierFields = {
  code: code(32),
  name: line(160),
  status: z.enum(['active', 'disabled']),
  rate_sheet_id: optionalId(),
  credit_limit: amount().nullable().meta({
    description: 'The most we may owe it before its routes are left out; null is no limit.',
  }),
  max_channels: capacity(),
  max_cps: capacity(),
  causes,
};

export const carrierCreate = z.strictObject({
  ...carrierFields,
  currency: currency(),
  status: carrierFields.status.default('active'),
  rate_sheet_id: carrierFields.rate_sheet_id.default(null),
  credit_limit: carrierFields.credit_limit.default(null),
  max_channels: carrierFields.max_channels.default(null),
  max_cps: carrierFields.max_cps.default(null),
  causes: carrierFields.causes.default(null),
});

export const carrierUpdate = z.strictObject(carrierFields).partial();

export const carrierKind: RecordKind<
  CarrierRow,
  CarrierValues,
  typeof carrierCreate,
  typeof carrierUpdate
> = {
  entity: 'carrier',
  areas: ['carriers'],
  store: carrierStore,
  create: carrierCreate,
  update: carrierUpdate,
  uniqueFields: { carriers_code_unique: 'code' },
  async toValues(change, input) {
    await checkSheet(change, input.rateSheetId, input.currency);
    return input;
  },
  async toChanges(change, row, input) {
    await checkSheet(change, input.rateSheetId ?? null, row.currency);
    return defined(input);
  },
  async findUser(change, row) {
    return (await carrierHasHistory(change.tx, row.id)) ? 'calls have gone over it' : null;
  },
};

const gatewayFields = {
  carrier_id: id(),
  name: code(64),
  proxy: hostAndPort(),
  realm: host().nullable(),
  username: z
    .string()
    .max(120)
    .regex(/^[A-Za-z0-9_.!~*'()&=+,;?/@-]+$/, 'must be a SIP user name')
    .nullable(),
  password: passedPassword()
    .nullable()
    .meta({ description: 'Kept encrypted and never returned; null takes it away.' }),
  register: z.boolean(),
  tech_prefix: z.string().regex(/^[0-9*#]{0,16}$/, 'must be up to 16 of 0-9, * and #'),
  codecs: codecs(),
  inbound_cidrs: cidrs(0),
  priority: z.int().min(0).max(1000),
  weight: z.int().min(1).max(1000),
  progress_timeout_s: z.int().min(1).max(120),
  max_channels: capacity(),
  max_cps: capacity(),
  allow_transcoding: z.boolean().meta({
    description: 'False: callers that offer none of its codecs are not sent to it.',
  }),
  carries_emergency: z.boolean().meta({
    description: 'Whether calls to emergency numbers may leave through it.',
  }),
  status: z.enum(['active', 'disabled']),
};

export const gatewayCreate = z.strictObject({
  ...gatewayFields,
  realm: gatewayFields.realm.default(null),
  username: gatewayFields.username.default(null),
  password: gatewayFields.password.default(null),
  register: gatewayFields.register.default(false),
  tech_prefix: gatewayFields.tech_prefix.default(''),
  codecs: gatewayFields.codecs.default('PCMU,PCMA'),
  inbound_cidrs: gatewayFields.inbound_cidrs.default([]),
  priority: gatewayFields.priority.default(0),
  weight: gatewayFields.weight.default(1),
  progress_timeout_s: gatewayFields.progress_timeout_s.default(8),
  max_channels: gatewayFields.max_channels.default(null),
  max_cps: gatewayFields.max_cps.default(null),
  allow_transcoding: gatewayFields.allow_transcoding.default(true),
  carries_emergency: gatewayFields.carries_emergency.default(true),
  status: gatewayFields.status.default('active'),
});

export const gatewayUpdate = z.strictObject(gatewayFields).partial();

export const gatewayKind: RecordKind<
  GatewayRow,
  GatewayValues,
  typeof gatewayCreate,
  typeof gatewayUpdate
> = {
  entity: 'gateway',
  areas: ['carriers'],
  store: gatewayStore,
  create: gatewayCreate,
  update: gatewayUpdate,
  secrets: ['passwordSealed'],
  uniqueFields: { gateways_name_unique: 'name' },
  async toValues(change, { password, ...input }) {
    await requireCarrier(change, input.carrierId);
    const values = { ...input, passwordSealed: seal(change, password) };
    checkCredentials(values);
    return values;
  },
  async toChanges(change, row, { password, ...input }) {
    if (input.carrierId !== undefined) await requireCarrier(change, input.carrierId);
    const changes = {
      ...defined(input),
      ...(password === undefined ? {} : { passwordSealed: seal(change, password) }),
    };
    checkCredentials({ ...row, ...changes });
    return changes;
  },
  async findUser(change, row) {
    return (await gatewayHasHistory(change.tx, row)) ? 'calls have gone over it' : null;
  },
};

export async function createCarrier(
  deps: AdminDeps,
  actor: Actor,
  input: z.input<typeof carrierCreate>,
): Promise<CarrierRow> {
  return createRecord(deps, actor, carrierKind, parseInput(carrierCreate, input));
}

export async function createGateway(
  deps: AdminDeps,
  actor: Actor,
  input: z.input<typeof gatewayCreate>,
): Promise<GatewayRow> {
  return createRecord(deps, actor, gatewayKind, parseInput(gatewayCreate, input));
}

async function requireCarrier(change: Change, carrierId: number): Promise<void> {
  const carrier = await carrierStore.find(change.tx, carrierId);
  if (carrier === undefined) throw invalid('carrier_id', 'does not exist');
}

function seal(change: Change, password: string | null): string | null {
  return password === null ? null : change.deps.secrets.seal(password);
}

function checkCredentials(gateway: {
  readonly register: boolean;
  readonly username: string | null;
  readonly passwordSealed: string | null;
}): void {
  if (gateway.register && gateway.username === null) {
    throw invalid('username', 'is needed by a gateway that registers');
  }
  if (gateway.register && gateway.passwordSealed === null) {
    throw invalid('password', 'is needed by a gateway that registers');
  }
}
