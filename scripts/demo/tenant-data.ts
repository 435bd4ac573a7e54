import { z } from 'zod';
import { accountCreate } from '../../server/admin/accounts.js';
import { carrierCreate, gatewayCreate } from '../../server/admin/carriers.js';
import { didCreate } from '../../server/admin/dids.js';
import { extensionCreate } from '../../server/admin/extensions.js';
import { amount, instant } from '../../server/admin/fields.js';
import { menuCreate } from '../../server/admin/ivr-menus.js';
import { planCreate } from '../../server/admin/lcr-plans.js';
import { assignmentCreate } from '../../server/admin/package-assignments.js';
import { packageCreate } from '../../server/admin/packages.js';
import { rateRowInput } from '../../server/admin/rate-rows.js';
import { sheetCreate } from '../../server/admin/rate-sheets.js';
import { switchCreate } from '../../server/admin/switches.js';

/**
 * A tenant as data: the fields of the API, with names instead of the ids that nobody knows before the
 * records exist.
 */
const sheet = sheetCreate.extend({
  effective_from: instant(),
  rows: z.array(rateRowInput).min(1).max(5000),
});

const carrier = carrierCreate.omit({ rate_sheet_id: true }).extend({
  rate_sheet: z.string(),
  gateways: z.array(gatewayCreate.omit({ carrier_id: true })),
});

const plan = planCreate.omit({ carriers: true }).extend({ carriers: z.array(z.string()) });

const domain = z.strictObject({
  name: z.string(),
  extensions: z.array(
    extensionCreate
      .omit({ domain_id: true, rate_sheet_id: true, lcr_plan_id: true, funds_extension_id: true })
      /** Credited once to its own money, however often the data is loaded. */
      .extend({ credit: amount().nullable().default(null) }),
  ),
});

/** `extension` is `number@domain`. */
const did = didCreate
  .omit({
    account_id: true,
    carrier_id: true,
    extension_id: true,
    ivr_menu_id: true,
    rate_sheet_id: true,
  })
  .extend({
    extension: z.string().optional(),
    ivr_menu: z.string().optional(),
    rate_sheet: z.string().nullable().default(null),
  });

/** What an account grants to others; whoever has one is named by those who have it. */
const minutes = packageCreate.omit({ account_id: true });

const assignment = assignmentCreate
  .omit({ package_id: true, account_id: true, extension_id: true })
  .extend({ package: z.string(), extension: z.string().optional() });

const account = accountCreate
  .omit({ parent_id: true, rate_sheet_id: true, lcr_plan_id: true })
  .extend({
    parent: z.string().nullable().default(null),
    rate_sheet: z.string().nullable().default(null),
    lcr_plan: z.string().nullable().default(null),
    /** Credited once, however often the data is loaded. */
    credit: amount().nullable().default(null),
    domains: z.array(domain).default([]),
    ivr_menus: z.array(menuCreate.omit({ account_id: true })).default([]),
    dids: z.array(did).default([]),
    packages: z.array(minutes).default([]),
    has_packages: z.array(assignment).default([]),
  });

const freeswitch = switchCreate.omit({ esl_password: true });

/** Parents come before their children. */
export const tenantData = z.strictObject({
  sheets: z.array(sheet),
  carriers: z.array(carrier),
  plans: z.array(plan),
  accounts: z.array(account),
  /** The one FreeSWITCH whose credentials are written down for this machine. */
  switch: freeswitch,
});

export type TenantData = z.output<typeof tenantData>;
export type TenantInput = z.input<typeof tenantData>;
