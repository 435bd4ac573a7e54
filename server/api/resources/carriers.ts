import { z } from 'zod';
import { carrierKind, gatewayKind } from '../../admin/carriers.js';
import { planKind, STRATEGIES } from '../../admin/lcr-plans.js';
import { queryId, queryText, queryWord } from '../listing.js';
import { editableFields, resourceOperations } from '../resource.js';
import { shownAmount, shownCurrency } from '../shown.js';

const TAG = 'Carriers and routing';
const STATUS = z.enum(['active', 'disabled']);

const carrier = z
  .object({
    ...editableFields,
    code: z.string(),
    name: z.string(),
    currency: shownCurrency(),
    status: STATUS,
    rate_sheet_id: z.int().nullable(),
    credit_limit: shownAmount().nullable(),
    max_channels: z.int().nullable(),
    max_cps: z.int().nullable(),
    causes: z.record(z.string(), z.enum(['next', 'stop'])).nullable(),
  })
  .meta({ id: 'Carrier' });

const gateway = z
  .object({
    ...editableFields,
    carrier_id: z.int(),
    name: z.string(),
    proxy: z.string(),
    realm: z.string().nullable(),
    username: z.string().nullable(),
    has_password: z.boolean(),
    register: z.boolean(),
    tech_prefix: z.string(),
    codecs: z.string(),
    inbound_cidrs: z.array(z.string()),
    priority: z.int(),
    weight: z.int(),
    progress_timeout_s: z.int(),
    max_channels: z.int().nullable(),
    max_cps: z.int().nullable(),
    allow_transcoding: z.boolean(),
    carries_emergency: z.boolean(),
    status: STATUS,
  })
  .meta({ id: 'Gateway' });

const plan = z
  .object({
    ...editableFields,
    name: z.string(),
    strategy: z.enum(STRATEGIES),
    expected_call_s: z.int(),
    use_acd: z.boolean(),
    tolerance_percent: shownAmount(),
    quality_window_h: z.int(),
    quality_min_attempts: z.int(),
    margin_percent: shownAmount(),
    margin_absolute: shownAmount(),
    allow_loss: z.boolean(),
    max_routes: z.int(),
    carriers: z.array(
      z.object({
        carrier_id: z.int(),
        priority: z.int(),
        weight: z.int(),
        share_percent: z.int(),
        jurisdiction: z.enum(['any', 'interstate', 'intrastate']),
      }),
    ),
  })
  .meta({ id: 'LcrPlan' });

export const carrierOperations = [
  ...resourceOperations({
    kind: carrierKind,
    path: '/carriers',
    tag: TAG,
    name: 'Carrier',
    plural: 'Carriers',
    read: 'config:read',
    write: 'config:write',
    output: carrier,
    sortable: ['code', 'name', 'id', 'created_at'],
    filters: { code: queryWord(32), status: STATUS, currency: queryWord(3) },
  }),
  ...resourceOperations({
    kind: gatewayKind,
    path: '/gateways',
    tag: TAG,
    name: 'Gateway',
    plural: 'Gateways',
    read: 'config:read',
    write: 'config:write',
    output: gateway,
    sortable: ['name', 'priority', 'id', 'created_at'],
    filters: { carrier_id: queryId(), name: queryWord(64), status: STATUS },
    derive: (row) => ({ hasPassword: row.passwordSealed !== null }),
  }),
  ...resourceOperations({
    kind: planKind,
    path: '/lcr-plans',
    tag: TAG,
    name: 'LcrPlan',
    plural: 'LcrPlans',
    read: 'config:read',
    write: 'config:write',
    output: plan,
    sortable: ['name', 'id', 'created_at'],
    filters: { name: queryText(120), strategy: z.enum(STRATEGIES) },
  }),
];
