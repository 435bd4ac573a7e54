import { z } from 'zod';
import { accountKind } from '../../admin/accounts.js';
import { domainKind } from '../../admin/domains.js';
import { extensionKind } from '../../admin/extensions.js';
import { queryId, queryWord } from '../listing.js';
import { editableFields, resourceOperations } from '../resource.js';
import { shownAmount, shownCurrency } from '../shown.js';

const TAG = 'Accounts';

const account = z
  .object({
    ...editableFields,
    parent_id: z.int().nullable(),
    kind: z.enum(['operator', 'reseller', 'customer']),
    code: z.string(),
    name: z.string(),
    billing_mode: z.enum(['prepaid', 'postpaid']),
    currency: shownCurrency(),
    time_zone: z.string(),
    credit_limit: shownAmount(),
    status: z.enum(['active', 'suspended', 'closed']),
    rate_sheet_id: z.int().nullable(),
    mobile_rate_sheet_id: z.int().nullable(),
    lcr_plan_id: z.int().nullable(),
    trusts_lrn: z.boolean(),
    inbound_rate_sheet_id: z.int().nullable(),
    paid_by_id: z.int().nullable(),
    max_calls: z.int().nullable(),
    max_cps: z.int().nullable(),
    low_balance: shownAmount().nullable(),
    notice_email: z.string().nullable(),
  })
  .meta({ id: 'Account' });

const domain = z
  .object({ ...editableFields, account_id: z.int(), name: z.string() })
  .meta({ id: 'Domain' });

const extension = z
  .object({
    ...editableFields,
    account_id: z.int(),
    domain_id: z.int(),
    number: z.string(),
    name: z.string(),
    kind: z.enum(['sip', 'mobile']),
    mobile_number: z.string().nullable(),
    status: z.enum(['active', 'paused']),
    caller_id_number: z.string().nullable(),
    caller_id_name: z.string().nullable(),
    ring_timeout_s: z.int(),
    rate_sheet_id: z.int().nullable(),
    lcr_plan_id: z.int().nullable(),
    funds: z.enum(['account', 'own', 'shared']),
    funds_extension_id: z.int().nullable(),
    credit_limit: shownAmount(),
    max_calls: z.int().nullable(),
    max_cps: z.int().nullable(),
    forward_to: z.string().nullable(),
    low_balance: shownAmount().nullable(),
    notice_email: z.string().nullable(),
  })
  .meta({ id: 'Extension' });

export const accountOperations = [
  ...resourceOperations({
    kind: accountKind,
    path: '/accounts',
    tag: TAG,
    name: 'Account',
    plural: 'Accounts',
    read: 'config:read',
    write: 'config:write',
    output: account,
    sortable: ['code', 'name', 'id', 'created_at', 'updated_at'],
    filters: {
      parent_id: queryId(),
      paid_by_id: queryId(),
      kind: z.enum(['operator', 'reseller', 'customer']),
      code: queryWord(32),
      status: z.enum(['active', 'suspended', 'closed']),
      billing_mode: z.enum(['prepaid', 'postpaid']),
      currency: queryWord(3),
    },
  }),
  ...resourceOperations({
    kind: domainKind,
    path: '/domains',
    tag: TAG,
    name: 'Domain',
    plural: 'Domains',
    read: 'config:read',
    write: 'config:write',
    output: domain,
    sortable: ['name', 'id', 'created_at'],
    filters: { account_id: queryId(), name: queryWord(190) },
  }),
  ...resourceOperations({
    kind: extensionKind,
    path: '/extensions',
    tag: TAG,
    name: 'Extension',
    plural: 'Extensions',
    read: 'config:read',
    write: 'config:write',
    output: extension,
    sortable: ['number', 'name', 'id', 'created_at'],
    filters: {
      account_id: queryId(),
      domain_id: queryId(),
      number: queryWord(32),
      kind: z.enum(['sip', 'mobile']),
      mobile_number: queryWord(15),
      funds: z.enum(['account', 'own', 'shared']),
      funds_extension_id: queryId(),
      status: z.enum(['active', 'paused']),
    },
  }),
];
